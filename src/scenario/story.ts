/** What a failed scenario says: which packets went astray, where, and which flow sent them there. */
import type { Check, CheckedJourney, Observed } from '../cloud/index.ts';
import type { Cluster } from '../engine/index.ts';
import { compare, type Hop, hopsBelow, tellComparison, tellJourney } from '../journey/index.ts';
import { journeyOf, type ObservedPacket } from '../observe/index.ts';
import { explainIfPossible } from '../observe/live/explain.ts';

type Result = Check & { readonly observed: Observed<unknown> };

/** How many packets are told in full. */
const STORIES = 3;

export async function storyOf(cluster: Cluster, title: string, result: Result): Promise<string> {
  const wrong = result.journeys.filter((journey) => !journey.ok);
  const texts = await Promise.all([
    ...wrong.slice(0, STORIES).map((journey) => comparisonStory(cluster, journey, result)),
    ...result.unexplained.slice(0, STORIES).map((packet) => strangerStory(cluster, packet, result)),
  ]);
  const { down } = result.observed;
  const beside = [
    ...result.findings.map((text) => `✗ ${text}`),
    ...(down.length > 0 ? [`no link at ${down.join(', ')}: nothing passes there`] : []),
  ];
  const more = wrong.length + result.unexplained.length - texts.length;
  const rest = more > 0 ? [`and ${more} more packets`] : [];
  return [`${title}: not as predicted`, ...texts, ...rest, ...beside].join('\n\n');
}

async function comparisonStory(
  cluster: Cluster,
  { expected, observed }: CheckedJourney,
  { observed: { frames } }: Result,
): Promise<string> {
  const { journey, notes } = await explainIfPossible(cluster, observed, frames);
  return [tellComparison(compare(expected, journey)), ...notes].join('\n\n');
}

/** A packet that nobody sent was made by a switch out of another one: the last that came to it before. */
async function strangerStory(
  cluster: Cluster,
  packet: ObservedPacket,
  { journeys, observed: { observation, frames } }: Result,
): Promise<string> {
  const journey = journeyOf(observation, packet, { receivers: [] });
  const [first] = journey.roots;
  const text = tellJourney(journey, { title: '✗ nobody has sent' });
  if (!first) return text;
  const arrivals = journeys.flatMap((one) =>
    one.observed.roots
      .flatMap(hopsBelow)
      .filter((hop) => nodeReached(hop) === first.node && hop.time <= first.time)
      .map((hop) => ({ hop, one })),
  );
  const cause = arrivals.reduce<(typeof arrivals)[number] | undefined>(
    (last, next) => (last && last.hop.time > next.hop.time ? last : next),
    undefined,
  );
  if (!cause) return text;
  const alone = { ...cause.one.observed, roots: [{ ...cause.hop, next: [] }] };
  const { journey: before, notes } = await explainIfPossible(cluster, alone, frames);
  const title = `before that, ${first.node} got`;
  return [text, tellJourney(before, { title, bridges: true }), ...notes].join('\n\n');
}

const nodeReached = (hop: Hop): string | undefined =>
  hop.kind === 'wire' ? hop.to : hop.direction === 'in' ? hop.node : undefined;
