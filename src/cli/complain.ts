/** What a user is told when a command fails. */
import { EXIT, formatError, isNetdojoError } from '../errors/index.ts';
import { errorAnswer } from './error-json.ts';
import { Interrupted } from './interrupt.ts';
import type { Output } from './terminal/output.ts';

export interface Complaint {
  readonly output: Output;
  readonly json: boolean;
  /** Of stderr. */
  readonly colour: boolean;
}

/** Says what went wrong, on stderr as text or on stdout as JSON; returns the exit code. */
export function complainOf(error: unknown, { output, json, colour }: Complaint): number {
  if (error instanceof Interrupted) {
    const { message, exitCode } = error;
    if (json)
      output.print(JSON.stringify({ schema: 'netdojo.error/1', code: 'ND_INTERRUPTED', message, exitCode }));
    else process.stderr.write(`${message}\n`);
    return exitCode;
  }
  const known = isNetdojoError(error);
  if (json) output.print(JSON.stringify(errorAnswer(error)));
  if (!json || !known) process.stderr.write(`${formatError(error, { colour })}\n`);
  if (!known) process.stderr.write('  this is a bug of netdojo: a report of it needs the lines above\n');
  return known ? error.exitCode : EXIT.environment;
}
