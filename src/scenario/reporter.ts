/** The vitest reporter that turns a run of scenarios into a report bundle. */
import { cpus, release } from 'node:os';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import {
  REPORT_VERSION,
  type RunReport,
  type ScenarioReport,
  type ScenarioStatus,
  writeBundle,
} from '../report/index.ts';
import { type ScenarioMeta, takeCapture } from './record.ts';

/** Projects of vitest whose tests are scenarios. */
const PROJECTS = 'scenarios';

function statusOf(test: TestCase, meta: ScenarioMeta | undefined): ScenarioStatus {
  const { state } = test.result();
  if (state === 'passed') return 'passed';
  if (state === 'skipped' || state === 'pending') return 'skipped';
  return meta?.inconclusive === undefined ? 'failed' : 'inconclusive';
}

function scenarioReport(test: TestCase, meta: ScenarioMeta | undefined, root: string): ScenarioReport {
  const result = test.result();
  const status = statusOf(test, meta);
  const [error] = result.errors ?? [];
  const reason = meta?.inconclusive ?? (result.state === 'skipped' ? result.note : undefined);
  const text = stripVTControlCharacters(error?.message ?? '');
  const findings = (meta?.unjudged ?? []).map((why) => ({
    text: `played again: ${why.split('\n')[0]}`,
    status: 'inconclusive' as const,
  }));
  return {
    name: test.name,
    file: relative(root, test.module.moduleId),
    capability: meta?.capability ?? '',
    ...(meta?.pattern === undefined ? {} : { pattern: meta.pattern }),
    status,
    durationMs: test.diagnostic()?.duration ?? 0,
    steps: meta?.steps ?? [],
    ...(findings.length === 0 ? {} : { findings }),
    ...(meta ? { cloud: meta.cloud.id } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(error
      ? {
          error: {
            message: text.split('\n')[0] ?? '',
            text,
            ...('code' in error && typeof error['code'] === 'string' ? { code: error['code'] } : {}),
            ...(error.stack === undefined ? {} : { stack: stripVTControlCharacters(error.stack) }),
          },
        }
      : {}),
  };
}

/** Writes `reports/<run>/` when at least one scenario ran. */
export default class BundleReporter implements Reporter {
  #started = new Date();

  onTestRunStart(): void {
    this.#started = new Date();
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const tests = modules
      .filter((module) => module.project.name.startsWith(PROJECTS))
      .flatMap((module) =>
        [...module.children.allTests()].map((test) => ({ test, root: module.project.config.root })),
      );
    if (tests.length === 0) return;
    const played = tests.map(({ test, root }) => ({ test, root, meta: test.meta().netdojo }));
    const metas = played.flatMap(({ meta }) => (meta ? [meta] : []));
    const ended = new Date();
    const report: RunReport = {
      version: REPORT_VERSION,
      run: `test-${this.#started.toISOString().replace(/[:.]/g, '-').slice(0, 19)}`,
      started: this.#started.toISOString(),
      ended: ended.toISOString(),
      engine: metas[0]?.engine ?? 'none',
      environment: { node: process.versions.node, kernel: release(), cpus: String(cpus().length) },
      clouds: [...new Map(metas.map((meta) => [meta.cloud.id, meta.cloud])).values()],
      scenarios: played.map(({ test, root, meta }) => scenarioReport(test, meta, root)),
      captures: metas.flatMap((meta) =>
        meta.captures.map(({ id, points, frames, dropped }) => ({
          id,
          cloud: meta.cloud.id,
          points,
          frames,
          dropped,
        })),
      ),
      timings: [{ name: 'scenarios', ms: ended.getTime() - this.#started.getTime() }],
    };
    const captures = await Promise.all(metas.flatMap((meta) => meta.captures).map(takeCapture));
    const paths = await writeBundle(report, { captures });
    for (const { test, meta } of played)
      for (const why of meta?.unjudged ?? [])
        console.log(`\n again   ${test.name}\n         ${why.split('\n')[0]}`);
    console.log(`\n report  ${relative(process.cwd(), paths.html)}`);
  }
}
