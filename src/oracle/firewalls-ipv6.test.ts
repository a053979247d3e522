/** Firewalls on routers where both IP versions are behind them. */
import { describe, expect, test } from 'vitest';
import { outliving } from './firewall-changes.ts';
import type { IpPacket } from './packets.ts';
import { base, type Parts, ping, routed, Talk, tcp } from './routed.fixture.ts';

const WEB = '2001:db8:1::11';
const DB = '2001:db8:2::11';

const RULES = {
  ssh6: { ip_version: 6, protocol: 'tcp', destination_port: 22, action: 'allow' },
  echo6: { ip_version: 6, protocol: 'icmp', source_ip_address: '2001:db8:1::/64', action: 'allow' },
  web4: { protocol: 'tcp', destination_port: 80, action: 'allow' },
} satisfies NonNullable<Parts['firewall_rules']>;

const behind = (firewall_rules: readonly string[]) => {
  const portOn = (network: string, ...addresses: string[]) => ({
    network,
    fixed_ips: addresses.map((ip_address) => ({ ip_address })),
  });
  const server = (port: string) => ({ host: 'compute1', networks: [{ port }] });
  return routed({
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
      'web1-eth0': portOn('web', '10.0.1.11', WEB),
      'db1-eth0': portOn('db', '10.0.2.11', DB),
    },
    servers: { web1: server('web1-eth0'), db1: server('db1-eth0') },
    floatingips: {},
    firewall_rules: RULES,
    firewall_policies: { house: { firewall_rules: [...firewall_rules] } },
    firewalls: { fw: { firewall_policy: 'house' } },
  });
};
const house = behind(Object.keys(RULES));

const tcp6 = (src_ip: string, src_port: number, dst_ip: string, dst_port: number): IpPacket => ({
  kind: 'ip',
  from: src_ip === WEB ? 'web1-eth0' : 'db1-eth0',
  src_ip,
  dst_ip,
  protocol: 6,
  src_port,
  dst_port,
});

const icmp6 = (src_ip: string, dst_ip: string, type: number, more: Partial<IpPacket> = {}): IpPacket => ({
  kind: 'ip',
  from: src_ip === WEB ? 'web1-eth0' : 'db1-eth0',
  src_ip,
  dst_ip,
  protocol: 58,
  icmp: { type, code: 0, ...(type >= 128 && { identifier: 77, sequence: 1 }) },
  ...more,
});

describe('IPv6 through a firewall', () => {
  test('answers to what a rule allows pass, and nothing that only looks like one', () => {
    const talk = new Talk(house);
    expect(talk.own(tcp6(DB, 22, WEB, 4000)).verdict).toBe('denied-firewall');
    expect(talk.own(tcp6(WEB, 4000, DB, 22)).verdict).toBe('delivered');
    expect(talk.own(tcp6(DB, 22, WEB, 4000)).verdict).toBe('delivered');
    expect(talk.own(icmp6(DB, WEB, 129)).verdict).toBe('denied-firewall');
  });

  test('a rule about ICMP is about ICMPv6, and the errors of what it let pass come back', () => {
    const talk = new Talk(house);
    expect(talk.own(icmp6(DB, WEB, 128)).verdict).toBe('denied-firewall');
    expect(talk.own(icmp6(WEB, DB, 128)).verdict).toBe('delivered');
    expect(talk.own(icmp6(DB, WEB, 129)).verdict).toBe('delivered');
    const quoted = { protocol: 58, src_ip: WEB, src_port: 77, dst_ip: DB, dst_port: -1 };
    expect(talk.own(icmp6(DB, WEB, 1, { quoted })).verdict).toBe('delivered');
    const unknown = { protocol: 6, src_ip: WEB, src_port: 4001, dst_ip: DB, dst_port: 22 };
    expect(talk.own(icmp6(DB, WEB, 1, { quoted: unknown })).verdict).toBe('denied-firewall');
  });

  test('a rule is about its own IP version', () => {
    const talk = new Talk(house);
    expect(talk.own(tcp6(WEB, 4000, DB, 80)).verdict).toBe('denied-firewall');
    expect(talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:80')).verdict).toBe('delivered');
    expect(talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22')).verdict).toBe('denied-firewall');
    expect(talk.own(ping('web1-eth0', '10.0.1.11', '10.0.2.11')).verdict).toBe('denied-firewall');
  });

  test('a rule that goes ends what stood by it', () => {
    const talk = new Talk(house);
    for (const one of [icmp6(WEB, DB, 128), tcp6(WEB, 4000, DB, 22)]) talk.own(one);
    expect(outliving(house, house, talk.connections)).toHaveLength(2);
    const left = outliving(house, behind(['ssh6', 'web4']), talk.connections);
    expect(left.map(({ original }) => original.protocol)).toEqual([6]);
  });
});
