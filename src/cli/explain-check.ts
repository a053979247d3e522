/** Asks the switches what they did with packets that were checked. */
import type { Check, CheckedJourney } from '../cloud/check.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { compare } from '../journey/index.ts';
import type { CapturedFrame } from '../observe/index.ts';
import { explain } from '../observe/live/explain.ts';

/** Which packets are explained: those that went wrong (so that the flow at fault is named), or all. */
export type Explaining = 'failed' | 'all';

export async function explained<T extends Check>(
  cloud: Cloud,
  check: T,
  frames: readonly CapturedFrame[],
  which: Explaining,
): Promise<T> {
  const journeys = await Promise.all(
    check.journeys.map(async (journey): Promise<CheckedJourney> => {
      if (which === 'failed' && journey.ok) return journey;
      const observed = await explain(cloud.cluster, journey.observed, frames);
      return { ...journey, observed, comparison: compare(journey.expected, observed) };
    }),
  );
  return { ...check, journeys };
}
