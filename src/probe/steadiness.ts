/**
 * Whether a gap in a stream may be the machine's own doing: that processors were short, and not that the network under
 * test took so long. Pure.
 */
import { type Span, spansBetween, type StreamResult, type Timeline } from './stream-result.ts';

/** How much of a span the machine took, in milliseconds, by each of three signs. */
export interface Taken {
  /** The sender had packets to send, and its process did not run. */
  readonly sender: number;
  /** Another stream, on a way that nothing was done to, had no answers either. */
  readonly bystander: number;
  /**
   * By how many threads wanted a processor before and after, when next to nothing was done by ourselves: what is done in
   * the span takes longer by that.
   */
  readonly waiting: number;
}

/** @param span in which `stream` was not answered @param bystander a stream on another way, at the same time */
export function taken(span: Span, stream: Timeline, bystander?: Timeline): Taken {
  const other = bystander && absolute(bystander, bystander.answered);
  return {
    sender: missedBeats(span, absolute(stream, stream.sent), stream.pace),
    bystander: bystander && other ? missedBeats(span, other, bystander.pace) : 0,
    waiting: (waitingShare(span, stream) * (span.to - span.from)) / 1000,
  };
}

/** `too-busy`: over the budget, and within it without what the machine took. */
export type Within = 'within' | 'over' | 'too-busy';

/**
 * Whether a stream was answered again within `budget` milliseconds at all times.
 *
 * @param bystander a stream at the same time between two to whose way nothing is done
 */
export function judgeGap(
  budget: number,
  { longest_gap_ms: gap, longest_gap, timeline }: StreamResult,
  bystander?: StreamResult,
): { readonly within: Within; readonly taken: Taken } {
  const signs = taken(longest_gap, timeline, bystander?.timeline);
  if (gap < budget) return { within: 'within', taken: signs };
  return { within: gap - Math.max(...Object.values(signs)) < budget ? 'too-busy' : 'over', taken: signs };
}

const absolute = ({ began }: Timeline, moments: readonly number[]): number[] =>
  moments.map((moment) => began + moment);

/** Of what lies between two beats, all but two of them: one late by less than a beat says nothing yet. */
function missedBeats(span: Span, moments: readonly number[], pace: number): number {
  // Whoever has not begun, or has ended, misses nothing.
  const missed = spansBetween(moments).map(({ from, to }) => overlap(span, { from: from + 2 * pace, to }));
  return missed.reduce((sum, part) => sum + part, 0) / 1000;
}

const overlap = (one: Span, other: Span): number =>
  Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from));

/**
 * The share of a thread's time in which it had to leave the processors to others, on average around the span: of
 * `processors`, shared with `others`, one gets `processors / (others + 1)` at the most.
 */
function waitingShare(span: Span, stream: Timeline): number {
  const around = stream.others.filter((_, at) => {
    const moment = stream.began + (stream.sent[at] ?? 0);
    return moment < span.from || moment > span.to;
  });
  const shares = around.map((others) => 1 - Math.min(1, stream.processors / (others + 1)));
  return shares.length === 0 ? 0 : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
