/** IPv6 beside IPv4: hop limits, neighbour discovery, ICMPv6 errors, and what ports may say. */
import { describe, expect, test } from 'vitest';
import { linkLocalAddress } from '../topology/ipv6.ts';
import { groupMac } from './ip.ts';
import type { IpPacket } from './packets.ts';
import { base, lastOf, lines, type Parts, routed, Talk } from './routed.fixture.ts';

const portOn = (network: string, ...addresses: string[]) => ({
  network,
  fixed_ips: addresses.map((ip_address) => ({ ip_address })),
});
const server = (on: string, name: string) => ({ host: on, networks: [{ port: name }] });

const parts = {
  networks: base.networks,
  subnets: {
    ...base.subnets,
    'web-six': { network: 'web', cidr: '2001:db8:1::/64', enable_dhcp: false },
    'db-six': { network: 'db', cidr: '2001:db8:2::/64', enable_dhcp: false },
  },
  routers: {
    r1: {
      external_gateway_info: { network: 'public' },
      interfaces: ['web-subnet', 'db-subnet', 'web-six', 'db-six'],
    },
  },
  ports: {
    'web1-eth0': portOn('web', '10.0.1.11', '2001:db8:1::11'),
    'web2-eth0': portOn('web', '10.0.1.12', '2001:db8:1::12'),
    'db1-eth0': portOn('db', '10.0.2.11', '2001:db8:2::11'),
  },
  servers: {
    web1: server('compute1', 'web1-eth0'),
    web2: server('compute2', 'web2-eth0'),
    db1: server('compute1', 'db1-eth0'),
  },
  floatingips: {},
} satisfies Parts;

const topology = routed(parts);
const macOf = (port: string): string => topology.ports[port]?.mac_address ?? '';

const packet = (from: string, src_ip: string, dst_ip: string, more: Partial<IpPacket> = {}): IpPacket => ({
  kind: 'ip',
  from,
  src_ip,
  dst_ip,
  protocol: 17,
  src_port: 4000,
  dst_port: 5000,
  ...more,
});
const icmp6 = (
  from: string,
  src_ip: string,
  dst_ip: string,
  type: number,
  more: Partial<IpPacket> = {},
): IpPacket => ({ kind: 'ip', from, src_ip, dst_ip, protocol: 58, icmp: { type, code: 0 }, ...more });

test('addresses that are made of others', () => {
  expect(linkLocalAddress('fa:16:3e:12:34:56')).toBe('fe80::f816:3eff:fe12:3456');
  expect(groupMac('ff02::1:ff12:3456')).toBe('33:33:ff:12:34:56');
  expect(groupMac('ff02::1')).toBe('33:33:00:00:00:01');
});

test('a router takes one from the hop limit, and translates nothing', () => {
  const journey = new Talk(topology).own(packet('web1-eth0', '2001:db8:1::11', '2001:db8:2::11'));
  expect(journey.verdict).toBe('delivered');
  expect(lines(journey.roots).slice(4)).toEqual([
    'namespace network1 qr- in 2001:db8:1::11:4000 > 2001:db8:2::11:5000 ttl 64',
    'namespace network1 qr- out 2001:db8:1::11:4000 > 2001:db8:2::11:5000 ttl 63',
    'wire network1>tor1 vxlan 7002 2001:db8:1::11:4000 > 2001:db8:2::11:5000 ttl 63',
    'wire tor1>compute1 vxlan 7002 2001:db8:1::11:4000 > 2001:db8:2::11:5000 ttl 63',
    'tap compute1 tap out 2001:db8:1::11:4000 > 2001:db8:2::11:5000 ttl 63',
    'guest db1 eth0 in 2001:db8:1::11:4000 > 2001:db8:2::11:5000 ttl 63',
  ]);
  expect(journey.roots[0]?.headers).toMatchObject({ ethertype: 0x86dd, dst_mac: macOf('r1-web-six') });
});

test('a solicitation goes to a group, and so to every port of the network; who is asked answers itself', () => {
  const talk = new Talk(topology);
  const asked = talk.all(
    icmp6('web1-eth0', '2001:db8:1::11', 'ff02::1:ff00:12', 135, { nd: { target_ip: '2001:db8:1::12' } }),
  );
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    verdict: 'delivered',
    receivers: expect.arrayContaining(['web2:eth0']) as unknown,
  });
  expect(asked[0]?.roots[0]?.headers.dst_mac).toBe('33:33:ff:00:00:12');
  const answer = talk.own(
    icmp6('web2-eth0', '2001:db8:1::12', '2001:db8:1::11', 136, { nd: { target_ip: '2001:db8:1::12' } }),
  );
  expect(answer.receivers).toEqual(['web1:eth0']);
});

describe('errors', () => {
  const error = (sent: IpPacket, of = topology) => {
    const [journey, ...answers] = new Talk(of).all(sent);
    return {
      verdict: journey?.verdict,
      why: journey && lastOf(journey).because,
      answers: answers.map(({ packet: name, receivers, roots }) => ({
        name,
        receivers,
        from: roots[0]?.headers.src_ip,
        icmp: roots[0]?.headers.icmp,
      })),
    };
  };

  test('hop limit 1 ends at the router', () => {
    expect(error(packet('web1-eth0', '2001:db8:1::11', '2001:db8:2::11', { ttl: 1 }))).toEqual({
      verdict: 'ttl-exceeded',
      why: 'router r1 may not pass on a packet with hop limit 1',
      answers: [
        {
          name: 'icmp6 time-exceeded',
          receivers: ['web1:eth0'],
          from: '2001:db8:1::1',
          icmp: { type: 3, code: 0 },
        },
      ],
    });
  });

  test('too big: no router cuts an IPv6 packet up', () => {
    const small = routed({
      ...parts,
      networks: { ...base.networks, db: { ...base.networks.db, mtu: 1400 } },
    });
    expect(
      error(packet('web1-eth0', '2001:db8:1::11', '2001:db8:2::11', { length: 1450 }), small),
    ).toMatchObject({
      verdict: 'too-big',
      answers: [{ name: 'icmp6 packet-too-big', receivers: ['web1:eth0'], icmp: { type: 2, code: 0 } }],
    });
  });

  test('no route', () => {
    expect(error(packet('web1-eth0', '2001:db8:1::11', '2001:db8:9::1'))).toMatchObject({
      verdict: 'no-route',
      answers: [{ name: 'icmp6 unreachable', from: '2001:db8:1::1', icmp: { type: 1, code: 0 } }],
    });
  });

  test('an address of the link is not for routers to pass on, and they say so on the link', () => {
    const own = linkLocalAddress(macOf('web1-eth0'));
    const sent = packet('web1-eth0', own, '2001:db8:2::11', { dst_mac: macOf('r1-web-six') });
    expect(error(sent)).toMatchObject({
      verdict: 'no-route',
      answers: [
        { receivers: ['web1:eth0'], from: linkLocalAddress(macOf('r1-web-six')), icmp: { type: 1, code: 2 } },
      ],
    });
  });
});

describe.each(['openvswitch', 'iptables_hybrid'] as const)('at a port, by %s', (firewall_driver) => {
  const filtered = routed({ ...parts, options: { firewall_driver } });
  const fate = (...packets: IpPacket[]) => {
    const talk = new Talk(filtered);
    return packets.map((one) => talk.own(one).verdict).at(-1);
  };
  const own = linkLocalAddress(macOf('web1-eth0'));

  test('no server is a router', () => {
    expect(fate(icmp6('web1-eth0', own, 'ff02::1', 134))).toBe('denied-egress');
    expect(fate(icmp6('web1-eth0', own, 'ff02::2', 133))).toBe('delivered');
  });

  test('nor a DHCPv6 server; but it may ask one', () => {
    const reply = packet('web1-eth0', own, linkLocalAddress(macOf('web2-eth0')), {
      src_port: 547,
      dst_port: 546,
    });
    expect(fate(reply)).toBe('denied-egress');
    expect(fate(packet('web1-eth0', own, 'ff02::1:2', { src_port: 546, dst_port: 547 }))).toBe('delivered');
  });

  test('it speaks for its own addresses', () => {
    const says = (target_ip: string) =>
      icmp6('web1-eth0', '2001:db8:1::11', 'ff02::1', 136, { nd: { target_ip } });
    expect(fate(says('2001:db8:1::11'))).toBe('delivered');
    expect(fate(says(own))).toBe('delivered');
    expect(fate(says('2001:db8:1::12'))).toBe('denied-egress');
  });

  test('from nobody’s address: detection of duplicates is let out by the hybrid driver alone', () => {
    const detection = icmp6('web1-eth0', '::', 'ff02::1:ff00:11', 135, {
      nd: { target_ip: '2001:db8:1::11' },
    });
    expect(fate(detection)).toBe(firewall_driver === 'openvswitch' ? 'denied-egress' : 'delivered');
  });

  test('of the same group yes, of another address no; and answers', () => {
    const echo = (from: string, a: string, b: string, type: number): IpPacket =>
      icmp6(from, a, b, type, { icmp: { type, code: 0, identifier: 1, sequence: 1 } });
    expect(fate(echo('web1-eth0', '2001:db8:1::11', '2001:db8:1::12', 128))).toBe('delivered');
    expect(
      fate(
        echo('web1-eth0', '2001:db8:1::11', '2001:db8:2::11', 128),
        echo('db1-eth0', '2001:db8:2::11', '2001:db8:1::11', 129),
      ),
    ).toBe('delivered');
    expect(fate(echo('web1-eth0', own, linkLocalAddress(macOf('web2-eth0')), 128))).toBe('denied-ingress');
  });
});
