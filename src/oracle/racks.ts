/**
 * How a frame goes from rack to rack: as a VLAN of its rack to the top-of-rack switch, from there in VXLAN to the other
 * rack's switch, and on as a VLAN of that rack. Source: Neutron's specification of hierarchical port binding, RFC 7348.
 */
import { racksOf } from '../topology/racks.ts';
import type { Topology } from '../topology/topology.ts';
import type { Wear } from './hops.ts';
import { agentHosts, type Seat, tunnelNetwork } from './seats.ts';
import { type Crossing, type Flood, floodFrom, pathBetween } from './underlay-paths.ts';

/** A stretch of the way with what frames wear there. */
interface Stretch {
  readonly path: readonly Crossing[];
  readonly wear: Wear;
}

/** Racks beside the sender's own that have ports of the network. */
export interface FarRack {
  readonly name: string;
  /** From switch to switch. */
  readonly between: Stretch;
  /** From the far switch to each of its hosts. */
  readonly within: readonly Flood[];
  readonly wear: Wear;
}

/** The sender's top-of-rack switch, if its network is carried between racks. */
export const switchOf = (topology: Topology, { network, port }: Seat): string | undefined =>
  topology.networks[port.network]?.dynamic_segments === undefined
    ? undefined
    : racksOf(topology.underlay).find(
        (rack) => rack.network.physical_network === network['provider:physical_network'],
      )?.vtep;

export function farRacks(topology: Topology, sender: Seat): FarRack[] {
  const { underlay } = topology;
  const network = topology.networks[sender.port.network];
  const own = switchOf(topology, sender);
  const tunnel = tunnelNetwork(underlay);
  const racks = racksOf(underlay);
  const here = racks.find(({ vtep }) => vtep === own);
  if (!network?.dynamic_segments || !here || !tunnel) return [];
  return racks.flatMap((rack): FarRack[] => {
    const vlan = network.dynamic_segments?.[rack.network.physical_network ?? ''];
    if (rack.vtep === own || vlan === undefined) return [];
    const outer: Wear = ({ trunk }) => ({
      vlan: null,
      tunnel: {
        type: 'vxlan',
        id: network['provider:segmentation_id'] ?? 0,
        src_ip: here.local_ip,
        dst_ip: rack.local_ip,
        dst_port: 4789,
        df: true,
        vlan: trunk ? tunnel.switchVlan : null,
      },
    });
    const within = floodFrom(underlay, rack.vtep, { network: rack.network, vlan });
    return [
      {
        name: rack.vtep,
        between: { path: pathBetween(underlay, here.vtep, rack.vtep, { network: tunnel }), wear: outer },
        within: within.filter(({ to }) => agentHosts(underlay).includes(to.host)),
        wear: () => ({ tunnel: null, vlan }),
      },
    ];
  });
}
