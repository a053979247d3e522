/**
 * What was on its way when an observation began. Kernels and daemons speak when they like (listener reports, router
 * advertisements, VRRP), and the beginning of what they said may lie before the beginning.
 */
import type { CapturedFrame } from './correlate.ts';
import { identify } from './identify.ts';
import type { Points } from './points.ts';

/** No packet is on its way for longer (ns). */
const FLIGHT = 1_000_000_000n;

/**
 * The frames, after those from before that are the beginnings of packets of theirs. Who says the same again (an
 * announcement, an advertisement) sends another packet: it begins where the first began, which may be among `arrived`,
 * frames of still earlier of which nothing is on its way any more.
 */
export function withBeginnings(
  before: readonly CapturedFrame[],
  frames: readonly CapturedFrame[],
  points: Points,
  arrived: readonly CapturedFrame[] = [],
): readonly CapturedFrame[] {
  const [first] = frames;
  if (!first || before.length === 0) return frames;
  const keyOf = ({ identified, bytes, point }: CapturedFrame): string | undefined =>
    (identified ?? identify(bytes, points.get(point)?.kind === 'wire'))?.key;
  const start = frames.reduce((least, { time }) => (time < least ? time : least), first.time);
  const isLate = ({ time, point }: CapturedFrame): boolean => time >= start - FLIGHT && points.has(point);
  const grouped = (all: readonly CapturedFrame[]) => Map.groupBy(all.filter(isLate).toSorted(byTime), keyOf);
  const earlier = grouped(before);
  const known = grouped([...arrived, ...before]);
  const present = Map.groupBy(frames, keyOf);
  const began = [...present].flatMap(([key, own]) => {
    const ones = key === undefined ? [] : (earlier.get(key) ?? []);
    const [origin] = known.get(key) ?? [];
    const [next] = own.toSorted(byTime);
    if (!origin || !next || isSamePlace(origin, next)) return [];
    const from = ones.findLastIndex((one) => isSamePlace(origin, one));
    return from < 0 ? [] : ones.slice(from);
  });
  return began.length === 0 ? frames : [...began, ...frames];
}

const byTime = (one: CapturedFrame, other: CapturedFrame): number => Number(one.time - other.time);

const isSamePlace = (one: CapturedFrame, other: CapturedFrame): boolean =>
  one.point === other.point && one.direction === other.direction;
