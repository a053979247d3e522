import { expect, test } from 'vitest';
import { describeChanges } from './describe.ts';
import { diff } from './diff.ts';
import {
  type CloudState,
  emptyCloud,
  emptyNamespace,
  emptyNode,
  type NamespaceState,
  type NetfilterChainState,
  type NodeState,
  type OvsPortState,
  type Owner,
  type ProcessState,
} from './types.ts';

const owner: Owner = { kind: 'subnet', name: 'red4', purpose: 'DHCP of subnet red4' };

const asking = (purpose: string): Owner => ({ kind: 'floatingip', name: purpose, purpose });

const chain = (rules: readonly [text: string, purpose: string][]): NetfilterChainState => ({
  family: 'ipv4',
  table: 'nat',
  chain: 'floating',
  rules: rules.map(([text, purpose]) => ({ text, owner: asking(purpose) })),
});

const port: OvsPortState = {
  name: 'tap1',
  bridge: 'br-int',
  type: 'internal',
  ofport: 5,
  tag: 1,
  namespace: 'qdhcp-red',
  options: {},
  external_ids: {},
  owner: { ...owner, purpose: 'device of the DHCP port' },
};

const dnsmasq: ProcessState = {
  name: 'dnsmasq-red',
  namespace: 'qdhcp-red',
  argv: ['dnsmasq', '--keep-in-foreground'],
  files: ['/var/lib/hosts'],
  reload: 'hup',
  owner,
};

const namespace: NamespaceState = {
  ...emptyNamespace('qdhcp-red'),
  links: {
    qbr: { device: 'qbr', type: 'bridge', up: true },
    qvb: { device: 'qvb', master: 'qbr', up: true },
  },
  routes: { r: { destination: 'r', via: '10.0.0.1', table: 16 } },
  rules: { '100 from 10.9.0.0/16': { priority: 100, from: '10.9.0.0/16', table: 16 } },
  netfilter: {
    'ipv4 nat floating': chain([
      ['-d 203.0.113.20/32 -j DNAT --to-destination 10.0.0.11', 'fip1 to web1'],
      ['-j RETURN', 'nothing else'],
    ]),
    'ipv4 filter INPUT': { ...chain([]), table: 'filter', chain: 'INPUT', policy: 'DROP' },
  },
  ipsets: {
    friends: {
      name: 'friends',
      type: 'hash:net',
      family: 'inet',
      members: ['10.0.0.11', '10.0.0.12'],
      owner,
    },
  },
};

const cloud = (inside: NamespaceState, rest: Partial<NodeState>): CloudState => ({
  nodes: { net1: { ...emptyNode(), namespaces: { [inside.name]: inside }, ...rest } },
  wires: {},
});

const file = { path: '/var/lib/hosts', text: 'a\n', owner };
const before = cloud(namespace, {
  ports: { tap1: port },
  files: { [file.path]: file },
  processes: { [dnsmasq.name]: dnsmasq },
});

test('a service that comes is told with its rules, members, files and command', () => {
  expect(describeChanges(diff(emptyCloud(), before))).toMatchInlineSnapshot(`
    [
      "net1",
      "  + node",
      "  + namespace qdhcp-red",
      "  + qdhcp-red: link qbr, bridge",
      "  + qdhcp-red: link qvb, port of qbr",
      "  + qdhcp-red: route r via 10.0.0.1 table 16",
      "  + qdhcp-red: routing rule 100 from 10.9.0.0/16, table 16",
      "  + qdhcp-red: chain ipv4 nat floating",
      "      + -d 203.0.113.20/32 -j DNAT --to-destination 10.0.0.11  (fip1 to web1)",
      "      + -j RETURN  (nothing else)",
      "  + qdhcp-red: chain ipv4 filter INPUT, policy DROP, empty",
      "  + qdhcp-red: set friends: 10.0.0.11, 10.0.0.12  (DHCP of subnet red4)",
      "  + port tap1 on br-int, internal in qdhcp-red, OpenFlow port 5, tag 1  (device of the DHCP port)",
      "  + file /var/lib/hosts, 2 bytes  (DHCP of subnet red4)",
      "  + process dnsmasq-red in qdhcp-red: dnsmasq --keep-in-foreground  (DHCP of subnet red4)",
      "12 to add, 0 to change, 0 to remove.",
    ]
  `);
});

test('a service that goes is told likewise', () => {
  expect(describeChanges(diff(before, cloud(emptyNamespace('qdhcp-red'), {})))).toMatchInlineSnapshot(`
    [
      "net1",
      "  - qdhcp-red: link qbr, bridge",
      "  - qdhcp-red: link qvb, port of qbr",
      "  - qdhcp-red: route r via 10.0.0.1 table 16",
      "  - qdhcp-red: routing rule 100 from 10.9.0.0/16, table 16",
      "  - qdhcp-red: chain ipv4 nat floating",
      "      - -d 203.0.113.20/32 -j DNAT --to-destination 10.0.0.11  (fip1 to web1)",
      "      - -j RETURN  (nothing else)",
      "  - qdhcp-red: chain ipv4 filter INPUT, policy DROP, empty",
      "  - qdhcp-red: set friends: 10.0.0.11, 10.0.0.12  (DHCP of subnet red4)",
      "  - port tap1 on br-int, internal in qdhcp-red, OpenFlow port 5, tag 1  (device of the DHCP port)",
      "  - file /var/lib/hosts, 2 bytes  (DHCP of subnet red4)",
      "  - process dnsmasq-red in qdhcp-red: dnsmasq --keep-in-foreground  (DHCP of subnet red4)",
      "0 to add, 0 to change, 10 to remove.",
    ]
  `);
});

test('a service that changes is told by what of it changes', () => {
  const after = cloud(
    {
      ...namespace,
      rules: { '100 from 10.9.0.0/16': { priority: 100, from: '10.9.0.0/16', table: 17 } },
      netfilter: {
        'ipv4 nat floating': chain([
          ['-d 203.0.113.20/32 -j DNAT --to-destination 10.0.0.12', 'fip1 to web2'],
          ['-d 203.0.113.21/32 -j DNAT --to-destination 10.0.0.13', 'fip2 to web3'],
          ['-j RETURN', 'nothing else'],
        ]),
        'ipv4 filter INPUT': { ...chain([]), table: 'filter', chain: 'INPUT', policy: 'ACCEPT' },
      },
      ipsets: {
        friends: {
          name: 'friends',
          type: 'hash:net',
          family: 'inet',
          members: ['10.0.0.12', '10.0.0.13'],
          owner,
        },
      },
    },
    {
      ports: { tap1: { ...port, namespace: 'qdhcp-blue' } },
      files: { [file.path]: { ...file, text: 'ä\nb\n', mode: 0o600 } },
      processes: { [dnsmasq.name]: { ...dnsmasq, argv: [...dnsmasq.argv, '--no-hosts'] } },
    },
  );
  expect(describeChanges(diff(before, after))).toMatchInlineSnapshot(`
    [
      "net1",
      "  ~ qdhcp-red: routing rule 100 from 10.9.0.0/16 table: 16 → 17",
      "  ~ qdhcp-red: chain ipv4 nat floating rules: 2 more, 1 less",
      "      - -d 203.0.113.20/32 -j DNAT --to-destination 10.0.0.11  (fip1 to web1)",
      "      + -d 203.0.113.20/32 -j DNAT --to-destination 10.0.0.12  (fip1 to web2)",
      "      + -d 203.0.113.21/32 -j DNAT --to-destination 10.0.0.13  (fip2 to web3)",
      "  ~ qdhcp-red: chain ipv4 filter INPUT policy: DROP → ACCEPT",
      "  ~ qdhcp-red: set friends +10.0.0.13, -10.0.0.11  (DHCP of subnet red4)",
      "  ~ port tap1 namespace: qdhcp-red → qdhcp-blue  (device of the DHCP port)",
      "  ~ file /var/lib/hosts text: 2 bytes → 5 bytes, mode: none → 0600  (DHCP of subnet red4)",
      "  ~ process dnsmasq-red command: dnsmasq --keep-in-foreground → dnsmasq --keep-in-foreground --no-hosts  (DHCP of subnet red4)",
      "0 to add, 7 to change, 0 to remove.",
    ]
  `);
});

test('rules in another order, or of other owners, are told so', () => {
  const rules = (list: [string, string][]): CloudState =>
    cloud({ ...emptyNamespace(''), netfilter: { 'ipv4 nat floating': chain(list) } }, {});
  const one = rules([
    ['-j a', 'x'],
    ['-j b', 'y'],
    ['-j a', 'x'],
  ]);
  const other = rules([
    ['-j b', 'y'],
    ['-j a', 'x'],
    ['-j a', 'x'],
  ]);
  const owned = rules([
    ['-j a', 'z'],
    ['-j b', 'y'],
    ['-j a', 'x'],
  ]);
  const fewer = rules([
    ['-j b', 'y'],
    ['-j a', 'x'],
  ]);
  expect(
    [other, owned, fewer].flatMap((after) => describeChanges(diff(one, after)).slice(1, -1)),
  ).toMatchInlineSnapshot(`
    [
      "  ~ chain ipv4 nat floating rules in another order",
      "  ~ chain ipv4 nat floating rules asked for by another",
      "  ~ chain ipv4 nat floating rules: 1 less",
      "      - -j a  (x)",
    ]
  `);
});
