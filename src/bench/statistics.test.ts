import { array, assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interleave, isMet, median, pairedRatios, summarize } from './statistics.ts';

const values = array(double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1 });

describe('median', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 8, 100], 9.5],
  ])('of %j is %d', (list, expected) => {
    expect(median(list)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });

  it('lies between the extremes, and leaves the values in their order', () => {
    assert(
      property(values, (list) => {
        const copy = [...list];
        const { median: middle, min, max, count } = summarize(list);
        expect(list).toEqual(copy);
        expect(count).toBe(list.length);
        expect(middle).toBeGreaterThanOrEqual(min);
        expect(middle).toBeLessThanOrEqual(max);
      }),
    );
  });
});

describe('pairedRatios', () => {
  it('sees through a load that slows both down', () => {
    expect(median(pairedRatios([10, 40, 11], [20, 80, 22]))).toBe(0.5);
  });

  it('leaves out what has no partner', () => {
    expect(pairedRatios([1, 2, 3], [2])).toEqual([0.5]);
  });
});

describe('isMet', () => {
  it.each([
    ['at most', 1.5, 1.5, true],
    ['at most', 1.5, 1.51, false],
    ['at least', 8, 8, true],
    ['at least', 8, 7.9, false],
  ] as const)('%s %d with %d: %s', (is, limit, reached, expected) => {
    expect(isMet({ of: 'value', is, limit }, reached)).toBe(expected);
  });
});

describe('interleave', () => {
  it('takes turns, and turns round in every second round', async () => {
    const order: string[] = [];
    const act = (name: string, value: number) => async (round: number) => {
      order.push(`${name}${round}`);
      return value + round;
    };
    const results = await interleave(3, { a: act('a', 10), b: act('b', 20) });
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
    expect(results).toEqual({ a: [10, 11, 12], b: [20, 21, 22] });
  });
});
