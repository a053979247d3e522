import { expect, test } from 'vitest';
import { formatError } from '../../errors/index.ts';
import type { CloudDocumentInput } from '../../topology/index.ts';
import { findFlows, topologyOf } from './clouds.fixture.ts';
import { compile } from './compile.ts';
import { targetNamed } from '../index.ts';
import { tapName } from './names.ts';

type Policy = NonNullable<CloudDocumentInput['qos_policies']>[string];

const cloud = (policy: Policy, on: 'port' | 'network'): CloudDocumentInput => ({
  cloud: 'qos',
  underlay: 'demo-cluster',
  qos_policies: { gold: policy },
  networks: {
    red: {
      'provider:network_type': 'vxlan',
      'provider:segmentation_id': 5001,
      ...(on === 'network' ? { qos_policy: 'gold' } : {}),
    },
  },
  subnets: { 'red-subnet': { network: 'red', cidr: '10.0.1.0/24' } },
  ports: { own: { network: 'red', ...(on === 'port' ? { qos_policy: 'gold' } : {}) } },
  servers: {
    web1: { host: 'compute1', networks: [{ port: 'own' }] },
    web2: { host: 'compute1', networks: ['red'] },
  },
});

const portOf = (document: CloudDocumentInput, name: string) => {
  const topology = topologyOf(document);
  const { state } = compile(topology);
  return state.nodes['compute1']?.ports[tapName(topology.ports[name]?.id ?? '')];
};

test('DSCP is set on all that a port sends, before anything else and once', () => {
  const { state } = compile(topologyOf(cloud({ rules: [{ type: 'dscp_marking', dscp_mark: 26 }] }, 'port')));
  const flows = findFlows(state, 'compute1', 'br-int table=0 priority=65535 ip');
  expect(flows.map(({ match, actions }) => `${match} ${actions}`)).toEqual([
    'ip,reg2=0x0,in_port=10 set_field:0x1->reg2,set_field:26->ip_dscp,resubmit:10',
    'ipv6,reg2=0x0,in_port=10 set_field:0x1->reg2,set_field:26->ip_dscp,resubmit:10',
  ]);
  expect(flows[0]?.owner).toEqual({
    kind: 'qos_policy',
    name: 'gold',
    purpose: 'DSCP 26 on what port own sends, by policy gold',
  });
});

test('a network’s policy is that of its ports', () => {
  const { state } = compile(
    topologyOf(cloud({ rules: [{ type: 'dscp_marking', dscp_mark: 26 }] }, 'network')),
  );
  expect(findFlows(state, 'compute1', 'br-int table=0 priority=65535 ip,')).toHaveLength(2);
});

test('a limit to the server is a queue, one from it a policer with a burst of four fifths where none is named', () => {
  const rule = { type: 'bandwidth_limit', max_kbps: 1001 } as const;
  const rules = [
    { ...rule, direction: 'ingress' },
    { ...rule, direction: 'egress' },
  ] as const;
  expect(portOf(cloud({ rules: [...rules] }, 'port'), 'own')).toMatchObject({
    shaping: { rate_kbps: 1001, burst_kbps: 0 },
    policing: { rate_kbps: 1001, burst_kbps: 800 },
  });
  const named = rules.map((one) => ({ ...one, max_burst_kbps: 500 }));
  expect(portOf(cloud({ rules: named }, 'port'), 'own')).toMatchObject({
    shaping: { rate_kbps: 1001, burst_kbps: 500 },
    policing: { rate_kbps: 1001, burst_kbps: 500 },
  });
  expect(portOf(cloud({ rules: named }, 'port'), 'web2-eth0')).not.toHaveProperty('shaping');
});

test('a limit where the agent’s would limit nothing is refused, and so is a trunk that iptables would not filter', () => {
  const rules = [{ type: 'bandwidth_limit', max_kbps: 1000, direction: 'ingress' } as const];
  const { ports, ...document } = cloud({ rules }, 'port');
  const trunk = {
    ...document,
    ports: { ...ports, sub: { network: 'red' } },
    trunks: { vnf: { port: 'own', sub_ports: [{ port: 'sub', segmentation_id: 7 }] } },
  };
  const refusal = (refused: CloudDocumentInput): string => {
    try {
      targetNamed('ml2-ovs').compile(topologyOf(refused));
      return 'accepted';
    } catch (error) {
      return formatError(error);
    }
  };
  expect(refusal(trunk)).toMatchInlineSnapshot(`
    "ND_TARGET_CANNOT: target ml2-ovs cannot do bandwidth_limit in trunks
      expected: a document without ports.own
      try: netdojo validate checks such documents all the same"
  `);
  const unfiltered = { ...trunk, qos_policies: { gold: {} } };
  expect(refusal(unfiltered)).toBe('accepted');
  expect(refusal({ ...unfiltered, options: { firewall_driver: 'iptables_hybrid' } })).toMatchInlineSnapshot(`
    "ND_TARGET_CANNOT: target ml2-ovs cannot do trunks with firewall_driver iptables_hybrid
      expected: a document without trunks.vnf
      try: netdojo validate checks such documents all the same"
  `);
});
