/** Frames by the packet that they show. */
import type { Sighting } from '../journey/types.ts';
import type { CapturedFrame } from './correlate.ts';
import { identify } from './identify.ts';
import type { Points } from './points.ts';

export interface Sightings {
  /** By the packet's key; `Sighting.frame` is the index into the frames, in whose order they are. */
  readonly groups: Map<string, Sighting[]>;
  /** Frames that are no packets: markers and what is shorter than an Ethernet header. */
  readonly skipped: number;
}

/** Frames from places that are no points are left out. */
export function sightingsByPacket(frames: readonly CapturedFrame[], points: Points): Sightings {
  const groups = new Map<string, Sighting[]>();
  let skipped = 0;
  for (const [index, { point: id, direction, time, bytes, identified }] of frames.entries()) {
    const point = points.get(id);
    if (!point) continue;
    const packet = identified ?? identify(bytes, point.kind === 'wire');
    if (!packet) {
      skipped++;
      continue;
    }
    const sighting = { point: id, direction, time, headers: packet.headers, frame: index };
    const group = groups.get(packet.key);
    if (group) group.push(sighting);
    else groups.set(packet.key, [sighting]);
  }
  return { groups, skipped };
}
