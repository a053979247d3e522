/** Topology and packet → what must happen. */
import { NetdojoError } from '../errors/index.ts';
import type { ExpectedJourney } from '../journey/types.ts';
import type { Topology } from '../topology/topology.ts';
import { atPresent } from './active.ts';
import { type Connections, Tracker } from './connections.ts';
import { Following, type FollowOptions } from './follow.ts';
import { type ArrivingPacket, predictArrival } from './from-wire.ts';
import { groupMac, type Ip, isBroadcast, isLinkLocal, isMulticast, isUnspecified } from './ip.ts';
import { type Member, membersOf } from './outsiders.ts';
import { BROADCAST_MAC, frameOf, type IpPacket, ipFrame, type L2Packet, type Sent } from './packets.ts';
import { living } from './living.ts';
import { routeTo } from './routes.ts';
import { stackOf } from './stacks.ts';
import { bearerOf } from './trunk.ts';

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
export function foresee(given: Topology, packet: AnyPacket, options: PredictOptions = {}): Prediction {
  const topology = atPresent(given, options.activeRouters);
  const tracker = new Tracker(options.connections ?? []);
  const journeys = follow(living(topology), packet, tracker, options);
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
  const { src_mac, dst_mac, vlan } = packet;
  const ip = ipOf(packet);
  const sender = memberNamed(topology, packet, packet.dst_ip);
  const own = sender.kind === 'outsider' ? undefined : vlan;
  const to = dst_mac ?? nextHopMac(topology, following, sender, ip);
  const frame = ipFrame(ip, src_mac ?? sender.mac, to ?? BROADCAST_MAC, own);
  if (to === undefined) return following.unsent(frame.label);
  return following.journeys('ip', frame, sender);
}

/** The packet without what is of the frame alone. */
function ipOf(packet: IpPacket): Ip {
  const {
    from: _,
    kind: _kind,
    device: _device,
    host: _host,
    src_mac: _src,
    dst_mac: _dst,
    vlan: _vlan,
    ...ip
  } = packet;
  return { ...ip, ttl: ip.ttl ?? 64 };
}

/** Where the sender's own routes lead. */
function nextHopMac(topology: Topology, following: Following, sender: Member, ip: Ip): string | undefined {
  const stack = stackOf(topology, sender);
  const routes = stack.routes.filter(({ out }) => out === sender);
  const cidrs = routes.flatMap(({ via, destination }) => (via === undefined ? [destination] : []));
  if (isBroadcast(ip.dst_ip, cidrs)) return BROADCAST_MAC;
  if (isMulticast(ip.dst_ip)) return groupMac(ip.dst_ip);
  if (isLinkLocal(ip.dst_ip)) return following.nextHop(sender, ip.dst_ip);
  const route = routeTo({ ...stack, routes }, ip.dst_ip, ip.src_ip);
  return route && following.nextHop(sender, route.via ?? ip.dst_ip);
}

/** What networks and neighbours learn from a packet about addresses that no document names. */
export function heardIn(
  topology: Topology,
  packet: AnyPacket,
): Required<Pick<PredictOptions, 'neighbours' | 'claimed'>> {
  if (packet.kind === 'from-wire') return { neighbours: {}, claimed: {} };
  const sender = memberNamed(topology, packet);
  const { src_mac = sender.mac } = packet;
  const foreign = membersOf(topology).every(({ mac }) => mac !== src_mac);
  const said = saidBy(packet);
  return {
    neighbours: said === undefined ? {} : { [`${sender.segment} ${said}`]: src_mac },
    claimed: foreign ? { [src_mac]: sender.name } : {},
  };
}

/** The address that somebody says he has, to those who ask him or whom he asks (RFC 826; RFC 4861, 7.2). */
function saidBy(packet: L2Packet | IpPacket): string | undefined {
  if (packet.kind !== 'ip') return 'sender_ip' in packet ? packet.sender_ip : undefined;
  const { nd, icmp, src_ip } = packet;
  if (!nd) return undefined;
  if (icmp?.type === 136) return nd.target_ip;
  return isUnspecified(src_ip) ? undefined : src_ip;
}

/** Who sends: a port by its name, or a NIC of a host outside the cloud. */
function memberNamed(topology: Topology, sent: Sent, destination?: string): Member {
  const { from, device, vlan } = sent;
  const members = membersOf(topology);
  const seat = members.find(
    (one) =>
      one.kind !== 'outsider' && one.name === from && (sent.host === undefined || one.host === sent.host),
  );
  if (seat) return bearerOf(members, seat, vlan);
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
