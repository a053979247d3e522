/**
 * What was on its way when an observation began. Kernels and daemons speak when they like (listener reports, router
 * advertisements, VRRP), and what they said may lie partly before the beginning; or all of it does, and a busy node
 * told of it late. None of it belongs to what is observed.
 */
import type { Sighting } from '../journey/types.ts';
import type { CapturedFrame } from './correlate.ts';
import { isSent, link, type Seen } from './link.ts';
import type { Points } from './points.ts';
import { sightingsByPacket } from './sightings.ts';

/** No packet is on its way for longer (ns). */
const FLIGHT = 1_000_000_000n;

/**
 * The frames without those of packets that were sent before the beginning, which is the last of the times in `before`.
 * Who says the same again (an announcement, an advertisement) sends another packet, whose way begins anew. What was
 * sent until `armed` was not captured everywhere: a packet that is known to have left and not to have arrived would be
 * taken for the beginning of the next one.
 */
export function begunSince(
  before: readonly CapturedFrame[],
  frames: readonly CapturedFrame[],
  points: Points,
  armed = 0n,
): readonly CapturedFrame[] {
  const beginning = before.reduce((latest, { time }) => (time > latest ? time : latest), 0n);
  const near = [
    ...before.filter(({ time }) => time >= beginning - FLIGHT && time > armed),
    ...frames.filter(({ time }) => time <= beginning + FLIGHT),
  ];
  const early = new Set<number>();
  for (const sightings of sightingsByPacket(near, points).groups.values()) {
    if (!sightings.some(({ time }) => time <= beginning)) continue;
    for (const seen of link(sightings, points)) {
      if (sentAs(seen, points).time <= beginning) early.add(seen.sighting.frame);
    }
  }
  if (early.size === 0) return frames;
  const left = new Set([...early].map((frame) => near[frame]));
  return frames.filter((frame) => !left.has(frame));
}

/** How it was sent; of what nobody was seen to send, the first sighting. */
function sentAs(seen: Seen, points: Points): Sighting {
  const path = new Set<Seen>();
  let one = seen;
  while (one.parent && !isSent(one.sighting, points) && !path.has(one)) {
    path.add(one);
    one = one.parent;
  }
  return one.sighting;
}
