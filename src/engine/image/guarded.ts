import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Guarded extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Ends the program and all that it started, at once. */
  kill(): void;
}

// Reads the program's process group, then waits: for "done", or for the end of the pipe because its owner is dead.
// `--one-file-system` keeps it off anything that is still mounted in the folder.
const GUARD = `trap "" INT HUP TERM QUIT
read -r group
read -r word
[ "$word" = done ] || kill -KILL -- "-$group" 2>/dev/null
while ! rm -rf --one-file-system "$1" 2>/dev/null && [ "\${tries:=50}" -gt 0 ]; do tries=$((tries - 1)); sleep 0.1; done`;

/**
 * Starts a program that makes temporary files and processes, so that none is left however this process ends: it gets a
 * folder of its own as TMPDIR, and a small shell outlives this process to clear both away.
 */
export function startGuarded(command: readonly string[]): Guarded {
  const folder = mkdtempSync(join(tmpdir(), 'netdojo-image-'));
  chmodSync(folder, 0o755); // apt's own user has to get through
  const guard = spawn('/bin/sh', ['-c', GUARD, 'netdojo-guard', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    detached: true, // the leader of a group, which can be ended as a whole
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  guard.stdin.write(`${child.pid ?? 0}\n`);
  const kill = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, 'SIGKILL');
  };
  return {
    child,
    kill,
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
      const gone = once(guard, 'exit');
      guard.stdin.end('done\n');
      await gone;
    },
  };
}
