import { encode } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import { type CapturedFrame, correlate, findPackets, journeyOf, type ObservedPacket } from './correlate.ts';
import { ethernet, ipv4, ping, serviceNode, tunnelLayers, wires } from './frames.fixture.ts';
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

// A quadratic step would not end within the test's deadline.
test('twenty thousand frames', () => {
  const frames: CapturedFrame[] = [];
  for (let i = 0; i < 2500; i++) frames.push(...crossing(i, BigInt(i) * 100_000n));
  const observation = correlate(frames, points);
  expect(observation.packets).toHaveLength(2500);
});

test('pings of two guests that say the same are two packets, also behind NAT', () => {
  const behind = pointsOf(
    wires,
    {},
    { gateway1: serviceNode({ 'qrouter-1': { 'qr-a': '10.0.1.1', 'qg-1': '203.0.113.100' } }) },
  );
  const same = (source: string, mac: string, ttl: number): Uint8Array =>
    encode(
      [
        { protocol: 'ethernet', source: mac, destination: 'fa:16:3e:00:00:0a' },
        { protocol: 'ipv4', source, destination: '198.51.100.1', ttl, identification: 0 },
        { protocol: 'icmp', identifier: ttl, sequence: 1 },
      ],
      new Uint8Array(56),
    );
  const way = (guest: string, tap: string, wire: string, start: bigint): CapturedFrame[] => {
    const [host = ''] = tap.split(':');
    const bare = same(`10.0.1.${guest}`, `fa:16:3e:00:00:0${guest}`, 64);
    const out = same('203.0.113.100', 'fa:16:3e:00:00:0b', 63);
    const steps: [string, 'in' | 'out', Uint8Array][] = [
      [`web${guest}:eth0`, 'out', bare],
      [tap, 'in', bare],
      [`${host}:eth1`, 'out', bare],
      [`tor1:${wire}`, 'in', bare],
      ['tor1:swp3', 'out', bare],
      ['gateway1:eth1', 'in', bare],
      ['gateway1:qr-a', 'in', bare],
      ['gateway1:qg-1', 'out', out],
    ];
    return steps.map(([point, direction, bytes], index) => ({
      point,
      direction,
      bytes,
      time: start + BigInt(index) * 4000n,
    }));
  };
  const frames = [
    ...way('1', 'compute1:tap11111111-11', 'swp1', 0n),
    ...way('2', 'compute2:tap22222222-22', 'swp2', 1000n),
  ];
  const { packets } = correlate(frames, behind);
  expect(packets.map(({ sightings }) => sightings.map(({ point }) => point))).toEqual([
    expect.arrayContaining(['web1:eth0', 'gateway1:qr-a', 'gateway1:qg-1']),
    expect.arrayContaining(['web2:eth0', 'gateway1:qr-a', 'gateway1:qg-1']),
  ]);
  for (const packet of packets) {
    expect(packet.sightings).toHaveLength(8);
    expect(
      journeyOf({ packets, points: behind, skipped: 0, dropped: 0 }, packet, { receivers: [] }).roots,
    ).toHaveLength(1);
  }
});

test('an announcement that another place repeats word for word is one packet', () => {
  const gateways = pointsOf(
    wires,
    {},
    { gateway1: serviceNode({ 'qrouter-1': { 'qr-a': '10.0.1.1', 'qr-b': '10.0.1.2' } }) },
  );
  const bytes = encode([
    { protocol: 'ethernet', source: 'fa:16:3e:00:00:0a', destination: 'ff:ff:ff:ff:ff:ff' },
    { protocol: 'arp', operation: 1, senderIp: '10.0.1.1', targetIp: '10.0.1.1' },
  ]);
  const steps: [string, 'in' | 'out'][] = [
    ['web1:eth0', 'out'],
    ['compute1:tap11111111-11', 'in'],
    ['compute1:eth1', 'out'],
    ['tor1:swp1', 'in'],
    ['tor1:swp3', 'out'],
    ['gateway1:eth1', 'in'],
    ['gateway1:qr-a', 'in'],
    ['gateway1:qr-b', 'out'],
  ];
  const frames = steps.map(
    ([point, direction], index): CapturedFrame => ({ point, direction, bytes, time: BigInt(index) * 4000n }),
  );
  const { packets } = correlate(frames, gateways);
  expect(packets.map(({ sightings }) => sightings.length)).toEqual([8]);
});
