/** What repetitions come to. Pure. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** The middle value; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The least value that so large a part of the values does not exceed (nearest rank). NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

export function summarize(values: readonly number[]): Summary {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    count: values.length,
  };
}

/**
 * The ratios of values that were measured next to each other, round by round. Load that comes and goes slows both down,
 * so that their ratio says more than the ratio of two medians.
 */
export function pairedRatios(values: readonly number[], others: readonly number[]): number[] {
  const pairs = Math.min(values.length, others.length);
  return Array.from({ length: pairs }, (_, i) => (values[i] as number) / (others[i] as number));
}

/** What is asked of a value or of its ratio to the peer's. */
export interface Goal {
  readonly of: 'value' | 'ratio';
  readonly is: 'at most' | 'at least';
  readonly limit: number;
}

export function isMet({ is, limit }: Goal, reached: number): boolean {
  return is === 'at most' ? reached <= limit : reached >= limit;
}

/** Does each action once a round, in turn, and the other way round in every second round; results by round. */
export async function interleave<Name extends string>(
  rounds: number,
  actions: Readonly<Record<Name, (round: number) => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(actions) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) results[name].push(await actions[name](round));
  }
  return results;
}

/** Milliseconds that something took. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}
