/** What vitest's JSON reporter says, as scenarios by capability. */
import { dirname, relative } from 'node:path';

export interface VitestJson {
  readonly testResults: readonly {
    readonly name: string;
    /** Why a file could not be run at all. */
    readonly message?: string;
    readonly status?: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly fullName: string;
      readonly status: string;
      readonly duration?: number | null;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

export interface ScenarioJson {
  /** The folder below scenarios/. */
  readonly capability: string;
  readonly file: string;
  readonly scenario: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  readonly messages: readonly string[];
}

export function scenariosOf({ testResults }: VitestJson, root: string): ScenarioJson[] {
  return testResults.flatMap(({ name, status, message, assertionResults }): ScenarioJson[] => {
    const file = relative(root, name);
    const capability = relative('scenarios', dirname(file)) || 'scenarios';
    if (assertionResults.length === 0 && status === 'failed') {
      return [
        { capability, file, scenario: file, result: 'failed', ms: 0, messages: message ? [message] : [] },
      ];
    }
    return assertionResults.map((one) => ({
      capability,
      file,
      scenario: one.fullName.trim(),
      result: one.status === 'passed' || one.status === 'failed' ? one.status : 'skipped',
      ms: Math.round(one.duration ?? 0),
      messages: one.failureMessages ?? [],
    }));
  });
}
