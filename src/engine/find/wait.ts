import { setTimeout as pause } from 'node:timers/promises';
import { EXIT, NetdojoError } from '../../errors/index.ts';

export type WaitOptions = {
  /** What is waited for, as it reads after "waited 5 s for". */
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Text for the error when the deadline has passed: what is known by then. */
  readonly soFar?: () => string;
};

/**
 * Asks until the answer is not `undefined`.
 *
 * @throws NetdojoError ND_TIMEOUT that names what was waited for; the signal's reason when aborted
 */
export async function waitFor<T>(
  check: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T> {
  const { what, deadlineMs, everyMs = 15, signal, soFar } = options;
  const end = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await check();
    if (answer !== undefined) return answer;
    if (performance.now() > end) {
      const known = soFar?.().trimEnd() ?? '';
      throw new NetdojoError(`waited ${deadlineMs / 1000} s for ${what}${known === '' ? '' : `\n${known}`}`, {
        code: 'ND_TIMEOUT',
        exitCode: EXIT.environment,
      });
    }
    await pause(everyMs, undefined, signal ? { signal } : {});
  }
}
