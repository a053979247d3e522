/** The exact text of what can be wrong with distributed routers, and with the agents that hold routers. */
import { expect, test } from 'vitest';
import { cloudError } from '../testing/errors.ts';

/** A cloud on an underlay whose computers are on the external network, or on one where they are not. */
const error = (
  { router = '', options = '', network = '' },
  underlay = 'neutron-distributed',
): Promise<string> =>
  cloudError(`cloud: test
underlay: ${underlay}
options: { ${options} }
networks:
  public: { provider:network_type: flat, provider:physical_network: external, router:external: true }
  red: { ${network} }
subnets:
  public-v4: { network: public, cidr: 203.0.113.0/24 }
  red-v4: { network: red, cidr: 10.0.1.0/24 }
routers:
  r1: { external_gateway_info: { network: public }, interfaces: [red-v4], ${router} }
servers:
  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.11 }] }
`);

const distributed = 'distributed: true';

test('a distributed router without mistakes', async () => {
  expect(await error({ router: distributed })).toBe('');
});

test('a host of a distributed router that is not on the external network', async () => {
  expect(await error({ router: distributed }, 'demo-cluster')).toMatchInlineSnapshot(`
    "ND_HOST_NO_PHYSICAL_NETWORK: router "r1" (agent_mode dvr) on network "public" (flat) is on host "compute1", which has no interface on physical network "external"
      at cloud.yaml:11:88
      expected: a host with an interface on underlay network "external""
  `);
  const options = 'l3_agent_modes: { compute1: dvr_no_external, compute2: dvr_no_external }';
  expect(await error({ router: distributed, options }, 'demo-cluster')).toBe('');
});

test('a mode of an agent on a host that is not there, or that has none', async () => {
  expect(await error({ options: 'l3_agent_modes: { compute9: dvr }' })).toMatchInlineSnapshot(`
    "ND_L3_AGENT_MODE: there is no host "compute9" that could have an L3 agent
      at cloud.yaml:3:30
      expected: one of network1, network2, compute1, compute2, compute3"
  `);
  expect(await error({ options: 'l3_agent_modes: { controller: legacy }' })).toMatchInlineSnapshot(`
    "ND_L3_AGENT_MODE: host "controller" has the role controller and no L3 agent
      at cloud.yaml:3:30
      expected: one of network1, network2, compute1, compute2, compute3"
  `);
});

test('a server of a distributed router on a host whose agent knows none', async () => {
  const options = 'l3_agent_modes: { compute1: legacy }';
  expect(await error({ router: distributed, options })).toMatchInlineSnapshot(`
    "ND_L3_AGENT_MODE: server "web1" is on host "compute1", whose L3 agent in mode legacy holds nothing of distributed router "r1"
      at cloud.yaml:3:40
      expected: dvr, dvr_snat or dvr_no_external"
  `);
});

test('what is central of a distributed router on a host whose agent does not take it', async () => {
  const options = 'l3_agent_modes: { network1: dvr }';
  expect(await error({ router: `${distributed}, hosts: [network1]`, options })).toMatchInlineSnapshot(`
    "ND_L3_AGENT_MODE: what is central of router "r1" is on host "network1", whose L3 agent is not in mode dvr_snat
      at cloud.yaml:11:101
      expected: network2"
  `);
  expect(await error({ router: `${distributed}, hosts: [compute2]` })).toMatchInlineSnapshot(`
    "ND_HOST_ROLE: router "r1" is on host "compute2", which has the role compute
      at cloud.yaml:11:102
      expected: one of network1, network2"
  `);
});

test('a central router on a host whose agent holds distributed ones only', async () => {
  const options = 'l3_agent_modes: { network2: dvr }';
  expect(await error({ router: 'hosts: [network2]', options })).toMatchInlineSnapshot(`
    "ND_L3_AGENT_MODE: router "r1" is on host "network2", whose L3 agent in mode dvr holds distributed routers only
      at cloud.yaml:3:40
      expected: legacy or dvr_snat"
  `);
});

test('what Juno had not', async () => {
  const network = 'provider:network_type: vlan, provider:physical_network: physnet1';
  expect(await error({ router: distributed, options: 'release: juno', network })).toMatchInlineSnapshot(`
    "ND_RELEASE: router "r1" is distributed and on network "red" (vlan): at Juno they route between tunnelled networks only
      at cloud.yaml:11:88
      expected: networks of type vxlan or gre, or a later release"
  `);
  const options = 'release: juno, l3_agent_modes: { compute1: dvr_no_external }';
  expect(await error({ router: distributed, options })).toMatchInlineSnapshot(`
    "ND_RELEASE: release juno has no agent_mode dvr_no_external
      at cloud.yaml:3:55
      expected: dvr, dvr_snat or legacy"
  `);
  expect(await error({ options: 'release: juno, firewall_driver: openvswitch' })).toMatchInlineSnapshot(`
    "ND_RELEASE: release juno has no firewall_driver openvswitch
      at cloud.yaml:3:44
      expected: iptables_hybrid or noop, or a later release"
  `);
});
