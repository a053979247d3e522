/** Every packet that was seen, beside what the oracle says of it. Pure. */
import {
  compare,
  type Comparison,
  type ExpectedJourney,
  type Headers,
  type Journey,
  type Point,
  type Sighting,
} from '../journey/index.ts';
import { journeyOf, type Observation, type ObservedPacket } from '../observe/index.ts';
import { type AnyPacket, type L2Packet, predict, type PredictOptions } from '../oracle/index.ts';
import type { Port, Topology } from '../topology/index.ts';

export interface CheckedJourney {
  /** The packet, such as `icmp echo-request 4fa1/1`. */
  readonly title: string;
  /** Port that sent it, by name; absent for what the cloud itself answers and for what came by a cable. */
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
  readonly ok: boolean;
}

const ARP = 0x08_06;
const RARP = 0x80_35;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** What a server's port sent, as a question to the oracle. */
function question(topology: Topology, from: Port, headers: Headers): L2Packet {
  const { arp, src_mac, dst_mac, vlan } = headers;
  const sent = { from: from.name, src_mac, ...(vlan === undefined ? {} : { vlan }) };
  const onNetwork = (mac: string): Port | undefined =>
    Object.values(topology.ports).find(
      (port) => port.network === from.network && port.mac_address === mac && port.device !== undefined,
    );
  if (headers.ethertype === ARP && arp) {
    if (arp.operation === 'request') {
      return arp.sender_ip === arp.target_ip
        ? { kind: 'gratuitous-arp', ...sent, sender_ip: arp.sender_ip }
        : { kind: 'arp-request', ...sent, target_ip: arp.target_ip, sender_ip: arp.sender_ip };
    }
    const to = onNetwork(dst_mac);
    if (to) return { kind: 'arp-reply', ...sent, to: to.name };
  }
  if (dst_mac === BROADCAST) return { kind: headers.ethertype === RARP ? 'rarp' : 'broadcast', ...sent };
  const to = onNetwork(dst_mac);
  return {
    kind: 'unicast',
    ...sent,
    dst_mac,
    dst_ip: headers.dst_ip ?? null,
    ...(to ? { to: to.name } : {}),
    ...(headers.ttl === undefined ? {} : { ttl: headers.ttl }),
  };
}

/** What somebody outside the cloud put on a cable that leads to a host, as a question to the oracle. */
function arrival(topology: Topology, point: Point, { direction, headers }: Sighting): AnyPacket | undefined {
  const { hosts, networks, links } = topology.underlay;
  const ends = links.find(({ key }) => key === point.object)?.ends ?? [];
  const here = ends.find(({ host, device }) => host === point.node && device === point.device);
  const carries = here?.networks.some((name) => networks[name]?.physical_network !== undefined);
  if (!carries || direction !== 'out' || hosts[point.node]?.role !== 'switch') return undefined;
  const { src_mac, dst_mac, vlan } = headers;
  const { node: from, device } = point;
  return { kind: 'from-wire', from, device, src_mac, dst_mac, ...(vlan === undefined ? {} : { vlan }) };
}

/** What hosts say to each other stays on cables, in no tunnel and in no network's VLAN. */
function isHostsOwn({ points }: Observation, { sightings }: ObservedPacket): boolean {
  return sightings.every(
    ({ point, headers: { tunnel, vlan } }) =>
      points.get(point)?.kind === 'wire' && !tunnel && vlan === undefined,
  );
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
  const sent = observed.roots.filter((root) => root.kind === 'guest' && root.direction === 'out');
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

/** Compares all that was seen with what must have happened. */
export function check(topology: Topology, observation: Observation, options: PredictOptions = {}): Check {
  const journeys: CheckedJourney[] = [];
  const unexplained: ObservedPacket[] = [];
  /** Replies that the cloud owes, by their label. */
  const owed = new Map<string, ExpectedJourney>();
  for (const packet of observation.packets) {
    const [first] = packet.sightings;
    if (!first) continue;
    const point = observation.points.get(first.point);
    if (point?.kind === 'guest' && first.direction === 'out') {
      const port = topology.ports[point.object];
      if (!port) continue;
      const [expected, ...answers] = predict(topology, question(topology, port, first.headers), options);
      if (!expected) continue;
      for (const answer of answers) owed.set(answer.packet, answer);
      journeys.push(...checked(observation, packet, expected, first.headers, port.name));
      continue;
    }
    const answer = owed.get(packet.label);
    const arriving = point && arrival(topology, point, first);
    if (answer) {
      owed.delete(packet.label);
      journeys.push(...checked(observation, packet, answer, first.headers));
    } else if (arriving) {
      const [expected] = predict(topology, arriving, options);
      if (expected) journeys.push(...checked(observation, packet, expected, first.headers));
    } else if (!isHostsOwn(observation, packet)) {
      unexplained.push(packet);
    }
  }
  for (const [title, expected] of owed) {
    const observed: Journey = {
      packet: title,
      verdict: observation.dropped > 0 ? 'inconclusive' : 'lost',
      roots: [],
    };
    const comparison = compare(expected, observed);
    const headers = { src_mac: '', dst_mac: '', ethertype: ARP };
    journeys.push({ title, headers, expected, observed, comparison, ok: comparison.ok });
  }
  return { journeys, unexplained, ok: unexplained.length === 0 && journeys.every((journey) => journey.ok) };
}
