/**
 * Hierarchical port binding (Neutron's specification ml2-hierarchical-port-binding): a network's own segment is VXLAN,
 * but the VXLAN tunnel begins at a host's top-of-rack switch, and the host is bound to a second segment, a VLAN of the
 * rack's physical network that is chosen when a port is first bound there.
 */
import type { Network, Underlay, UnderlayNetwork } from './topology.ts';

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
