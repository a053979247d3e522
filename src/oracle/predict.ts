/** Topology and packet → what must happen. */
import { NetdojoError } from '../errors/index.ts';
import type { ExpectedJourney } from '../journey/types.ts';
import type { Topology } from '../topology/topology.ts';
import { type Connections, Tracker } from './connections.ts';
import { Following, type FollowOptions } from './follow.ts';
import { type ArrivingPacket, predictArrival } from './from-wire.ts';
import { groupMac, type Ip, isBroadcast, isMulticast } from './ip.ts';
import { type Member, membersOf } from './outsiders.ts';
import { BROADCAST_MAC, frameOf, ipFrame, type IpPacket, type L2Packet, type Sent } from './packets.ts';
import { routeTo, stackOf } from './stacks.ts';

export interface PredictOptions extends FollowOptions {
  /** What filters and translators remember; default nothing. */
  readonly connections?: Connections;
}

/** Everything that can be asked. */
export type AnyPacket = L2Packet | IpPacket | ArrivingPacket;

export interface Prediction {
  /**
   * The first is the packet's own. The others are those of packets that the cloud itself has to send because of it: the
   * reply to an ARP request, an ICMP error.
   */
  readonly journeys: readonly ExpectedJourney[];
  /** What filters and translators remember afterwards. */
  readonly connections: Connections;
}

/** What must happen to a packet, and what is remembered of it. Throws ND_ORACLE_PORT for a sender that does not exist. */
export function foresee(topology: Topology, packet: AnyPacket, options: PredictOptions = {}): Prediction {
  const tracker = new Tracker(options.connections ?? []);
  const journeys = follow(topology, packet, tracker, options);
  return { journeys, connections: tracker.connections };
}

/** What must happen to a packet, and to the packets that the cloud itself sends because of it. */
export function predict(
  topology: Topology,
  packet: AnyPacket,
  options: PredictOptions = {},
): readonly ExpectedJourney[] {
  return foresee(topology, packet, options).journeys;
}

function follow(
  topology: Topology,
  packet: AnyPacket,
  tracker: Tracker,
  options: PredictOptions,
): ExpectedJourney[] {
  if (packet.kind === 'from-wire') return [predictArrival(topology, packet, options)];
  const following = new Following(topology, tracker, options);
  if (packet.kind !== 'ip') {
    const sender = memberNamed(topology, packet);
    const to =
      'to' in packet && packet.to !== undefined ? memberNamed(topology, { from: packet.to }) : undefined;
    return following.journeys(packet.kind, frameOf(packet, sender, to), sender);
  }
  const { from: _, kind, device, src_mac, dst_mac, vlan, ttl = 64, ...rest } = packet;
  const ip: Ip = { ...rest, ttl };
  const sender = memberNamed(topology, packet, packet.dst_ip);
  const own = sender.kind === 'outsider' ? undefined : vlan;
  const to = dst_mac ?? nextHopMac(topology, following, sender, ip);
  const frame = ipFrame(ip, src_mac ?? sender.mac, to ?? BROADCAST_MAC, own);
  if (to === undefined) return following.unsent(frame.label);
  return following.journeys('ip', frame, sender);
}

/** Where the sender's own routes lead. */
function nextHopMac(topology: Topology, following: Following, sender: Member, ip: Ip): string | undefined {
  const stack = stackOf(topology, sender);
  const own = stack.routes.filter(({ via, out }) => via === undefined && out === sender);
  const cidrs = own.map(({ destination }) => destination);
  if (isBroadcast(ip.dst_ip, cidrs)) return BROADCAST_MAC;
  if (isMulticast(ip.dst_ip)) return groupMac(ip.dst_ip);
  const route = routeTo({ ...stack, routes: stack.routes.filter(({ out }) => out === sender) }, ip.dst_ip);
  return route && following.nextHop(sender, route.via ?? ip.dst_ip);
}

/** What an ARP message tells of its sender, as `PredictOptions.neighbours` has it. */
export function neighbourIn(
  topology: Topology,
  packet: AnyPacket,
): Readonly<Record<string, string>> | undefined {
  if (!('sender_ip' in packet) || packet.sender_ip === undefined) return undefined;
  const sender = memberNamed(topology, packet);
  return { [`${sender.segment} ${packet.sender_ip}`]: packet.src_mac ?? sender.mac };
}

/** Who sends: a port by its name, or a NIC of a host outside the cloud. */
function memberNamed(topology: Topology, sent: Sent, destination?: string): Member {
  const { from, device, vlan } = sent;
  const members = membersOf(topology);
  const seat = members.find((one) => one.kind !== 'outsider' && one.name === from);
  if (seat) return seat;
  const nics = members.filter(
    (one) => one.kind === 'outsider' && one.host === from && (device === undefined || one.device === device),
  );
  const [first] = nics;
  if (first) {
    const inVlan = nics.find((one) => one.kind === 'outsider' && one.vlan === vlan);
    if (vlan !== undefined || device !== undefined) return inVlan ?? first;
    const out = destination === undefined ? undefined : routeTo(stackOf(topology, first), destination)?.out;
    return out ?? first;
  }
  throw new NetdojoError(`no port ${from} is plugged in, and no host outside the cloud has that name`, {
    code: 'ND_ORACLE_PORT',
    expected: `one of ${[...new Set(members.map((one) => (one.kind === 'outsider' ? one.host : one.name)))].join(', ')}`,
  });
}
