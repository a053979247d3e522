import { encode, type LayerSpec } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import type { CapturedFrame } from './correlate.ts';
import { ethernet, ping, serviceNode, wires } from './frames.fixture.ts';
import { begunSince } from './in-flight.ts';
import { pointsOf } from './points.ts';

const points = pointsOf(wires);
const SECOND = 1_000_000_000n;
const at = (point: string, sequence: number, time: bigint): CapturedFrame => ({
  point,
  direction: point.startsWith('web1') || point === 'compute1:eth1' ? 'out' : 'in',
  bytes: ping(sequence),
  time,
});

/** The way of an echo from its guest to the switch, a microsecond for each step. */
const way = (sequence: number, begins: bigint): readonly [CapturedFrame, ...CapturedFrame[]] => [
  at('web1:eth0', sequence, begins),
  ...['compute1:tap11111111-11', 'compute1:eth1', 'tor1:swp1'].map((point, step) =>
    at(point, sequence, begins + BigInt(step + 1) * 1000n),
  ),
];

const other = way(2, 3n * SECOND + 90_000n);

test('of a packet that was on its way nothing is left, wherever it was', () => {
  const all = way(1, 3n * SECOND - 1500n);
  for (let cut = 1; cut < all.length; cut++) {
    expect(begunSince(all.slice(0, cut), [...all.slice(cut), ...other], points)).toEqual(other);
  }
});

test('nor of one that was told of by a far node before a near one', () => {
  const [sent, tap, ...far] = way(1, 3n * SECOND - 9000n);
  expect(begunSince(far, [sent, tap as CapturedFrame, ...other], points)).toEqual(other);
  expect(begunSince([at('web2:eth0', 7, 3n * SECOND - 1n)], [sent, ...other], points)).toEqual(other);
});

test('who says the same again sends another packet, even if the first is not long ago', () => {
  const first = way(1, 3n * SECOND);
  const again = way(1, 3n * SECOND + 20_000n);
  expect(begunSince(first, again, points)).toEqual(again);
  const [last] = first.slice(-1) as [CapturedFrame];
  expect(begunSince(first.slice(0, -1), [last, ...again], points)).toEqual(again);
});

test('where the first and the second are on their way at once, all of both belongs to before', () => {
  const [sent, tap, out, arrives] = way(1, 3n * SECOND) as [CapturedFrame, ...Required<CapturedFrame>[]];
  const again = way(1, 3n * SECOND + 1500n);
  const before = [sent, tap, again[0]] as CapturedFrame[];
  expect(begunSince(before, [out, arrives, ...again.slice(1), ...other] as CapturedFrame[], points)).toEqual(
    other,
  );
});

test('what was sent before every capture was armed is no beginning of what was sent since', () => {
  const [sent, tap, out] = way(1, 3n * SECOND) as [CapturedFrame, CapturedFrame, CapturedFrame];
  const again = way(1, 3n * SECOND + 20_000n);
  const [armed] = way(3, 3n * SECOND + 9000n);
  // Nobody has seen the first arrive, and no arrival of the second may be taken for it.
  expect(begunSince([sent, tap, out, armed], again, points, out.time)).toEqual(again);
});

test('who says what another has said here before, as a router that takes over, sends a packet of its own', () => {
  const router = () => serviceNode({ 'qrouter-1': { 'qr-a': '10.0.1.1' } });
  const redundant = pointsOf(wires, {}, { compute1: router(), compute2: router() });
  const announced = encode(
    [
      { ...ethernet, destination: 'ff:ff:ff:ff:ff:ff' } as LayerSpec,
      {
        protocol: 'arp',
        operation: 1,
        senderMac: 'fa:16:3e:00:00:01',
        senderIp: '10.0.1.1',
        targetMac: '00:00:00:00:00:00',
        targetIp: '10.0.1.1',
      },
    ],
    new Uint8Array(0),
  );
  const says = (from: string, to: string, begins: bigint): CapturedFrame[] =>
    [
      [`${from}:qr-a`, 'out'],
      [`${from}:eth1`, 'out'],
      [`tor1:swp${from.slice(-1)}`, 'in'],
      [`tor1:swp${to.slice(-1)}`, 'out'],
      [`${to}:eth1`, 'in'],
      [`${to}:qr-a`, 'in'],
    ].map(([point = '', direction], step) => ({
      point,
      direction: direction as 'in' | 'out',
      bytes: announced,
      time: begins + BigInt(step) * 1000n,
    }));
  const before = says('compute1', 'compute2', 3n * SECOND);
  const since = says('compute2', 'compute1', 3n * SECOND + 400_000_000n);
  expect(begunSince(before, since, redundant)).toEqual(since);
});

test('a stamp that is a little late makes no rest of the one before', () => {
  const first = way(1, 3n * SECOND);
  const [sent, tap, out, arrives] = way(1, 3n * SECOND + 100_000_000n) as [
    CapturedFrame,
    ...Required<CapturedFrame>[],
  ];
  const late = [sent, { ...tap, time: (out?.time ?? 0n) + 500n }, out, arrives] as CapturedFrame[];
  expect(begunSince(first, late, points)).toEqual(late);
});

test('what is seen long after is no rest of it', () => {
  const late = at('compute1:tap11111111-11', 1, 5n * SECOND);
  expect(begunSince([at('web1:eth0', 1, 3n * SECOND)], [late], points)).toEqual([late]);
});

test('nothing was seen, before or since', () => {
  expect(begunSince(other, [], points)).toEqual([]);
  expect(begunSince([], other, points)).toEqual(other);
});
