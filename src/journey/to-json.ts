/** Journeys as plain JSON. */
import type { BridgeStep, Headers, Hop, HopKind, Journey, KernelStep, Verdict } from './types.ts';

/** A hop without bigints: time is nanoseconds since the journey's `start`. */
export interface HopJson {
  readonly kind: HopKind;
  readonly node: string;
  readonly device: string;
  readonly point: string;
  readonly to?: string;
  readonly far?: string;
  readonly object?: string;
  readonly direction: 'in' | 'out';
  readonly headers: Headers;
  readonly time_ns: number;
  readonly frames: readonly number[];
  readonly lost?: boolean;
  readonly more?: number;
  readonly bridges?: readonly BridgeStep[];
  readonly kernel?: readonly KernelStep[];
  readonly next: readonly HopJson[];
}

export interface JourneyJson {
  readonly packet: string;
  readonly verdict: Verdict;
  /** Nanoseconds since the epoch as a decimal number, which JavaScript's number could not hold; null when never seen. */
  readonly start: string | null;
  readonly roots: readonly HopJson[];
}

/** The journey as data that `JSON.stringify` takes. */
export function journeyToJson(journey: Journey): JourneyJson {
  const { packet, verdict, roots } = journey;
  const start = roots.reduce((first, { time }) => (time < first ? time : first), roots[0]?.time ?? 0n);
  return {
    packet,
    verdict,
    start: roots.length === 0 ? null : String(start),
    roots: roots.map((root) => hopToJson(root, start)),
  };
}

function hopToJson({ time, next, ...rest }: Hop, start: bigint): HopJson {
  return { ...rest, time_ns: Number(time - start), next: next.map((hop) => hopToJson(hop, start)) };
}
