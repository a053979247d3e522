/** Asks the switches what they did with packets that were checked. */
import type { Check, CheckedJourney } from '../cloud/check.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { compare } from '../journey/index.ts';
import type { CapturedFrame } from '../observe/index.ts';
import { explain, explainIfPossible } from '../observe/live/explain.ts';

/** Which packets are explained: those that went wrong (so that the flow at fault is named), or all. */
export type Explaining = 'failed' | 'all';

export async function explained<T extends Check>(
  cloud: Cloud,
  check: T,
  frames: readonly CapturedFrame[],
  which: Explaining,
): Promise<T> {
  const findings = new Set(check.findings);
  const journeys = await Promise.all(
    check.journeys.map(async (journey): Promise<CheckedJourney> => {
      if (which === 'failed' && journey.ok) return journey;
      const asked = journey.ok
        ? { journey: await explain(cloud.cluster, journey.observed, frames), notes: [] }
        : await explainIfPossible(cloud.cluster, journey.observed, frames);
      for (const note of asked.notes) findings.add(note);
      const observed = asked.journey;
      return { ...journey, observed, comparison: compare(journey.expected, observed) };
    }),
  );
  return { ...check, journeys, findings: [...findings] };
}
