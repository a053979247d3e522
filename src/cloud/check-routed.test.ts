import { describe, expect, test } from 'vitest';
import { type ExpectedJourney, type Headers, labelOf } from '../journey/index.ts';
import type { Observation, ObservedPacket } from '../observe/index.ts';
import { ping, routed, Talk, tcp, udp } from '../oracle/routed.fixture.ts';
import { allPoints, sightingsOf } from '../oracle/sightings.fixture.ts';
import { check } from './check.ts';

const topology = routed();
const points = allPoints(topology);
const GATEWAY = topology.ports['r1-gateway']?.fixed_ips[0]?.ip_address ?? '';

/** What captures hold of journeys that come true, one after the other. */
class Captures {
  private readonly packets: ObservedPacket[] = [];
  private time = 0n;

  /** `also` says what an expectation leaves open, such as a port that a translator chose. */
  add(journey: Pick<ExpectedJourney, 'roots'> | undefined, also: Partial<Headers> = {}): this {
    this.time += 1_000_000n;
    const sightings = journey ? sightingsOf(journey, points, also, this.time) : [];
    const [first] = sightings;
    if (first) this.packets.push({ key: `${this.packets.length}`, label: labelOf(first.headers), sightings });
    return this;
  }

  get observation(): Observation {
    return { packets: this.packets, skipped: 0, dropped: 0, points };
  }
}

const syn = tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:80', { tcp_flags: 'syn' });
const answer = (port: number) =>
  tcp('internet1', '198.51.100.10:80', '0.0.0.0:0', {
    dst_ip: GATEWAY,
    dst_port: port,
    tcp_flags: 'syn,ack',
    device: 'eth0',
  });

describe('a connection by SNAT', () => {
  const world = new Talk(topology);
  const there = world.own(syn);
  const back = world.own(answer(40_001));

  test('is followed there and back by the port that was seen outside', () => {
    const { journeys, unexplained, ok, connections } = check(
      topology,
      new Captures().add(there, { src_port: 40_001 }).add(back).observation,
    );
    expect({ unexplained, ok }).toEqual({ unexplained: [], ok: true });
    expect(journeys.map(({ title, from }) => [title, from])).toEqual([
      ['tcp 4000 > 80 syn', 'web2-eth0'],
      ['tcp 80 > 40001 syn,ack', 'internet1'],
    ]);
    expect(connections.find(({ zone }) => zone === 'router r1')).toMatchObject({
      original: { src_ip: '10.0.1.12', src_port: 4000 },
      reply: { dst_ip: GATEWAY, dst_port: 40_001 },
    });
  });

  test('an answer to another port is not hers', () => {
    const stray = { ...back, roots: world.own(answer(40_002)).roots };
    const { ok, journeys } = check(
      topology,
      new Captures().add(there, { src_port: 40_001 }).add(stray).observation,
    );
    expect(ok).toBe(false);
    expect(journeys[1]).toMatchObject({ ok: false, expected: { verdict: 'delivered' } });
    expect(journeys[1]?.expected.receivers).toEqual([
      `network1:${topology.ports['r1-gateway']?.id}`.replace(/:(.{11}).*/, ':qg-$1'),
    ]);
  });

  test('is known to the next check', () => {
    const first = check(topology, new Captures().add(there, { src_port: 40_001 }).observation);
    const { connections } = first;
    const seen = new Captures().add(back).observation;
    expect(check(topology, seen, { connections }).ok).toBe(true);
    expect(check(topology, seen).ok).toBe(false);
  });
});

describe('errors that a router owes', () => {
  const packet = udp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:33434', { ttl: 1, length: 60 });
  const [journey, error] = new Talk(topology).all(packet);

  test('are looked for', () => {
    const { ok, journeys } = check(topology, new Captures().add(journey).add(error).observation);
    expect(ok).toBe(true);
    expect(journeys.map(({ title, observed }) => [title, observed.verdict])).toEqual([
      ['udp 4000 > 33434, 60 bytes', 'ttl-exceeded'],
      ['icmp time-exceeded', 'delivered'],
    ]);
  });

  test('are missed', () => {
    const { ok, journeys } = check(topology, new Captures().add(journey).observation);
    expect(ok).toBe(false);
    expect(journeys[1]).toMatchObject({
      title: 'icmp time-exceeded',
      ok: false,
      observed: { verdict: 'lost' },
    });
  });

  test('each for its own packet', () => {
    const captures = new Captures().add(journey).add(journey).add(error).add(error);
    expect(check(topology, captures.observation)).toMatchObject({ ok: true });
    const twice = new Captures().add(journey).add(error).add(error);
    // A second one is a packet that the router sends of its own.
    expect(check(topology, twice.observation).journeys.map(({ from }) => from)).toEqual([
      'web1-eth0',
      undefined,
      'r1-web-subnet',
    ]);
  });
});

describe('packets of services and of machines outside are asked like servers’', () => {
  test.each([
    ['a router asks for a server', { kind: 'arp-request', from: 'r1-web-subnet', target_ip: '10.0.1.11' }],
    ['a router answers', { kind: 'arp-reply', from: 'r1-web-subnet', to: 'web1-eth0' }],
    [
      'a router announces a floating IP',
      { kind: 'gratuitous-arp', from: 'r1-gateway', sender_ip: '203.0.113.110' },
    ],
    [
      'the upstream router asks',
      { kind: 'arp-request', from: 'upstream1', device: 'eth0', target_ip: GATEWAY },
    ],
    ['a router is pinged by another', ping('upstream1', '203.0.113.1', GATEWAY, { device: 'eth0' })],
    [
      'a router between VLANs asks',
      { kind: 'arp-request', from: 'core1', vlan: 160, target_ip: '10.0.60.11' },
    ],
    ['bare metal asks', { kind: 'arp-request', from: 'metal1', target_ip: '10.0.50.11' }],
  ] as const)('%s', (_name, packet) => {
    const [journey, ...owed] = new Talk(topology).all(packet);
    const captures = new Captures().add(journey);
    for (const one of owed) captures.add(one);
    const { ok, unexplained, journeys } = check(topology, captures.observation);
    expect({ ok, unexplained }).toEqual({ ok: true, unexplained: [] });
    expect(journeys[0]?.from).toBe(packet.from);
  });

  test('what comes out of a switch into a namespace and was never sent is not explained', () => {
    const journey = new Talk(topology).own(tcp('web1-eth0', '10.0.1.11:1', '10.0.1.1:2'));
    let [hop] = journey.roots;
    while (hop?.next[0]) [hop] = hop.next;
    const { ok, unexplained } = check(topology, new Captures().add({ roots: hop ? [hop] : [] }).observation);
    expect([ok, unexplained.length]).toEqual([false, 1]);
  });
});

test('an address that no document names is learned from its ARP', () => {
  const mac = '00:00:5e:00:01:07';
  const open = routed({
    ports: {
      vip: {
        network: 'web',
        port_security_enabled: false,
        fixed_ips: [{ ip_address: '10.0.1.50' }],
      },
    },
    servers: {
      holder: { host: 'compute1', networks: [{ port: 'vip' }] },
      db1: { host: 'compute2', networks: [{ network: 'db', fixed_ip: '10.0.2.11' }] },
    },
    floatingips: {},
  });
  const all = allPoints(open);
  const world = new Talk(open);
  const told = world.own({ kind: 'gratuitous-arp', from: 'vip', src_mac: mac, sender_ip: '10.0.1.60' });
  const packet = tcp('db1-eth0', '10.0.2.11:1', '10.0.1.60:2');
  const at = (journey: ExpectedJourney, time: bigint): ObservedPacket => {
    const sightings = sightingsOf(journey, all, { ethertype: 0x0806 }, time);
    return { key: `${time}`, label: labelOf(sightings[0]?.headers as Headers), sightings };
  };
  const sent = world.own(packet);
  expect(sent.verdict).toBe('no-neighbour');
  const observation: Observation = {
    packets: [at(told, 0n), at(sent, 1_000_000_000n)],
    skipped: 0,
    dropped: 0,
    points: all,
  };
  const { journeys } = check(open, observation);
  expect(
    journeys.map(({ expected }) => [expected.verdict, expected.receivers?.includes('holder:eth0')]),
  ).toEqual([
    ['delivered', false],
    ['delivered', true],
  ]);
});
