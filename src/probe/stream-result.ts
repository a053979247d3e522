/** What became of a stream of numbered packets. Pure. */

/** An answer to one packet; times are microseconds since the stream began. */
export interface Arrival {
  readonly number: number;
  readonly us: number;
}

/** From when to when, in microseconds of the machine's own clock: that of all streams of a cloud. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When what happened, in microseconds since the stream began. */
export interface Timeline {
  /** By the machine's own clock. */
  readonly began: number;
  /** From one packet to the next, as it was to be. */
  readonly pace: number;
  readonly sent: readonly number[];
  /** First answers, in the order in which they came. */
  readonly answered: readonly number[];
  /** At each packet, how many threads of the machine ran or wanted to, apart from the sender. */
  readonly others: readonly number[];
  readonly processors: number;
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
  readonly longest_gap: Span;
  readonly timeline: Timeline;
}

export function streamResult(
  { sent, ...clock }: Omit<Timeline, 'answered'>,
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
  const answered = [...times.values()];
  const gap = longestGap(sent, answered);
  return {
    sent: sent.length,
    refused,
    lost,
    duplicated: [...duplicated],
    reordered,
    longest_gap_ms: (gap.to - gap.from) / 1000,
    longest_gap: { from: clock.began + gap.from, to: clock.began + gap.to },
    timeline: { ...clock, sent, answered },
  };
}

/** From the first packet to the last, or to the last answer where that came later. */
function longestGap(sent: readonly number[], answers: readonly number[]): Span {
  const start = sent[0] ?? 0;
  const end = Math.max(sent.at(-1) ?? 0, answers.at(-1) ?? 0);
  const gaps = spansBetween([start, ...answers, end]);
  return gaps.reduce((longest, gap) => (gap.to - gap.from > longest.to - longest.from ? gap : longest), {
    from: start,
    to: start,
  });
}

/** What lies between each moment and the next. */
export const spansBetween = (moments: readonly number[]): Span[] =>
  moments.slice(1).map((to, at) => ({ from: moments[at] as number, to }));
