import { expect, test } from 'vitest';
import type { CapturedFrame } from './correlate.ts';
import { ping, wires } from './frames.fixture.ts';
import { withBeginnings } from './in-flight.ts';
import { pointsOf } from './points.ts';

const points = pointsOf(wires);
const SECOND = 1_000_000_000n;
const at = (point: string, sequence: number, time: bigint): CapturedFrame => ({
  point,
  direction: point.startsWith('web1') ? 'out' : 'in',
  bytes: ping(sequence),
  time,
});

const sent = at('web1:eth0', 1, 3n * SECOND);
const held = at('compute1:tap11111111-11', 1, 3n * SECOND + 4000n);

test('the beginning of a packet that was on its way belongs to it, and nothing else from before', () => {
  const other = at('web1:eth0', 2, 3n * SECOND - 9000n);
  expect(withBeginnings([other, sent], [held], points)).toEqual([sent, held]);
  expect(withBeginnings([other], [held], points)).toEqual([held]);
});

test('what said the same long before is another packet', () => {
  const before = at('web1:eth0', 1, SECOND);
  expect(withBeginnings([before], [held], points)).toEqual([held]);
});

test('who says the same again sends another packet, even if the first is not long ago', () => {
  const again = at('web1:eth0', 1, 4n * SECOND - 5000n);
  const arrived = at('compute1:tap11111111-11', 1, 4n * SECOND);
  const first = [
    sent,
    at('compute1:tap11111111-11', 1, 3n * SECOND + 4000n),
    at('compute1:eth1', 1, 3n * SECOND + 5000n),
  ];
  expect(withBeginnings(first, [again, arrived], points)).toEqual([again, arrived]);
  expect(withBeginnings([...first, again], [arrived], points)).toEqual([again, arrived]);
});

test('where a packet begins is known from one like it of which nothing is on its way any more', () => {
  const again = at('web1:eth0', 1, 3n * SECOND + 20_000n);
  const arrives = at('compute1:tap11111111-11', 1, 3n * SECOND + 24_000n);
  // The last of the first, then the beginning of the second, which goes on in the observation.
  expect(withBeginnings([held, again], [arrives], points, [sent])).toEqual([again, arrives]);
  // The second begins in the observation: the last of the first is none of it.
  expect(withBeginnings([held], [again, arrives], points, [sent])).toEqual([again, arrives]);
});

test('nothing was seen', () => {
  expect(withBeginnings([sent], [], points)).toEqual([]);
});
