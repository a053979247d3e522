import { expect, test } from 'vitest';
import { type CloudState, diff } from '../state/index.ts';
import { targetNamed } from '../targets/index.ts';
import { type CloudDocumentInput, loadCloud, type Topology } from '../topology/index.ts';
import { begun, withoutSilent } from './silent-hosts.ts';

const target = targetNamed('ml2-ovs');

/** Distributed routers that network1 holds because it serves DHCP, while its agents report and when they do not. */
const cloud = (routers: readonly string[], alive: boolean): Promise<Topology> => {
  const on = (network: string): [string, object][] => [
    [network, { 'provider:network_type': 'vxlan', dhcp_agents: ['network1'] }],
  ];
  const document: CloudDocumentInput = {
    cloud: 'silent',
    underlay: 'neutron-distributed',
    networks: {
      public: {
        'router:external': true,
        'provider:network_type': 'flat',
        'provider:physical_network': 'external',
      },
      ...Object.fromEntries(routers.flatMap(on)),
    },
    subnets: {
      'public-v4': { network: 'public', cidr: '203.0.113.0/24' },
      ...Object.fromEntries(
        routers.map((name, at) => [
          `${name}-v4`,
          { network: name, cidr: `10.0.${at}.0/24`, enable_dhcp: true },
        ]),
      ),
    },
    routers: Object.fromEntries(
      routers.map((name) => [
        name,
        {
          distributed: true,
          hosts: ['network2'],
          external_gateway_info: { network: 'public' },
          interfaces: [`${name}-v4`],
        },
      ]),
    ),
    agents: alive ? {} : { network1: { alive: false } },
  };
  return loadCloud(document);
};

test.for<[string, readonly string[], readonly string[]]>([
  ['comes', ['red'], ['red', 'blue']],
  ['goes', ['red', 'blue'], ['red']],
])('a router that %s changes nothing on a silent host, not even a cable inside', async ([, from, to]) => {
  const before = target.compile(await cloud(from, true));
  const topology = await cloud(to, false);
  const after = withoutSilent(topology, before, target.compile(topology, before.allocations));
  const changed = diff(before.state, after.state).map((change) =>
    change.part === 'wires' ? change.key : change.node,
  );
  expect(changed.filter((place) => place.includes('network1'))).toEqual([]);
  expect(changed.filter((place) => place.includes('network2'))).not.toEqual([]);
});

test('a host that is silent from the start has bridges and cables to others, until its agents report', async () => {
  const compiled = target.compile(await cloud(['red'], true));
  const { state } = begun({ silent_hosts: ['network1'] }, compiled);
  const { namespaces = {}, bridges = {}, ports = {}, flows, processes } = state.nodes['network1'] ?? {};
  expect(Object.keys(namespaces)).toEqual(['']);
  expect(bridges).toEqual(compiled.state.nodes['network1']?.bridges);
  expect(Object.keys(ports).filter((name) => !(name in bridges))).toEqual([]);
  expect([flows, processes]).toEqual([{}, {}]);
  const elsewhere = (of: CloudState) => ({
    nodes: { ...of.nodes, network1: undefined },
    cables: Object.values(of.wires).filter(({ kind }) => kind === 'underlay'),
  });
  expect(elsewhere(state)).toEqual(elsewhere(compiled.state));
  expect(Object.keys(state.wires).filter((key) => key.startsWith('plug:network1'))).toEqual([]);
});
