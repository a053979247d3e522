/** Verdicts of the same stories with different firewall drivers. Pure. */

/** What `netdojo test --json` says of a scenario. */
export interface Verdict {
  readonly capability: string;
  /** The driver; the scenario's name ends with it in brackets. */
  readonly pattern?: string;
  readonly scenario: string;
  readonly result: string;
}

/** A line a story, a column a driver; stories that were told without a driver are left out. */
export function driversTable(scenarios: readonly Verdict[], capability = 'security-groups'): string {
  const told = scenarios.filter((one) => one.capability === capability && one.pattern !== undefined);
  const drivers = [...new Set(told.map(({ pattern = '' }) => pattern))];
  const stories = Map.groupBy(told, ({ scenario, pattern }) => scenario.replace(` [${pattern}]`, ''));
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  const verdict = (ones: readonly Verdict[], driver: string): string =>
    ones.find(({ pattern }) => pattern === driver)?.result ?? 'not told';
  const alike = (ones: readonly Verdict[]): boolean =>
    new Set(drivers.map((driver) => verdict(ones, driver))).size === 1;
  return [
    line(['story', ...drivers, 'alike']),
    line(['---', ...drivers.map(() => '---'), '---']),
    ...[...stories].map(([story, ones]) =>
      line([story, ...drivers.map((driver) => verdict(ones, driver)), alike(ones) ? 'yes' : 'NO']),
    ),
  ].join('\n');
}
