/** What a frame wears on the cables of the underlay: a tunnel's headers, a VLAN's tag, or nothing. */
import type { Topology, UnderlayNetwork } from '../topology/topology.ts';
import { segmentOf, type Wear } from './hops.ts';
import type { Member } from './outsiders.ts';
import { isTunnelled, localIp, type Seat } from './seats.ts';
import { isAccess, type Lane } from './underlay-paths.ts';

/** IANA's port of VXLAN (RFC 7348, 5). */
const VXLAN_PORT = 4789;

/** `network web is vxlan 7001` */
export function carriedAs(sender: Member): string {
  if (sender.kind !== 'outsider') return `network ${sender.network.name} is ${segmentOf(sender.network)}`;
  return `it is ${sender.vlan === undefined ? 'untagged' : `VLAN ${sender.vlan}`} on ${sender.carrier.name}`;
}

/** What the sender's frames wear on their way to a host (which only tunnels have to know). */
export function wearOf(topology: Topology, sender: Member, lane: Lane, host: string): Wear {
  if (sender.kind !== 'outsider' && isTunnelled(sender.network))
    return tunnelled(topology, lane.network, sender, host);
  return (crossing) => {
    if (isAccess(crossing)) return { tunnel: null, vlan: null };
    return { tunnel: null, vlan: lane.vlan ?? (crossing.trunk ? lane.network.switchVlan : null) };
  };
}

function tunnelled({ underlay }: Topology, carrier: UnderlayNetwork, sender: Seat, host: string): Wear {
  const { network } = sender;
  const type = network['provider:network_type'] === 'gre' ? 'gre' : 'vxlan';
  return ({ trunk }) => ({
    vlan: null,
    tunnel: {
      type,
      id: network['provider:segmentation_id'] ?? 0,
      src_ip: localIp(underlay, sender.host) ?? null,
      dst_ip: localIp(underlay, host) ?? null,
      vlan: trunk ? carrier.switchVlan : null,
      dst_port: type === 'vxlan' ? VXLAN_PORT : null,
      // df_default of the tunnel ports: the outer packet is never cut up.
      df: true,
    },
  });
}
