import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatError, isNetdojoError, type NetdojoError } from '../../errors/index.ts';
import { waitFor } from '../find/wait.ts';
import type { NodeContainer } from '../nodes/container.ts';
import { needsEngine, startNode } from '../testing/lab.fixture.ts';
import type { Agent } from './connection.ts';

const lab = await needsEngine();
let node: NodeContainer;
let agent: Agent;

beforeAll(async () => {
  node = await startNode(lab, 'agent');
  agent = node.agent;
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const failure = async (work: Promise<unknown>): Promise<NetdojoError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isNetdojoError(error)) throw new Error(`expected a NetdojoError, got ${String(error)}`);
  return error;
};

const processes = async (word: string): Promise<string[]> => {
  const { stdout } = await agent.run(['ps', '-eo', 'pid,stat,args']);
  return stdout.split('\n').filter((line) => line.includes(word) && !line.includes('ps -eo'));
};

const gone = (word: string) =>
  waitFor(async () => ((await processes(word)).length === 0 ? true : undefined), {
    what: `${word} to end and to be reaped`,
    deadlineMs: 3000,
  });

describe('commands', () => {
  test('tell exit code, output and complaints apart', async () => {
    const { code, stdout, stderr } = await agent.run(['sh', '-c', 'echo out; echo err >&2; exit 3'], {
      check: false,
    });
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
    await expect(agent.run(['cat'], { stdin: 'given' })).resolves.toMatchObject({ stdout: 'given' });
    await expect(agent.run(['sh', '-c', 'kill -9 $$'], { check: false })).resolves.toMatchObject({
      code: -9,
    });
  });

  test('that fail are errors that name node, command, exit code and stderr', async () => {
    const error = await failure(agent.run(['ip', 'link', 'set', 'nothing', 'up']));
    expect(formatError(error)).toBe(`\
ND_NODE_COMMAND: agent: ip link set nothing up: exit code 1
  on node agent
  command: ip link set nothing up
  exit code: 1
  stderr:
    Cannot find device "nothing"
  try: netdojo shell agent, and try the command there`);
  });

  test('that are not there are said so', async () => {
    const error = await failure(agent.run(['no-such-command', '-x']));
    expect(error.message).toBe('agent: no-such-command -x: no such command: no-such-command');
    expect(error.place).toMatchObject({ exitCode: 127 });
    const inside = await failure(agent.run(['true'], { namespace: 'nowhere' }));
    expect(inside.message).toContain('/run/netns/nowhere');
  });

  test('that hang are killed with all that they started', async () => {
    const error = await failure(
      agent.run(['sh', '-c', 'echo x >&2; sleep 1234 & sleep 1235'], { timeout: 0.3 }),
    );
    expect(error.message).toContain('no end within 0.3 s');
    expect(error.place).toMatchObject({ exitCode: 124, stderr: 'x\n' });
    await gone('sleep 123');
  });

  test('that leave a daemon with the output open hold nothing up', async () => {
    const { stdout } = await agent.run(['sh', '-c', 'setsid sleep 4321 & echo started']);
    expect(stdout).toBe('started\n');
    const line = await waitFor(async () => (await processes('sleep 4321'))[0], {
      what: 'the daemon to be there by its name',
      deadlineMs: 3000,
    });
    await agent.request('kill', { pid: Number.parseInt(line, 10), signal_number: 9 });
    // Its parent is gone: the agent, as the container's first process, takes it up and buries it.
    await gone('sleep');
  });

  test('bring 10 MB of output, and bytes that are no text', async () => {
    const { stdout } = await agent.run(['sh', '-c', 'yes 0123456789abcde | head -c 10000000']);
    expect(stdout.length).toBe(10_000_000);
    expect(stdout.slice(-16)).toBe('0123456789abcde\n');
    const { stdout: odd } = await agent.run(['printf', String.raw`a\377b\000c`]);
    expect(odd).toBe('a\udcffb\0c');
  });

  test('leave no zombies', async () => {
    await Promise.all(Array.from({ length: 20 }, () => agent.run(['sh', '-c', 'sleep 0.01 & true'])));
    const left = await waitFor(
      async () => {
        const all = await processes('');
        return all.some((line) => line.includes('sleep')) ? undefined : all;
      },
      { what: 'all children to be reaped', deadlineMs: 3000 },
    );
    expect(left.filter((line) => /^\s*\d+ Z/u.test(line))).toEqual([]);
  });
});

describe('requests', () => {
  test('a thousand at once are all answered, each with its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        index % 5 === 0
          ? agent.run(['echo', String(index)]).then(({ stdout }) => stdout.trim())
          : agent.request<{ pid: number }>('hello').then(({ pid }) => (pid === 1 ? String(index) : 'other')),
      ),
    );
    expect(answers).toEqual(answers.map((_, index) => String(index)));
  });

  test('what the agent does not know or understand is refused, and it goes on', async () => {
    expect((await failure(agent.request('juggle'))).message).toBe('agent: juggle: unknown operation juggle');
    expect((await failure(agent.request('run', { argument: 1 }))).message).toContain('TypeError');
    expect((await failure(agent.request('run', { argv: 7 }))).message).toContain('TypeError');
    expect((await failure(agent.request('read', { path: '/nowhere' }))).message).toContain('/nowhere');
    const batch = failure(
      agent.request('batch', {
        steps: [
          ['hello', {}],
          ['fly', {}],
          ['hello', {}],
        ],
      }),
    );
    expect((await batch).message).toContain('unknown operation fly');
    await expect(agent.request('hello')).resolves.toMatchObject({ pid: 1 });
  });

  test('a text is written and read as it is, whatever bytes it has', async () => {
    const text = 'ä\0€\u{1F600}\r\n\udc80\udcff"\\\u2028';
    await agent.request('write', { path: '/run/new/folder/file', text });
    await expect(agent.request('read', { path: '/run/new/folder/file' })).resolves.toBe(text);
    const { stdout } = await agent.run(['od', '-An', '-tx1', '-N4', '/run/new/folder/file']);
    expect(stdout.trim()).toBe('c3 a4 00 e2');
    await expect(agent.request('remove', { path: '/run/new/folder/file' })).resolves.toBe(true);
    await expect(agent.request('remove', { path: '/run/new/folder/file' })).resolves.toBe(false);
  });

  test('a full disk is said, and what was there before stays', async () => {
    await agent.run(['mkdir', '/run/small']);
    const call = (text: string) =>
      agent.run(['python3', '-c', `import ctypes; exit(ctypes.CDLL(None).${text})`]);
    await call('mount(b"none", b"/run/small", b"tmpfs", 0, b"size=64k")');
    await agent.request('write', { path: '/run/small/file', text: 'before' });
    const error = await failure(
      agent.request('write', { path: '/run/small/file', text: 'x'.repeat(200_000) }),
    );
    expect(formatError(error)).toBe(`\
ND_DISK_FULL: agent: write: No space left on device: /run/small/file
  on node agent
  command: write
  try: netdojo exec agent -- df -h`);
    await expect(agent.request('read', { path: '/run/small/file' })).resolves.toBe('before');
    await expect(agent.run(['ls', '/run/small'])).resolves.toMatchObject({ stdout: 'file\n' });
    await call('umount2(b"/run/small", 2)');
  });
});

describe('daemons', () => {
  test('are told to read their files again at most once in so many seconds', async () => {
    const argv = [
      'sh',
      '-c',
      'trap "date +%s%N >> /tmp/told" HUP; : > /tmp/listens; while :; do sleep 0.01; done',
    ];
    const start = (reload: boolean) =>
      agent.request('process-start', { name: 'teller', argv, reload, reload_interval: 0.4 });
    const pid = await start(false);
    await waitFor(
      async () => ((await agent.run(['ls', '/tmp/listens'], { check: false })).code === 0 ? true : undefined),
      { what: 'the daemon to listen to signals', deadlineMs: 5000 },
    );
    const began = performance.now();
    for (let i = 0; i < 3; i += 1) expect(await start(true)).toBe(pid);
    // The first at once, two after a pause each.
    expect(performance.now() - began).toBeGreaterThan(800);
    // A shell comes to its trap when its present command has ended.
    const told = async (): Promise<number> =>
      (await agent.run(['cat', '/tmp/told'])).stdout.trim().split('\n').length;
    await waitFor(async () => ((await told()) === 3 ? true : undefined), {
      what: 'the daemon to be told for the third time',
      deadlineMs: 5000,
    });
    await agent.request('process-stop', { names: ['teller'] });
  });
});

test('a daemon that would tell others that it ends is not asked to end, nor is what it started', async () => {
  const talk = 'trap "touch /tmp/last-word" TERM; : > /tmp/traps; while :; do sleep 0.01; done';
  const argv = ['sh', '-c', `(${talk}) & ${talk}`];
  const lastWord = async (): Promise<boolean> =>
    (await agent.run(['ls', '/tmp/last-word'], { check: false })).code === 0;
  for (const stop of ['kill', ''] as const) {
    await agent.run(['rm', '-f', '/tmp/traps']);
    await agent.request('process-start', { name: 'talker', argv, stop });
    await waitFor(
      async () => ((await agent.run(['ls', '/tmp/traps'], { check: false })).code === 0 ? true : undefined),
      { what: 'the daemon to listen to signals', deadlineMs: 5000 },
    );
    await agent.request('process-stop', { names: ['talker'], timeout: 0.5 });
    expect(await lastWord()).toBe(stop === '');
  }
});

test('the addresses that namespaces have now', async () => {
  await agent.run(['ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'lo']);
  expect(await agent.request('addresses', { namespaces: [''] })).toContainEqual(['', 'lo', '192.0.2.1']);
  await agent.run(['ip', 'addr', 'del', '192.0.2.1/24', 'dev', 'lo']);
  expect(await agent.request('addresses', { namespaces: [''] })).not.toContainEqual(['', 'lo', '192.0.2.1']);
});

test('who hears VRRP advertisements', async () => {
  const hears = () => agent.request('vrrp-listeners', { namespaces: [''] });
  expect(await hears()).toEqual([]);
  const listener = [
    'import socket, time',
    's = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)',
    's.bind(("224.0.0.18", 0))',
    'time.sleep(60)',
  ].join('\n');
  await agent.request('process-start', {
    name: 'listener',
    argv: ['python3', '-c', listener],
    namespace: '',
  });
  await waitFor(async () => ((await hears()) as string[]).includes('') || undefined, {
    what: 'the listener',
    deadlineMs: 5000,
  });
  await agent.request('process-stop', { names: ['listener'] });
  expect(await hears()).toEqual([]);
});
