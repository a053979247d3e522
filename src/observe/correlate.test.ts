import { encode } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import { type CapturedFrame, correlate, findPackets, journeyOf, type ObservedPacket } from './correlate.ts';
import { ethernet, ipv4, ping, tunnelLayers, wires } from './frames.fixture.ts';
import { pointsOf } from './points.ts';

const points = pointsOf(wires);
const tunnelled = (sequence: number): Uint8Array =>
  encode(
    [...tunnelLayers('vxlan', 5001), ethernet, ipv4, { protocol: 'icmp', identifier: 0x4fa1, sequence }],
    new Uint8Array(56),
  );

function crossing(sequence: number, start: bigint): CapturedFrame[] {
  const bare = ping(sequence);
  const wrapped = tunnelled(sequence);
  const steps: [string, 'in' | 'out', Uint8Array][] = [
    ['web1:eth0', 'out', bare],
    ['compute1:tap11111111-11', 'in', bare],
    ['compute1:eth1', 'out', wrapped],
    ['tor1:swp1', 'in', wrapped],
    ['tor1:swp2', 'out', wrapped],
    ['compute2:eth1', 'in', wrapped],
    ['compute2:tap22222222-22', 'out', bare],
    ['web2:eth0', 'in', bare],
  ];
  return steps.map(([point, direction, bytes], index) => ({
    point,
    direction,
    bytes,
    time: start + BigInt(index) * 4000n,
  }));
}

const marker: CapturedFrame = {
  point: 'tor1:swp1',
  direction: 'in',
  time: 5n,
  bytes: encode([{ protocol: 'ethernet', etherType: 0x88b5 }]),
};

test('frames in any order become packets in the order of time', () => {
  const frames = [...crossing(2, 50_000_000n), marker, ...crossing(1, 1000n)].toReversed();
  const observation = correlate(frames, points);
  expect(observation.skipped).toBe(1);
  expect(observation.packets.map(({ label }) => label)).toEqual([
    'icmp echo-request 4fa1/1',
    'icmp echo-request 4fa1/2',
  ]);
  const [first] = observation.packets as [ObservedPacket];
  expect(first.sightings).toHaveLength(8);
  for (const { frame, point, time } of first.sightings) expect(frames[frame]).toMatchObject({ point, time });
  const journey = journeyOf(observation, first, { receivers: ['web2:eth0'] });
  expect(journey).toMatchObject({ packet: 'icmp echo-request 4fa1/1', verdict: 'delivered' });
  expect(journey.roots).toHaveLength(1);
});

test('captures that missed frames make everything inconclusive', () => {
  const observation = correlate(crossing(1, 0n), points, { dropped: { compute1: 0, compute2: 2 } });
  expect(observation.dropped).toBe(2);
  const [packet] = observation.packets as [ObservedPacket];
  expect(journeyOf(observation, packet, { receivers: ['web2:eth0'] }).verdict).toBe('inconclusive');
});

test('packets are found by where they start and by their headers', () => {
  const observation = correlate([...crossing(1, 0n), ...crossing(2, 1_000_000n)], points);
  expect(
    findPackets(observation, { point: 'web1:eth0', headers: { icmp: { sequence: 2 }, tunnel: null } }),
  ).toEqual([observation.packets[1]]);
  expect(findPackets(observation, { point: 'web3:eth0' })).toEqual([]);
  expect(findPackets(observation, {})).toHaveLength(2);
});

test('a frame from nowhere is an error', () => {
  expect(() => correlate([{ ...marker, point: 'nobody:eth0' }], points)).toThrow(
    expect.objectContaining({ code: 'ND_UNKNOWN_POINT' }),
  );
});

test('twenty thousand frames take a moment', () => {
  const frames: CapturedFrame[] = [];
  for (let i = 0; i < 2500; i++) frames.push(...crossing(i, BigInt(i) * 100_000n));
  const started = performance.now();
  const observation = correlate(frames, points);
  // Generous: a loaded machine is no failure, a quadratic step is.
  expect(performance.now() - started).toBeLessThan(2000);
  expect(observation.packets).toHaveLength(2500);
});
