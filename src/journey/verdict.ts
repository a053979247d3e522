/** What became of a packet, in one word. */
import type { Hop, Verdict } from './types.ts';

/** Who was meant to get a packet. */
export interface Recipients {
  /**
   * Point ids of those that must get one copy each time it was sent: guests' NICs, devices of namespaces, and NICs of
   * external hosts, which a cable reaches.
   */
  readonly receivers: readonly string[];
  /** Point ids of guests that may get copies although they are not for them. */
  readonly bystanders?: readonly string[];
  /** What the fate is called when all and only these got it; default `delivered`. */
  readonly verdict?: Verdict;
}

export interface JudgeOptions {
  /** Frames that captures missed; with any, nothing is certain. */
  readonly dropped?: number;
  /** How often a path may leave through the same device with one TTL before it is a loop; default 3. */
  readonly rounds?: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** The hop that decided: the last one of a lost packet, the stranger's, the second copy, the loop. */
  readonly where?: Hop;
  /** One line. */
  readonly reason: string;
}

const ROUNDS = 3;
/** As `rounds`, whatever the TTL: a packet may well be routed by the same device to and fro, but not that often. */
const ROUTED_ROUNDS = 6;

/**
 * Judges the trees of one packet. Of several truths the gravest wins: inconclusive, looped, misdelivered, lost,
 * duplicated, and otherwise what the recipients' `verdict` says.
 */
export function judge(roots: readonly Hop[], recipients: Recipients, options: JudgeOptions = {}): Judgement {
  const { dropped = 0, rounds = ROUNDS } = options;
  const { receivers, bystanders = [], verdict = 'delivered' } = recipients;
  if (dropped > 0) return { verdict: 'inconclusive', reason: `captures missed ${dropped} frames` };

  const loop = firstOf(roots, (root) => findLoop(root, rounds));
  if (loop)
    return {
      verdict: 'looped',
      where: loop.hop,
      reason: `passed ${loop.hop.point} ${loop.times} times on one path`,
    };

  const welcome = new Set([...receivers, ...bystanders]);
  const stranger = firstOf(roots, (root) =>
    hopsBelow(root).find((hop) => isGuests(hop) && !welcome.has(hop.point)),
  );
  if (stranger)
    return { verdict: 'misdelivered', where: stranger, reason: `${stranger.node} must not get it` };

  if (roots.length === 0) return { verdict: 'lost', reason: 'it was never seen' };
  for (const root of roots) {
    const hops = hopsBelow(root);
    const without = receivers.find((receiver) => !hops.some((hop) => isArrivalAt(hop, receiver)));
    if (without === undefined) continue;
    const where = lastHop(root, receivers);
    return { verdict: 'lost', where, reason: `${without} never got it; last seen at ${where.point}` };
  }

  const copy = firstOf(roots, findDuplicate);
  if (copy) return { verdict: 'duplicated', where: copy, reason: `${copy.point} had more than one copy` };
  return { verdict, reason: receivers.length === 0 ? 'nobody was to get it' : 'all receivers got it' };
}

/** A hop and all below it, parents before children, in path order. */
export function hopsBelow(root: Hop): Hop[] {
  const hops: Hop[] = [];
  const todo = [root];
  for (let hop = todo.pop(); hop; hop = todo.pop()) {
    hops.push(hop);
    todo.push(...hop.next.toReversed());
  }
  return hops;
}

const isGuests = (hop: Hop): boolean => hop.kind === 'guest' && hop.direction === 'in';

/** Whether a hop brought the packet to a point; a cable does at its far end. */
function isArrivalAt({ kind, direction, point, lost, to, far }: Hop, receiver: string): boolean {
  if (kind !== 'wire') return direction === 'in' && point === receiver;
  if (lost) return false;
  return far === undefined ? to === receiver.slice(0, receiver.lastIndexOf(':')) : far === receiver;
}

function firstOf<T>(roots: readonly Hop[], find: (root: Hop) => T | undefined): T | undefined {
  for (const root of roots) {
    const found = find(root);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A switch's loop leaves the TTL alone; a router's takes from it each time. */
function findLoop(root: Hop, rounds: number): { readonly hop: Hop; readonly times: number } | undefined {
  const counts = new Map<string, number>();
  const visit = (hop: Hop): ReturnType<typeof findLoop> => {
    const any = `${hop.point} ${hop.direction}`;
    const same = `${any} ${hop.headers.ttl}`;
    const times = (counts.get(same) ?? 0) + 1;
    const routed = (counts.get(any) ?? 0) + 1;
    if (times >= rounds) return { hop, times };
    if (routed >= Math.max(rounds, ROUTED_ROUNDS)) return { hop, times: routed };
    counts.set(same, times);
    counts.set(any, routed);
    const found = firstOf(hop.next, visit);
    counts.set(same, times - 1);
    counts.set(any, routed - 1);
    return found;
  };
  return visit(root);
}

/** The second copy at one place of what was sent once. Copies in different tunnels are a flood, not duplicates. */
function findDuplicate(root: Hop): Hop | undefined {
  const places = new Set<string>();
  return hopsBelow(root).find((hop) => {
    const { tunnel, vlan, src_mac, dst_mac, ttl } = hop.headers;
    const outer = tunnel ? `${tunnel.type} ${tunnel.id} ${tunnel.src_ip} ${tunnel.dst_ip}` : '';
    const place =
      hop.kind === 'guest'
        ? `${hop.point} ${hop.direction}`
        : `${hop.point} ${hop.direction} ${outer} ${vlan} ${src_mac} ${dst_mac} ${ttl}`;
    if (places.has(place)) return true;
    places.add(place);
    return false;
  });
}

/** Where a packet was seen last: a cable that lost it, else the latest end of a path. */
function lastHop(root: Hop, receivers: readonly string[]): Hop {
  const arrived = (hop: Hop): boolean => isGuests(hop) || receivers.some((one) => isArrivalAt(hop, one));
  const ends = hopsBelow(root).filter((hop) => hop.next.length === 0 && !arrived(hop));
  const lost = ends.find((hop) => hop.lost);
  return lost ?? ends.reduce((last, hop) => (hop.time > last.time ? hop : last), ends[0] ?? root);
}
