/** Frames of all captures → the packets that they show. */
import { NetdojoError } from '../errors/index.ts';
import { labelOf } from '../journey/label.ts';
import { satisfies } from '../journey/satisfies.ts';
import type { Constraint, Headers, Journey, Sighting } from '../journey/types.ts';
import { judge, type Recipients } from '../journey/verdict.ts';
import { assemble } from './assemble.ts';
import type { Identified } from './identify.ts';
import { isSent, link, rootOf, type Seen } from './link.ts';
import type { Points } from './points.ts';
import { sightingsByPacket } from './sightings.ts';

/** A frame as a capture delivers it. */
export interface CapturedFrame {
  /** Id of the point. */
  readonly point: string;
  /** Seen from the device: out leaves it towards the cable. */
  readonly direction: 'in' | 'out';
  /** Nanoseconds since the epoch; one clock for all points. */
  readonly time: bigint;
  /** The frame, or of a long capture only its beginning; then `identified` and `length` say what it was. */
  readonly bytes: Uint8Array;
  /** Bytes of the frame on the cable; absent when `bytes` is all of it. */
  readonly length?: number;
  readonly identified?: Identified;
}

/** All sightings of one packet, earliest first. */
export interface ObservedPacket {
  readonly key: string;
  /** In words, such as `icmp echo-request 4fa1/1`. */
  readonly label: string;
  readonly sightings: readonly Sighting[];
}

export interface Observation {
  /** In the order in which they were first seen. */
  readonly packets: readonly ObservedPacket[];
  /** Frames that were captured but are no packets: markers and what is shorter than an Ethernet header. */
  readonly skipped: number;
  /** Frames that captures missed; with any, absence proves nothing. */
  readonly dropped: number;
  readonly points: Points;
}

export interface CorrelateOptions {
  /** How many frames each capture missed, by point (or whatever names the capture). */
  readonly dropped?: Readonly<Record<string, number>>;
}

/**
 * Groups frames by the packet that they are. `frames` may be in any order; `Sighting.frame` is the index into it.
 * Throws ND_UNKNOWN_POINT for a frame from a place that is no point.
 */
export function correlate(
  frames: readonly CapturedFrame[],
  points: Points,
  options: CorrelateOptions = {},
): Observation {
  for (const { point } of frames) {
    if (points.has(point)) continue;
    throw new NetdojoError(`a frame was captured at ${point}, which is no capture point`, {
      code: 'ND_UNKNOWN_POINT',
    });
  }
  const { groups, skipped } = sightingsByPacket(frames, points);

  const packets: ObservedPacket[] = [];
  for (const [key, group] of groups) {
    group.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.frame - b.frame));
    for (const sightings of bySender(group, points))
      packets.push({ key, label: labelOf((sightings[0] as Sighting).headers), sightings });
  }
  const first = (packet: ObservedPacket): bigint => (packet.sightings[0] as Sighting).time;
  packets.sort((a, b) => (first(a) < first(b) ? -1 : first(a) > first(b) ? 1 : 0));
  const dropped = Object.values(options.dropped ?? {}).reduce((sum, count) => sum + count, 0);
  return { packets, skipped, dropped, points };
}

/**
 * Two guests may send what nothing but their addresses tells apart, such as pings that say the same, and so may the
 * parts of a distributed router, all of which answer for one address. Then the packets are told apart by their ways.
 * What is on no sender's way belongs to who has sent last.
 */
function bySender(sightings: Sighting[], points: Points): Sighting[][] {
  const senders = new Set(sightings.filter((one) => isSent(one, points)).map(({ point }) => point));
  if (senders.size < 2) return [sightings];
  const packets = new Map([...senders].map((sender): [string, Sighting[]] => [sender, []]));
  const roots = new Map<Seen, Seen>();
  let latest = senders.values().next().value as string;
  for (const seen of link(sightings, points)) {
    if (isSent(seen.sighting, points)) latest = seen.sighting.point;
    const root = rootOf(seen, roots).sighting;
    packets.get(isSent(root, points) ? root.point : latest)?.push(seen.sighting);
  }
  // A sender of what came from another one has sent nothing of its own.
  return [...packets.values()].filter((own) => own.length > 0);
}

/** Which packets one is after: where they were first seen, and what must hold of their headers there. */
export interface PacketFilter {
  /** Point id, such as `web1:eth0`. */
  readonly point?: string;
  readonly headers?: Constraint<Headers>;
}

/** The packets whose first sighting at a point (or anywhere) has such headers, in the order of time. */
export function findPackets(observation: Observation, filter: PacketFilter): ObservedPacket[] {
  return observation.packets.filter(({ sightings }) => {
    const first = sightings.find(({ point }) => filter.point === undefined || point === filter.point);
    return first !== undefined && satisfies(first.headers, filter.headers ?? {});
  });
}

/** The journey of a packet, judged by who was meant to get it; inconclusive when captures missed frames. */
export function journeyOf(observation: Observation, packet: ObservedPacket, recipients: Recipients): Journey {
  const roots = assemble(packet.sightings, observation.points);
  const { verdict } = judge(roots, recipients, { dropped: observation.dropped });
  return { packet: packet.label, verdict, roots };
}
