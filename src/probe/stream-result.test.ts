import { expect, test } from 'vitest';
import { streamResult } from './stream-result.ts';

const sent = [0, 10_000, 20_000, 30_000, 40_000];
const arrivals = (...all: [number: number, ms: number][]) =>
  all.map(([number, ms]) => ({ number, us: ms * 1000 }));

test('all answered: nothing lost, and no gap but the pace', () => {
  expect(streamResult(sent, [], arrivals([0, 1], [1, 11], [2, 21], [3, 31], [4, 41]))).toEqual({
    sent: 5,
    refused: [],
    lost: [],
    duplicated: [],
    reordered: [],
    longest_gap_ms: 10,
  });
});

test('lost, refused, duplicated and reordered packets are told apart', () => {
  const refused = [{ number: 2, errno: 'ENETUNREACH' }];
  const result = streamResult(sent, refused, arrivals([1, 12], [0, 13], [1, 14], [4, 41], [1, 42]));
  expect(result).toEqual({
    sent: 5,
    refused,
    lost: [3],
    duplicated: [1],
    reordered: [0],
    longest_gap_ms: 28,
  });
});

test('a stream that is cut for good has a gap to its end', () => {
  expect(streamResult(sent, [], arrivals([0, 1]))).toMatchObject({ lost: [1, 2, 3, 4], longest_gap_ms: 39 });
  expect(streamResult(sent, [], [])).toMatchObject({ lost: [0, 1, 2, 3, 4], longest_gap_ms: 40 });
  expect(streamResult([], [], [])).toMatchObject({ sent: 0, longest_gap_ms: 0 });
});
