/** Which ports distributed routers look after, by their device_owner (is_dvr_serviced of neutron/common/utils.py). */
import { isCentralFloatingIp } from '../../../topology/distributed.ts';
import type { DeviceOwner, FloatingIp, Router, Topology } from '../../../topology/topology.ts';

/** With what is central of a router itself. */
export const SERVED_OWNERS: ReadonlySet<DeviceOwner> = new Set([
  'compute:nova',
  'network:dhcp',
  'network:router_centralized_snat',
  'neutron:LOADBALANCER',
  'neutron:LOADBALANCERV2',
  'trunk:subport',
]);

/** Ports of routers, whose addresses are in many places, or belong to the router itself (ROUTER_INTERFACE_OWNERS). */
export const MOVING_OWNERS: ReadonlySet<DeviceOwner> = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:router_centralized_snat',
  'network:ha_router_replicated_interface',
]);

/** Floating IPs of a router that are translated on a host. */
export const localFloatingIps = (topology: Topology, router: Router, host: string): FloatingIp[] =>
  Object.values(topology.floatingips).filter(
    (one) =>
      one.router === router.name &&
      one.port !== undefined &&
      topology.ports[one.port]?.['binding:host_id'] === host &&
      !isCentralFloatingIp(topology, one),
  );

/** An address, also one written as a network of one (is_cidr_host of neutron/common/utils.py); none of a larger network. */
export function hostAddress(pair: string): string | undefined {
  const [address, prefix] = pair.split('/');
  const whole = pair.includes(':') ? '128' : '32';
  return prefix === undefined || prefix === whole ? address : undefined;
}
