import type { Target } from '../target.ts';
import { assertSupported } from '../unsupported.ts';
import { compile } from './compile.ts';
import { effects } from './effects.ts';
import { activeSigns } from './l3/active-signs.ts';

/**
 * The reference implementation of Neutron: ML2 with the openvswitch mechanism driver and its L2 agent, as flows and
 * ports without the agent itself. Facts come from Neutron's source as of 2026.
 */
export const ml2Ovs: Target = {
  name: 'ml2-ovs',
  capabilities: [
    'flat',
    'vlan',
    'vxlan',
    'gre',
    'local',
    'l2_population',
    'arp_responder',
    'dead_vlan',
    'port_security_spoofing',
    'security_groups',
    'firewall_driver openvswitch',
    'firewall_driver iptables_hybrid',
    'baremetal',
    'tagged interfaces of hosts',
    'routers',
    'routers with ha',
    'distributed routers',
    'floatingips',
    'port_forwardings',
    'dhcp',
    'metadata',
    'loadbalancers',
    'trunks',
    'qos_policies',
    'firewalls',
    'firewall_groups',
    'live_migration',
    'hierarchical port binding',
  ],
  compile: (topology, previous) => {
    assertSupported(ml2Ovs, topology);
    return compile(topology, previous);
  },
  effects,
  activeSigns,
};
