import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { formatError, isNetdojoError } from '../../errors/index.ts';
import { engineAddresses } from './addresses.ts';
import { installPackages, type Run } from './apt.ts';
import { findEngine, waitFor } from './index.ts';
import { lock } from './lock.ts';
import { onPath } from './on-path.ts';
import { type PrivatePaths, readRecord, startPrivate, stopPrivate } from './private.ts';
import { alive, startTime } from './process.ts';

const log = () => undefined;
const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'netdojo-find-'));
  folders.push(path);
  return path;
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

async function thrown(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  return isNetdojoError(error) ? formatError(error) : String(error);
}

describe('where engines listen', () => {
  test('the chosen context comes before the sockets that exist', () => {
    const home = folder();
    mkdirSync(join(home, '.docker/run'), { recursive: true });
    writeFileSync(join(home, '.docker/run/docker.sock'), '');
    const id = createHash('sha256').update('lab').digest('hex');
    mkdirSync(join(home, '.docker/contexts/meta', id), { recursive: true });
    writeFileSync(
      join(home, '.docker/contexts/meta', id, 'meta.json'),
      JSON.stringify({ Name: 'lab', Endpoints: { docker: { Host: 'tcp://lab:2375' } } }),
    );
    const desktop = `unix://${home}/.docker/run/docker.sock`;
    const without = engineAddresses({}, home);
    expect(without).toContain(desktop);
    expect(engineAddresses({ DOCKER_CONTEXT: 'lab' }, home)).toEqual(['tcp://lab:2375', ...without]);
    writeFileSync(join(home, '.docker/config.json'), '{"currentContext":"lab"}');
    expect(engineAddresses({}, home)[0]).toBe('tcp://lab:2375');
    writeFileSync(join(home, '.docker/config.json'), '{broken');
    expect(engineAddresses({}, home)).toEqual(without);
  });

  test('DOCKER_HOST is used or the run ends: no other engine takes its place', async () => {
    const before = process.env['DOCKER_HOST'];
    try {
      process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
      expect(await thrown(findEngine({ allowSetup: true, log }))).toBe(`\
ND_ENGINE_UNREACHABLE: the engine that DOCKER_HOST names does not answer: unix:///nowhere/docker.sock (ENOENT)
  try: unset DOCKER_HOST   (to use an engine of this machine)
       docker -H "$DOCKER_HOST" version`);
      process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
      expect(await thrown(findEngine({ allowSetup: true, log }))).toContain('(ECONNREFUSED)');
    } finally {
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
    }
  });
});

const failing =
  (output: string): Run =>
  (command) =>
    Promise.resolve({ code: command[1] === 'update' ? 0 : 100, output });

describe('installing', () => {
  const attempt = (run: Run, said: string[] = []) =>
    installPackages({ packages: ['docker.io'], why: 'no engine', log: (line) => said.push(line), run });

  test('says so first, and puts up with a source that does not answer', async () => {
    const said: string[] = [];
    const commands: string[] = [];
    await attempt((command) => {
      expect(said).toEqual(['installing docker.io (no engine; --no-setup forbids this)']);
      commands.push(command.join(' '));
      return Promise.resolve({ code: command[1] === 'update' ? 100 : 0, output: '' });
    }, said);
    expect(commands).toEqual([
      'apt-get update -q',
      'apt-get install -y -q --no-install-recommends docker.io',
    ]);
  });

  test('shows what apt said, and names a full disk', async () => {
    expect(await thrown(attempt(failing('E: Unable to locate package docker.io\n')))).toBe(`\
ND_SETUP_APT: apt-get install -y -q --no-install-recommends docker.io failed
  E: Unable to locate package docker.io
  try: apt-get update -q
       apt-get install -y -q --no-install-recommends docker.io`);
    expect(await thrown(attempt(failing('write error (No space left on device)')))).toContain('ND_DISK_FULL');
  });
});

describe('waiting', () => {
  test('names what it waited for and what was known', async () => {
    const late = waitFor(() => undefined, {
      what: 'rain',
      deadlineMs: 20,
      everyMs: 5,
      soFar: () => 'clouds',
    });
    expect(await thrown(late)).toBe('ND_TIMEOUT: waited 0.02 s for rain\n  clouds');
    const stop = AbortSignal.abort(new Error('stopped'));
    await expect(waitFor(() => undefined, { what: 'rain', deadlineMs: 1000, signal: stop })).rejects.toThrow(
      'stopped',
    );
  });

  test('a lock is held by one at a time and passed on', async () => {
    const order: string[] = [];
    const visit = async (name: string) => {
      await using _held = await lock(`test-${process.pid}`);
      order.push(`${name} in`);
      await waitFor(() => (order.length > 0 ? true : undefined), { what: 'a turn', deadlineMs: 100 });
      order.push(`${name} out`);
    };
    await Promise.all(['a', 'b', 'c'].map(visit));
    expect(order).toHaveLength(6);
    for (let i = 0; i < 6; i += 2) expect(order[i]?.[0]).toBe(order[i + 1]?.[0]);
  });

  test('a process is the one that is meant only with its start time', () => {
    const since = startTime(process.pid);
    expect(alive({ pid: process.pid, startTime: since })).toBe(true);
    expect(alive({ pid: process.pid, startTime: '1' })).toBe(process.platform !== 'linux');
    expect(alive({ pid: 4_194_304 })).toBe(false);
  });
});

describe.skipIf(process.getuid?.() !== 0 || !onPath('dockerd'))('private engine', () => {
  test('two starts at once make one daemon, and stopping it leaves nothing', async () => {
    const base = folder();
    const paths: PrivatePaths = { run: join(base, 'run'), data: join(base, 'data') };
    const said: string[] = [];
    const start = () => startPrivate({ paths, log: (line) => said.push(line) });
    try {
      const [one, two] = await Promise.all([start(), start()]);
      expect(one).toEqual(two);
      expect(said).toEqual([
        'starting a private Docker engine (its own socket and data, nothing of the network touched)',
      ]);
      const daemon = readRecord(paths);
      expect(daemon && alive(daemon)).toBe(true);
      expect(await stopPrivate(() => Promise.resolve(false), paths)).toBe(false);
      expect(daemon && alive(daemon)).toBe(true);
    } finally {
      expect(await stopPrivate(() => Promise.resolve(true), paths)).toBe(true);
    }
    expect(existsSync(paths.run)).toBe(false);
    expect(await stopPrivate(() => Promise.resolve(true), paths)).toBe(false);
  });

  test('a daemon that ends at once is reported with the end of its log', async () => {
    const base = folder();
    const paths: PrivatePaths = { run: join(base, 'run'), data: join(base, 'data') };
    mkdirSync(paths.data);
    writeFileSync(join(paths.data, 'data'), 'a file where the daemon wants a folder');
    const text = await thrown(startPrivate({ paths, log }));
    expect(text).toContain('ND_ENGINE_START: the private Docker engine ended while it was starting\n');
    expect(text).toContain('canonical path points to a file');
    expect(text).toContain(`try: look at ${paths.data}/dockerd.log`);
  });
});
