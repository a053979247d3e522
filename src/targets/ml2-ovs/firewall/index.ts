import type { Topology } from '../../../topology/topology.ts';
import type { AgentHost } from '../bindings.ts';
import type { NodeBuilder } from '../node.ts';
import type { Pools } from '../pools.ts';
import { portSecurity } from '../port-security.ts';
import { hybridFirewall } from './hybrid.ts';
import { openFlowFirewall } from './openvswitch.ts';

/** What the chosen firewall driver does on one host. */
export const firewall = (node: NodeBuilder, topology: Topology, here: AgentHost, pools: Pools): void => {
  if (topology.options.firewall_driver === 'openvswitch') {
    openFlowFirewall(node.flows, topology, here, pools);
    return;
  }
  // These two leave ARP to the agent itself.
  for (const bound of here.ports) if (bound.active) portSecurity(node.flows, bound);
  if (topology.options.firewall_driver === 'iptables_hybrid') hybridFirewall(node, topology, here, pools);
};
