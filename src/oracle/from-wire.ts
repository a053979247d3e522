/**
 * What must happen to a frame that comes to a host by its cable to a physical network, from a machine that is no part
 * of the cloud. Source: Neutron's administration guide, "Open vSwitch: Provider networks": a host takes the VLANs of
 * the networks that it has ports on, and untagged frames where it has a flat network, and nothing else.
 */
import type { Constraint, ExpectedJourney, Headers } from '../journey/types.ts';
import type { Topology } from '../topology/topology.ts';
import { delivery, segmentOf, wire } from './hops.ts';
import { isTunnelled, physicalNetwork, type Seat, seatsOf } from './seats.ts';
import { isFlooded, type Knowledge } from './semantics.ts';
import { type Crossing, crossingsFrom } from './underlay-paths.ts';

export interface ArrivingPacket {
  readonly kind: 'from-wire';
  /** The machine that sends, and the device towards the host. */
  readonly from: string;
  readonly device: string;
  readonly src_mac: string;
  readonly dst_mac: string;
  /** 802.1Q tag on the cable. */
  readonly vlan?: number;
}

export function predictArrival(
  topology: Topology,
  packet: ArrivingPacket,
  { known = 'all' }: Knowledge = {},
): ExpectedJourney {
  const { from, device, src_mac, dst_mac, vlan } = packet;
  const seats = seatsOf(topology);
  const crossing = Object.values(topology.underlay.networks)
    .flatMap((network) => crossingsFrom(topology.underlay, from, network))
    .find((one) => one.from.device === device);
  const headers: Constraint<Headers> = { src_mac, dst_mac };
  const members = crossing ? membersAt(topology, crossing, seats, vlan) : [];
  const flooded = isFlooded({ dst_mac }) || (known !== 'all' && !known.has(dst_mac));
  const owner = seats.find(
    (seat) => seat.network === members[0]?.network && seat.port.mac_address === dst_mac && seat.active,
  );
  const receivers = flooded || !owner ? members : members.filter((seat) => seat === owner);
  const tag = vlan === undefined ? 'untagged' : `VLAN ${vlan}`;
  const [first] = members;
  const because = first
    ? `${tag} is network ${first.network.name} (${segmentOf(first.network)}) on host ${first.host}`
    : `${tag} is no network of a port on host ${crossing?.to.host ?? device}`;
  const next = receivers.map((seat) => delivery(seat, headers, because));
  const points = receivers.map(({ point }) => point);
  return {
    packet: `${tag} from ${from} to ${dst_mac}`,
    verdict: points.length > 0 ? 'delivered' : 'denied-ingress',
    receivers: points,
    bystanders: [],
    forbidden: seats.flatMap(({ point }) => (points.includes(point) ? [] : [point])),
    roots: crossing ? [wire(crossing, { ...headers, vlan: vlan ?? null, tunnel: null }, because, next)] : [],
  };
}

function membersAt(
  { underlay }: Topology,
  { to }: Crossing,
  seats: readonly Seat[],
  vlan: number | undefined,
): Seat[] {
  return seats.filter(({ host, active, network }) => {
    if (host !== to.host || !active || isTunnelled(network)) return false;
    const carrier = physicalNetwork(underlay, network);
    return carrier && to.networks.includes(carrier.name) && network['provider:segmentation_id'] === vlan;
  });
}
