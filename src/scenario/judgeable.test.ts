import { expect, test } from 'vitest';
import { formatError, isNetdojoError } from '../errors/index.ts';
import type { CheckedJourney } from '../cloud/index.ts';
import { compare } from '../journey/index.ts';
import { changeHops, echo, pingExpectation, pingJourney } from '../journey/journeys.fixture.ts';
import { streamResult } from '../probe/stream-result.ts';
import { assertNoneLost, expectGapBelow } from './judgeable.ts';

/** Packets each 10 ms for 3 s; `asleep`: none between these times; `deaf`: none answered between these. */
function played(deaf: readonly [number, number], asleep: readonly [number, number] = [0, 0]) {
  const within = ([from, to]: readonly [number, number], ms: number) => ms > from && ms < to;
  const ms = Array.from({ length: 300 }, (_, at) => at * 10).filter((one) => !within(asleep, one));
  const arrivals = ms.flatMap((one, number) => (within(deaf, one) ? [] : [{ number, us: one * 1000 }]));
  return streamResult(
    { began: 0, pace: 10_000, sent: ms.map((one) => one * 1000), others: [], processors: 2 },
    [],
    arrivals,
  );
}

function refusal(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A ping whose last hop is missing, or is at another guest. */
function journey(elsewhere: string | null): CheckedJourney {
  const expected = pingExpectation();
  const observed = changeHops(pingJourney(), (one) => {
    if (one.node !== 'web2') return one;
    return elsewhere === null ? null : { ...one, node: elsewhere, point: `${elsewhere}:eth0` };
  });
  const comparison = compare(expected, observed);
  return { title: observed.packet, headers: echo, expected, observed, comparison, ok: comparison.ok };
}

const wrongly = (journeys: readonly CheckedJourney[]) => ({ journeys, unexplained: [] });

test('a gap below the budget is green, however busy the machine was', () => {
  expectGapBelow(500, 'web2', played([1000, 1400], [1000, 1400]));
});

test('a gap that the machine made is inconclusive, and says who says so', () => {
  const error = refusal(() => expectGapBelow(500, 'web2', played([1000, 1700]), played([1100, 1500])));
  expect(isNetdojoError(error) && error.exitCode).toBe(5);
  expect(formatError(error)).toMatchInlineSnapshot(`
    "ND_TOO_BUSY: web2: no answer for 700 ms where the budget is 500 ms, on a machine that was too busy to judge it
        its own sender did not run for              0 ms of that
        a stream that nothing was done to missed    380 ms of that
        by the shortage of processors around it     0 ms of that"
  `);
  expect(refusal(() => expectGapBelow(500, 'web2', played([1000, 1700], [1000, 1600])))).toMatchObject({
    code: 'ND_TOO_BUSY',
  });
});

test('a gap that is too long even without what the machine took is red', () => {
  const error = refusal(() => expectGapBelow(500, 'web2', played([1000, 2000]), played([1100, 1500])));
  expect(isNetdojoError(error)).toBe(false);
  expect(String(error)).toContain('web2: no answer for 1000 ms');
});

test('what did not arrive where a switch lost frames is inconclusive, and told all the same', () => {
  const lost = { compute1: 24, tor1: 1 };
  const missing = journey(null);
  const error = refusal(() => assertNoneLost('tcp web1 → web2', lost, wrongly([missing]), '✗ lost'));
  expect(isNetdojoError(error) && error.exitCode).toBe(5);
  expect(formatError(error)).toMatchInlineSnapshot(`
    "ND_TOO_BUSY: tcp web1 → web2: switches lost frames that they had no turn to take (24 at compute1, 1 at tor1), so that nothing is proven
      
      ✗ lost"
  `);
  // What no loss can be the reason of stays red.
  const elsewhere = journey('web3');
  for (const [losses, check] of [
    [{}, wrongly([missing])],
    [lost, wrongly([missing, elsewhere])],
    [lost, { ...wrongly([missing]), unexplained: [{ key: '', label: 'arp', sightings: [] }] }],
    [lost, wrongly([])],
  ] as const)
    expect(refusal(() => assertNoneLost('tcp web1 → web2', losses, check, '✗'))).toBeUndefined();
});
