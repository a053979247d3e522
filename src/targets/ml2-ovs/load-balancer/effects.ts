import type { LoadBalancer, Topology } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { balancerNamespace, tapName } from '../names.ts';
import { isDeployed } from './balancer.ts';

/**
 * A VIP that is new, or elsewhere than it was, is announced: _plug of the haproxy namespace driver, which does so for
 * the router's sake and hence only where the subnet has a gateway.
 */
export const balancerEffects = (before: Topology, after: Topology): Effect[] =>
  Object.values(after.loadbalancers).flatMap((balancer): Effect[] => {
    const earlier = before.loadbalancers[balancer.name];
    const place = placeOf(after, balancer);
    if (place === undefined || (earlier !== undefined && placeOf(before, earlier) === place)) return [];
    const { id, mac_address = '' } = after.ports[balancer.vip_port] ?? {};
    const subnet = after.subnets[balancer.vip_subnet];
    if (id === undefined || subnet?.ip_version !== 4 || subnet.gateway_ip === null) return [];
    return [
      {
        kind: 'announce',
        node: balancer.host,
        namespace: balancerNamespace(balancer.id),
        device: tapName(id),
        mac_address,
        ip_address: balancer.vip_address,
        because: `the VIP of load balancer ${balancer.name} is on host ${balancer.host}`,
      },
    ];
  });

/** Where the VIP answers; undefined while it does not. */
const placeOf = (topology: Topology, balancer: LoadBalancer): string | undefined =>
  isDeployed(balancer)
    ? [balancer.host, balancer.id, balancer.vip_address, topology.ports[balancer.vip_port]?.mac_address].join(
        ' ',
      )
    : undefined;
