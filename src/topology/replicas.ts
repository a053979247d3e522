/** Ports of routers with ha: all their hosts have them plugged in, and one of them speaks by them at a time. */
import type { Port, Topology } from './topology.ts';

const REPLICATED: ReadonlySet<Port['device_owner']> = new Set([
  'network:ha_router_replicated_interface',
  'network:router_gateway',
  'network:router_centralized_snat',
]);

/**
 * Hosts that have a port plugged in: the one that it is bound to, or all that hold its router; that one first. Of a
 * distributed router's interface all that route.
 */
export function hostsOfPort({ routers }: Pick<Topology, 'routers'>, port: Port): readonly string[] {
  if (port.device_owner === 'network:router_interface_distributed')
    return routers[port.owner?.name ?? '']?.distributed_hosts ?? [];
  const bound = port['binding:host_id'];
  if (bound === undefined) return [];
  const router = routerOfReplica({ routers }, port);
  return router === undefined ? [bound] : [bound, ...router.hosts.filter((host) => host !== bound)];
}

/** The router with ha whose hosts all have the port, if there is one. */
export function routerOfReplica(
  { routers }: Pick<Topology, 'routers'>,
  { owner, device_owner }: Port,
): Topology['routers'][string] | undefined {
  if (owner?.kind !== 'router' || !REPLICATED.has(device_owner)) return undefined;
  const router = routers[owner.name];
  return router?.ha ? router : undefined;
}
