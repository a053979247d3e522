import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chiSquareTail, countsOf, cycleOf, fitOf, turns } from './distribution.ts';

describe('turns', () => {
  test('are the weights, as small as they can be, once a cycle', () => {
    expect(cycleOf({ web1: 1, web2: 1, web3: 1 })).toEqual({ web1: 1, web2: 1, web3: 1 });
    expect(cycleOf({ web1: 50, web2: 100, off: 0 })).toEqual({ web1: 1, web2: 2, off: 0 });
    expect(turns({ web1: 2, web2: 6 }, 5)).toEqual({ web1: 5, web2: 15 });
    expect(cycleOf({ off: 0 })).toEqual({ off: 0 });
  });

  test('are counted with those who had none', () => {
    expect(countsOf(['a', 'b', 'a', 'x'], ['a', 'b', 'c'])).toEqual({ a: 2, b: 1, c: 0, x: 1 });
  });
});

describe('the tail of chi-square', () => {
  /** Upper quantiles of the usual tables (NIST/SEMATECH, 1.3.6.7.4); for alpha 1e-6 by integrating the density. */
  test.for([
    [1, 0.05, 3.841459],
    [1, 0.001, 10.827566],
    [1, 1e-6, 23.928127],
    [2, 0.05, 5.991465],
    [2, 1e-6, 27.631021],
    [3, 0.01, 11.344867],
    [3, 1e-6, 30.66485],
    [5, 0.05, 11.070498],
    [7, 0.001, 24.321886],
    [10, 0.1, 15.987179],
    [10, 0.99, 2.558212],
    [25, 0.05, 37.652484],
    [100, 0.05, 124.342113],
  ] as const)('of %i degrees is %f at its quantile', ([degrees, p, quantile]) => {
    expect(chiSquareTail(quantile, degrees) / p).toBeCloseTo(1, 5);
  });

  test('falls from 1 to 0', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 200, noNaN: true }),
        (degrees, x) => {
          const [here, further] = [chiSquareTail(x, degrees), chiSquareTail(x + 0.5, degrees)];
          expect(here).toBeLessThanOrEqual(1);
          expect(further).toBeLessThanOrEqual(here + 1e-12);
          expect(further).toBeGreaterThan(0);
        },
      ),
    );
    expect(chiSquareTail(0, 3)).toBe(1);
    expect(chiSquareTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
  });
});

describe('a test of fit', () => {
  const even = { web1: 1, web2: 1, web3: 1 };

  test('passes what chance brings, and not what it does not', () => {
    expect(fitOf({ web1: 98, web2: 105, web3: 97 }, even)).toEqual({
      fits: true,
      statistic: expect.closeTo(0.38, 10),
      degrees: 2,
      p: expect.closeTo(Math.exp(-0.19), 10),
      expected: { web1: 100, web2: 100, web3: 100 },
    });
    expect(fitOf({ web1: 150, web2: 150, web3: 0 }, even)).toMatchObject({ fits: false, statistic: 150 });
    expect(fitOf({ web1: 100, web2: 200 }, { web1: 1, web2: 2 })).toMatchObject({ fits: true, p: 1 });
    expect(fitOf({ web1: 100, web2: 200 }, { web1: 1, web2: 1 })).toMatchObject({ fits: false });
  });

  test('its verdict turns where p passes alpha', () => {
    const counts = { web1: 120, web2: 180 };
    const { p } = fitOf(counts, { web1: 1, web2: 1 });
    expect(p).toBeCloseTo(5.32e-4, 5);
    expect(fitOf(counts, { web1: 1, web2: 1 }, p * 1.01).fits).toBe(false);
    expect(fitOf(counts, { web1: 1, web2: 1 }, p * 0.99).fits).toBe(true);
  });

  test('one packet for a member of weight 0, or for a stranger, is no chance', () => {
    expect(fitOf({ web1: 50, web2: 50, off: 1 }, { web1: 1, web2: 1, off: 0 })).toMatchObject({
      fits: false,
      p: 0,
    });
    expect(fitOf({ web1: 50, web2: 50, who: 1 }, { web1: 1, web2: 1 })).toMatchObject({ fits: false, p: 0 });
  });

  test('refuses to judge by too little', () => {
    expect(() => fitOf({ web1: 3, web2: 6 }, { web1: 1, web2: 2 })).toThrow(
      '9 observations are too few for a test: 15 at least',
    );
    expect(() => fitOf({ web1: 30 }, { web1: 1 })).toThrow('two members to choose between');
  });
});
