import { expect, test } from 'vitest';
import type { Topology } from '../topology/index.ts';
import type { Connections } from './connections.ts';
import { outliving } from './firewall-changes.ts';
import { base, type Parts, ping, routed, Talk, tcp, udp } from './routed.fixture.ts';

const RULES: NonNullable<Parts['firewall_rules']> = {
  ssh: { protocol: 'tcp', destination_port: 22, action: 'allow' },
  web: { protocol: 'tcp', destination_port: 80, action: 'allow' },
  names: { protocol: 'udp', destination_port: 53, action: 'allow' },
  echo: { protocol: 'icmp', action: 'allow' },
};
const ALL = Object.keys(RULES);

const firewalled = (rules: string[], admin_state_up = true, more: Parts = {}): Parts => ({
  firewall_rules: RULES,
  firewall_policies: { house: { firewall_rules: rules } },
  firewalls: { fw: { firewall_policy: 'house', routers: ['r1'], admin_state_up } },
  ...more,
});
const house = routed(firewalled(ALL));

/** One of each rule. */
const standing = (topology: Topology): Connections => {
  const talk = new Talk(topology);
  talk.own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:22'));
  talk.own(tcp('web1-eth0', '10.0.1.11:4001', '10.0.2.11:80'));
  talk.own(udp('web1-eth0', '10.0.1.11:4002', '10.0.2.11:53'));
  talk.own(ping('web1-eth0', '10.0.1.11', '10.0.2.11'));
  return talk.connections;
};

const told = (connections: Connections): string[] =>
  connections.map(({ original: { protocol, dst_port } }) => `${protocol} ${dst_port}`);
const left = (before: Topology, after: Topology): string[] =>
  told(outliving(before, after, standing(before)));
const EVERYTHING = ['6 22', '6 80', '17 53', '1 -1'];

test('what a rule was about that goes or changes ends', () => {
  expect(left(house, house)).toEqual(EVERYTHING);
  expect(left(house, routed(firewalled(ALL.slice(0, 3))))).toEqual(['6 22', '6 80', '17 53']);
  const web = { ...RULES['web'], destination_port: 8080 };
  const changed = routed(firewalled(ALL, true, { firewall_rules: { ...RULES, web } }));
  expect(left(house, changed)).toEqual(['6 22', '17 53', '1 -1']);
});

test('what is still allowed ends as well where its rule has moved, as those behind one that goes', () => {
  const turned = routed(firewalled(['ssh', 'names', 'web', 'echo']));
  expect(left(house, turned)).toEqual(['6 22', '1 -1']);
  expect(left(house, routed(firewalled(['ssh', 'names', 'echo'])))).toEqual(['6 22']);
});

test('a floating IP: of the port that is asked for and of the one behind', () => {
  const open = routed(firewalled(['ssh', 'echo']));
  const talk = new Talk(open);
  talk.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.112:2222'));
  expect(told(talk.connections)).toContain('6 2222');
  expect(outliving(open, routed(firewalled(['echo'])), talk.connections)).toEqual([]);
});

test('what changes while a firewall is down ends nothing, nor does its coming up again', () => {
  const connections = standing(house);
  const down = routed(firewalled(ALL, false), house);
  const fewer = routed(firewalled(['ssh'], false), down);
  const up = routed(firewalled(['ssh']), fewer);
  for (const [before, after] of [
    [house, down],
    [down, fewer],
    [fewer, up],
  ] as const)
    expect(told(outliving(before, after, connections))).toEqual(EVERYTHING);
});

test('all ends when a firewall comes, or comes up for the first time, and nothing when it goes', () => {
  const bare = routed();
  expect(left(bare, routed(firewalled(ALL), bare))).toEqual([]);
  const down = routed(firewalled(ALL, false), bare);
  expect(left(bare, down)).toEqual(EVERYTHING);
  expect(told(outliving(down, routed(firewalled(ALL), down), standing(bare)))).toEqual([]);
  expect(left(house, routed({}, house))).toEqual(EVERYTHING);
});

test('nothing ends at Juno, nor on another router', () => {
  const juno = { options: { release: 'juno' as const } };
  const [before, after] = [routed(firewalled(ALL, true, juno)), routed(firewalled([], true, juno))];
  expect(left(before, after)).toEqual(EVERYTHING);
  const elsewhere = firewalled([], true, {
    routers: { ...base.routers, r2: {} },
    firewalls: { fw: { firewall_policy: 'house', routers: ['r2'] } },
  });
  expect(left(routed(), routed(elsewhere))).toEqual(EVERYTHING);
});

test('of firewall groups (v2) the direction counts, and the order does not', () => {
  const group = (into: string[], from: string[]) =>
    routed({
      firewall_rules: RULES,
      firewall_policies: { into: { firewall_rules: into }, from: { firewall_rules: from } },
      firewall_groups: {
        g: {
          ports: ['r1-db-subnet'],
          ingress_firewall_policy: 'into',
          egress_firewall_policy: 'from',
        },
      },
    });
  expect(left(group(ALL, ['ssh']), group(ALL.toReversed(), ['ssh']))).toEqual(EVERYTHING);
  expect(left(group(ALL, ['ssh']), group(ALL, []))).toEqual(['6 80', '17 53', '1 -1']);
});
