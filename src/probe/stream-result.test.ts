import { expect, test } from 'vitest';
import { type Arrival, type StreamResult, streamResult } from './stream-result.ts';

const clock = { began: 5_000_000, pace: 10_000, others: [], processors: 2 };
const sent = [0, 10_000, 20_000, 30_000, 40_000];
const resultOf = (times: readonly number[], refused: StreamResult['refused'], answers: readonly Arrival[]) =>
  streamResult({ ...clock, sent: times }, refused, answers);
const arrivals = (...all: [number: number, ms: number][]) =>
  all.map(([number, ms]) => ({ number, us: ms * 1000 }));

test('all answered: nothing lost, and no gap but the pace', () => {
  expect(resultOf(sent, [], arrivals([0, 1], [1, 11], [2, 21], [3, 31], [4, 41]))).toEqual({
    sent: 5,
    refused: [],
    lost: [],
    duplicated: [],
    reordered: [],
    longest_gap_ms: 10,
    longest_gap: { from: 5_001_000, to: 5_011_000 },
    timeline: { ...clock, sent, answered: [1000, 11_000, 21_000, 31_000, 41_000] },
  });
});

test('lost, refused, duplicated and reordered packets are told apart', () => {
  const refused = [{ number: 2, errno: 'ENETUNREACH' }];
  const result = resultOf(sent, refused, arrivals([1, 12], [0, 13], [1, 14], [4, 41], [1, 42]));
  expect(result).toMatchObject({
    sent: 5,
    refused,
    lost: [3],
    duplicated: [1],
    reordered: [0],
    longest_gap_ms: 28,
  });
});

test('a stream that is cut for good has a gap to its end', () => {
  expect(resultOf(sent, [], arrivals([0, 1]))).toMatchObject({ lost: [1, 2, 3, 4], longest_gap_ms: 39 });
  expect(resultOf(sent, [], [])).toMatchObject({ lost: [0, 1, 2, 3, 4], longest_gap_ms: 40 });
  expect(resultOf([], [], [])).toMatchObject({ sent: 0, longest_gap_ms: 0 });
});
