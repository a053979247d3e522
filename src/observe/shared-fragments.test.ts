import { checksums, dissect, encode } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import { serviceNode } from './frames.fixture.ts';
import type { CapturedFrame } from './correlate.ts';
import { pointsOf } from './points.ts';
import { asTheyPassed } from './shared-fragments.ts';

const points = pointsOf(
  {},
  {},
  { network1: serviceNode({ qrouter: { 'qr-a': '10.0.1.1', 'qr-b': '10.0.2.1' } }) },
);

const IN = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02', ttl: 64 };
const OUT = { source: '02:00:00:00:00:03', destination: '02:00:00:00:00:04', ttl: 63 };

const fragment = (offset: number, { source, destination, ttl }: typeof IN, identification = 7): Uint8Array =>
  encode(
    [
      { protocol: 'ethernet', source, destination, etherType: 0x0800 },
      {
        protocol: 'ipv4',
        source: '10.0.1.11',
        destination: '10.0.2.12',
        ttl,
        nextProtocol: 1,
        identification,
        fragmentOffset: offset,
        flags: { mf: offset === 0 },
      },
    ],
    new Uint8Array(64).fill(offset),
  );

let clock = 0n;
const seen = (device: string, direction: 'in' | 'out', bytes: Uint8Array): CapturedFrame => ({
  point: `network1:${device}`,
  direction,
  time: clock++,
  bytes,
});

test('a later fragment that was written over when it left has the header with which it came', () => {
  const frames = [
    seen('qr-a', 'in', fragment(0, IN)),
    seen('qr-a', 'in', fragment(64, OUT)),
    seen('qr-b', 'out', fragment(0, OUT)),
    seen('qr-b', 'out', fragment(64, OUT)),
  ];
  const passed = asTheyPassed(frames, points);
  expect(passed.map(({ bytes }) => bytes)).toEqual([
    fragment(0, IN),
    fragment(64, IN),
    fragment(0, OUT),
    fragment(64, OUT),
  ]);
  const [, later] = passed;
  expect(
    later && checksums(dissect(later.bytes)).find(({ layer }) => layer.protocol === 'ipv4')?.status,
  ).toBe('right');
});

test('what nothing else proves stays as it was seen', () => {
  const frames = [
    // It left nowhere.
    seen('qr-a', 'in', fragment(0, IN)),
    seen('qr-a', 'in', fragment(64, OUT)),
    // Of another packet.
    seen('qr-b', 'out', fragment(64, OUT, 8)),
    // Whole packets.
    seen('qr-a', 'in', fragment(0, IN).fill(0, 20, 22)),
  ];
  expect(asTheyPassed(frames, points)).toEqual(frames);
});
