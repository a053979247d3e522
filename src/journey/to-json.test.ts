import { expect, test } from 'vitest';
import { pingJourney } from './journeys.fixture.ts';
import { journeyToJson } from './to-json.ts';

test('times are nanoseconds since the start, and the whole is JSON', () => {
  const json = journeyToJson(pingJourney());
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json.start).toBe('1700000000000000000');
  expect(json.roots[0]).toMatchObject({ time_ns: 0, kind: 'guest', next: [{ time_ns: 6000, kind: 'tap' }] });
});

test('never seen', () => {
  expect(journeyToJson({ packet: 'x', verdict: 'lost', roots: [] })).toEqual({
    packet: 'x',
    verdict: 'lost',
    start: null,
    roots: [],
  });
});
