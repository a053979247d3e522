import { expect, test } from 'vitest';
import { describeChanges } from '../../../state/describe.ts';
import { diff } from '../../../state/diff.ts';
import { type CloudState, emptyNamespace, emptyNode, type NamespaceState } from '../../../state/types.ts';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { cloudOf, reference } from './firewall.fixture.ts';

type Groups = NonNullable<CloudDocumentInput['security_groups']>;
type Rule = NonNullable<Groups[string]['security_group_rules']>[number];

const stateOf = (document: CloudDocumentInput): CloudState => compile(topologyOf(document)).state;

const rootOf = (document: CloudDocumentInput, host = 'compute1'): NamespaceState =>
  stateOf(document).nodes[host]?.namespaces[''] ?? emptyNamespace('');

/** As iptables-save(8) has it, with what each rule is there for. */
const saved = ({ netfilter, ipsets }: NamespaceState, family: string): string => {
  const chains = Object.values(netfilter).filter((chain) => chain.family === family);
  const tables = [...Map.groupBy(chains, ({ table }) => table)].flatMap(([table, all]) => [
    `*${table}`,
    ...all.map(({ chain, policy = '-' }) => `:${chain} ${policy}`),
    ...all.flatMap(({ chain, rules }) =>
      rules.flatMap(({ text, owner }) => [`# ${owner.purpose}`, `-A ${chain} ${text}`]),
    ),
  ]);
  const sets = Object.values(ipsets)
    .filter((set) => (set.family === 'inet') === (family === 'ipv4'))
    .flatMap(({ name, members, owner }) => [`# ${owner.purpose}`, `${name} ${members.join(' ')}`]);
  return [...tables, ...sets, ''].join('\n');
};

test.for(['ipv4', 'ipv6'])('chains and sets of a host are those of the real agent: %s', async (family) => {
  const root = rootOf(reference('iptables_hybrid'), 'compute2');
  await expect(saved(root, family)).toMatchFileSnapshot(`golden/iptables-hybrid.${family}`);
});

test('a port is plugged by a Linux bridge of its own', () => {
  const { nodes, wires } = stateOf(
    cloudOf({ groups: { web: {} }, members: 0, firewall_driver: 'iptables_hybrid' }),
  );
  const node = nodes['compute1'] ?? emptyNode();
  const links = Object.values(node.namespaces['']?.links ?? {});
  expect(links.filter(({ device }) => /^(?:qbr|qvb|qvo|tap)/u.test(device))).toMatchInlineSnapshot(`
    [
      {
        "device": "qbrf423bd59-85",
        "mtu": 1450,
        "type": "bridge",
        "up": true,
      },
      {
        "device": "tapf423bd59-85",
        "master": "qbrf423bd59-85",
        "mtu": 1450,
        "up": true,
      },
      {
        "device": "qvbf423bd59-85",
        "master": "qbrf423bd59-85",
        "mtu": 1450,
        "offloads": "off",
        "up": true,
      },
      {
        "device": "qvof423bd59-85",
        "mtu": 1450,
        "up": true,
      },
    ]
  `);
  expect(Object.values(node.ports).filter(({ name }) => name.startsWith('qvo'))).toMatchInlineSnapshot(`
    [
      {
        "bridge": "br-int",
        "external_ids": {
          "attached-mac": "fa:16:3e:00:00:0a",
          "iface-id": "f423bd59-85ec-5ac4-9696-9947c0884e6c",
          "iface-status": "active",
          "vm-uuid": "df639f19-08e3-51db-9363-fc4105020203",
        },
        "name": "qvof423bd59-85",
        "ofport": 10,
        "options": {},
        "owner": {
          "kind": "port",
          "name": "web-port",
          "purpose": "qvo of port web-port of server web",
        },
        "tag": 1,
        "type": "",
      },
    ]
  `);
  expect([wires['guest:web-port']?.ends[1], wires['plug:web-port']]).toMatchInlineSnapshot(`
    [
      {
        "device": "tapf423bd59-85",
        "mac_address": "fe:16:3e:00:00:0a",
        "namespace": "",
        "node": "compute1",
      },
      {
        "ends": [
          {
            "device": "qvbf423bd59-85",
            "mac_address": "0a:1c:d2:d3:63:53",
            "namespace": "",
            "node": "compute1",
          },
          {
            "bridge": "br-int",
            "device": "qvof423bd59-85",
            "mac_address": "0a:c2:c9:b1:e5:f5",
            "namespace": "",
            "node": "compute1",
          },
        ],
        "key": "plug:web-port",
        "kind": "plug",
        "mtu": 1450,
        "owner": {
          "kind": "port",
          "name": "web-port",
          "purpose": "qvbf423bd59-85 to qvof423bd59-85 on host compute1",
        },
      },
    ]
  `);
});

test('bridged packets are made to pass iptables', () => {
  expect(rootOf(reference('iptables_hybrid')).sysctls).toMatchObject({
    'net/bridge/bridge-nf-call-iptables': '1',
    'net/bridge/bridge-nf-call-ip6tables': '1',
  });
  expect(Object.keys(rootOf(reference('openvswitch')).sysctls).join(' ')).not.toContain('bridge');
});

const remote = (port: number): Rule => ({
  direction: 'ingress',
  protocol: 'tcp',
  port_range_min: port,
  port_range_max: port,
  remote_group: 'clients',
});

const tenRules: Groups = {
  web: { security_group_rules: Array.from({ length: 10 }, (_, index) => remote(1000 + index)) },
  clients: {},
};

const countRules = (members: number, ipset: boolean) => {
  const root = rootOf(
    cloudOf({ groups: tenRules, members, firewall_driver: 'iptables_hybrid', options: { ipset } }),
  );
  return {
    rules: Object.values(root.netfilter).flatMap(({ rules }) => rules).length,
    members: Object.values(root.ipsets).flatMap((set) => set.members).length,
  };
};

test('with sets a member more is a member more, without them a rule more for each rule', () => {
  const few = countRules(10, true);
  expect(countRules(500, true)).toEqual({ rules: few.rules, members: 500 });
  const single = countRules(10, false);
  expect(countRules(500, false)).toEqual({ rules: single.rules + 490 * 10, members: 0 });
});

test('what the driver says of each kind of rule', () => {
  const texts = (more: Partial<Rule>, ipset = true) => {
    const groups: Groups = {
      web: { security_group_rules: [{ direction: 'ingress', ...more }] },
      clients: {},
    };
    const root = rootOf(
      cloudOf({ groups, members: 2, firewall_driver: 'iptables_hybrid', options: { ipset } }),
    );
    return Object.values(root.netfilter).flatMap(({ rules }) =>
      rules.filter(({ owner }) => owner.name.startsWith('web: ingress')).map(({ text }) => text),
    );
  };
  const range = (protocol: Rule['protocol'], port_range_min: number, port_range_max: number) => ({
    protocol,
    port_range_min,
    port_range_max,
  });
  expect({
    any: texts({}),
    prefix: texts({ remote_ip_prefix: '192.0.2.0/24' }),
    address: texts({ remote_ip_prefix: '192.0.2.7/32', protocol: 'tcp' }),
    'any prefix': texts({ remote_ip_prefix: '0.0.0.0/0' }),
    port: texts(range('tcp', 80, 80)),
    range: texts(range('udp', 5000, 5010)),
    icmp: texts({ protocol: 'icmp' }),
    type: texts({ protocol: 'icmp', port_range_min: 8 }),
    'type and code': texts(range('icmp', 3, 1)),
    'IPv6 type': texts({ ethertype: 'IPv6', protocol: 'icmp', port_range_min: 128 }),
    number: texts({ protocol: 112 }),
    'number 0': texts({ protocol: 0 }),
    udplite: texts(range('udplite', 5, 5)),
    dccp: texts(range('dccp', 5, 5)),
    group: texts({ remote_group: 'clients', ...range('tcp', 22, 22) }),
    'group without sets': texts({ remote_group: 'clients', ...range('tcp', 22, 22) }, false),
  }).toMatchInlineSnapshot(`
    {
      "IPv6 type": [
        "-p ipv6-icmp -m icmp6 --icmpv6-type 128 -j RETURN",
      ],
      "address": [
        "-s 192.0.2.7/32 -p tcp -j RETURN",
      ],
      "any": [
        "-j RETURN",
      ],
      "any prefix": [
        "-j RETURN",
      ],
      "dccp": [
        "-p 33 -m dccp --dport 5 -j RETURN",
      ],
      "group": [
        "-p tcp -m tcp --dport 22 -m set --match-set NIPv4a7047266-5017-5b0d-94c9- src -j RETURN",
      ],
      "group without sets": [
        "-s 10.0.1.4/32 -p tcp -m tcp --dport 22 -j RETURN",
        "-s 10.0.1.5/32 -p tcp -m tcp --dport 22 -j RETURN",
      ],
      "icmp": [
        "-p icmp -j RETURN",
      ],
      "number": [
        "-p 112 -j RETURN",
      ],
      "number 0": [
        "-j RETURN",
      ],
      "port": [
        "-p tcp -m tcp --dport 80 -j RETURN",
      ],
      "prefix": [
        "-s 192.0.2.0/24 -j RETURN",
      ],
      "range": [
        "-p udp -m udp -m multiport --dports 5000:5010 -j RETURN",
      ],
      "type": [
        "-p icmp -m icmp --icmp-type 8 -j RETURN",
      ],
      "type and code": [
        "-p icmp -m icmp --icmp-type 3/1 -j RETURN",
      ],
      "udplite": [
        "-p udplite -m multiport --dports 5 -j RETURN",
      ],
    }
  `);
});

test('equal rules of two groups are one rule, which names both', () => {
  const ssh: Rule = { direction: 'ingress', protocol: 'tcp', port_range_min: 22, port_range_max: 22 };
  const document = cloudOf({
    groups: { web: { security_group_rules: [ssh] }, admin: { security_group_rules: [ssh] } },
    members: 0,
    firewall_driver: 'iptables_hybrid',
  });
  const port = document.ports?.['web-port'];
  if (port) document.ports = { 'web-port': { ...port, security_groups: ['web', 'admin'] } };
  const rules = Object.values(rootOf(document).netfilter).flatMap((chain) => chain.rules);
  expect(rules.filter(({ text }) => text.includes('--dport 22')).map(({ owner }) => owner.name)).toEqual([
    'web: ingress tcp 22 from any and admin: ingress tcp 22 from any',
  ]);
});

test('connections of a port whose first group is stateless are not tracked', () => {
  const root = rootOf(
    cloudOf({
      groups: { web: { stateful: false } },
      members: 0,
      firewall_driver: 'iptables_hybrid',
    }),
  );
  const raw = root.netfilter['ipv4 raw neutron-openvswi-PREROUTING']?.rules.map(({ text }) => text) ?? [];
  expect(raw).toHaveLength(3);
  expect(raw.filter((text) => !text.endsWith(' stateless" -j CT --notrack'))).toEqual([]);
});

const change = (one: CloudDocumentInput, other: CloudDocumentInput): string[] => {
  const topology = topologyOf(one);
  const before = compile(topology);
  const after = compile(topologyOf(other, topology.allocations), before.allocations);
  return describeChanges(diff(before.state, after.state));
};

test('a rule that goes changes the chain of its ports, a member that comes the set', () => {
  const cloud = (rules: Rule[], members: number) =>
    cloudOf({
      groups: { web: { security_group_rules: rules }, clients: {} },
      members,
      firewall_driver: 'iptables_hybrid',
    });
  expect(change(cloud([remote(22), remote(80)], 2), cloud([remote(22)], 2))).toMatchInlineSnapshot(`
    [
      "compute1",
      "  ~ chain ipv4 filter neutron-openvswi-if423bd59-8 rules: 1 less",
      "      - -p tcp -m tcp --dport 80 -m set --match-set NIPv4a7047266-5017-5b0d-94c9- src -j RETURN  (security group rule web: ingress tcp 80 from group clients, on web-port)",
      "0 to add, 1 to change, 0 to remove.",
    ]
  `);
  const [before, after] = [rootOf(cloud([remote(22)], 2)), rootOf(cloud([remote(22)], 3))];
  expect(after.netfilter).toEqual(before.netfilter);
});
