/** Every packet that was seen, beside what the oracle says of it. Pure. */
import {
  compare,
  type Comparison,
  type ExpectedJourney,
  type Headers,
  type Hop,
  hopsBelow,
  type Journey,
} from '../journey/index.ts';
import { journeyOf, type Observation, type ObservedPacket } from '../observe/index.ts';
import {
  type AnyPacket,
  atPresent,
  type Connections,
  foresee,
  learnPorts,
  heardIn,
  type PredictOptions,
  surviving,
  tupleOf,
} from '../oracle/index.ts';
import type { Topology } from '../topology/index.ts';
import { arrival, question, senderOf } from './question.ts';

export interface CheckedJourney {
  /** The packet, such as `icmp echo-request 4fa1/1`. */
  readonly title: string;
  /** Port that sent it, by name, or the host outside; absent for what the cloud owes and for what came by a cable. */
  readonly from?: string;
  readonly headers: Headers;
  readonly expected: ExpectedJourney;
  readonly observed: Journey;
  readonly comparison: Comparison;
  readonly ok: boolean;
}

export interface Check {
  /** In the order in which packets were first seen. */
  readonly journeys: readonly CheckedJourney[];
  /** Packets that nobody can have sent; the hosts' own talk among themselves is not among them. */
  readonly unexplained: readonly ObservedPacket[];
  /** What is wrong although no packet is, in words: an answer that nobody gave. */
  readonly findings: readonly string[];
  readonly ok: boolean;
  /** What filters and translators remember after the last packet: the next check's `connections`. */
  readonly connections: Connections;
  /** What neighbours have heard of addresses: the next check's `neighbours`. */
  readonly neighbours: Readonly<Record<string, string>>;
}

const IPV4 = 0x08_00;
const IPV6 = 0x86_dd;
const ARP = 0x08_06;

/** What hosts say to each other stays on cables, in no tunnel and in no network's VLAN. */
function isHostsOwn({ points }: Observation, { sightings }: ObservedPacket): boolean {
  return sightings.every(
    ({ point, headers: { tunnel, vlan } }) =>
      points.get(point)?.kind === 'wire' && !tunnel && vlan === undefined,
  );
}

const LISTENER_REPORT = 143;

/**
 * What kernels tell of the groups that they listen to (RFC 3810), on a cable between two namespaces of a router: it ends
 * there.
 */
function isBetweenNamespaces({ points }: Observation, { sightings }: ObservedPacket): boolean {
  return sightings.every(({ point, headers: { icmp, ethertype } }) => {
    const { kind, peer } = points.get(point) ?? {};
    return kind === 'namespace' && peer !== '' && ethertype === IPV6 && icmp?.type === LISTENER_REPORT;
  });
}

/** What a host that is gone for all others goes on saying, as long as nobody hears it. */
function isUnheard(
  { silent_hosts }: Topology,
  { points }: Observation,
  { sightings }: ObservedPacket,
): boolean {
  if (silent_hosts.length === 0) return false;
  return sightings.every(({ point }) => {
    const { node = '', peer = '' } = points.get(point) ?? {};
    return silent_hosts.includes(node) || silent_hosts.includes(peer.split(':')[0] ?? '');
  });
}

/**
 * Without what is sent through tunnels to hosts that are gone. Neutron's server does not take their ports from who floods
 * to them; how far it goes is a matter of what switches and neighbour tables of the underlay still know.
 */
function withoutVain({ silent_hosts, underlay }: Topology, packet: ObservedPacket): ObservedPacket {
  if (silent_hosts.length === 0) return packet;
  const gone = new Set(silent_hosts.flatMap((host) => underlay.hosts[host]?.local_ip ?? []));
  const sightings = packet.sightings.filter(({ headers: { tunnel } }) => !gone.has(tunnel?.dst_ip ?? ''));
  return { ...packet, sightings };
}

/** One journey for each time that the packet was sent: a kernel that gets no answer to ARP asks again. */
function checked(
  observation: Observation,
  packet: ObservedPacket,
  expected: ExpectedJourney,
  headers: Headers,
  from?: string,
): CheckedJourney[] {
  const { verdict, receivers = [], bystanders = [] } = expected;
  const observed = journeyOf(observation, packet, { receivers, bystanders, verdict });
  const [first] = packet.sightings;
  const sent = observed.roots.filter((root) => root.point === first?.point && root.direction === 'out');
  const strays = observed.roots.filter((root) => !sent.includes(root));
  const each =
    sent.length > 1 ? sent.map((root, at) => (at === 0 ? [root, ...strays] : [root])) : [observed.roots];
  return each.map((roots) => {
    const journey = { ...observed, roots };
    const comparison = compare(expected, journey);
    return {
      title: packet.label,
      headers,
      expected,
      observed: { ...journey, verdict: comparison.verdict.observed },
      comparison,
      ok: comparison.ok && !comparison.inconclusive,
      ...(from === undefined ? {} : { from }),
    };
  });
}

/** The ports that translators chose, as they show on the way. */
function portsSeen(journeys: readonly CheckedJourney[]) {
  const hops = journeys.flatMap(({ observed }) => observed.roots.flatMap(hopsBelow));
  return hops.flatMap(({ point, headers }: Hop) => {
    const { ethertype, src_ip, dst_ip, ttl } = headers;
    if (
      (ethertype !== IPV4 && ethertype !== IPV6) ||
      src_ip === undefined ||
      dst_ip === undefined ||
      ttl === undefined
    )
      return [];
    return [{ point, tuple: tupleOf({ ...headers, src_ip, dst_ip, ttl }) }];
  });
}

/** A packet that the cloud owes, found by where it starts, what it is and whom it is for. */
function isOwed({ roots, packet: label }: ExpectedJourney, packet: ObservedPacket, place: string): boolean {
  const [root] = roots;
  const headers = packet.sightings[0]?.headers;
  if (!root || label !== packet.label || `${root.node}:${root.device}` !== place) return false;
  const { dst_ip, dst_mac } = root.headers;
  return dst_ip === undefined ? headers?.dst_mac === dst_mac : headers?.dst_ip === dst_ip;
}

/** Compares all that was seen with what must have happened. */
export function check(given: Topology, observation: Observation, options: PredictOptions = {}): Check {
  const topology = atPresent(given, options.activeRouters);
  const journeys: CheckedJourney[] = [];
  const unexplained: ObservedPacket[] = [];
  /** Packets that the cloud owes. */
  const owed: ExpectedJourney[] = [];
  let connections = surviving(topology, options.connections ?? []);
  let { neighbours = {}, claimed = {} } = options;

  const ask = (packet: ObservedPacket, asked: AnyPacket, headers: Headers, from?: string): void => {
    const prediction = foresee(topology, asked, { ...options, connections, neighbours, claimed });
    const [expected, ...answers] = prediction.journeys;
    if (!expected) return;
    const results = checked(observation, packet, expected, headers, from);
    owed.push(...answers);
    journeys.push(...results);
    connections = learnPorts(prediction.connections, portsSeen(results));
    if (expected.verdict === 'denied-egress') return;
    const heard = heardIn(topology, asked);
    neighbours = { ...neighbours, ...heard.neighbours };
    claimed = { ...claimed, ...heard.claimed };
  };

  for (const seen of observation.packets) {
    const packet = withoutVain(topology, seen);
    const [first] = packet.sightings;
    const point = first && observation.points.get(first.point);
    if (!first || !point || isUnheard(topology, observation, packet)) continue;
    const { headers, direction } = first;
    const sender = senderOf(topology, point, direction);
    const due = point.kind === 'guest' ? -1 : owed.findIndex((one) => isOwed(one, packet, point.id));
    const [answer] = due < 0 ? [] : owed.splice(due, 1);
    const arriving = arrival(topology, point, first);
    if (answer) journeys.push(...checked(observation, packet, answer, headers));
    else if (sender) ask(packet, question(topology, sender, headers), headers, sender.from);
    else if (arriving) ask(packet, arriving, headers);
    else if (!isHostsOwn(observation, packet) && !isBetweenNamespaces(observation, packet))
      unexplained.push(packet);
  }
  journeys.push(...owed.map((expected) => missed(observation, expected)));
  const ok = unexplained.length === 0 && journeys.every((journey) => journey.ok);
  return { journeys, unexplained, findings: [], ok, connections, neighbours };
}

/** What the cloud owes and nobody saw. */
function missed({ dropped }: Observation, expected: ExpectedJourney): CheckedJourney {
  const title = expected.packet;
  const observed: Journey = { packet: title, verdict: dropped > 0 ? 'inconclusive' : 'lost', roots: [] };
  const comparison = compare(expected, observed);
  const headers = { src_mac: '', dst_mac: '', ethertype: ethertypeOf(title) };
  return { title, headers, expected, observed, comparison, ok: comparison.ok };
}

const ethertypeOf = (title: string): number =>
  title.startsWith('arp') ? ARP : title.startsWith('icmp6') ? IPV6 : IPV4;
