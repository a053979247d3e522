/**
 * Hierarchical port binding (Neutron's specification ml2-hierarchical-port-binding): a network's own segment is VXLAN,
 * but the VXLAN tunnel begins at a host's top-of-rack switch, and the host is bound to a second segment, a VLAN of the
 * rack's physical network that is chosen when a port is first bound there.
 */
import { physicalNetwork } from './mtu.ts';
import type { DeclaredPort } from './ports.ts';
import type { CloudDocument } from './schema.ts';
import { vlanRange } from './segmentation.ts';
import type { Allocations, Network, Underlay, UnderlayNetwork } from './topology.ts';

export interface Rack {
  /** What carries VLANs between the rack's hosts and its switch. */
  readonly network: UnderlayNetwork;
  /** The switch, by name, and its address as a tunnel endpoint. */
  readonly vtep: string;
  readonly local_ip: string;
}

/** The rack that a host is in: a VLAN network of it leads to a switch that is a tunnel endpoint. */
export function rackOf({ hosts, links, networks }: Underlay, host: string): Rack | undefined {
  for (const { ends } of links) {
    const own = ends.find((end) => end.host === host);
    const far = ends.find((end) => end.host !== host);
    const peer = far && hosts[far.host];
    const network = networks[own?.networks[0] ?? ''];
    if (peer?.role !== 'switch' || peer.local_ip === undefined || network?.physical_network === undefined)
      continue;
    if (network.type === 'vlan') return { network, vtep: peer.name, local_ip: peer.local_ip };
  }
  return undefined;
}

/** Every rack once. */
export function racksOf(underlay: Underlay): Rack[] {
  const racks = Object.keys(underlay.hosts).flatMap((host) => rackOf(underlay, host) ?? []);
  return [...new Map(racks.map((rack) => [rack.network.name, rack])).values()];
}

/** A VXLAN network reaches a host without a tunnel endpoint by its rack. */
export function reachesByRack(underlay: Underlay, host: string, type: string): boolean {
  return (
    type === 'vxlan' && underlay.hosts[host]?.local_ip === undefined && rackOf(underlay, host) !== undefined
  );
}

/** The network as a host is bound to it: its bottom segment (PortContext.bottom_bound_segment). */
export function bottomSegment(underlay: Underlay, network: Network, host: string): Network {
  if (!reachesByRack(underlay, host, network['provider:network_type'])) return network;
  const physical = rackOf(underlay, host)?.network.physical_network ?? '';
  const vlan = network.dynamic_segments?.[physical];
  if (vlan === undefined) return network;
  return {
    ...network,
    'provider:network_type': 'vlan',
    'provider:physical_network': physical,
    'provider:segmentation_id': vlan,
  };
}

/**
 * VLAN ids of networks in racks (allocate_dynamic_segment of ml2/managers.py): one for each rack in which a port of the
 * network is bound. Those of before are kept.
 */
export function allocateDynamicSegments(
  document: CloudDocument,
  underlay: Underlay,
  ports: readonly DeclaredPort[],
  previous: Allocations,
): Record<string, Record<string, number>> {
  const chosen: Record<string, Record<string, number>> = {};
  const before = previous['dynamic_segment'] ?? {};
  const wanted = new Map<string, { network: string; physical: string }>();
  for (const { network, host } of ports) {
    const type = document.networks[network]?.['provider:network_type'];
    if (host === undefined || type === undefined || !reachesByRack(underlay, host, type)) continue;
    const physical = rackOf(underlay, host)?.network.physical_network ?? '';
    wanted.set(`${network} ${physical}`, { network, physical });
  }
  const used = new Map<string, Set<number>>();
  const usedOn = (physical: string): Set<number> => {
    const ids =
      used.get(physical) ??
      new Set(
        Object.values(document.networks).flatMap((one) =>
          one['provider:physical_network'] === physical ? (one['provider:segmentation_id'] ?? []) : [],
        ),
      );
    used.set(physical, ids);
    return ids;
  };
  const take = (network: string, physical: string, id: number): void => {
    usedOn(physical).add(id);
    chosen[network] = { ...chosen[network], [physical]: id };
  };
  for (const [key, { network, physical }] of wanted) {
    const id = before[key];
    if (id !== undefined && !usedOn(physical).has(Number(id))) take(network, physical, Number(id));
  }
  for (const { network, physical } of wanted.values()) {
    if (chosen[network]?.[physical] !== undefined) continue;
    const free = (physicalNetwork(underlay, physical)?.network_vlan_ranges ?? [])
      .map(vlanRange)
      .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
      .find((id) => !usedOn(physical).has(id));
    if (free !== undefined) take(network, physical, free);
  }
  return chosen;
}

/** As they are remembered: by network and physical network. */
export const dynamicAllocations = (
  segments: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(segments).flatMap(([network, ids]) =>
      Object.entries(ids).map(([physical, id]) => [`${network} ${physical}`, id]),
    ),
  );
