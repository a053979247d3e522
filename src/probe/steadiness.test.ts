import { expect, test } from 'vitest';
import { taken } from './steadiness.ts';
import type { Timeline } from './stream-result.ts';

const pace = 10_000;
const beats = (...spans: readonly (readonly [from: number, to: number])[]): number[] =>
  spans.flatMap(([from, to]) => Array.from({ length: (to - from) / 10 }, (_, at) => (from + at * 10) * 1000));
const timeline = (sent: readonly number[], stalled: readonly number[] = []): Timeline => ({
  began: 7_000_000,
  pace,
  sent,
  answered: sent,
  stalled,
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
  const share = (within: number, around: number): number => {
    let stalled = 0;
    const told = sent.map((us) => (stalled += us > 1_000_000 && us <= 1_600_000 ? within : around));
    return taken(gap, timeline(sent, told)).waiting;
  };
  expect(share(pace, 0)).toBe(0);
  expect(share(0, pace)).toBe(600);
  expect(share(0, pace / 2)).toBe(300);
});
