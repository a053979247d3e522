import type { ComparisonRow, ErrorReport, JourneyReport, ScenarioReport } from './model.ts';
import { FIELD_LABELS } from './words.ts';

/** Journeys, and rows of each, that a failure text names before it only counts them. */
const MOST = 8;

/** Why a scenario failed: the error it ended with, or else what its journeys show. Undefined when it did not fail. */
export function failureOf(scenario: ScenarioReport): ErrorReport | undefined {
  if (scenario.error !== undefined) return scenario.error;
  if (scenario.status !== 'failed') return undefined;
  const wrong = scenario.steps.flatMap((step) => step.journeys).filter((journey) => !journey.ok);
  const [first] = wrong;
  const { reason = 'failed' } = scenario;
  if (first === undefined) return { message: reason, text: reason };
  const message =
    wrong.length === 1
      ? `not as expected: ${first.title}`
      : `${wrong.length} journeys are not as expected, the first is ${first.title}`;
  const more = wrong.length - MOST;
  const lines = wrong.slice(0, MOST).flatMap((journey) => journeyLines(journey));
  return { message, text: [message, ...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n') };
}

function journeyLines({ title, verdict, expected, comparison }: JourneyReport): string[] {
  const wanted =
    expected === undefined || expected.verdict === verdict ? '' : `, expected ${expected.verdict}`;
  const wrong = comparison.rows.filter((row) => row.state !== 'same');
  const more = wrong.length - MOST;
  return [
    `${title}: ${verdict}${wanted}`,
    ...wrong.slice(0, MOST).map((row) => `  ${rowLine(row)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function rowLine({ state, expected = '', observed = '', because, differences }: ComparisonRow): string {
  if (state === 'unexplained') return `+ ${observed}: nothing explains it`;
  if (state === 'elsewhere') return `! ${observed} instead of ${expected}`;
  if (state === 'missing')
    return `- ${expected}: never seen${because === undefined ? '' : `, although ${because}`}`;
  const fields = differences.map(
    (one) => `${FIELD_LABELS[one.field] ?? one.field} ${one.observed}, not ${one.expected}`,
  );
  return `! ${observed}: ${fields.join('; ')}`;
}
