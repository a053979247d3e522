import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { lock } from './lock.ts';
import { answered, type EngineAnswer, ping } from './ping.ts';
import { alive, type ProcessIdentity, startTime } from './process.ts';
import { waitFor } from './wait.ts';

export type PrivatePaths = { readonly run: string; readonly data: string };

type Env = Readonly<Record<string, string | undefined>>;

/** Where the private engine lives: what outlasts a reboot in the user's cache, the rest where a reboot clears it. */
export function privatePaths(env: Env = process.env): PrivatePaths {
  const cache = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return {
    run: env['NETDOJO_ENGINE_RUN'] || '/run/netdojo',
    data: env['NETDOJO_ENGINE_DATA'] || join(cache, 'netdojo', 'engine'),
  };
}

export const socketOf = (paths: PrivatePaths): string => join(paths.run, 'docker.sock');
const recordOf = (paths: PrivatePaths): string => join(paths.run, 'engine.json');
const logOf = (paths: PrivatePaths): string => join(paths.data, 'dockerd.log');
const containerdPidFile = (paths: PrivatePaths): string => join(paths.run, 'exec/containerd/containerd.pid');
const containerdPid = (paths: PrivatePaths): number => Number(readIfThere(containerdPidFile(paths)) ?? 0);
const lockOf = (paths: PrivatePaths): string => `engine${paths.run}`;

/** The daemon's arguments: nothing of the host's network is touched, nothing of a system engine is shared. */
function daemonArguments(paths: PrivatePaths): string[] {
  return [
    `--host=unix://${socketOf(paths)}`,
    `--config-file=${join(paths.run, 'daemon.json')}`,
    `--pidfile=${join(paths.run, 'docker.pid')}`,
    `--exec-root=${join(paths.run, 'exec')}`,
    `--data-root=${join(paths.data, 'data')}`,
    '--containerd-namespace=netdojo',
    '--containerd-plugins-namespace=netdojo-plugins',
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
    '--userland-proxy=false',
    '--shutdown-timeout=2',
  ];
}

export type StartOptions = {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly paths?: PrivatePaths;
  readonly deadlineMs?: number;
};

/**
 * Starts the private engine, or waits for the one that another process is starting at this moment. It outlives
 * this process.
 *
 * @throws NetdojoError ND_ENGINE_START when the daemon ends or is not ready in time, with the end of its log
 */
export async function startPrivate(options: StartOptions): Promise<EngineAnswer> {
  const { log, signal, paths = privatePaths(), deadlineMs = 30_000 } = options;
  await using _held = await lock(lockOf(paths), signal);
  const answer = await ping(socketOf(paths));
  if (answered(answer)) return answer;
  const running = readRecord(paths);
  if (running === undefined || !alive(running)) {
    log('starting a private Docker engine (its own socket and data, nothing of the network touched)');
    await spawnDaemon(paths);
  }
  return await ready(paths, deadlineMs, signal);
}

async function spawnDaemon(paths: PrivatePaths): Promise<void> {
  mkdirSync(paths.data, { recursive: true, mode: 0o711 });
  mkdirSync(paths.run, { recursive: true, mode: 0o711 });
  rmSync(socketOf(paths), { force: true });
  rmSync(join(paths.run, 'docker.pid'), { force: true });
  // After a SIGKILL the daemon's containerd may be a zombie for a while, which dockerd takes for one that runs.
  if (!alive({ pid: containerdPid(paths) })) rmSync(containerdPidFile(paths), { force: true });
  writeFileSync(join(paths.run, 'daemon.json'), '{}\n'); // else /etc/docker/daemon.json may contradict the arguments
  const output = openSync(logOf(paths), 'w', 0o600);
  try {
    const child = spawn('dockerd', daemonArguments(paths), {
      cwd: '/',
      detached: true,
      stdio: ['ignore', output, output],
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, HOME: homedir() },
    });
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid ?? 0;
    writeFileSync(recordOf(paths), `${JSON.stringify({ pid, startTime: startTime(pid) })}\n`);
  } catch (error) {
    throw new NetdojoError('dockerd cannot be started', {
      code: 'ND_ENGINE_START',
      exitCode: EXIT.environment,
      cause: error,
    });
  } finally {
    closeSync(output);
  }
}

async function ready(paths: PrivatePaths, deadlineMs: number, signal?: AbortSignal): Promise<EngineAnswer> {
  const failed = (message: string) =>
    new NetdojoError(`${message}\n${logTail(paths)}`, {
      code: 'ND_ENGINE_START',
      exitCode: EXIT.environment,
      hint: `look at ${logOf(paths)}\nor point DOCKER_HOST to an engine that runs`,
    });
  const record = readRecord(paths);
  const end = performance.now() + deadlineMs;
  const answer = await waitFor<EngineAnswer | 'ended' | 'late'>(
    async () => {
      const said = await ping(socketOf(paths), 1000);
      if (answered(said)) return said;
      if (record === undefined || !alive(record)) return 'ended';
      return performance.now() > end ? 'late' : undefined;
    },
    { what: 'the private Docker engine', deadlineMs: deadlineMs * 2, signal },
  );
  if (answer === 'ended') throw failed('the private Docker engine ended while it was starting');
  if (answer === 'late') throw failed(`the private Docker engine was not ready after ${deadlineMs / 1000} s`);
  return answer;
}

function logTail(paths: PrivatePaths, lines = 8): string {
  const text = readIfThere(logOf(paths)) ?? '(no log)';
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

export function readRecord(paths: PrivatePaths): ProcessIdentity | undefined {
  const text = readIfThere(recordOf(paths));
  if (text === undefined || text.trim() === '') return undefined;
  return JSON.parse(text) as ProcessIdentity;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Ends the private engine with SIGTERM and takes away what it leaves: containerd, mounts, its run folder. The data
 * (images) stay. `idle` is asked while no other process can start or stop the engine.
 *
 * @returns false when it did not run or was not idle
 * @throws NetdojoError ND_TIMEOUT when the daemon does not end
 */
export async function stopPrivate(idle: () => Promise<boolean>, paths = privatePaths()): Promise<boolean> {
  await using _held = await lock(lockOf(paths));
  const daemon = readRecord(paths);
  if (daemon === undefined || !alive(daemon)) return false;
  if (!(await idle())) return false;
  const pid = containerdPid(paths);
  const containerd = { pid, startTime: pid > 0 ? startTime(pid) : undefined };
  await endProcess(daemon, 'dockerd');
  if (containerd.startTime !== undefined) await endProcess(containerd, 'containerd');
  await unmountBelow([paths.run, join(paths.data, 'data')]);
  rmSync(paths.run, { recursive: true, force: true });
  return true;
}

async function endProcess(target: ProcessIdentity, name: string): Promise<void> {
  if (alive(target)) process.kill(target.pid, 'SIGTERM');
  await waitFor(() => (alive(target) ? undefined : true), {
    what: `${name} (process ${target.pid}) to end`,
    deadlineMs: 20_000,
  });
}

async function unmountBelow(folders: readonly string[]): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll(String.raw`\040`, ' '))
    .filter((point) => folders.some((folder) => point === folder || point.startsWith(`${folder}/`)))
    .toSorted((a, b) => b.length - a.length);
  if (mounts.length === 0) return;
  const umount = spawn('umount', ['-l', ...mounts], { stdio: 'ignore' });
  await once(umount, 'close');
}
