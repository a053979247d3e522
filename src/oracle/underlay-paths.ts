/** The ways of the underlay: hosts at the ends, switches between them. Its cables form a tree in each network. */
import type { Underlay, UnderlayInterface, UnderlayNetwork } from '../topology/topology.ts';

/** One crossing of one cable. */
export interface Crossing {
  readonly from: UnderlayInterface;
  readonly to: UnderlayInterface;
  /** Both ends are switches: the cable carries several networks, each with its tag. */
  readonly trunk: boolean;
}

/** A crossing and all that follow from it where a switch sends copies everywhere. */
export interface Flood extends Crossing {
  readonly next: readonly Flood[];
}

/** What travels on a physical network: frames of one VLAN of it, or those without. */
export interface Lane {
  readonly network: UnderlayNetwork;
  readonly vlan?: number;
}

/** The cables by which a node sends frames of a network. */
export function crossingsFrom(underlay: Underlay, node: string, network: UnderlayNetwork): Crossing[] {
  const isSwitch = (host: string): boolean => underlay.hosts[host]?.role === 'switch';
  return underlay.links.flatMap(({ ends }) => {
    if (!ends.some(({ networks }) => networks.includes(network.name))) return [];
    const [first, second] = ends;
    // A switch that ends tunnels is a host on the cable over which it sends them.
    const trunk = ends.every((end) => isSwitch(end.host) && end.address === undefined);
    if (first.host === node) return [{ from: first, to: second, trunk }];
    return second.host === node ? [{ from: second, to: first, trunk }] : [];
  });
}

/** Bare metal is on an access port: it hears one VLAN, or what has none. Every other cable carries them all. */
function carries(underlay: Underlay, { from, to }: Crossing, { vlan }: Lane): boolean {
  return [from, to].every((end) => underlay.hosts[end.host]?.role !== 'baremetal' || end.vlan === vlan);
}

/** An access port takes the tag off. */
export const isAccess = ({ from, to }: Crossing): boolean => from.vlan !== undefined || to.vlan !== undefined;

/**
 * All cables that a frame crosses which every switch floods, as trees from the host's own cables on. A ring, which no
 * checked document has, is followed once.
 */
export function floodFrom(underlay: Underlay, host: string, lane: Lane, device?: string): Flood[] {
  const spread = (node: string, visited: ReadonlySet<string>): Flood[] =>
    crossingsFrom(underlay, node, lane.network)
      .filter((crossing) => !visited.has(crossing.to.host) && carries(underlay, crossing, lane))
      .map((crossing) => {
        const { host: there } = crossing.to;
        const onward = underlay.hosts[there]?.role === 'switch';
        return { ...crossing, next: onward ? spread(there, new Set([...visited, there])) : [] };
      });
  return spread(host, new Set([host])).filter(({ from }) => device === undefined || from.device === device);
}

/** The cables between two hosts, in order; empty where there is no way. */
export function pathBetween(underlay: Underlay, from: string, to: string, lane: Lane): Crossing[] {
  const find = (floods: readonly Flood[]): Crossing[] | undefined => {
    for (const flood of floods) {
      if (flood.to.host === to) return [flood];
      const rest = find(flood.next);
      if (rest) return [flood, ...rest];
    }
    return undefined;
  };
  return find(floodFrom(underlay, from, lane)) ?? [];
}
