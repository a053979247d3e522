/** Which sighting of a packet caused which: across each cable, then through each node. */
import type { Headers, Point, Sighting } from '../journey/types.ts';
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
  linkCables(seen);
  linkNodes(seen);
  return seen;
}

const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** With equal stamps, an arrival comes before what it causes. */
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

function linkNodes(seen: readonly Seen[]): void {
  for (const there of groupBy(seen, (one) => one.point.node).values()) {
    // A guest has sent what leaves it: the second sending of a packet is a packet of its own, not a copy.
    if (there[0]?.point.kind === 'guest') continue;
    const arrivals = there.filter((one) => one.sighting.direction === 'in');
    const caused = new Map<Seen, Set<string>>();
    let before = 0;
    for (const departure of there) {
      if (departure.sighting.direction === 'in') {
        before++;
        continue;
      }
      const cause = causeOf(departure, arrivals, before, caused);
      if (!cause) continue;
      departure.parent = cause;
      const made = caused.get(cause) ?? new Set();
      caused.set(cause, made.add(`${departure.point.id} ${departure.copy}`));
    }
  }
}

/**
 * The arrival that made a node send: the latest before it. Among arrivals at about the same time (a flood brings
 * several copies), one in the same tunnel is the likelier one, then one that has not made the node send this already.
 */
function causeOf(
  departure: Seen,
  arrivals: readonly Seen[],
  before: number,
  caused: ReadonlyMap<Seen, ReadonlySet<string>>,
): Seen | undefined {
  const latest = arrivals[before - 1];
  if (!latest) {
    const late = arrivals[before];
    return late && late.sighting.time - departure.sighting.time <= INVERSION ? late : undefined;
  }
  if (departure.sighting.time - latest.sighting.time > STALE) return undefined;
  const what = `${departure.point.id} ${departure.copy}`;
  const { tunnel } = departure.sighting.headers;
  let best = latest;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = before - 1; i >= 0 && i >= before - CANDIDATES; i--) {
    const arrival = arrivals[i] as Seen;
    const same = tunnel !== undefined && sameTunnel(arrival, departure);
    if (!same && latest.sighting.time - arrival.sighting.time > TOGETHER) continue;
    const foreign = !same && isForeign(arrival);
    const score = (foreign ? -4 : 0) + (same ? 2 : 0) + (caused.get(arrival)?.has(what) ? 0 : 1);
    if (score > bestScore) {
      best = arrival;
      bestScore = score;
    }
    if (bestScore === (tunnel ? 3 : 1)) break;
  }
  return best;
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
