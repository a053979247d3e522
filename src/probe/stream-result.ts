/** What became of a stream of numbered packets. Pure. */

/** An answer to one packet; times are microseconds since the stream began. */
export interface Arrival {
  readonly number: number;
  readonly us: number;
}

export interface StreamResult {
  readonly sent: number;
  /** Numbers of packets, from 0: the guest's kernel refused to send them. */
  readonly refused: readonly { readonly number: number; readonly errno: string }[];
  /** Sent, and never answered. */
  readonly lost: readonly number[];
  /** Answered more than once. */
  readonly duplicated: readonly number[];
  /** Answered after a later one had been. */
  readonly reordered: readonly number[];
  /** The longest time without an answer while packets were sent, in milliseconds. */
  readonly longest_gap_ms: number;
}

export function streamResult(
  sent: readonly number[],
  refused: StreamResult['refused'],
  arrivals: readonly Arrival[],
): StreamResult {
  const times = new Map<number, number>();
  const duplicated = new Set<number>();
  const reordered: number[] = [];
  let highest = -1;
  for (const { number, us } of arrivals) {
    if (times.has(number)) {
      duplicated.add(number);
      continue;
    }
    times.set(number, us);
    if (number < highest) reordered.push(number);
    else highest = number;
  }
  const never = new Set(refused.map(({ number }) => number));
  const lost = sent.flatMap((_, number) => (times.has(number) || never.has(number) ? [] : [number]));
  return {
    sent: sent.length,
    refused,
    lost,
    duplicated: [...duplicated],
    reordered,
    longest_gap_ms: longestGap(sent, [...times.values()]) / 1000,
  };
}

/** From the first packet to the last, or to the last answer where that came later. */
function longestGap(sent: readonly number[], answers: readonly number[]): number {
  const end = Math.max(sent.at(-1) ?? 0, answers.at(-1) ?? 0);
  let longest = 0;
  let before = sent[0] ?? 0;
  for (const time of [...answers, end]) {
    longest = Math.max(longest, time - before);
    before = time;
  }
  return longest;
}
