import { describe, expect, test } from 'vitest';
import { base, lastOf, lines, type Parts, ping, routed, Talk, tcp, udp } from './routed.fixture.ts';

type Group = NonNullable<Parts['security_groups']>[string];
type Driver = NonNullable<NonNullable<Parts['options']>['firewall_driver']>;

const rule = (more: object = {}) => ({ direction: 'ingress', protocol: 'tcp', ...more }) as const;

/** web1 and web2 are in group web, db1 and db2 in group db; no port has the default group. */
function guarded(
  groups: Readonly<Record<string, Group>>,
  firewall_driver: Driver = 'openvswitch',
  ports: NonNullable<Parts['ports']> = {},
) {
  const names: Readonly<Record<string, string>> = { web1: 'web', web2: 'web', db1: 'db', db2: 'db' };
  const servers = Object.fromEntries(
    Object.entries(base.servers).map(([name, server]) => {
      const own = ports[`${name}-port`] ? { networks: [{ port: `${name}-port` }] } : {};
      const grouped =
        names[name] === undefined || ports[`${name}-port`] ? {} : { security_groups: [names[name]] };
      return [name, { ...server, ...grouped, ...own }];
    }),
  );
  return routed({
    options: { firewall_driver },
    security_groups: { web: {}, db: {}, ...groups },
    servers,
    ports,
    ...(Object.keys(ports).length > 0 ? { floatingips: {} } : {}),
  });
}
const drivers: Driver[] = ['openvswitch', 'iptables_hybrid'];

describe.each(drivers)('with %s', (driver) => {
  const open: Record<string, Group> = {
    web: { security_group_rules: [rule({ port_range_min: 80, port_range_max: 89 })] },
    db: { security_group_rules: [rule({ port_range_min: 5432, port_range_max: 5432, remote_group: 'web' })] },
  };
  const topology = guarded(open, driver);

  test('what no rule allows ends at the receiver’s host, before the tap', () => {
    const journey = new Talk(topology).own(tcp('db1-eth0', '10.0.2.11:4000', '10.0.1.12:22'));
    expect(journey).toMatchObject({ verdict: 'denied-ingress', receivers: [] });
    expect(lines(journey.roots).at(-1)).toBe(
      'wire tor1>compute2 vxlan 7001 10.0.2.11:4000 > 10.0.1.12:22 ttl 63',
    );
    expect(lastOf(journey).because).toBe('no rule of group web lets tcp 22 from 10.0.2.11 in');
    expect(journey.forbidden).toContain('web2:eth0');
  });

  test('on the same host nothing comes out of the switch', () => {
    const beside = guarded(open, driver);
    const moved = {
      ...beside,
      servers: { ...beside.servers, web2: { ...beside.servers['web2'], host: 'compute1' } },
    } as typeof beside;
    const journey = new Talk(moved).own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.1.12:22'));
    expect(lines(journey.roots)).toEqual([
      'guest web1 eth0 out 10.0.1.11:4000 > 10.0.1.12:22 ttl 64',
      'tap compute1 tap in 10.0.1.11:4000 > 10.0.1.12:22 ttl 64',
    ]);
  });

  test('a range of ports, and its answers though no rule is about them', () => {
    const talk = new Talk(topology);
    expect(talk.own(tcp('db1-eth0', '10.0.2.11:4000', '10.0.1.12:90')).verdict).toBe('denied-ingress');
    expect(talk.own(tcp('db1-eth0', '10.0.2.11:4000', '10.0.1.12:89')).verdict).toBe('delivered');
    expect(talk.own(tcp('web2-eth0', '10.0.1.12:89', '10.0.2.11:4000')).verdict).toBe('delivered');
    // Another connection from there is none of its answers.
    expect(talk.own(tcp('web2-eth0', '10.0.1.12:89', '10.0.2.11:4001')).verdict).toBe('denied-ingress');
  });

  test('members of a group, by their addresses', () => {
    const talk = new Talk(topology);
    expect(talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.12:5432')).verdict).toBe('delivered');
    const stranger = talk.own(tcp('db1-eth0', '10.0.2.11:4000', '10.0.2.12:5432'));
    expect(stranger.verdict).toBe('denied-ingress');
    expect(lastOf(stranger).because).toBe('no rule of group db lets tcp 5432 from 10.0.2.11 in');
  });

  test('ICMP errors about what was allowed pass, others do not', () => {
    const talk = new Talk(topology);
    talk.own(udp('db1-eth0', '10.0.2.11:4000', '10.0.1.1:53'));
    const icmp = { type: 3, code: 3 };
    expect(talk.own(ping('r1-db-subnet', '10.0.1.1', '10.0.2.11', { icmp })).verdict).toBe('delivered');
    expect(talk.own(ping('r1-db-subnet', '10.0.1.1', '10.0.2.12', { icmp })).verdict).toBe('denied-ingress');
    const reply = { icmp: { type: 0, code: 0, identifier: 3, sequence: 1 } };
    const unasked = talk.own(ping('r1-db-subnet', '10.0.2.1', '10.0.2.12', reply));
    expect(lastOf(unasked).because).toBe(
      'no rule of group db lets icmp type 0 code 0 from 10.0.2.1 in, and it answers nothing',
    );
  });

  test('a removed rule cuts what it had allowed, until it comes back', () => {
    const talk = new Talk(topology);
    const there = tcp('db1-eth0', '10.0.2.11:4000', '10.0.1.12:80');
    const back = tcp('web2-eth0', '10.0.1.12:80', '10.0.2.11:4000');
    expect([talk.own(there).verdict, talk.own(back).verdict]).toEqual(['delivered', 'delivered']);
    const later = new Talk(guarded({}, driver));
    later.connections = talk.connections;
    expect(later.own(there).verdict).toBe('denied-ingress');
    // The openvswitch driver cuts the answers as well; for the other one they now begin a connection of their own.
    expect(later.own(back).verdict).toBe(driver === 'openvswitch' ? 'denied-egress' : 'delivered');
    // The rule comes back.
    const again = new Talk(topology);
    again.connections = later.connections;
    expect([again.own(there).verdict, again.own(back).verdict]).toEqual(['delivered', 'delivered']);
  });

  test('an address that is not its own does not get out', () => {
    const talk = new Talk(topology);
    const journey = talk.own(tcp('web1-eth0', '10.0.1.99:4000', '10.0.1.12:80'));
    expect(journey.verdict).toBe('denied-egress');
    expect(lines(journey.roots).at(-1)).toBe('tap compute1 tap in 10.0.1.99:4000 > 10.0.1.12:80 ttl 64');
    expect(lastOf(journey).because).toMatch(
      /^port security: 10\.0\.1\.99 at .* is not an address of port web1-eth0$/,
    );
  });

  test('DHCP: clients ask without a rule, and nobody in a server answers', () => {
    const talk = new Talk(topology);
    const asked = talk.own(udp('web1-eth0', '0.0.0.0:68', '255.255.255.255:67'));
    const dhcp = topology.ports['dhcp-web-1'];
    expect(asked.verdict).toBe('delivered');
    expect(asked.receivers).toContain(`network1:tap${dhcp?.id.slice(0, 11)}`);
    // The openvswitch driver lets broadcasts by; the others look at the rules of every port that would get a copy.
    expect(asked.receivers?.includes('web2:eth0')).toBe(driver === 'openvswitch');
    const { ip_address = '' } = dhcp?.fixed_ips[0] ?? {};
    expect(
      talk.own(udp('dhcp-web-1', `203.0.113.9:67`, '10.0.1.11:68', { src_ip: ip_address })).verdict,
    ).toBe('delivered');
    const rogue = talk.own(udp('web2-eth0', '10.0.1.12:67', '10.0.1.11:68'));
    expect(rogue.verdict).toBe('denied-egress');
    expect(lastOf(rogue).because).toBe('port security: web2-eth0 is no port of a DHCP server');
  });

  test('stateless groups look at each packet by itself', () => {
    const talk = new Talk(guarded({ ...open, web: { ...open['web'], stateful: false } }, driver));
    expect(talk.own(tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:443')).verdict).toBe('delivered');
    const answer = tcp('r1-web-subnet', '198.51.100.10:443', '10.0.1.12:4000');
    const { mac_address: dst_mac = '' } = talk.topology.ports['web2-eth0'] ?? {};
    expect(talk.own({ ...answer, dst_mac }).verdict).toBe('denied-ingress');
  });

  test('rules of a network, a protocol by its number, and a type of ICMP', () => {
    const talk = new Talk(
      guarded(
        {
          web: {
            security_group_rules: [
              rule({ remote_ip_prefix: '10.0.2.0/28', protocol: null }),
              rule({ protocol: 132 }),
              rule({ protocol: 'icmp', port_range_min: 8 }),
            ],
          },
        },
        driver,
      ),
    );
    const to = (source: string, protocol: number, more: object = {}) =>
      talk.own({
        ...ping('r1-web-subnet', source, '10.0.1.12'),
        protocol,
        ...(protocol === 1 ? {} : { icmp: { type: 0, code: 0 } }),
        ...more,
        dst_mac: talk.topology.ports['web2-eth0']?.mac_address ?? '',
      }).verdict;
    expect([to('10.0.2.15', 47), to('10.0.2.16', 47), to('10.0.2.16', 132)]).toEqual([
      'denied-ingress',
      'denied-ingress',
      'denied-ingress',
    ]);
    expect(to('10.0.2.16', 1)).toBe('delivered');
    expect(to('10.0.2.16', 1, { icmp: { type: 13, code: 0, identifier: 1, sequence: 1 } })).toBe(
      'denied-ingress',
    );
  });

  test('what a group does not let out', () => {
    const talk = new Talk(
      guarded({ web: { security_group_rules: [rule({ direction: 'egress', protocol: 'udp' })] } }, driver),
    );
    expect(talk.own(udp('web1-eth0', '10.0.1.11:1', '198.51.100.10:2')).verdict).toBe('delivered');
  });
});

test('noop lets everything pass but what is sent with somebody else’s MAC or ARP address', () => {
  const talk = new Talk(guarded({}, 'noop'));
  expect(talk.own(tcp('db1-eth0', '10.0.2.99:4000', '10.0.1.12:22')).verdict).toBe('delivered');
  const spoof = tcp('db1-eth0', '10.0.2.11:1', '10.0.1.12:22', { src_mac: 'fa:16:3e:99:99:99' });
  expect(talk.own(spoof).verdict).toBe('denied-egress');
});

describe('allowed address pairs', () => {
  const ports = (pairs: { ip_address: string; mac_address?: string }[]) => ({
    'web1-port': {
      network: 'web',
      mac_address: 'fa:16:3e:00:00:01',
      fixed_ips: [{ ip_address: '10.0.1.11' }],
      allowed_address_pairs: pairs,
    },
  });

  test('a network, by the port’s own MAC address', () => {
    const talk = new Talk(guarded({}, 'openvswitch', ports([{ ip_address: '10.0.1.128/25' }])));
    expect(talk.own(tcp('web1-port', '10.0.1.200:1', '198.51.100.10:2')).verdict).toBe('delivered');
    expect(talk.own(tcp('web1-port', '10.0.1.100:1', '198.51.100.10:2')).verdict).toBe('denied-egress');
    const arp = { kind: 'arp-request', from: 'web1-port', target_ip: '10.0.1.1' } as const;
    expect(talk.own({ ...arp, sender_ip: '10.0.1.200' }).verdict).toBe('delivered');
    expect(talk.own({ ...arp, sender_ip: '10.0.1.100' }).verdict).toBe('denied-egress');
  });

  test('an address with a MAC of its own; only the openvswitch driver keeps the two together', () => {
    const pair = { ip_address: '10.0.1.200', mac_address: '00:00:5e:00:01:07' };
    const arp = {
      kind: 'arp-request',
      from: 'web1-port',
      target_ip: '10.0.1.1',
      sender_ip: '10.0.1.11',
      src_mac: pair.mac_address,
    } as const;
    for (const driver of drivers) {
      const talk = new Talk(guarded({}, driver, ports([pair])));
      expect(talk.own({ ...arp, sender_ip: pair.ip_address }).verdict).toBe('delivered');
      expect(talk.own(arp).verdict).toBe(driver === 'openvswitch' ? 'denied-egress' : 'delivered');
    }
  });
});

test('the openvswitch driver lets only IP, ARP and RARP out', () => {
  for (const driver of drivers) {
    const talk = new Talk(guarded({}, driver));
    const verdict = driver === 'openvswitch' ? 'denied-egress' : 'delivered';
    expect(talk.own({ kind: 'broadcast', from: 'web1-eth0' }).verdict).toBe(verdict);
    expect(talk.own({ kind: 'rarp', from: 'web1-eth0' }).verdict).toBe('delivered');
  }
});
