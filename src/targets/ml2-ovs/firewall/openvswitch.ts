/** The security group driver `openvswitch` of Neutron: neutron/agent/linux/openvswitch_firewall. */
import type { Topology } from '../../../topology/topology.ts';
import type { AgentHost, BoundPort } from '../bindings.ts';
import type { FlowSet } from '../flow-set.ts';
import type { Pools } from '../pools.ts';
import { allowedMacs } from './addresses.ts';
import {
  baseEgress,
  baseIngress,
  classify,
  type FilteredPort,
  firewallDefaults,
  tracked,
  unfilteredPort,
} from './base-flows.ts';
import { conjunctionPool } from './conjunctions.ts';
import { Conjunctions, plainRule } from './rule-flows.ts';
import { rulesOf } from './rules.ts';

/** All flows of the firewall on br-int of one host. */
export const openFlowFirewall = (flows: FlowSet, topology: Topology, here: AgentHost, pools: Pools): void => {
  firewallDefaults(flows);
  const conjunctions = new Conjunctions(conjunctionPool(pools, here.name));
  const ports = here.ports.filter(({ active }) => active);
  const holders = macHolders(ports);
  for (const bound of ports) {
    const { port, ofport, network } = bound;
    const filtered: FilteredPort = { port, ofport, vlan: vlanOf(here, bound) };
    if (!port.port_security_enabled) {
      unfilteredPort(flows, filtered);
      continue;
    }
    const macs = allowedMacs(port).filter((mac) => holders.get(`${network.name} ${mac}`) === bound);
    classify(flows, filtered, macs, segmentOf(bound));
    baseEgress(flows, filtered);
    baseIngress(flows, filtered);
    tracked(flows, 'egress', filtered);
    tracked(flows, 'ingress', filtered);
    const rules = rulesOf(topology, port);
    for (const rule of rules) if (rule.remote_group === null) plainRule(flows, filtered, rule);
    conjunctions.add(flows, filtered, rules);
  }
  conjunctions.addMembers(flows, topology);
};

const vlanOf = (here: AgentHost, { network }: BoundPort): number => here.localVlans.get(network.name) ?? 0;

/** What a physical network calls the port's network; the driver looks for its frames too. */
const segmentOf = ({ network }: BoundPort): number | 'none' | undefined => {
  if (network['provider:network_type'] === 'flat') return 'none';
  return network['provider:network_type'] === 'vlan' ? network['provider:segmentation_id'] : undefined;
};

/**
 * Which filtered port of a network gets the frames for a MAC address. Two ports can share one by allowed address pairs;
 * the driver then keeps the flow that it wrote last. A port's own address stays its own here.
 */
const macHolders = (ports: readonly BoundPort[]): ReadonlyMap<string, BoundPort> => {
  const filtered = ports.filter(({ port }) => port.port_security_enabled);
  const holders = new Map<string, BoundPort>();
  for (const bound of filtered)
    for (const mac of allowedMacs(bound.port)) holders.set(`${bound.network.name} ${mac}`, bound);
  for (const bound of filtered) holders.set(`${bound.network.name} ${bound.port.mac_address}`, bound);
  return holders;
};
