import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { targetNamed } from '../../targets/index.ts';
import type { Context, Result } from '../context.ts';
import { countResults, type ScenarioJson, scenariosOf, type VitestJson } from '../vitest-json.ts';

export interface TestInput {
  readonly filter: readonly string[];
  readonly target: string;
  readonly name?: string;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const VITEST = `${ROOT}node_modules/vitest/vitest.mjs`;

export async function test(context: Context, input: TestInput): Promise<Result> {
  const { name: target } = targetNamed(input.target);
  const folder = mkdtempSync(join(tmpdir(), 'netdojo-test-'));
  try {
    const file = join(folder, 'results.json');
    const exitCode = await runVitest(context, { ...input, target }, file);
    context.signal.throwIfAborted();
    const scenarios = scenariosOf(resultsIn(file, exitCode), ROOT);
    return { exitCode: codeOf(exitCode, scenarios), json: { target, ...countResults(scenarios), scenarios } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** People see vitest's own output; on stderr where the answer is JSON. */
async function runVitest(context: Context, input: TestInput, file: string): Promise<number> {
  const { signal, json, setup, colour } = context;
  const { execa } = await import('execa');
  const args = [
    'run',
    '--project=scenarios*',
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    // Named reporters take the place of those in vitest.config.ts, this one among them.
    '--reporter=src/scenario/reporter.ts',
    `--outputFile.json=${file}`,
    ...(input.name === undefined ? [] : ['-t', input.name]),
    ...input.filter,
  ];
  const { exitCode = EXIT.failed } = await execa(process.execPath, [VITEST, ...args], {
    cwd: ROOT,
    env: {
      NETDOJO_TARGET: input.target,
      ...(setup ? {} : { NETDOJO_NO_SETUP: '1' }),
      ...(json || !colour ? { NO_COLOR: '1' } : {}),
    },
    reject: false,
    cancelSignal: signal,
    // The scenarios take their clouds down themselves, and their watchdogs do when they cannot.
    forceKillAfterDelay: 15_000,
    stdin: 'ignore',
    stdout: json ? process.stderr : 'inherit',
    stderr: 'inherit',
  });
  return exitCode;
}

function resultsIn(file: string, exitCode: number): VitestJson {
  // Without a single test file vitest writes none.
  if (!existsSync(file) && exitCode === 0) return { testResults: [] };
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestJson;
  } catch (cause) {
    throw new NetdojoError('vitest ended without a result', {
      code: 'ND_TEST_RUNNER',
      hint: 'npx vitest run --project="scenarios*"',
      exitCode: EXIT.environment,
      cause,
    });
  }
}

/** `vitest` is its exit code: it also tells of errors that no scenario has. */
export function codeOf(vitest: number, scenarios: readonly ScenarioJson[]): number {
  const { passed, failed, inconclusive } = countResults(scenarios);
  if (failed > 0) return EXIT.failed;
  if (inconclusive > 0) return EXIT.inconclusive;
  if (vitest !== 0) return EXIT.failed;
  return passed > 0 ? EXIT.passed : EXIT.nothing;
}
