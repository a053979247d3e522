import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../find/wait.ts';
import type { NodeContainer } from '../nodes/container.ts';
import { needsEngine, startNode } from '../testing/lab.fixture.ts';
import type { Agent, Channel } from './connection.ts';
import { type CapturedRecord, captureRecords } from './frames.ts';

const lab = await needsEngine();
let node: NodeContainer;
let agent: Agent;

beforeAll(async () => {
  node = await startNode(lab, 'capture');
  agent = node.agent;
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

/** Two namespaces and a cable between them. */
beforeEach(async () => {
  await agent.request('forget-devices', {
    targets: [
      ['one', 'a'],
      ['two', 'b'],
    ],
  });
  const existing = await agent.request<string[]>('namespaces');
  const lines = [
    ...existing.map((name) => `netns del ${name}`),
    'netns add one',
    'netns add two',
    'link add name a netns one type veth peer name b netns two',
  ];
  await agent.run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
  for (const [namespace, device] of [
    ['one', 'a'],
    ['two', 'b'],
  ] as const)
    await agent.request('namespace', {
      namespace,
      sysctls: [[`net/ipv6/conf/${device}/disable_ipv6`, '1']],
      ip: `link set dev ${device} up\n`,
    });
});

const ends: [string, string[]][] = [
  ['one', ['a']],
  ['two', ['b']],
];

type Counts = [name: string, seen: number, dropped: number, marked: string[]][];

async function capture(
  namespaces = ends,
  options: { buffer?: number } = {},
): Promise<{ channel: Channel; records: CapturedRecord[]; sync: () => Promise<Counts> }> {
  const records: CapturedRecord[] = [];
  const { channel } = await agent.open(
    'capture',
    { namespaces, ...options },
    { data: (chunk) => records.push(...captureRecords(chunk)) },
  );
  return { channel, records, sync: () => agent.request<Counts>('capture-sync', { channel: channel.id }) };
}

const stop = (channel: Channel, namespaces?: string[]) =>
  agent.request('capture-stop', { channel: channel.id, ...(namespaces ? { namespaces } : {}) });

/** How many sockets the agent has open. */
const sockets = async (): Promise<number> => {
  // One that is closed between being listed and being looked at is no reason to fail.
  const { stdout } = await agent.run(['ls', '-l', '/proc/1/fd'], { check: false });
  return stdout.split('socket:').length;
};

/** A socket for all that comes, with room for next to nothing. */
const DEAF = `
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(('lo', 0))
print('deaf', flush=True)
time.sleep(60)
`;

const frame = (): string => {
  const bytes = randomBytes(60);
  bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb6]);
  return bytes.toString('hex');
};

const inject = (count: number) => {
  const data = frame();
  return agent.request('inject', { frames: Array.from({ length: count }, () => ['one', 'a', data]) });
};

describe('a capture', () => {
  test('sees each frame as it is, at both ends, in order and with its direction', async () => {
    const { channel, records, sync } = await capture();
    const frames = Array.from({ length: 50 }, () => frame());
    await agent.request('inject', { frames: frames.map((data) => ['one', 'a', data]) });
    expect(await sync()).toEqual([
      ['one', 50, 0, []],
      ['two', 50, 0, []],
    ]);
    const at = (device: string, direction: string) =>
      records
        .filter((one) => one.device === device && one.direction === direction)
        .map((one) => one.data.toString('hex'));
    expect(at('a', 'out')).toEqual(frames);
    expect(at('b', 'in')).toEqual(frames);
    await stop(channel);
  });

  test('of a burst of 20 000 frames loses none, or counts what it lost', async () => {
    const { channel, records, sync } = await capture();
    for (let burst = 0; burst < 4; burst++) await inject(5000);
    const counts = await sync();
    for (const [, seen, dropped] of counts) expect(seen + dropped).toBe(20_000);
    expect(records).toHaveLength(counts.reduce((sum, [, seen]) => sum + seen, 0));
    await stop(channel);
  });

  test('that cannot keep up counts every frame that it lost', async () => {
    const { channel, records, sync } = await capture(ends, { buffer: 64 << 10 });
    await inject(2000);
    const counts = await sync();
    for (const [, seen, dropped] of counts) expect(seen + dropped).toBe(2000);
    expect(counts.reduce((sum, [, , dropped]) => sum + dropped, 0)).toBeGreaterThan(0);
    expect(records.length).toBe(counts.reduce((sum, [, seen]) => sum + seen, 0));
    await stop(channel);
  });

  test('that is ended in one namespace goes on in the others and keeps its counts', async () => {
    const { channel, sync } = await capture();
    await inject(3);
    await sync();
    await stop(channel, ['one']);
    await inject(2);
    expect(await sync()).toEqual([
      ['one', 3, 0, []],
      ['two', 5, 0, []],
    ]);
    // Armed again, as when a server comes back.
    await agent.request('capture', { channel: channel.id, namespaces: ends });
    await inject(1);
    expect((await sync()).map(([, seen]) => seen)).toEqual([3, 6, 1]);
    await stop(channel);
  });

  test('outlives a namespace whose name goes, and lets it go when stopped', async () => {
    const { channel, sync } = await capture();
    await agent.run(['ip', 'netns', 'del', 'one']);
    expect(await sync()).toEqual([
      ['one', 0, 0, []],
      ['two', 0, 0, []],
    ]);
    await stop(channel);
    await waitFor(
      async () => {
        const { stdout } = await agent.run(['ip', '-n', 'two', '-o', 'link']);
        return stdout.includes(' b@') ? undefined : true;
      },
      { what: 'the cable to go with its namespace', deadlineMs: 3000 },
    );
  });

  test('in a namespace that is not there is refused and leaves nothing armed', async () => {
    await expect(
      capture([
        ['one', ['a']],
        ['nowhere', ['x']],
      ]),
    ).rejects.toThrow('/run/netns/nowhere');
    const before = await sockets();
    const { channel } = await capture();
    await stop(channel);
    // Closing is left to a thread of its own.
    await waitFor(async () => ((await sockets()) === before ? true : undefined), {
      what: 'as few sockets as before',
      deadlineMs: 3000,
    });
  });

  test('counts what sockets of others lost that nobody read, and not its own', async () => {
    const losses = () => agent.request<number>('switch-losses');
    const before = await losses();
    const log = '/tmp/deaf';
    const pid = await agent.request<number>('start', { argv: ['python3', '-c', DEAF], log });
    try {
      await waitFor(async () => (await agent.run(['cat', log])).stdout.includes('deaf') || undefined, {
        what: 'the socket that nobody reads',
        deadlineMs: 5000,
      });
      const { channel } = await capture([['', ['lo']]], { buffer: 4096 });
      const frames = Array.from({ length: 200 }, () => ['', 'lo', frame()]);
      await agent.request('inject', { frames });
      expect(await losses()).toBeGreaterThan(before + 100);
      expect(await losses()).toBeLessThanOrEqual(before + 400);
      await stop(channel);
    } finally {
      await agent.request('kill', { pid, signal_number: 9 });
    }
  });

  test('of traffic that never ends is in step all the same', async () => {
    const { channel, sync } = await capture(ends, { buffer: 1 << 20 });
    const flood = agent.run(['python3', '-c', FLOOD], { namespace: 'one', check: false, timeout: 20 });
    await waitFor(async () => ((await sync()).every(([, seen]) => seen > 100) ? true : undefined), {
      what: 'the flood to begin',
      deadlineMs: 10_000,
    });
    for (let round = 0; round < 3; round++) await sync();
    await agent.request('write', { path: '/run/stop', text: '' });
    expect((await flood).code).toBe(0);
    await agent.request('remove', { path: '/run/stop' });
    await stop(channel);
  });
});

/** Frames as fast as they go, until a file is there. */
const FLOOD = `
import os, socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('a', 0))
while not os.path.exists('/run/stop'):
    for _ in range(100): s.send(bytes(60))
`;

describe('markers', () => {
  const token = randomBytes(8).toString('hex');
  const echo = (targets: string[][], silent: string[][] = [], timeout = 0.3) =>
    agent.request<{ missing: string[][]; down: string[][] }>('echo', {
      targets,
      silent,
      ethertype: 0x88b5,
      frame: `066e64000001066e6400000088b5${token}`,
      token,
      timeout,
    });

  test('name the devices at which none came back', async () => {
    expect(await echo([['one', 'a']])).toEqual({ missing: [['one', 'a']], down: [] });
    const both = [
      ['one', 'a'],
      ['two', 'b'],
    ];
    expect(await echo([], both)).toEqual({ missing: [], down: [] });
  });

  test('name the devices that have no link, at both ends, and wait for none there', async () => {
    const both = [
      ['one', 'a'],
      ['two', 'b'],
    ];
    await echo([], both);
    await agent.run(['ip', '-n', 'two', 'link', 'set', 'dev', 'b', 'down']);
    const { missing, down } = await echo(both, [], 5);
    expect(missing).toEqual([]);
    expect(down).toEqual(both);
    await agent.run(['ip', '-n', 'two', 'link', 'set', 'dev', 'b', 'up']);
    expect(await echo([], both)).toEqual({ missing: [], down: [] });
  });

  test('may go round twice at the same time', async () => {
    await expect(Promise.all([echo([['one', 'a']]), echo([['one', 'a']])])).resolves.toEqual([
      { missing: [['one', 'a']], down: [] },
      { missing: [['one', 'a']], down: [] },
    ]);
  });

  test('say which device has gone, and work again when it is back', async () => {
    await echo([], [['one', 'a']]);
    await agent.run(['ip', '-n', 'one', 'link', 'del', 'dev', 'a']);
    await expect(echo([], [['one', 'a']])).rejects.toThrow('one:a: No such device');
    const add = 'link add name a netns one up type veth peer name b netns two\n';
    await agent.run(['ip', '-batch', '-'], { stdin: add });
    await agent.run(['ip', '-n', 'two', 'link', 'set', 'dev', 'b', 'up']);
    await expect(echo([], [['one', 'a']])).resolves.toEqual({ missing: [], down: [] });
  });

  test('say so when a device goes while they are out', async () => {
    const [out] = await Promise.allSettled([
      echo([['one', 'a']], [], 5),
      agent.run(['ip', '-n', 'one', 'link', 'del', 'dev', 'a']),
    ]);
    expect(String(out.status === 'rejected' && out.reason)).toContain('one:a: Network is down');
  });
});
