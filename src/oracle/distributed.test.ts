import { describe, expect, test } from 'vitest';
import type { ExpectedHop, ExpectedJourney } from '../journey/types.ts';
import type { Topology } from '../topology/index.ts';
import { type DistributedParts, distributed, distributedBase } from './distributed.fixture.ts';
import { hostMac } from './distributed.ts';
import { predict } from './predict.ts';
import { hopsOf, lastOf, lines, ping, Talk, tcp } from './routed.fixture.ts';

const topology = distributed();
const macOf = (name: string): string => topology.ports[name]?.mac_address ?? '';

const own = (parts: DistributedParts | undefined, ...args: Parameters<typeof tcp>): ExpectedJourney =>
  new Talk(parts ? distributed(parts) : topology).own(tcp(...args));

/** Source and destination of the frame at a kind of hop, the first and the last one. */
const macsAt = (hops: readonly ExpectedHop[], kind: string): unknown[] => {
  const there = hopsOf(hops).filter((hop) => hop.kind === kind);
  return [there[0], there.at(-1)].map((hop) => [hop?.headers.src_mac, hop?.headers.dst_mac]);
};

const nodesOf = ({ roots }: ExpectedJourney): string[] => [
  ...new Set(hopsOf(roots).flatMap(({ node, to = node }) => [node, to])),
];

describe('between the networks inside', () => {
  test('the sender’s own host routes, and the destination’s network is on the wire', () => {
    const journey = own(undefined, 'web1-eth0', '10.0.1.11:4000', '10.0.2.12:80');
    expect(lines(journey.roots)).toEqual([
      'guest web1 eth0 out 10.0.1.11:4000 > 10.0.2.12:80 ttl 64',
      'tap compute1 tap in 10.0.1.11:4000 > 10.0.2.12:80 ttl 64',
      'namespace compute1 qr- in 10.0.1.11:4000 > 10.0.2.12:80 ttl 64',
      'namespace compute1 qr- out 10.0.1.11:4000 > 10.0.2.12:80 ttl 63',
      'wire compute1>tor1 vxlan 7002 10.0.1.11:4000 > 10.0.2.12:80 ttl 63',
      'wire tor1>compute2 vxlan 7002 10.0.1.11:4000 > 10.0.2.12:80 ttl 63',
      'tap compute2 tap out 10.0.1.11:4000 > 10.0.2.12:80 ttl 63',
      'guest db2 eth0 in 10.0.1.11:4000 > 10.0.2.12:80 ttl 63',
    ]);
    const onWire = [hostMac('compute1'), macOf('db2-eth0')];
    expect(macsAt(journey.roots, 'wire')).toEqual([onWire, onWire]);
    expect(macsAt(journey.roots, 'tap')).toEqual([
      [macOf('web1-eth0'), macOf('r1-web-subnet')],
      [macOf('r1-db-subnet'), macOf('db2-eth0')],
    ]);
  });

  test('the answer goes by the other network, under the other host’s address', () => {
    const talk = new Talk(topology);
    talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.12:80'));
    const back = talk.own(tcp('db2-eth0', '10.0.2.12:80', '10.0.1.11:4000'));
    expect(lines(back.roots).slice(3, 5)).toEqual([
      'namespace compute2 qr- out 10.0.2.12:80 > 10.0.1.11:4000 ttl 63',
      'wire compute2>tor1 vxlan 7001 10.0.2.12:80 > 10.0.1.11:4000 ttl 63',
    ]);
    expect(macsAt(back.roots, 'wire')[0]).toEqual([hostMac('compute2'), macOf('web1-eth0')]);
    expect(nodesOf(back)).not.toContain('network1');
  });

  test('on one host nothing is on any wire', () => {
    const journey = own(undefined, 'web1-eth0', '10.0.1.11:4000', '10.0.2.11:80');
    expect(nodesOf(journey)).toEqual(['web1', 'compute1', 'db1']);
    expect(lastOf(journey).headers.ttl).toBe(63);
  });

  test('over VLANs the same, behind the tag of the destination’s network', () => {
    const vlan = (id: number) => ({
      'provider:network_type': 'vlan' as const,
      'provider:physical_network': 'physnet1',
      'provider:segmentation_id': id,
    });
    const networks = { ...distributedBase.networks, web: vlan(101), db: vlan(102) };
    const journey = own({ networks }, 'web1-eth0', '10.0.1.11:4000', '10.0.2.12:80');
    const wires = hopsOf(journey.roots).filter(({ kind }) => kind === 'wire');
    expect(wires.map(({ headers: { vlan: tag, src_mac } }) => [tag, src_mac])).toEqual([
      [102, hostMac('compute1')],
      [102, hostMac('compute1')],
    ]);
    expect(lastOf(journey).headers.src_mac).toBe(macOf('r1-db-subnet'));
  });
});

test('behind interfaces for IPv4 and IPv6 what comes from another host comes as if from the last', () => {
  const subnets = {
    ...distributedBase.subnets,
    'db-v6': {
      network: 'db',
      cidr: '2001:db8:a000:2::/64',
      enable_dhcp: true,
      ipv6_ra_mode: 'slaac' as const,
      ipv6_address_mode: 'slaac' as const,
    },
  };
  const { r1 } = distributedBase.routers;
  const routers = { r1: { ...r1, interfaces: [...r1.interfaces, 'db-v6'] } };
  const ports = { both: { network: 'db', fixed_ips: [{ ip_address: '10.0.2.12' }, { subnet: 'db-v6' }] } };
  const db2 = { host: 'compute2', networks: [{ port: 'both' }] };
  const parts = { subnets, routers, ports, servers: { ...distributedBase.servers, db2 } };
  const macOfPort = (name: string) => distributed(parts).ports[name]?.mac_address;
  const journey = own(parts, 'web1-eth0', '10.0.1.11:4000', '10.0.2.12:80');
  expect(lastOf(journey).headers.src_mac).toBe(macOfPort('r1-db-v6'));
  expect(lastOf(journey).headers.src_mac).not.toBe(macOfPort('r1-db-subnet'));
});

describe('the gateway’s address', () => {
  test('is asked for and answered on the asker’s host', () => {
    const talk = new Talk(topology);
    const asked = talk.own({ kind: 'arp-request', from: 'web2-eth0', target_ip: '10.0.1.1' });
    expect(lines(asked.roots)).toEqual([
      'guest web2 eth0 out',
      'tap compute2 tap in',
      'namespace compute2 qr- in',
    ]);
    const answer = talk.own({
      kind: 'arp-reply',
      from: 'r1-web-subnet',
      host: 'compute2',
      to: 'web2-eth0',
      sender_ip: '10.0.1.1',
    });
    expect(nodesOf(answer)).toEqual(['compute2', 'web2']);
  });

  test('is pinged on the sender’s host, as is the other network’s', () => {
    for (const address of ['10.0.1.1', '10.0.2.1']) {
      const { receivers } = new Talk(topology).own(ping('web2-eth0', '10.0.1.12', address));
      expect(receivers?.map((point) => point.replace(/(qr-).*/, '$1'))).toEqual(['compute2:qr-']);
    }
  });

  test('is anybody’s to ask for on a physical network, where nothing keeps the question back', () => {
    const networks = {
      ...distributedBase.networks,
      web: {
        'provider:network_type': 'vlan' as const,
        'provider:physical_network': 'physnet1',
        'provider:segmentation_id': 101,
      },
    };
    const talk = new Talk(distributed({ networks }));
    const asked = talk.own({ kind: 'arp-request', from: 'web2-eth0', target_ip: '10.0.1.1' });
    expect(asked.receivers?.map((point) => point.replace(/(qr-|sg-|tap).*/, '$1'))).toEqual(
      expect.arrayContaining(['compute2:qr-', 'compute1:qr-', 'web1:eth0']),
    );
  });
});

describe('out of the cloud', () => {
  test('with a floating IP: from the server’s own host, two routers each way', () => {
    const talk = new Talk(topology);
    const there = talk.own(tcp('web1-eth0', '10.0.1.11:4000', '198.51.100.10:80'));
    expect(lines(there.roots)).toEqual([
      'guest web1 eth0 out 10.0.1.11:4000 > 198.51.100.10:80 ttl 64',
      'tap compute1 tap in 10.0.1.11:4000 > 198.51.100.10:80 ttl 64',
      'namespace compute1 qr- in 10.0.1.11:4000 > 198.51.100.10:80 ttl 64',
      'namespace compute1 rfp- out 203.0.113.60 > 198.51.100.10:80 ttl 63',
      'namespace compute1 fpr- in 203.0.113.60 > 198.51.100.10:80 ttl 63',
      'namespace compute1 fg- out 203.0.113.60 > 198.51.100.10:80 ttl 62',
      'wire compute1>tor1 203.0.113.60 > 198.51.100.10:80 ttl 62',
      'wire tor1>upstream1 203.0.113.60 > 198.51.100.10:80 ttl 62',
      'wire upstream1>internet1 203.0.113.60 > 198.51.100.10:80 ttl 61',
    ]);
    expect(macsAt(there.roots, 'wire')[0]).toContain(macOf('fip-public-compute1'));
    const back = talk.own(tcp('internet1', '198.51.100.10:80', '203.0.113.60:4000'));
    expect(lines(back.roots).slice(2)).toEqual([
      'wire tor1>compute1 198.51.100.10:80 > 203.0.113.60:4000 ttl 63',
      'namespace compute1 fg- in 198.51.100.10:80 > 203.0.113.60:4000 ttl 63',
      'namespace compute1 fpr- out 198.51.100.10:80 > 203.0.113.60:4000 ttl 62',
      'namespace compute1 rfp- in 198.51.100.10:80 > 203.0.113.60:4000 ttl 62',
      'namespace compute1 qr- out 198.51.100.10:80 > 10.0.1.11:4000 ttl 61',
      'tap compute1 tap out 198.51.100.10:80 > 10.0.1.11:4000 ttl 61',
      'guest web1 eth0 in 198.51.100.10:80 > 10.0.1.11:4000 ttl 61',
    ]);
  });

  test('without one: by two routers out, and back by the snat- namespace alone', () => {
    const talk = new Talk(topology);
    const there = talk.own(tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:80'));
    expect(lines(there.roots).slice(2, 9)).toEqual([
      'namespace compute2 qr- in 10.0.1.12:4000 > 198.51.100.10:80 ttl 64',
      'namespace compute2 qr- out 10.0.1.12:4000 > 198.51.100.10:80 ttl 63',
      'wire compute2>tor1 vxlan 7001 10.0.1.12:4000 > 198.51.100.10:80 ttl 63',
      'wire tor1>network1 vxlan 7001 10.0.1.12:4000 > 198.51.100.10:80 ttl 63',
      'namespace network1 sg- in 10.0.1.12:4000 > 198.51.100.10:80 ttl 63',
      'namespace network1 qg- out 203.0.113.50 > 198.51.100.10:80 ttl 62',
      'wire network1>tor1 203.0.113.50 > 198.51.100.10:80 ttl 62',
    ]);
    const sg = macOf('r1-web-subnet-snat');
    expect(macsAt(there.roots, 'wire')[0]).toEqual([hostMac('compute2'), sg]);
    const back = talk.own(tcp('internet1', '198.51.100.10:80', '203.0.113.50:4000'));
    expect(lines(back.roots).slice(3)).toEqual([
      'namespace network1 qg- in 198.51.100.10:80 > 203.0.113.50:4000 ttl 63',
      'namespace network1 sg- out 198.51.100.10:80 > 10.0.1.12:4000 ttl 62',
      'wire network1>tor1 vxlan 7001 198.51.100.10:80 > 10.0.1.12:4000 ttl 62',
      'wire tor1>compute2 vxlan 7001 198.51.100.10:80 > 10.0.1.12:4000 ttl 62',
      'tap compute2 tap out 198.51.100.10:80 > 10.0.1.12:4000 ttl 62',
      'guest web2 eth0 in 198.51.100.10:80 > 10.0.1.12:4000 ttl 62',
    ]);
    expect(lastOf(back).headers.src_mac).toBe(sg);
  });

  test.each([
    ['now', true],
    ['juno', false],
  ] as const)('a route of the router to the outside holds for floating IPs (%s: %s)', (release, held) => {
    const outside = (ip_address: string) => ({ network: 'public', external_fixed_ips: [{ ip_address }] });
    const { r1 } = distributedBase.routers;
    const routers = {
      r1: { ...r1, routes: [{ destination: '198.51.100.0/24', nexthop: '203.0.113.70' }] },
      r2: { hosts: ['network1'], external_gateway_info: outside('203.0.113.70') },
    };
    const changed = distributed({ options: { release }, routers });
    const there = new Talk(changed).own(tcp('web1-eth0', '10.0.1.11:4000', '198.51.100.10:80'));
    const wire = hopsOf(there.roots).find(({ kind }) => kind === 'wire');
    expect(wire?.headers.src_ip).toBe('203.0.113.60');
    expect(wire?.headers.dst_mac === changed.ports['r2-gateway']?.mac_address).toBe(held);
  });

  test.each([
    ['dvr_no_external', 'now', 'network1'],
    ['dvr', 'now', 'compute1'],
    ['dvr', 'juno', 'compute1'],
  ] as const)('an agent in mode %s (%s) leads floating IPs out by %s', (mode, release, node) => {
    const options = { release, l3_agent_modes: { compute1: mode } };
    const out = own({ options }, 'web1-eth0', '10.0.1.11:4000', '198.51.100.10:80');
    const leaving = hopsOf(out.roots).find(({ headers }) => headers.src_ip === '203.0.113.60' && headers);
    expect([leaving?.node, out.verdict]).toEqual([node, 'delivered']);
    const talk = new Talk(distributed({ options }));
    const into = talk.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.60:80'));
    expect(nodesOf(into).includes('network1')).toBe(node === 'network1');
    expect(into.receivers).toEqual(['web1:eth0']);
  });

  test.each([
    ['now', '169.254.64.1'],
    ['juno', '169.254.30.1'],
  ] as const)('the second hop of a traceroute is of the link-local range (%s)', (release, address) => {
    const talk = new Talk(distributed({ options: { release } }));
    const [, error] = talk.all(tcp('web1-eth0', '10.0.1.11:4000', '198.51.100.10:80', { ttl: 2 }));
    expect(error && lastOf(error).headers).toMatchObject({ src_ip: address, icmp: { type: 11 } });
  });
});

describe('who has run out of hops on the way out is told by an address of the pair', () => {
  const { r1 } = distributedBase.routers;
  const r2 = { ...r1, interfaces: ['db-subnet'], external_gateway_info: { network: 'public' } };
  const both = { r1: { ...r1, interfaces: ['web-subnet'] }, r2 };
  const told = (cloud: Topology): unknown => {
    const packet = tcp('db2-eth0', '10.0.2.12:4000', '198.51.100.10:80', { ttl: 2 });
    const [, error] = new Talk(cloud).all(packet);
    return error && lastOf(error).headers.src_ip;
  };

  test('that its router was given first, whichever routers have gone since', () => {
    const before = distributed({ routers: both });
    expect(told(before)).toBe('169.254.64.3');
    const { db2 } = distributedBase.floatingips;
    const after = distributed({ routers: { r2 }, floatingips: { db2 } }, before);
    expect(told(after)).toBe('169.254.64.3');
  });

  test('that no other router of the host has, whatever it leaves by', () => {
    const other = { 'router:external': true, 'provider:network_type': 'flat' as const };
    const elsewhere = { ...r1, interfaces: ['web-subnet'], external_gateway_info: { network: 'beside' } };
    const cloud = distributed({
      networks: {
        ...distributedBase.networks,
        beside: { ...other, 'provider:physical_network': 'physnet1' },
      },
      subnets: {
        ...distributedBase.subnets,
        beside: { network: 'beside', cidr: '192.0.2.0/24', gateway_ip: '192.0.2.1' },
      },
      routers: { r1: elsewhere, r2 },
      floatingips: { db2: distributedBase.floatingips.db2 },
    });
    expect(told(cloud)).toBe('169.254.64.3');
  });
});

describe('between floating IPs', () => {
  test.each([
    ['on two hosts', 'web1-eth0', '10.0.1.11', '203.0.113.61', 60],
    ['on one host', 'web1-eth0', '10.0.1.11', '203.0.113.62', 61],
    ['a server’s own', 'web1-eth0', '10.0.1.11', '203.0.113.60', 61],
  ])('%s', (_, from, source, address, ttl) => {
    const talk = new Talk(topology);
    const there = talk.own(tcp(from, `${source}:4000` as '10.0.1.11:4000', `${address}:80` as '1.2:80'));
    expect(lastOf(there).headers).toMatchObject({ src_ip: '203.0.113.60', dst_port: 80, ttl });
    expect(nodesOf(there)).not.toContain('network1');
  });

  test('from who has none: by the snat- namespace, under the router’s address', () => {
    const there = own(undefined, 'web2-eth0', '10.0.1.12:4000', '203.0.113.60:80');
    expect(lastOf(there).headers).toMatchObject({ src_ip: '203.0.113.50', ttl: 60 });
    expect(nodesOf(there)).toContain('network1');
  });
});

test('at Juno a floating IP of the same host is translated on the way from inside, too', () => {
  const options = { release: 'juno' as const };
  const itself = own({ options }, 'web1-eth0', '10.0.1.11:4000', '203.0.113.60:80');
  expect(lastOf(itself).headers).toMatchObject({ src_ip: '203.0.113.60', dst_ip: '10.0.1.11', ttl: 63 });
  const other = own({ options }, 'web2-eth0', '10.0.1.12:4000', '203.0.113.61:80');
  expect(lastOf(other).headers).toMatchObject({ src_ip: '10.0.1.12', dst_ip: '10.0.2.12', ttl: 63 });
  expect(nodesOf(other)).toEqual(['web2', 'compute2', 'db2']);
});

test('at Juno every server of the subnet gets what floods from a distributed router; today nobody does', () => {
  const servers = {
    ...distributedBase.servers,
    db3: { host: 'compute3', networks: [{ network: 'db', fixed_ip: '10.0.2.13' }] },
  };
  const bystanders = (release: 'juno' | 'now'): unknown => {
    const options = { release, l2_population: false, arp_responder: false };
    const packet = tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.12:80');
    const [journey] = predict(distributed({ servers, options }), packet, { known: new Set() });
    return journey?.bystanders?.filter((point) => point.startsWith('db'));
  };
  // The one on the sender's host hears what its own bridge floods.
  expect([bystanders('now'), bystanders('juno')]).toEqual([['db1:eth0'], ['db1:eth0', 'db3:eth0']]);
});

test('a connection is remembered on the host that has seen it, and goes with the floating IP', () => {
  const talk = new Talk(topology);
  talk.own(tcp('web1-eth0', '10.0.1.11:4000', '198.51.100.10:80'));
  expect(talk.connections.map(({ zone }) => zone)).toContain('router r1 on compute1');
});
