/** Routers with ha: the oracle is told where they are active, and the other hosts hear and say nothing. */
import { describe, expect, test } from 'vitest';
import type { ExpectedHop } from '../journey/types.ts';
import { loadCloud } from '../topology/index.ts';
import { foresee, type PredictOptions } from './index.ts';

const topology = await loadCloud('fixtures/clouds/vrrp-routed.yaml');
const at = (host: string): PredictOptions => ({ activeRouters: { r1: host } });

/** Every place of a tree, as node and kind of device. */
const places = (hops: readonly ExpectedHop[]): string[] =>
  hops.flatMap(({ node, device, direction, next }) => [
    `${node} ${device?.slice(0, 3) ?? ''} ${direction ?? ''}`.trim(),
    ...places(next),
  ]);
const ways = (packet: Parameters<typeof foresee>[1], options: PredictOptions): string[][] =>
  foresee(topology, packet, options).journeys.map(({ roots }) => places(roots));

const echo = {
  kind: 'ip',
  from: 'red1-eth0',
  src_ip: '10.0.1.11',
  dst_ip: '10.0.2.12',
  protocol: 1,
  icmp: { type: 8, code: 0, identifier: 1, sequence: 1 },
} as const;

describe.each(['network1', 'network2'])('active on %s', (host) => {
  const standby = host === 'network1' ? 'network2' : 'network1';

  test('what is routed goes by that host alone', () => {
    const [way = []] = ways(echo, at(host));
    expect(way).toContain(`${host} qr- in`);
    expect(way.filter((place) => place.startsWith(standby))).toEqual([]);
  });

  test('who asks for the router is heard on both, and no switch answers in its place', () => {
    const ask = {
      kind: 'arp-request',
      from: 'red1-eth0',
      target_ip: '10.0.1.1',
      sender_ip: '10.0.1.11',
    } as const;
    const all = ways(ask, at(host));
    expect(all).toHaveLength(1);
    expect(all[0]).toEqual(expect.arrayContaining(['network1 qr- in', 'network2 qr- in']));
  });

  test('what the router says starts there: from the standby it would be unexplained', () => {
    const reply = {
      kind: 'arp-reply',
      from: 'r1-red-subnet',
      sender_ip: '10.0.1.1',
      target_ip: '10.0.1.11',
    } as const;
    const mac = topology.ports['red1-eth0']?.mac_address ?? '';
    const [way] = ways({ ...reply, dst_mac: mac }, at(host));
    expect(way?.[0]).toBe(`${host} qr- out`);
  });

  test('floating IPs are answered for there', () => {
    const into = { ...echo, from: 'internet1', src_ip: '198.51.100.10', dst_ip: '203.0.113.110' } as const;
    const [way = []] = ways(into, at(host));
    expect(way).toContain(`${host} qg- in`);
    expect(way.filter((place) => place.startsWith(standby))).toEqual([]);
  });
});

test('an advertisement reaches the devices of the HA network, and no other', () => {
  const advert = {
    kind: 'ip',
    from: 'r1-ha-network1',
    src_ip: '169.254.192.1',
    dst_ip: '224.0.0.18',
    protocol: 112,
    ttl: 255,
  } as const;
  const [journey] = foresee(topology, advert, at('network1')).journeys;
  expect(journey?.verdict).toBe('delivered');
  expect(journey?.receivers).toHaveLength(3);
  expect(journey?.receivers?.every((point) => /^network[12]:ha-/u.test(point))).toBe(true);
});
