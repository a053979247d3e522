/** Runs the real command, for end-to-end tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('bin.mjs', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([stdout, stderr, [exitCode]]) => ({ stdout, stderr, exitCode: exitCode as number | null }),
  );
  return { child, ended };
}

export const netdojo = (...args: readonly string[]): Promise<Ended> => start(...args).ended;

/** The JSON answer of a command, and its exit code. */
export async function answerOf<T>(
  ...args: readonly string[]
): Promise<T & { readonly exitCode: number | null }> {
  const { stdout, stderr, exitCode } = await netdojo(...args, '--json');
  if (stdout === '') throw new Error(`netdojo ${args.join(' ')} answered nothing: ${stderr}`);
  return { ...(JSON.parse(stdout) as T), exitCode };
}
