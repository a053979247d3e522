/** Signals → one AbortSignal, whose reason says which exit code they mean. */
import { EXIT } from '../errors/index.ts';

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: keyof typeof SIGNALS) {
    super(`interrupted by ${signal}`);
    this.exitCode = SIGNALS[signal];
  }
}

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Settles when the user (or the system) will not wait any longer. */
  readonly insisted: Promise<number>;
}

/**
 * Watches for signals. The first one aborts, and the command takes down what it started; the second one ends the
 * process at once, and its watchdogs do that.
 */
export function watchSignals(): Interrupts {
  const controller = new AbortController();
  const { promise: insisted, resolve } = Promise.withResolvers<number>();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const interrupted = new Interrupted(name);
      if (controller.signal.aborted) resolve(interrupted.exitCode);
      else controller.abort(interrupted);
    });
  }
  return { signal: controller.signal, insisted };
}
