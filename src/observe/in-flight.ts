/**
 * What was on its way when an observation began. Kernels and daemons speak when they like (listener reports, router
 * advertisements, VRRP), and the beginning of what they said may lie before the beginning.
 */
import type { CapturedFrame } from './correlate.ts';
import { identify } from './identify.ts';
import type { Points } from './points.ts';

/** No packet is on its way for longer (ns). */
const FLIGHT = 1_000_000_000n;

/** The frames, after those from before that belong to packets of theirs. */
export function withBeginnings(
  before: readonly CapturedFrame[],
  frames: readonly CapturedFrame[],
  points: Points,
): readonly CapturedFrame[] {
  const [first] = frames;
  if (!first || before.length === 0) return frames;
  const keyOf = ({ identified, bytes, point }: CapturedFrame): string | undefined =>
    (identified ?? identify(bytes, points.get(point)?.kind === 'wire'))?.key;
  const start = frames.reduce((least, { time }) => (time < least ? time : least), first.time);
  const late = before.filter(({ time, point }) => time >= start - FLIGHT && points.has(point));
  const began = late.filter((frame) => keyOf(frame) !== undefined);
  if (began.length === 0) return frames;
  const keys = new Set(frames.map(keyOf));
  return [...began.filter((frame) => keys.has(keyOf(frame))), ...frames];
}
