import { errorsOf } from '../topology/problems.ts';
import { EXIT, isNetdojoError, messageOf, type NetdojoError, type Place } from '../errors/index.ts';

export interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly place?: Place;
  readonly expected?: string;
  readonly hint?: string;
  readonly exitCode: number;
}

/** The answer to `--json` when a command fails. */
export interface ErrorAnswer extends ErrorJson {
  readonly schema: 'netdojo.error/1';
  /** Each mistake, where there are several. */
  readonly errors?: readonly ErrorJson[];
}

export function errorAnswer(error: unknown): ErrorAnswer {
  if (!isNetdojoError(error)) {
    const message = messageOf(error);
    return { schema: 'netdojo.error/1', code: 'ND_UNEXPECTED', message, exitCode: EXIT.environment };
  }
  const all = errorsOf(error);
  const [message = ''] = error.message.split('\n');
  return {
    schema: 'netdojo.error/1',
    ...errorJson(error),
    ...(all.length > 1 ? { message, errors: all.map(errorJson) } : {}),
  };
}

export function errorJson({ code, message, place, expected, hint, exitCode }: NetdojoError): ErrorJson {
  return {
    code,
    message,
    ...(place && { place }),
    ...(expected !== undefined && { expected }),
    ...(hint !== undefined && { hint }),
    exitCode,
  };
}
