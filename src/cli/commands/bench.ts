import { markdown, resultText, runBench } from '../../bench/index.ts';
import { EXIT } from '../../errors/index.ts';
import type { Context, Result } from '../context.ts';
import { unlessAborted } from '../running/with-cloud.ts';

export interface BenchInput {
  readonly filter?: string;
  readonly repeat?: number;
  readonly markdown?: boolean;
}

export async function bench(context: Context, input: BenchInput): Promise<Result> {
  const { signal, progress, json } = context;
  const { markdown: asMarkdown, ...options } = input;
  const run = runBench({ ...options, json, log: (line) => progress.note(line) });
  const result = await unlessAborted(signal, run);
  context.print(asMarkdown ? markdown(result.rows) : resultText(result));
  return { exitCode: result.ok ? EXIT.passed : EXIT.failed, json: result };
}
