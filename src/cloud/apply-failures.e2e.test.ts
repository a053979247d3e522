import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../engine/find/wait.ts';
import { removeRun } from '../engine/own/index.ts';
import { uniqueName } from '../engine/testing/lab.fixture.ts';
import { GUESTS } from '../state/index.ts';
import { targetNamed } from '../targets/index.ts';
import type { Topology } from '../topology/index.ts';
import { Cloud } from './cloud.ts';
import { cloudsForTests, expectDelivery, told } from './clouds.fixture.ts';
import { agentsIn } from './left-over.fixture.ts';
import { smallCloud } from './small-cloud.fixture.ts';

const { lab, up, owned } = await cloudsForTests();

const two = smallCloud();
const four = smallCloud({
  servers: { web1: 'compute1', web2: 'compute2', web3: 'compute1', web4: 'compute2' },
});
const moved = smallCloud({ servers: { web1: 'compute2', web2: 'compute2' } });

/** What there really is: servers' namespaces, the switches' ports, cables into them. */
async function inventory(cloud: Cloud): Promise<unknown> {
  const guests = await cloud.guests();
  const onHosts = ['compute1', 'compute2'].map(async (node) => {
    const agent = await cloud.cluster.agent(node);
    const [ports, links] = await Promise.all([
      agent.run(['ovs-vsctl', 'list-ports', 'br-int']),
      agent.run(['ls', '/sys/class/net']),
    ]);
    const taps = (text: string): string[] =>
      text
        .split('\n')
        .filter((name) => name.startsWith('tap'))
        .toSorted();
    return [node, taps(ports.stdout), taps(links.stdout)];
  });
  return {
    namespaces: (await guests.request<string[]>('namespaces')).toSorted(),
    hosts: await Promise.all(onHosts),
  };
}

/** What must be there and nothing else. */
function inventoryOf(topology: Topology): unknown {
  const { state } = targetNamed('ml2-ovs').compile(topology);
  return {
    namespaces: Object.keys(state.nodes[GUESTS]?.namespaces ?? {}).toSorted(),
    hosts: ['compute1', 'compute2'].map((node) => {
      const taps = Object.keys(state.nodes[node]?.ports ?? {})
        .filter((name) => name.startsWith('tap'))
        .toSorted();
      return [node, taps, taps];
    }),
  };
}

const asTwo = inventoryOf(two);
const asFour = inventoryOf(four);
const asMoved = inventoryOf(moved);

describe('an apply that is cut short', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await up(uniqueName('apply'));
  });
  afterAll(async () => {
    await cloud.down();
  });

  test('by a command that fails says which, where and why, and the next one mends it', async () => {
    const agent = await cloud.cluster.agent('compute1');
    const tap = Object.keys(cloud.plan(four).state.nodes['compute1']?.ports ?? {}).find(
      (name) => name.startsWith('tap') && !(name in (cloud.cluster.state.nodes['compute1']?.ports ?? {})),
    );
    await agent.run(['ip', 'link', 'add', 'name', `${tap}`, 'type', 'bridge']);
    expect((await told(cloud.apply(four))).replace(/tap[0-9a-f-]+/u, 'TAP')).toBe(`\
ND_NODE_COMMAND: guests: ip -batch -: exit code 1
  on node guests
  command: ip -batch -
  exit code: 1
  stderr:
    RTNETLINK answers: File exists
    Command failed -:3
  try: netdojo shell guests, and try the command there
       the change may be half done: apply again, or netdojo down CLOUD`);
    expect(cloud.cluster.halfWay).toBe(true);

    await agent.run(['ip', 'link', 'del', 'dev', `${tap}`]);
    await expect(cloud.apply(four)).resolves.toBe(true);
    expect(cloud.cluster.halfWay).toBe(false);
    expect(await inventory(cloud)).toEqual(asFour);
    await expectDelivery(cloud, 'web3', 'web2');
    await cloud.apply(two);
    expect(await inventory(cloud)).toEqual(asTwo);
  });

  test('at any moment is mended by the next one, whatever that one wants', async () => {
    await cloud.apply(two);
    for (const [ms, attempt, next, inventoryThen] of [
      [0, four, two, asTwo],
      [8, four, four, asFour],
      [16, two, four, asFour],
      [24, moved, two, asTwo],
      [32, four, moved, asMoved],
      [40, two, two, asTwo],
      [20, moved, four, asFour],
    ] as const) {
      const controller = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), ms);
      const thrown: unknown = await cloud.apply(attempt, { signal: controller.signal }).then(
        () => reason,
        (error: unknown) => error,
      );
      expect(thrown).toBe(reason);
      await cloud.apply(next);
      expect(await inventory(cloud)).toEqual(inventoryThen);
      await expectDelivery(cloud);
    }
  });

  test('twice, at different aims, is mended too', async () => {
    await cloud.apply(two);
    for (const attempt of [four, moved]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('enough')), 25);
      await cloud.apply(attempt, { signal: controller.signal }).catch(() => undefined);
    }
    await cloud.apply(two);
    expect(await inventory(cloud)).toEqual(asTwo);
    await expectDelivery(cloud);
  });
});

describe('a kept cloud', () => {
  const script = fileURLToPath(new URL('victim.fixture.ts', import.meta.url));

  test('is mended after a SIGKILL in the middle of an apply; on a full disk nothing is changed', async () => {
    const name = uniqueName('kept');
    const made = await up(name, { lifetime: 'kept' });
    onTestFinished(() => removeRun(lab.engine, made.cluster.run));
    await made.cluster.keep();
    await made[Symbol.asyncDispose]();

    const victim = spawn(process.execPath, [script, name, lab.image, 'SIGKILL', 'apply-kept'], {
      stdio: 'inherit',
    });
    expect(await once(victim, 'exit')).toEqual([null, 'SIGKILL']);
    expect(await owned(name)).toHaveLength(3);
    await using cloud = await Cloud.connect({ engine: lab.engine, name });
    // The first process of each container stays, and in one of them there is the agent of this connection.
    const agents = (): number[] =>
      cloud.cluster.nodes.map((node) => agentsIn(cloud.cluster.containerId(node)));
    await waitFor(() => (agents().reduce((sum, count) => sum + count) === 4 ? true : undefined), {
      what: 'the agents of the killed process to end',
      deadlineMs: 5000,
      soFar: () => `${agents().join()} agents`,
    });
    await cloud.apply(two, { keep: true });
    expect(await inventory(cloud)).toEqual(asTwo);
    await expectDelivery(cloud);

    // A disk that is full.
    const guests = await cloud.guests();
    const mount = 'mount(b"none", b"/run/netdojo", b"tmpfs", 0, b"size=8k")';
    await guests.run(['python3', '-c', `import ctypes; exit(ctypes.CDLL(None).${mount})`]);
    expect(await told(cloud.apply(four, { keep: true }))).toBe(`\
ND_DISK_FULL: guests: write: No space left on device: /run/netdojo/memory.json
  on node guests
  command: write
  try: netdojo exec guests -- df -h
       the change may be half done: apply again, or netdojo down CLOUD`);
    expect(await inventory(cloud)).toEqual(asTwo);
  });
});
