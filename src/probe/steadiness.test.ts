import { expect, test } from 'vitest';
import { taken } from './steadiness.ts';
import type { Timeline } from './stream-result.ts';

const pace = 10_000;
const beats = (...spans: readonly (readonly [from: number, to: number])[]): number[] =>
  spans.flatMap(([from, to]) => Array.from({ length: (to - from) / 10 }, (_, at) => (from + at * 10) * 1000));
const timeline = (sent: readonly number[], others: readonly number[] = []): Timeline => ({
  began: 7_000_000,
  pace,
  sent,
  answered: sent,
  others,
  processors: 2,
});
/** From 1 s to 1.6 s after the streams began. */
const gap = { from: 8_000_000, to: 8_600_000 };
const steady = timeline(beats([0, 2000]));

test('a steady sender, and a bystander that is answered all the time: nothing was taken', () => {
  expect(taken(gap, steady, steady)).toEqual({ sender: 0, bystander: 0, waiting: 0 });
  expect(taken(gap, steady)).toEqual({ sender: 0, bystander: 0, waiting: 0 });
});

test('what a sender and a bystander miss counts as far as it is in the gap, but for two beats', () => {
  const late = timeline(beats([0, 1100], [1500, 2000]));
  expect(taken(gap, late, steady)).toMatchObject({ sender: 390, bystander: 0 });
  expect(taken(gap, steady, late)).toMatchObject({ sender: 0, bystander: 390 });
  expect(taken(gap, timeline(beats([0, 1500], [1900, 2000])), steady)).toMatchObject({ sender: 90 });
  expect(taken(gap, timeline(beats([0, 800], [900, 2000])), steady)).toMatchObject({ sender: 0 });
});

test('shortage of processors counts by what it was around the gap: within, the work may have been our own', () => {
  const { sent } = steady;
  const share = (within: number, around: number): number =>
    taken(
      gap,
      timeline(
        sent,
        sent.map((us) => (us >= 1_000_000 && us <= 1_600_000 ? within : around)),
      ),
    ).waiting;
  expect(share(30, 1)).toBe(0);
  // Two processors and two others: a third gets two thirds of its time.
  expect(share(0, 2)).toBeCloseTo(200);
  expect(share(0, 29)).toBeCloseTo(560);
});
