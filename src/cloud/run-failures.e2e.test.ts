import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientFor } from '../engine/find/client.ts';
import type { Engine } from '../engine/index.ts';
import { removeRun } from '../engine/own/index.ts';
import { uniqueName } from '../engine/testing/lab.fixture.ts';
import { ping } from '../probe/index.ts';
import { GUESTS } from '../state/index.ts';
import type { Cloud } from './cloud.ts';
import { cloudsForTests, expectDelivery, told } from './clouds.fixture.ts';
import { smallCloud, tinyCloud } from './small-cloud.fixture.ts';

const { lab, up, owned } = await cloudsForTests();

/** An engine that can go away: the real one, behind a socket of its own. */
async function frailEngine(): Promise<{ engine: Engine; goAway: () => Promise<void> }> {
  const socket = join(tmpdir(), `netdojo-${uniqueName('frail')}.sock`);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(lab.engine.socket);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => open.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  // Nobody will answer there again, and the watchdog need not hope for long.
  process.env['NETDOJO_WATCHDOG_MS'] = '2000';
  const goAway = async (): Promise<void> => {
    delete process.env['NETDOJO_WATCHDOG_MS'];
    rmSync(socket, { force: true });
    const closed = new Promise((resolve) => server.close(resolve));
    for (const each of open) each.destroy();
    await closed;
  };
  onTestFinished(goAway);
  return { engine: { ...lab.engine, socket, docker: clientFor(`unix://${socket}`) }, goAway };
}

describe('a cloud that breaks', () => {
  const name = uniqueName('break');
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await up(name);
  });
  afterAll(async () => {
    await cloud.down();
  });

  test('by the end of a switch’s database: fails the apply, and another apply does once it runs again', async () => {
    const agent = await cloud.cluster.agent('compute1');
    const more = smallCloud({ servers: { web1: 'compute1', web2: 'compute2', web3: 'compute1' } });
    const pid = Number(await agent.request<string>('read', { path: '/run/openvswitch/ovsdb-server.pid' }));
    await agent.request('kill', { pid, signal_number: 9 });
    await agent.run(['sh', '-c', `while kill -0 ${pid}; do :; done`], { check: false });
    expect(await told(cloud.apply(more))).toBe(`\
ND_NODE_COMMAND: compute1: connect: Connection refused
  on node compute1
  command: connect
  try: netdojo shell compute1, and try the command there
       the change may be half done: apply again, or netdojo down CLOUD`);
    await agent.run([
      'ovsdb-server',
      '/etc/openvswitch/conf.db',
      '--remote=punix:/run/openvswitch/db.sock',
      '--detach',
      '--no-chdir',
      '--pidfile',
      '-vconsole:off',
      '-vsyslog:off',
    ]);
    await cloud.apply(more);
    await expectDelivery(cloud, 'web3', 'web2');
  });

  test.each(['compute1', GUESTS])(
    'by the end of container %s: says so at once wherever it is needed',
    async (node) => {
      await cloud.capture();
      const agent = await cloud.cluster.agent(node);
      const pending = told(agent.run(['sleep', '30']));
      await lab.engine.docker.getContainer(cloud.cluster.containerId(node)).kill();
      expect(await pending).toBe(`\
ND_NODE_LOST: the stream to node ${node} ended
  on node ${node}
  expected: a container that runs until the cloud is taken down
  try: netdojo doctor; was the container or the engine stopped from outside?`);
      expect(await told(cloud.observe(() => Promise.resolve()))).toContain(
        'ND_NODE_LOST: the stream to node',
      );
      expect(await told(cloud.reset())).toContain('ND_NODE_LOST: the stream to node');
    },
  );

  test('is taken down all the same', async () => {
    await cloud.down();
    expect(await owned(name)).toEqual([]);
  });
});

describe('an engine that goes away', () => {
  test('while packets are sent: is said by what was under way, and by what comes next', async () => {
    const name = uniqueName('frail');
    const { engine, goAway } = await frailEngine();
    onTestFinished(async () => {
      for (const { run } of await owned(name)) await removeRun(lab.engine, run);
    });
    {
      await using cloud = await up(name, { engine, topology: tinyCloud() });
      const pending = told(ping(await cloud.guests(), 'web1', '10.0.1.99', { timeout: 30 }));
      await goAway();
      expect(await pending).toContain('ND_NODE_LOST: the stream to node guests ended');
      // What breaks first depends on whether a connection is open at that moment.
      const text = await told(cloud.down());
      const alike = text.replaceAll(/\S+\.sock/gu, 'SOCKET').replace(/because: .*/u, 'because: CAUSE');
      expect(alike).toBe(`\
ND_ENGINE_LOST: the engine at SOCKET does not answer any more
  expected: an engine that runs until the cloud is taken down
  because: CAUSE
  try: netdojo doctor
       netdojo gc, when it runs again: removes what is left`);
    }
  });

  test.each(['containers', 'switches', 'settings'])('at %s of a start', async (at) => {
    const name = uniqueName('frail');
    const { engine, goAway } = await frailEngine();
    const start = up(name, {
      engine,
      topology: tinyCloud(),
      onStage: (stage) => stage === at && void goAway(),
    });
    expect(await told(start)).toContain('ND_ENGINE_LOST: the engine at');
    for (const { run } of await owned(name)) await removeRun(lab.engine, run);
  });
});
