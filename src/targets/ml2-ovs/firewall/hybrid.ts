/**
 * The security group driver `iptables_hybrid` of Neutron: chains in the host's own namespace, which see what passes the
 * Linux bridges between taps and br-int (neutron/agent/linux/iptables_firewall.py, ipset_manager.py).
 */
import type { NetfilterChainState, Owner } from '../../../state/types.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { AgentHost, GuestPort } from '../bindings.ts';
import { infrastructure } from '../flow-set.ts';
import { hybridNames } from '../names.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
import type { Pool, Pools } from '../pools.ts';
import {
  type ChainRule,
  chainOf,
  comment,
  egressChain,
  type Family,
  ingressChain,
  isStateful,
  spoofChain,
  WRAP,
} from './hybrid-chains.ts';
import { setName } from './hybrid-rules.ts';
import { membersOf } from './members.ts';
import { rulesOf } from './rules.ts';

/** ZONE_START of ip_conntrack.py: below are the zones that others use for VLAN ids. */
const ZONES = { first: 4097, last: 65_535 };

/** A zone for each port of a host, so that equal addresses on two networks do not meet. */
export const zonePool = (host: string): string => `ml2-ovs/ct-zone/${host}`;

const PLUMBING = infrastructure('iptables', 'chains of the OVS agent');

/** Bridged packets go through iptables, which the driver asks for (_check_netfilter_for_bridges). */
const BRIDGE_NETFILTER = {
  'net/bridge/bridge-nf-call-arptables': '1',
  'net/bridge/bridge-nf-call-iptables': '1',
  'net/bridge/bridge-nf-call-ip6tables': '1',
};

export const hybridFirewall = (
  node: NodeBuilder,
  topology: Topology,
  here: AgentHost,
  pools: Pools,
): void => {
  const ports = here.ports
    .filter((bound): bound is GuestPort => bound.holder === 'server' && bound.active)
    // In the order of their ids, as the agent does it to have the same order at each start.
    .toSorted((a, b) => (a.port.id < b.port.id ? -1 : 1));
  const filtered = ports.filter(({ port }) => port.port_security_enabled);
  const unfiltered = ports.filter(({ port }) => !port.port_security_enabled);
  const zones = pools.pool(zonePool(here.name), ZONES);
  node.root.sysctls(BRIDGE_NETFILTER);
  for (const family of ['ipv4', 'ipv6'] as const) {
    commonChains(node.root, family);
    for (const bound of filtered) portChains(node.root, topology, family, bound, zones);
    append(node.root, family, 'filter', 'sg-chain', '-j ACCEPT', PLUMBING);
    for (const bound of unfiltered) unfilteredPort(node.root, family, bound);
  }
  if (topology.options.ipset) memberSets(node.root, topology, filtered);
};

const append = (
  root: NamespaceBuilder,
  family: Family,
  table: NetfilterChainState['table'],
  chain: string,
  text: string,
  owner: Owner,
): void => root.netfilter({ family, table, chain: `${WRAP}-${chain}` }, text, owner);

/** Chains that the agent makes at its start (IptablesManager.__init__, _add_fallback_chain_v4v6). */
const commonChains = (root: NamespaceBuilder, family: Family): void => {
  const own = (table: 'raw' | 'filter', chain: string) =>
    root.chain({ family, table, chain: `${WRAP}-${chain}` });
  const jump = (table: 'raw' | 'filter', chain: string, to: string) => {
    root.chain({ family, table, chain, policy: 'ACCEPT' });
    root.netfilter({ family, table, chain }, `-j ${to}`, PLUMBING);
  };
  for (const chain of ['PREROUTING', 'OUTPUT']) {
    own('raw', chain);
    jump('raw', chain, `${WRAP}-${chain}`);
  }
  root.chain({ family, table: 'filter', chain: 'neutron-filter-top' });
  for (const chain of ['INPUT', 'FORWARD', 'OUTPUT', 'local', 'sg-chain', 'sg-fallback'])
    own('filter', chain);
  jump('filter', 'INPUT', `${WRAP}-INPUT`);
  for (const chain of ['FORWARD', 'OUTPUT']) {
    jump('filter', chain, 'neutron-filter-top');
    jump('filter', chain, `${WRAP}-${chain}`);
  }
  root.netfilter({ family, table: 'filter', chain: 'neutron-filter-top' }, `-j ${WRAP}-local`, PLUMBING);
  const drop = `${comment('Default drop rule for unmatched traffic.')} -j DROP`;
  const owner = infrastructure('iptables', 'no security group rule allows it');
  append(root, family, 'filter', 'sg-fallback', drop, owner);
};

const portChains = (
  root: NamespaceBuilder,
  topology: Topology,
  family: Family,
  { port, tap }: GuestPort,
  zones: Pool,
): void => {
  const owner: Owner = { kind: 'port', name: port.name, purpose: `what ${port.name} sends and gets` };
  const { qvb } = hybridNames(port.id);
  const track = isStateful(topology, port)
    ? `${comment(`Set zone for ${port.id}`)} -j CT --zone ${zones.take(port.name)}`
    : `${comment(`Make ${port.id} stateless`)} -j CT --notrack`;
  for (const from of [`-m physdev --physdev-in ${qvb}`, `-i ${qvb}`, `-m physdev --physdev-in ${tap}`])
    append(root, family, 'raw', 'PREROUTING', `${from} ${track}`, owner);

  const toGroups = `${comment('Direct traffic from the VM interface to the security group chain.')} -j ${WRAP}-sg-chain`;
  const toPort = comment('Jump to the VM specific chain.');
  const from = `-m physdev --physdev-in ${tap} --physdev-is-bridged`;
  const to = `-m physdev --physdev-out ${tap} --physdev-is-bridged`;
  const [ingress, egress, spoof] = [chainOf('i', port), chainOf('o', port), chainOf('s', port)];
  append(root, family, 'filter', 'FORWARD', `${to} ${toGroups}`, owner);
  append(root, family, 'filter', 'FORWARD', `${from} ${toGroups}`, owner);
  append(root, family, 'filter', 'sg-chain', `${to} ${toPort} -j ${ingress}`, owner);
  append(root, family, 'filter', 'sg-chain', `${from} ${toPort} -j ${egress}`, owner);
  const input = comment('Direct incoming traffic from VM to the security group chain.');
  append(root, family, 'filter', 'INPUT', `${from} ${input} -j ${egress}`, owner);

  const fill = (chain: string, rules: readonly ChainRule[]): void => {
    root.chain({ family, table: 'filter', chain });
    for (const { text, owner: by } of rules) root.netfilter({ family, table: 'filter', chain }, text, by);
  };
  fill(ingress, ingressChain(topology, port, family));
  fill(egress, egressChain(topology, port, family));
  const pairs = spoofChain(port, family);
  if (pairs.length > 0) fill(spoof, pairs);
};

const unfilteredPort = (root: NamespaceBuilder, family: Family, { port, tap }: GuestPort): void => {
  const accept = `--physdev-is-bridged ${comment('Accept all packets when port security is disabled.')} -j ACCEPT`;
  const owner: Owner = {
    kind: 'port',
    name: port.name,
    purpose: `${port.name} is not filtered: it has no port security`,
  };
  append(root, family, 'filter', 'FORWARD', `-m physdev --physdev-out ${tap} ${accept}`, owner);
  append(root, family, 'filter', 'FORWARD', `-m physdev --physdev-in ${tap} ${accept}`, owner);
  append(root, family, 'filter', 'INPUT', `-m physdev --physdev-in ${tap} ${accept}`, owner);
};

/** A set for each group that a rule of a port here names. */
const memberSets = (root: NamespaceBuilder, topology: Topology, ports: readonly GuestPort[]): void => {
  for (const { port } of ports) {
    for (const { remote_group, ethertype } of rulesOf(topology, port)) {
      const group = remote_group === null ? undefined : topology.security_groups[remote_group];
      if (group === undefined) continue;
      root.ipset({
        name: setName(group.id, ethertype),
        type: 'hash:net',
        family: ethertype === 'IPv6' ? 'inet6' : 'inet',
        members: [
          ...new Set(
            membersOf(topology, group.name, ethertype).flatMap(({ ip_address }) => setMembers(ip_address)),
          ),
        ].toSorted(),
        owner: {
          kind: 'security_group',
          name: group.name,
          purpose: `addresses of the ports in security group ${group.name}`,
        },
      });
    }
  }
};

/** A set takes no prefix of length 0 (_sanitize_addresses of ipset_manager.py). */
const setMembers = (address: string): string[] => {
  if (!address.endsWith('/0')) return [address];
  return address.includes(':') ? ['::/1', '8000::/1'] : ['0.0.0.0/1', '128.0.0.0/1'];
};
