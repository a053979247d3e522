import { isNetdojoError } from '../../errors/index.ts';
import { candidatesFor } from '../complete/candidates.ts';
import { valuesFor } from '../complete/values.ts';
import type { Context, Result } from '../context.ts';
import { buildProgram } from '../program.ts';
import { VERSION } from '../version.ts';

export interface CompleteInput {
  readonly words: readonly string[];
}

/** One candidate a line with a tab before its description; `:files` where file names fit too. */
export async function complete(context: Context, { words }: CompleteInput): Promise<Result> {
  const program = buildProgram({ version: VERSION, colour: false, start: () => Promise.resolve() });
  const at = words.indexOf('--cloud');
  const cloud = at >= 0 && at + 2 < words.length ? words[at + 1] : undefined;
  try {
    const { values, files } = await candidatesFor(program, words, valuesFor(context, cloud));
    for (const { value, description } of values) context.output.print(`${value}\t${description}`);
    if (files) context.output.print(':files');
  } catch (error) {
    // No engine, no cloud, several clouds: nothing to offer, and no place to say so.
    if (!isNetdojoError(error)) throw error;
  }
  return {};
}
