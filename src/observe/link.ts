/**
 * Which sighting of a packet caused which: across each cable, then through each place that a packet comes to and
 * leaves: the switch of a node, a network namespace on it, a guest. A device of a namespace lies between two of them:
 * what comes in there has left the switch, and what goes out there has come to it.
 */
import type { Headers, Point, Sighting } from '../journey/types.ts';
import { LINK_TYPES } from './identify.ts';
import type { Points } from './points.ts';

/** A sighting with its place and what led to it. */
export interface Seen {
  readonly sighting: Sighting;
  readonly point: Point;
  /** The header fields that tell copies of one packet apart. */
  readonly copy: string;
  parent: Seen | undefined;
  /** For an `out`: the sighting of the same crossing at the far end of the cable. */
  arrival: Seen | undefined;
}

/**
 * How much earlier (ns) the far end of a cable may have stamped a frame than the near end: two sockets, two stamps.
 * Also how much later than an `out` its cause may be stamped.
 */
const INVERSION = 500_000n;
/** Crossing a cable takes microseconds; a frame unmatched for longer (ns) was lost if a later one fits as well. */
const PATIENCE = 50_000_000n;
/**
 * Two frames that a node handles further apart (ns) than this have nothing to do with each other's copies, unless they
 * are in the same tunnel: one copy of a flood may be held up for longer.
 */
const TOGETHER = 50_000_000n;
/**
 * Who says the same several times in a row (gratuitous ARP) may find a busy switch, which then sends all of it on at
 * once: for so long (ns) a frame that has come and not gone waits for a copy of its own.
 */
const HELD_UP = 500_000_000n;
/** What a node sends longer (ns) after the last arrival of a packet is of its own making: an answer out of its memory. */
const STALE = 5_000_000_000n;
/** A storm brings thousands of candidates; the cause of a frame is among the last few. */
const CANDIDATES = 64;

/** Links the sightings of one packet. Their order does not matter; the result is in the order of time. */
export function link(sightings: readonly Sighting[], points: Points): Seen[] {
  const seen: Seen[] = [];
  for (const sighting of sightings) {
    const point = points.get(sighting.point);
    if (point)
      seen.push({ sighting, point, copy: copyOf(sighting.headers), parent: undefined, arrival: undefined });
  }
  seen.sort((a, b) => order(a.sighting.time, b.sighting.time) || causeFirst(a, b));
  linkCables(seen.filter(({ point }) => point.peer !== ''));
  for (const passage of passagesOf(seen).values()) linkPlace(passage);
  return seen;
}

/**
 * Whether it was sent here: by a guest, or by a namespace where no router passes it on. Others may have said the same
 * here before; it is no copy of theirs.
 */
export function isSent({ point, direction, headers }: Sighting, points: Points): boolean {
  const kind = direction === 'out' ? points.get(point)?.kind : undefined;
  return kind === 'guest' || (kind === 'namespace' && staysOnLink(headers));
}

/** ARP, and IPv6's listeners and neighbours: no router passes it on, so that whose it is says where it comes from. */
const staysOnLink = ({ arp, protocol, icmp }: Headers): boolean =>
  arp !== undefined || (protocol === 58 && icmp !== undefined && LINK_TYPES.has(icmp.type));

/** What a sighting goes back to; of a circle of causes, one of it. `known` remembers it for the next one. */
export function rootOf(seen: Seen, known: Map<Seen, Seen>): Seen {
  const path = new Set<Seen>();
  let root = seen;
  while (root.parent && !known.has(root) && !path.has(root)) {
    path.add(root);
    root = root.parent;
  }
  root = known.get(root) ?? root;
  for (const one of path) known.set(one, root);
  return root;
}

const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** With equal stamps, an arrival comes before a departure, as at most places. */
function causeFirst(a: Seen, b: Seen): number {
  if (a.sighting.direction === b.sighting.direction) return a.sighting.frame - b.sighting.frame;
  return a.sighting.direction === 'in' ? -1 : 1;
}

/** On one device, copies of a packet differ in these: the tunnel they travel in, their tag, their addresses. */
function copyOf(headers: Headers): string {
  const { tunnel } = headers;
  const outer = tunnel ? `${tunnel.type} ${tunnel.id} ${tunnel.src_ip} ${tunnel.dst_ip} ${tunnel.vlan}` : '';
  const { vlan, src_mac, dst_mac, ttl, src_ip, dst_ip, src_port, dst_port } = headers;
  return `${outer} ${vlan} ${src_mac} ${dst_mac} ${ttl} ${src_ip} ${dst_ip} ${src_port} ${dst_port}`;
}

function groupBy(seen: readonly Seen[], keyOf: (one: Seen) => string): Map<string, Seen[]> {
  const groups = new Map<string, Seen[]>();
  for (const one of seen) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

function linkCables(seen: readonly Seen[]): void {
  const outs = groupBy(
    seen.filter((one) => one.sighting.direction === 'out'),
    (one) => `${one.point.id} ${one.copy}`,
  );
  const ins = groupBy(
    seen.filter((one) => one.sighting.direction === 'in'),
    (one) => `${one.point.peer} ${one.copy}`,
  );
  for (const [cable, arrivals] of ins) pairInOrder(outs.get(cable) ?? [], arrivals);
}

/** A cable keeps the order, so the earliest unmatched departure belongs to the earliest arrival. */
function pairInOrder(departures: readonly Seen[], arrivals: readonly Seen[]): void {
  let next = 0;
  for (const [index, arrival] of arrivals.entries()) {
    const time = arrival.sighting.time;
    const sentBefore = (departure: Seen | undefined): departure is Seen =>
      departure !== undefined && departure.sighting.time <= time + INVERSION;
    let surplus = departures.length - next - (arrivals.length - index);
    while (
      surplus > 0 &&
      sentBefore(departures[next + 1]) &&
      time - (departures[next] as Seen).sighting.time > PATIENCE
    ) {
      next++;
      surplus--;
    }
    const departure = departures[next];
    if (!sentBefore(departure)) continue;
    departure.arrival = arrival;
    arrival.parent = departure;
    next++;
  }
}

/** What came to a place and what left it, each in the order of time. */
interface Passage {
  readonly arrivals: Seen[];
  readonly departures: Seen[];
}

function passagesOf(seen: readonly Seen[]): Map<string, Passage> {
  const passages = new Map<string, Passage>();
  const at = (place: string): Passage => {
    const known = passages.get(place) ?? { arrivals: [], departures: [] };
    passages.set(place, known);
    return known;
  };
  for (const one of seen) {
    const { kind, node, namespace = '', peer } = one.point;
    const inwards = one.sighting.direction === 'in';
    if (kind === 'namespace') {
      const inside = `${node} ${namespace}`;
      if (peer !== '') {
        // The other side is a namespace too, and no switch.
        (inwards ? at(inside).arrivals : at(inside).departures).push(one);
        continue;
      }
      at(inwards ? inside : node).arrivals.push(one);
      at(inwards ? node : inside).departures.push(one);
      continue;
    }
    if (inwards) at(node).arrivals.push(one);
    // A guest has sent what leaves it: the second sending of a packet is a packet of its own, not a copy.
    else if (kind !== 'guest') at(node).departures.push(one);
  }
  return passages;
}

function linkPlace({ arrivals, departures }: Passage): void {
  const caused = new Map<Seen, Set<string>>();
  let before = 0;
  for (const departure of departures) {
    // With equal stamps, an arrival comes before what it causes.
    while (before < arrivals.length && timeOf(arrivals[before] as Seen) <= timeOf(departure)) before++;
    const cause = causeOf(departure, arrivals, before, caused);
    if (!cause) continue;
    departure.parent = cause;
    const made = caused.get(cause) ?? new Set();
    caused.set(cause, made.add(`${departure.point.id} ${departure.copy}`));
  }
}

const timeOf = ({ sighting }: Seen): bigint => sighting.time;

/** How much speaks for an arrival as the cause of a departure. */
const SCORE = {
  /** A switch sends a frame on with the addresses and the TTL that it came with. */
  sameFrame: 16,
  /** Save for the source, which hosts put their own in the place of where a distributed router has sent it. */
  sameButSource: 14,
  /** A router takes one from the TTL (RFC 1812, 5.3.1). */
  nextTtl: 8,
  sameTunnel: 4,
  /** NAT changes one address at a time, and mostly none. */
  sameAddress: 2,
  /** It has not made the place send this already. */
  unused: 3,
  /** Stamped only after what it is to have caused. */
  late: -2,
  foreign: -64,
} as const;

/**
 * The arrival that made a place send: the latest before it (or stamped just after it). Among arrivals at about the
 * same time (a flood brings several copies, a router sends the packet back to the switch that brought it), the
 * likeliest by its headers.
 */
function causeOf(
  departure: Seen,
  arrivals: readonly Seen[],
  before: number,
  caused: ReadonlyMap<Seen, ReadonlySet<string>>,
): Seen | undefined {
  const what = `${departure.point.id} ${departure.copy}`;
  const { tunnel } = departure.sighting.headers;
  const most = SCORE.sameFrame + (tunnel ? SCORE.sameTunnel : 0) + SCORE.unused;
  let best: Seen | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const { arrival, same, late, apart } of candidates(departure, arrivals, before)) {
    const like = likeness(arrival, departure);
    const used = caused.get(arrival)?.has(what) ?? false;
    if (apart && (used || like < SCORE.sameButSource)) continue;
    const score =
      like +
      (same ? SCORE.sameTunnel : isForeign(arrival) ? SCORE.foreign : 0) +
      (late ? SCORE.late : 0) +
      (used ? 0 : SCORE.unused);
    if (score <= bestScore) continue;
    best = arrival;
    bestScore = score;
    if (score === most) break;
  }
  return best;
}

interface Candidate {
  readonly arrival: Seen;
  /** In the departure's tunnel. */
  readonly same: boolean;
  /** Stamped only after the departure. */
  readonly late: boolean;
  /** Long before the latest arrival: a cause only if it is the same frame and has caused nothing yet. */
  readonly apart: boolean;
}

/** Latest first; then those that are stamped a little too late. */
function* candidates(
  departure: Seen,
  arrivals: readonly Seen[],
  before: number,
): Generator<Candidate, void, undefined> {
  const inTunnel = departure.sighting.headers.tunnel !== undefined;
  const latest = arrivals[before - 1];
  if (latest && timeOf(departure) - timeOf(latest) > STALE) return;
  for (let i = before - 1; i >= 0 && i >= before - CANDIDATES; i--) {
    const arrival = arrivals[i] as Seen;
    const same = inTunnel && sameTunnel(arrival, departure);
    const since = latest && !same ? timeOf(latest) - timeOf(arrival) : 0n;
    if (since > HELD_UP) continue;
    yield { arrival, same, late: false, apart: since > TOGETHER };
  }
  for (const arrival of arrivals.slice(before, before + CANDIDATES)) {
    if (timeOf(arrival) - timeOf(departure) > INVERSION) return;
    yield { arrival, same: inTunnel && sameTunnel(arrival, departure), late: true, apart: false };
  }
}

function likeness(arrival: Seen, departure: Seen): number {
  const a = arrival.sighting.headers;
  const b = departure.sighting.headers;
  const sameSource = a.src_ip === b.src_ip;
  const sameDestination = a.dst_ip === b.dst_ip;
  // What leaves a namespace is never the frame that came there: it is routed.
  const switched = departure.point.namespace === undefined || departure.sighting.direction === 'in';
  if (switched && a.ttl === b.ttl && a.dst_mac === b.dst_mac && sameSource && sameDestination)
    return a.src_mac === b.src_mac ? SCORE.sameFrame : SCORE.sameButSource;
  const routed = a.ttl !== undefined && b.ttl === a.ttl - 1;
  return (routed ? SCORE.nextTtl : 0) + (sameSource || sameDestination ? SCORE.sameAddress : 0);
}

/** In a tunnel that ends elsewhere: this node cannot have opened it. */
function isForeign({ point, sighting }: Seen): boolean {
  const { tunnel } = sighting.headers;
  return tunnel !== undefined && point.local_ip !== undefined && tunnel.dst_ip !== point.local_ip;
}

function sameTunnel(a: Seen, b: Seen): boolean {
  const one = a.sighting.headers.tunnel;
  const other = b.sighting.headers.tunnel;
  if (!one || !other) return one === other;
  return one.src_ip === other.src_ip && one.dst_ip === other.dst_ip && one.id === other.id;
}
