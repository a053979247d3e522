import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeChanges } from '../../../state/describe.ts';
import { diff } from '../../../state/diff.ts';
import { emptyNode, type FlowState } from '../../../state/types.ts';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { flowsOf, readableFlows, topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { cloudOf, reference } from './firewall.fixture.ts';

type Groups = NonNullable<CloudDocumentInput['security_groups']>;
type Rule = NonNullable<Groups[string]['security_group_rules']>[number];

const flowsFor = (document: CloudDocumentInput, host = 'compute1'): FlowState[] =>
  flowsOf(compile(topologyOf(document)).state, host, 'br-int').filter(({ table }) => table >= 60);

const tcp = (min: number, max: number, more: Partial<Rule> = {}): Rule => ({
  direction: 'ingress',
  protocol: 'tcp',
  port_range_min: min,
  port_range_max: max,
  ...more,
});

test('the flows of a host are those of the real agent', async () => {
  const { state } = compile(topologyOf(reference('openvswitch')));
  const { flows, ...rest } = state.nodes['compute1'] ?? emptyNode();
  const firewall = Object.entries(flows).filter(
    // One port of each kind: in the group web, with allowed address pairs, without port security.
    ([, { table, match }]) =>
      table >= 60 && /^(?!.*(?:reg5|in_port))|(?:reg5=0x|in_port=)(?:b|d|f)/u.test(match),
  );
  const shown = {
    ...state,
    nodes: { compute1: { ...rest, flows: Object.fromEntries(firewall) } },
  };
  await expect(readableFlows(shown, 'compute1')).toMatchFileSnapshot('golden/openvswitch.flows');
});

test('no flow of the firewall is there without the firewall', () => {
  const tables = new Set(flowsFor(reference('noop')).map(({ table }) => table));
  expect([...tables].toSorted((a, b) => a - b)).toEqual([60, 62]);
});

test('the flows of a rule name it', () => {
  const owners = flowsFor(reference('openvswitch')).filter(
    ({ owner }) => owner.kind === 'security_group_rule',
  );
  expect([...new Set(owners.map(({ owner }) => owner.name))].toSorted()).toMatchInlineSnapshot(`
    [
      "clients: egress IPv6 any to any",
      "clients: egress any to any",
      "default: egress IPv6 any to any",
      "default: egress any to any",
      "default: ingress IPv6 any from group default",
      "default: ingress any from group default",
      "web: egress IPv6 any to any",
      "web: egress any to any",
      "web: ingress icmp type 8 code 0 from any",
      "web: ingress tcp 22 from group clients",
      "web: ingress tcp 22 from group clients and web: ingress udp from group clients",
      "web: ingress tcp 80 from any",
      "web: ingress tcp 8000-8010 from 10.0.2.0/24",
      "web: ingress udp 53 from any",
      "web: ingress udp from group clients",
    ]
  `);
  expect(owners[0]?.owner).toMatchInlineSnapshot(`
    {
      "kind": "security_group_rule",
      "name": "default: egress any to any",
      "purpose": "security group rule default: egress any to any, on p_iso1",
    }
  `);
});

test('every flow that looks at an address of a group is owned by the group', () => {
  const members = flowsFor(reference('openvswitch')).filter(({ actions }) => actions.includes(',1/2)'));
  expect(members.length).toBeGreaterThan(0);
  expect(new Set(members.map(({ owner }) => owner.kind))).toEqual(new Set(['security_group']));
  expect(members.find(({ match }) => match.includes('10.0.1.19'))?.owner.purpose).toBe(
    '10.0.1.19 of p_cli1 is in security group clients',
  );
});

test('a member more in a remote group is two flows more for each network with such a rule, whatever the rules', () => {
  const rules = Array.from({ length: 10 }, (_, index) =>
    tcp(1000 + 10 * index, 1000 + 10 * index, { remote_group: 'clients' }),
  );
  const counts = [10, 11, 500].map(
    (members) =>
      flowsFor(cloudOf({ groups: { web: { security_group_rules: rules }, clients: {} }, members })).length,
  );
  const [ten = 0, eleven = 0, many = 0] = counts;
  expect(eleven - ten).toBe(2);
  expect(many - ten).toBe(490 * 2);
});

test('rules of one remote group that overlap are cut where one begins or ends', () => {
  const ranges = (rules: Rule[]) =>
    flowsFor(
      cloudOf({ groups: { web: { security_group_rules: rules }, clients: {}, others: {} }, members: 1 }),
    )
      .filter(
        ({ table, actions, match }) => table === 82 && actions.includes('2/2)') && match.includes('+new'),
      )
      .map(({ match, actions }) => `${match.replace(/.*reg5=0x[0-9a-f]+,?/u, '')} ${actions}`);
  const [clients, others] = ['clients', 'others'].map((remote_group) => ({ remote_group }));
  expect(ranges([tcp(10, 19, clients), tcp(14, 23, others)])).toMatchInlineSnapshot(`
    [
      "tp_dst=0xa/0xfffe conjunction(23,2/2)",
      "tp_dst=0xc/0xfffe conjunction(23,2/2)",
      "tp_dst=0xe/0xfffe conjunction(23,2/2),conjunction(31,2/2)",
      "tp_dst=0x10/0xfffc conjunction(23,2/2),conjunction(31,2/2)",
      "tp_dst=0x14/0xfffc conjunction(31,2/2)",
    ]
  `);
  expect(ranges([tcp(8, 11, clients), tcp(10, 15, clients)])).toMatchInlineSnapshot(`
    [
      "tp_dst=0x8/0xfff8 conjunction(23,2/2)",
    ]
  `);
  expect(ranges([{ direction: 'ingress', protocol: 'tcp', ...clients }])).toMatchInlineSnapshot(`
    [
      " conjunction(23,2/2)",
    ]
  `);
});

test('what the driver says of each kind of rule', () => {
  const matches = (rule: Rule) =>
    flowsFor(cloudOf({ groups: { web: { security_group_rules: [rule] }, clients: {} }, members: 1 }))
      .filter(({ owner, match }) => owner.name.startsWith('web: ingress') && match.includes('+est'))
      .map(({ priority, match }) => `${priority} ${match.replace(/ct_state=[^,]*,/u, '')}`);
  const rule = (more: Partial<Rule>): Rule => ({ direction: 'ingress', ...more });
  expect({
    any: matches(rule({})),
    prefix: matches(rule({ remote_ip_prefix: '192.0.2.0/24' })),
    'any prefix': matches(rule({ remote_ip_prefix: '0.0.0.0/0' })),
    tcp: matches(rule({ protocol: 'tcp' })),
    icmp: matches(rule({ protocol: 'icmp' })),
    type: matches(rule({ protocol: 'icmp', port_range_min: 8 })),
    'type and code': matches(rule({ protocol: 'icmp', port_range_min: 3, port_range_max: 1 })),
    number: matches(rule({ protocol: 112 })),
    IPv6: matches(rule({ ethertype: 'IPv6', protocol: 'icmp', remote_ip_prefix: '2001:db8::/32' })),
    'ports of a protocol that the driver does not know': matches(
      rule({ protocol: 'udplite', port_range_min: 5, port_range_max: 6 }),
    ),
  }).toMatchInlineSnapshot(`
    {
      "IPv6": [
        "75 icmp6,reg5=0xa,ipv6_src=2001:db8::/32",
      ],
      "any": [
        "74 ip,reg5=0xa",
      ],
      "any prefix": [
        "74 ip,reg5=0xa",
      ],
      "icmp": [
        "75 icmp,reg5=0xa",
      ],
      "number": [
        "77 ip,nw_proto=112,reg5=0xa",
      ],
      "ports of a protocol that the driver does not know": [
        "77 ip,nw_proto=136,reg5=0xa",
      ],
      "prefix": [
        "74 ip,reg5=0xa,nw_src=192.0.2.0/24",
      ],
      "tcp": [
        "77 tcp,reg5=0xa",
      ],
      "type": [
        "76 icmp,reg5=0xa,icmp_type=8",
      ],
      "type and code": [
        "77 icmp,reg5=0xa,icmp_type=3,icmp_code=1",
      ],
    }
  `);
});

const change = (one: CloudDocumentInput, other: CloudDocumentInput): string[] => {
  const topology = topologyOf(one);
  const before = compile(topology);
  const after = compile(topologyOf(other, topology.allocations), before.allocations);
  return describeChanges(diff(before.state, after.state));
};

const web = (...rules: Rule[]): CloudDocumentInput =>
  cloudOf({ groups: { web: { security_group_rules: rules }, clients: {} }, members: 2 });

test('a rule that goes takes its own flows with it and no other', () => {
  const ssh = tcp(22, 22, { remote_group: 'clients' });
  const icmp: Rule = { direction: 'ingress', protocol: 'icmp', remote_group: 'clients' };
  expect(change(web(icmp, tcp(80, 80), ssh), web(icmp, ssh)).join('\n')).toMatchInlineSnapshot(`
    "compute1
      - flow br-int table=82 priority=77 ct_state=+est-rel-rpl,tcp,reg5=0xa,tp_dst=80 actions=output:10  (security group rule web: ingress tcp 80 from any, on web-port)
      - flow br-int table=82 priority=77 ct_state=+new-est,tcp,reg5=0xa,tp_dst=80 actions=ct(commit,zone=NXM_NX_REG6[0..15]),output:10,resubmit(,92)  (security group rule web: ingress tcp 80 from any, on web-port)
    0 to add, 0 to change, 2 to remove."
  `);
  expect(change(web(icmp, tcp(80, 80), ssh), web(tcp(80, 80), ssh)).join('\n')).toMatchInlineSnapshot(`
    "compute1
      - flow br-int table=82 priority=71 ct_state=+est-rel-rpl,icmp,reg5=0xa actions=conjunction(18,2/2)  (security group rule web: ingress icmp from group clients, on web-port)
      - flow br-int table=82 priority=71 ct_state=+new-est,icmp,reg5=0xa actions=conjunction(19,2/2)  (security group rule web: ingress icmp from group clients, on web-port)
      - flow br-int table=82 priority=71 conj_id=18,ct_state=+est-rel-rpl,ip,reg5=0xa actions=set_field:0x12->reg7,output:10  (security group rule web: ingress icmp from group clients, on web-port)
      - flow br-int table=82 priority=71 conj_id=19,ct_state=+new-est,ip,reg5=0xa actions=set_field:0x13->reg7,ct(commit,zone=NXM_NX_REG6[0..15]),output:10,resubmit(,92)  (security group rule web: ingress icmp from group clients, on web-port)
      - flow br-int table=82 priority=71 ct_state=+est-rel-rpl,ip,reg6=0x1,nw_src=10.0.1.4 actions=conjunction(18,1/2)  (10.0.1.4 of client1-port is in security group clients)
      - flow br-int table=82 priority=71 ct_state=+new-est,ip,reg6=0x1,nw_src=10.0.1.4 actions=conjunction(19,1/2)  (10.0.1.4 of client1-port is in security group clients)
      - flow br-int table=82 priority=71 ct_state=+est-rel-rpl,ip,reg6=0x1,nw_src=10.0.1.5 actions=conjunction(18,1/2)  (10.0.1.5 of client2-port is in security group clients)
      - flow br-int table=82 priority=71 ct_state=+new-est,ip,reg6=0x1,nw_src=10.0.1.5 actions=conjunction(19,1/2)  (10.0.1.5 of client2-port is in security group clients)
    0 to add, 0 to change, 8 to remove."
  `);
});

test('ids of conjunctions stay with their rules while others come and go', () => {
  const remote = (remote_group: string, protocol: 'tcp' | 'udp'): Rule => ({
    direction: 'ingress',
    protocol,
    remote_group,
  });
  const build = (names: string[]): CloudDocumentInput =>
    cloudOf({
      groups: {
        web: { security_group_rules: names.map((name) => remote(name, 'tcp')) },
        ...Object.fromEntries(['a', 'b', 'c', 'clients'].map((name) => [name, {}])),
      },
      members: 1,
    });
  expect.hasAssertions();
  fc.assert(
    fc.property(
      fc.subarray(['a', 'b', 'c', 'clients']),
      fc.shuffledSubarray(['a', 'b', 'c', 'clients']),
      (one, other) => {
        const topology = topologyOf(build(one));
        const before = compile(topology).allocations;
        const after = compile(topologyOf(build(other), topology.allocations), before).allocations;
        const [first = {}, second = {}] = [before, after].map((all) => all['ml2-ovs/conjunction/compute1']);
        const { '#next': _, ...kept } = first;
        expect(Object.entries(kept).filter(([name, id]) => (second[name] ?? id) !== id)).toEqual([]);
      },
    ),
    { numRuns: 20 },
  );
});

test('two ports of a host that share a MAC address by allowed address pairs do not quarrel', () => {
  const document = reference('openvswitch');
  const shared = { ip_address: '10.0.1.250', mac_address: 'fa:16:3e:00:00:fe' };
  for (const name of ['p_vm1', 'p_aap1']) {
    const port = document.ports?.[name];
    if (port) document.ports = { ...document.ports, [name]: { ...port, allowed_address_pairs: [shared] } };
  }
  const to = flowsFor(document).filter(({ match }) => match.includes(`dl_dst=${shared.mac_address}`));
  expect(to.map(({ table }) => table)).toEqual([60, 73]);
});
