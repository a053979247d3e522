/** What vitest's JSON reporter says, as scenarios by capability. */
import { dirname, relative } from 'node:path';

export interface VitestJson {
  readonly testResults: readonly {
    /** The file. */
    readonly name: string;
    readonly status?: string;
    /** Why a file could not be run at all. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly duration?: number | null;
      readonly failureMessages?: readonly string[] | null;
      readonly meta?: {
        readonly netdojo?: {
          readonly capability?: string;
          readonly pattern?: string;
          readonly inconclusive?: string;
        };
      };
    }[];
  }[];
}

export type ScenarioResult = 'passed' | 'failed' | 'skipped' | 'inconclusive';

export interface ScenarioJson {
  /** As the scenario names it, else its folder below scenarios/. */
  readonly capability: string;
  /** In which of the plugin's patterns its cloud was built, such as l3-gre. */
  readonly pattern?: string;
  readonly file: string;
  readonly scenario: string;
  readonly result: ScenarioResult;
  readonly ms: number;
  /** Why it failed or could not be decided. */
  readonly messages: readonly string[];
}

export function scenariosOf({ testResults }: VitestJson, root: string): ScenarioJson[] {
  return testResults.flatMap(({ name, status, message, assertionResults }): ScenarioJson[] => {
    const file = relative(root, name);
    const folder = relative('scenarios', dirname(file)) || 'scenarios';
    if (assertionResults.length === 0 && status === 'failed') {
      const messages = message === undefined ? [] : [message];
      return [{ capability: folder, file, scenario: file, result: 'failed', ms: 0, messages }];
    }
    return assertionResults.map(({ fullName, meta, duration, failureMessages, ...one }) => {
      const { capability = folder, pattern, inconclusive } = meta?.netdojo ?? {};
      return {
        capability,
        ...(pattern === undefined ? {} : { pattern }),
        file,
        scenario: fullName.trim(),
        result: inconclusive === undefined ? resultOf(one.status) : 'inconclusive',
        ms: Math.round(duration ?? 0),
        messages: inconclusive === undefined ? (failureMessages ?? []) : [inconclusive],
      };
    });
  });
}

const resultOf = (status: string): ScenarioResult =>
  status === 'passed' || status === 'failed' ? status : 'skipped';

export function countResults(scenarios: readonly ScenarioJson[]): Record<ScenarioResult, number> {
  const counts = { passed: 0, failed: 0, inconclusive: 0, skipped: 0 };
  for (const { result } of scenarios) counts[result]++;
  return counts;
}
