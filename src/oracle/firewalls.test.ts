import { describe, expect, test } from 'vitest';
import type { ExpectedJourney } from '../journey/types.ts';
import { base, lines, type Parts, ping, routed, Talk, tcp } from './routed.fixture.ts';

const RULES: NonNullable<Parts['firewall_rules']> = {
  shut: { protocol: 'tcp', destination_port: 23, action: 'deny' },
  ssh: { protocol: 'tcp', destination_port: '20:89', destination_ip_address: '10.0.2.0/24', action: 'allow' },
  told: { protocol: 'icmp', source_ip_address: '10.0.2.0/24', action: 'reject' },
};
const parts = (rules: string[], more: Parts = {}): Parts => ({
  firewall_rules: RULES,
  firewall_policies: { house: { firewall_rules: rules } },
  firewalls: { fw: { firewall_policy: 'house', routers: ['r1'] } },
  ...more,
});
const ALL = Object.keys(RULES);
const house = routed(parts(ALL));

const why = ({ verdict, roots }: ExpectedJourney): string => {
  let [hop] = roots;
  while (hop?.next[0]) [hop] = hop.next;
  return `${verdict}: ${hop?.because}`;
};

describe('a firewall on a router (v1)', () => {
  const own = (...args: Parameters<typeof tcp>) => new Talk(house).own(tcp(...args));

  test('lets pass what a rule allows, and denies what the first rule about it denies', () => {
    expect(own('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22').verdict).toBe('delivered');
    const denied = own('web1-eth0', '10.0.1.11:4000', '10.0.2.11:23');
    expect(why(denied)).toMatchInlineSnapshot(
      `"denied-firewall: rule shut of policy house of firewall fw denies tcp 10.0.1.11:4000 > 10.0.2.11:23"`,
    );
    expect(lines(denied.roots).at(-1)).toMatch(/^namespace network1 qr- in/u);
  });

  test('denies what no rule is about, to the internet as well', () => {
    expect(why(own('web1-eth0', '10.0.1.11:4000', '10.0.2.11:90'))).toMatchInlineSnapshot(
      `"denied-firewall: no rule of policy house of firewall fw lets tcp 10.0.1.11:4000 > 10.0.2.11:90 pass"`,
    );
    expect(own('web2-eth0', '10.0.1.12:4000', '198.51.100.10:443').verdict).toBe('denied-firewall');
  });

  test('looks at the address inside of what is for a floating IP', () => {
    const talk = new Talk(house);
    expect(talk.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.111:80')).verdict).toBe('delivered');
    expect(talk.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.110:80')).verdict).toBe(
      'denied-firewall',
    );
  });

  test('lets answers pass, and nothing that only looks like one', () => {
    const talk = new Talk(house);
    talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22'));
    expect(talk.own(tcp('db1-eth0', '10.0.2.11:22', '10.0.1.11:4000')).verdict).toBe('delivered');
    const reply = { icmp: { type: 0, code: 0, identifier: 1, sequence: 1 } };
    expect(why(talk.own(ping('db1-eth0', '10.0.2.11', '10.0.1.11', reply)))).toMatchInlineSnapshot(
      `"denied-firewall: firewall fw knows nothing that icmp 10.0.2.11 > 10.0.1.11 type 0 code 0 answers"`,
    );
  });

  test('tells who is rejected', () => {
    const [own_, error] = new Talk(house).all(ping('db1-eth0', '10.0.2.11', '10.0.1.11'));
    expect(own_ && why(own_)).toMatchInlineSnapshot(
      `"denied-firewall: rule told of policy house of firewall fw rejects icmp 10.0.2.11 > 10.0.1.11 type 8 code 0"`,
    );
    expect(error?.roots[0]?.headers).toMatchObject({
      src_ip: '10.0.2.1',
      dst_ip: '10.0.2.11',
      icmp: { type: 3, code: 3 },
    });
  });

  test('that is down lets nothing pass', () => {
    const down = routed(
      parts(ALL, { firewalls: { fw: { firewall_policy: 'house', admin_state_up: false } } }),
    );
    const talk = new Talk(down);
    expect(why(talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22')))).toMatchInlineSnapshot(
      `"denied-firewall: firewall fw is down, and lets nothing pass"`,
    );
  });
});

describe('firewall groups (v2)', () => {
  const group = (more: NonNullable<Parts['firewall_groups']>[string]) =>
    routed({
      ...parts(ALL),
      firewalls: {},
      firewall_groups: { g: { ports: ['r1-db-subnet'], ...more } },
    });

  test('are on ports: ingress is what leaves the router there', () => {
    const talk = new Talk(group({ ingress_firewall_policy: 'house' }));
    expect(talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22')).verdict).toBe('delivered');
    expect(why(talk.own(tcp('web1-eth0', '10.0.1.11:4001', '10.0.2.11:23')))).toMatchInlineSnapshot(
      `"denied-firewall: rule shut of policy house of firewall group g (ingress) denies tcp 10.0.1.11:4001 > 10.0.2.11:23"`,
    );
    expect(why(talk.own(tcp('db1-eth0', '10.0.2.11:4002', '10.0.1.11:22')))).toMatchInlineSnapshot(
      `"denied-firewall: firewall group g (egress) has no policy, and lets nothing pass"`,
    );
    // Answers need no rule.
    expect(talk.own(tcp('db1-eth0', '10.0.2.11:22', '10.0.1.11:4000')).verdict).toBe('delivered');
    // The other port of the router is in no group.
    expect(talk.own(tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:443')).verdict).toBe('delivered');
  });

  test('filter what comes from their networks as egress', () => {
    const allow = { firewall_rules: { any: { action: 'allow' as const } } };
    const topology = routed({
      ...allow,
      firewall_policies: { all: { firewall_rules: ['any'] } },
      firewall_groups: { g: { ports: ['r1-db-subnet'], egress_firewall_policy: 'all' } },
      routers: base.routers,
    });
    const talk = new Talk(topology);
    expect(talk.own(tcp('db1-eth0', '10.0.2.11:4000', '198.51.100.10:443')).verdict).toBe('delivered');
    expect(talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22')).verdict).toBe('denied-firewall');
  });
});
