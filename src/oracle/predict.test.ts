import { describe, expect, test } from 'vitest';
import type { ExpectedHop, ExpectedJourney } from '../journey/types.ts';
import { cloud, macOf, type ServerSpec } from './clouds.fixture.ts';
import type { L2Packet } from './packets.ts';
import { type PredictOptions, predict } from './predict.ts';

const on = (host: string, network = 'red', more: Partial<ServerSpec> = {}): ServerSpec => ({
  host,
  network,
  ...more,
});
const servers = {
  a: on('compute1'),
  b: on('compute2'),
  c: on('compute1'),
  d: on('compute2'),
  x: on('compute1', 'blue'),
};

/** One line a hop, indented by copies. Tap names are left out: they are the ports' ids. */
function lines(hops: readonly ExpectedHop[], indent = ''): string[] {
  return hops.flatMap((hop) => {
    const { tunnel, vlan } = hop.headers;
    const wear = [
      ...(tunnel
        ? [`${tunnel.type} ${tunnel.id} to ${tunnel.dst_ip}${tunnel.vlan ? ` in ${tunnel.vlan}` : ''}`]
        : []),
      ...(vlan ? [`tag ${vlan}`] : []),
    ].join(' ');
    const place = hop.to === undefined ? hop.node : `${hop.node}>${hop.to} ${hop.device}`;
    const direction = hop.direction === undefined ? '' : ` ${hop.direction}`;
    const deeper = hops.length > 1 ? `${indent}  ` : indent;
    return [`${indent}${hop.kind} ${place}${direction} ${wear}`.trimEnd(), ...lines(hop.next, deeper)];
  });
}
function ask(
  topology: ReturnType<typeof cloud>,
  packet: L2Packet,
  options?: PredictOptions,
): ExpectedJourney {
  return predict(topology, packet, options)[0] as ExpectedJourney;
}
const ways = (...args: Parameters<typeof ask>): string[] => lines(ask(...args).roots);
const unicast: L2Packet = { kind: 'unicast', from: 'a-port', to: 'b-port' };

describe('across hosts', () => {
  test('VXLAN: VNI and addresses outside, the frame untouched inside, the switches’ own tag between them', () => {
    const journey = ask(cloud({ red: 'vxlan', blue: 'vxlan' }, servers), unicast);
    expect(lines(journey.roots)).toEqual([
      'guest a out',
      'tap compute1 in',
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.12',
      'wire tor1>tor2 swp1 vxlan 101 to 172.31.1.12 in 4001',
      'wire tor2>compute2 swp1 vxlan 101 to 172.31.1.12',
      'tap compute2 out',
      'guest b in',
    ]);
    expect(journey).toMatchObject({
      verdict: 'delivered',
      receivers: ['b:eth0'],
      bystanders: [],
      forbidden: ['c:eth0', 'd:eth0', 'x:eth0'],
    });
    expect(journey.roots[0]?.next[0]?.next[0]?.headers).toEqual({
      src_mac: macOf(0),
      dst_mac: macOf(1),
      ethertype: 0x0800,
      src_ip: '10.0.0.11',
      dst_ip: '10.0.0.12',
      ttl: 64,
      vlan: null,
      tunnel: {
        type: 'vxlan',
        id: 101,
        src_ip: '172.31.1.11',
        dst_ip: '172.31.1.12',
        vlan: null,
        dst_port: 4789,
        df: true,
      },
    });
  });

  test('GRE has a key and no ports', () => {
    const wire = ask(cloud({ red: 'gre', blue: 'vxlan' }, servers), unicast).roots[0]?.next[0]?.next[0];
    expect(wire?.headers.tunnel).toMatchObject({ type: 'gre', id: 101, dst_port: null, df: true });
  });

  test('VLAN wears its segmentation id, flat wears nothing, save between switches', () => {
    const vlan = ways(cloud({ red: 'vlan', blue: 'vxlan' }, servers), unicast);
    expect(vlan.slice(2, 5)).toEqual([
      'wire compute1>tor1 eth2 tag 101',
      'wire tor1>tor2 swp1 tag 101',
      'wire tor2>compute2 swp2 tag 101',
    ]);
    const flat = ways(cloud({ red: 'flat', blue: 'vxlan' }, servers), unicast);
    expect(flat.slice(2, 5)).toEqual([
      'wire compute1>tor1 eth2',
      'wire tor1>tor2 swp1 tag 4002',
      'wire tor2>compute2 swp2',
    ]);
  });
});

test('same host: nothing on any wire', () => {
  for (const red of ['vxlan', 'gre', 'vlan', 'flat', 'local'] as const) {
    const topology = cloud({ red, blue: 'vxlan' }, servers);
    expect(ways(topology, { kind: 'unicast', from: 'a-port', to: 'c-port' })).toEqual([
      'guest a out',
      'tap compute1 in',
      'tap compute1 out',
      'guest c in',
    ]);
  }
});

describe('floods', () => {
  const packet: L2Packet = { kind: 'broadcast', from: 'a-port' };

  test('with L2 population to hosts with a port that is up', () => {
    const all = { ...servers, b: on('compute2', 'red', { down: true }), d: on('compute3') };
    expect(ways(cloud({ red: 'vxlan', blue: 'vxlan' }, all), packet)).toEqual([
      'guest a out',
      'tap compute1 in',
      'tap compute1 out',
      '  guest c in',
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.13',
      '  wire tor1>tor2 swp1 vxlan 101 to 172.31.1.13 in 4001',
      '  wire tor2>compute3 swp3 vxlan 101 to 172.31.1.13',
      '  tap compute3 out',
      '  guest d in',
    ]);
  });

  test('without it to every tunnel endpoint, where it dies if nobody is there', () => {
    const topology = cloud({ red: 'vxlan', blue: 'vxlan' }, servers, {
      l2_population: false,
      arp_responder: false,
    });
    const journey = ask(topology, packet);
    expect(lines(journey.roots).filter((line) => line.includes('compute1>tor1'))).toEqual([
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.12',
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.13',
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.21',
    ]);
    expect(lines(journey.roots).slice(-2)).toEqual([
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.21',
      '  wire tor1>network1 swp4 vxlan 101 to 172.31.1.21',
    ]);
    expect(journey.receivers?.toSorted()).toEqual(['b:eth0', 'c:eth0', 'd:eth0']);
  });

  test('a VLAN to every host on the trunk, whether or not it has a port', () => {
    expect(ways(cloud({ red: 'vlan', blue: 'vxlan' }, servers), packet)).toEqual([
      'guest a out',
      'tap compute1 in',
      'tap compute1 out',
      '  guest c in',
      'wire compute1>tor1 eth2 tag 101',
      '  wire tor1>network1 swp5 tag 101',
      '  wire tor1>tor2 swp1 tag 101',
      '    wire tor2>compute2 swp2 tag 101',
      '    tap compute2 out',
      '      guest b in',
      '    tap compute2 out',
      '      guest d in',
    ]);
  });

  test('unknown unicast: everybody gets a copy, one of them by right', () => {
    const topology = cloud({ red: 'vlan', blue: 'vxlan' }, servers);
    const journey = ask(topology, unicast, { known: new Set() });
    expect(journey.receivers).toEqual(['b:eth0']);
    expect(journey.bystanders?.toSorted()).toEqual(['c:eth0', 'd:eth0']);
    expect(ask(topology, { kind: 'unknown-unicast', from: 'a-port', dst_mac: macOf(1) })).toMatchObject({
      receivers: ['b:eth0'],
      bystanders: journey.bystanders,
    });
  });

  test('with L2 population an unlearned address is flooded on hosts, but not over tunnels', () => {
    expect(
      ways(cloud({ red: 'vxlan', blue: 'vxlan' }, { ...servers, e: on('compute3') }), unicast, {
        known: new Set(),
      }),
    ).toEqual([
      'guest a out',
      'tap compute1 in',
      'tap compute1 out',
      '  guest c in',
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.12',
      '  wire tor1>tor2 swp1 vxlan 101 to 172.31.1.12 in 4001',
      '  wire tor2>compute2 swp1 vxlan 101 to 172.31.1.12',
      '  tap compute2 out',
      '    guest b in',
      '  tap compute2 out',
      '    guest d in',
    ]);
  });

  test('a tunnel endpoint that the switches have not learned: the outer frame is flooded', () => {
    const topology = cloud({ red: 'vxlan', blue: 'vxlan' }, servers);
    expect(ways(topology, unicast, { learnedHosts: new Set() }).slice(2)).toEqual([
      'wire compute1>tor1 eth1 vxlan 101 to 172.31.1.12',
      'wire tor1>network1 swp4 vxlan 101 to 172.31.1.12',
      'wire tor1>tor2 swp1 vxlan 101 to 172.31.1.12 in 4001',
      '  wire tor2>compute2 swp1 vxlan 101 to 172.31.1.12',
      '    tap compute2 out',
      '    guest b in',
      '  wire tor2>compute3 swp3 vxlan 101 to 172.31.1.12',
    ]);
  });
});

describe('ARP', () => {
  const request: L2Packet = { kind: 'arp-request', from: 'a-port', target_ip: '10.0.0.12' };

  test('for an address on another host is answered at once: nothing on any wire', () => {
    const [asked, answer] = predict(cloud({ red: 'vxlan', blue: 'vxlan' }, servers), request) as [
      ExpectedJourney,
      ExpectedJourney,
    ];
    expect(lines(asked.roots)).toEqual(['guest a out', 'tap compute1 in', 'tap compute1 out', 'guest c in']);
    expect(asked).toMatchObject({
      verdict: 'delivered',
      receivers: ['c:eth0'],
      forbidden: ['b:eth0', 'd:eth0', 'x:eth0'],
    });
    expect(lines(answer.roots)).toEqual(['tap compute1 out', 'guest a in']);
    expect(answer.receivers).toEqual(['a:eth0']);
    expect(answer.roots[0]?.headers).toMatchObject({
      src_mac: macOf(1),
      dst_mac: macOf(0),
      arp: { operation: 'reply', sender_mac: macOf(1), sender_ip: '10.0.0.12', target_ip: '10.0.0.11' },
    });
  });

  test('for an address on the same host: its owner answers, and the request still goes to the other hosts', () => {
    const packet: L2Packet = { ...request, target_ip: '10.0.0.13' };
    const journeys = predict(cloud({ red: 'vxlan', blue: 'vxlan' }, servers), packet);
    expect(journeys).toHaveLength(1);
    expect(journeys[0]?.receivers?.toSorted()).toEqual(['b:eth0', 'c:eth0', 'd:eth0']);
  });

  test.each<[string, L2Packet, Parameters<typeof cloud>[2]]>([
    ['an unknown address', { ...request, target_ip: '10.0.0.99' }, {}],
    ['no responder', request, { arp_responder: false }],
    ['a gratuitous one', { kind: 'gratuitous-arp', from: 'a-port' }, {}],
    ['RARP', { kind: 'rarp', from: 'a-port' }, {}],
  ])('%s: floods', (_, packet, options) => {
    const journeys = predict(cloud({ red: 'vxlan', blue: 'vxlan' }, servers, options), packet);
    expect(journeys).toHaveLength(1);
    expect(journeys[0]?.receivers?.toSorted()).toEqual(['b:eth0', 'c:eth0', 'd:eth0']);
  });

  test('a VLAN network has no responder', () => {
    expect(predict(cloud({ red: 'vlan', blue: 'vxlan' }, servers), request)).toHaveLength(1);
  });

  test('a reply goes to the asker alone', () => {
    const topology = cloud({ red: 'vxlan', blue: 'vxlan' }, servers);
    expect(ask(topology, { kind: 'arp-reply', from: 'b-port', to: 'a-port' })).toMatchObject({
      packet: `arp 10.0.0.12 is-at ${macOf(1)}`,
      receivers: ['a:eth0'],
      forbidden: ['c:eth0', 'd:eth0', 'x:eth0'],
    });
  });
});

describe('not delivered', () => {
  test('a port that is down sends nothing', () => {
    const topology = cloud(
      { red: 'vxlan', blue: 'vxlan' },
      { ...servers, a: on('compute1', 'red', { down: true }) },
    );
    expect(ask(topology, unicast)).toMatchObject({ verdict: 'denied-egress', receivers: [] });
    expect(ways(topology, unicast)).toEqual(['guest a out', 'tap compute1 in']);
  });

  test('a port that is down receives nothing: its address is unknown', () => {
    const topology = cloud(
      { red: 'vxlan', blue: 'vxlan' },
      { ...servers, b: on('compute2', 'red', { down: true }) },
    );
    const journey = ask(topology, unicast);
    expect(journey).toMatchObject({
      verdict: 'denied-ingress',
      receivers: [],
      bystanders: ['c:eth0', 'd:eth0'],
    });
    expect(journey.forbidden).toContain('b:eth0');
  });

  test('an address of another network is unknown in this one, and stays there', () => {
    const journey = ask(cloud({ red: 'vxlan', blue: 'vxlan' }, servers), {
      kind: 'unicast',
      from: 'a-port',
      to: 'x-port',
    });
    expect(journey).toMatchObject({ verdict: 'lost', receivers: [], forbidden: ['x:eth0'] });
    expect(journey.bystanders?.toSorted()).toEqual(['b:eth0', 'c:eth0', 'd:eth0']);
  });

  test('port security: not with another’s MAC or ARP address, unless it is off', () => {
    const spoofs: L2Packet[] = [
      { kind: 'broadcast', from: 'a-port', src_mac: macOf(7) },
      { kind: 'arp-request', from: 'a-port', target_ip: '10.0.0.12', sender_ip: '10.0.0.77' },
    ];
    const open = { ...servers, a: on('compute1', 'red', { port_security_enabled: false }) };
    for (const packet of spoofs) {
      expect(ask(cloud({ red: 'vxlan', blue: 'vxlan' }, servers), packet).verdict).toBe('denied-egress');
      expect(ask(cloud({ red: 'vxlan', blue: 'vxlan' }, open), packet).verdict).toBe('delivered');
    }
  });

  test('a host that does not reach the network', () => {
    const topology = cloud({ red: 'vlan', blue: 'vxlan' }, servers);
    // The loader refuses such a document; a server may still be moved there.
    const b = { ...topology.servers['b'], host: 'compute3' } as (typeof topology.servers)[string];
    const moved = { ...topology, servers: { ...topology.servers, b } };
    expect(ask(moved, unicast).verdict).toBe('denied-ingress');
  });

  test('a local network ends at its host', () => {
    const journey = ask(cloud({ red: 'local', blue: 'vxlan' }, servers), {
      kind: 'broadcast',
      from: 'a-port',
    });
    expect(journey.receivers).toEqual(['c:eth0']);
    expect(lines(journey.roots).filter((line) => line.includes('wire'))).toEqual([]);
  });

  test('a port that no server holds', () => {
    const topology = cloud({ red: 'vxlan', blue: 'vxlan' }, servers);
    expect(() => ask(topology, { kind: 'broadcast', from: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'ND_ORACLE_PORT' }),
    );
  });
});
