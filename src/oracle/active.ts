/**
 * Routers with ha as they are at the moment. VRRP decides which host is active, no document does; that host alone
 * speaks by the router's ports and answers for its addresses (RFC 5798, 6.4; Neutron's guide "High availability using
 * VRRP"). The others hold the same ports and say nothing.
 */
import { routerOfReplica } from '../topology/replicas.ts';
import type { Port, Topology } from '../topology/topology.ts';

/** Host by router. */
export type ActiveRouters = Readonly<Record<string, string>>;

/** One topology is asked about many packets. */
const cache = new WeakMap<Topology, Map<string, Topology>>();

/** The topology with its ports bound where they are active, as Neutron binds them once it has heard of it. */
export function atPresent(topology: Topology, active: ActiveRouters = {}): Topology {
  const key = JSON.stringify(active);
  const known = cache.get(topology) ?? new Map<string, Topology>();
  cache.set(topology, known);
  const found = known.get(key) ?? bound(topology, active);
  known.set(key, found);
  return found;
}

function bound(topology: Topology, active: ActiveRouters): Topology {
  const moved = Object.entries(topology.ports).flatMap(([name, port]): [string, Port][] => {
    const router = routerOfReplica(topology, port);
    const host = router && active[router.name];
    if (host === undefined || host === port['binding:host_id'] || !router?.hosts.includes(host)) return [];
    return [[name, { ...port, 'binding:host_id': host }]];
  });
  if (moved.length === 0) return topology;
  return { ...topology, ports: { ...topology.ports, ...Object.fromEntries(moved) } };
}
