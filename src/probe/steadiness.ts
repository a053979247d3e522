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
   * The share of time in which somebody waited for a processor before and after, when next to nothing was done by
   * ourselves, as a part of the span: what is done in the span takes longer by that.
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

/** Outside of the span; 0 where the machine cannot tell. */
function waitingShare(span: Span, stream: Timeline): number {
  const parts = spansBetween(absolute(stream, stream.sent)).map((part, at) => ({
    us: part.to - part.from,
    waited: (stream.stalled[at + 1] ?? 0) - (stream.stalled[at] ?? 0),
    inside: overlap(span, part) > 0,
  }));
  const outside = parts.filter(({ inside }) => !inside);
  const all = outside.reduce((sum, { us }) => sum + us, 0);
  const waited = outside.reduce((sum, part) => sum + part.waited, 0);
  return all === 0 ? 0 : Math.min(1, waited / all);
}
