import { type ErrorCode, NetdojoError } from '../errors/index.ts';

/** A packet did not do what it must. The message is the whole story; the code tells which kind. */
export class ScenarioError extends NetdojoError {
  constructor(message: string, options: { code: ErrorCode; inconclusive?: boolean }) {
    super(message, { code: options.code, exitCode: options.inconclusive ? 5 : 1 });
  }
}
