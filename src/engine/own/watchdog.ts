import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../find/index.ts';
import { listOwned, removeContainers } from './remove.ts';

/** Guards a run: disposing removes the run's containers, and so does the end of this process, however it comes. */
export interface Watchdog extends AsyncDisposable {
  readonly run: string;
  readonly pid: number;
}

const children = new WeakMap<Watchdog, ChildProcess>();

// A shell starts in a millisecond and keeps next to no memory; Node replaces it only when there is something to do.
const WAIT = 'trap "" INT HUP TERM QUIT; read -r word; [ "$word" = released ] || exec "$@"';

/**
 * Starts the process that removes every container of the run when this process ends without having released it.
 * To be called before the first container is made.
 */
export function startWatchdog(engine: Engine, run: string): Watchdog {
  const reaper = fileURLToPath(new URL('reaper.ts', import.meta.url));
  const child = spawn(
    '/bin/sh',
    ['-c', WAIT, 'netdojo-watchdog', process.execPath, reaper, engine.socket, run],
    {
      cwd: '/',
      detached: true, // a session of its own: no Ctrl-C reaches it
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  child.unref();
  // The other end of a pipe is unreferenced too, or it would keep this process from ending.
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin.on('error', ignoreClosedPipe);
  const watchdog: Watchdog = {
    run,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      await removeRun(engine, run);
      await releaseWatchdog(watchdog);
    },
  };
  children.set(watchdog, child);
  return watchdog;
}

/** Lets the run's containers outlive this process (or tells that there are none any more). */
export async function releaseWatchdog(watchdog: Watchdog): Promise<void> {
  const child = children.get(watchdog);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  children.delete(watchdog);
  child.ref();
  const gone = once(child, 'exit');
  child.stdin?.end('released\n');
  await gone;
}

/** Removes all containers of a run; safe to repeat. */
export async function removeRun({ docker }: Engine, run: string): Promise<void> {
  const owned = await listOwned(docker, run);
  await removeContainers(
    docker,
    owned.map(({ id }) => id),
  );
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
