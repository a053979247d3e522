import {
  type Comparison,
  compare,
  type Difference,
  type ExpectedHop,
  type ExpectedJourney,
  type Hop,
  type Journey,
  journeyToJson,
  type Row,
} from '../journey/index.ts';
import type { ComparisonRow, FieldDifference, JourneyReport } from './model.ts';
import { constraintText, placeText, wearText } from './words.ts';

export interface JourneyReportInput {
  readonly title: string;
  readonly observed: Journey;
  readonly expected?: ExpectedJourney;
  /** Default: what `compare` says of the two. */
  readonly comparison?: Comparison;
  /** Id of the capture that the hops' frame numbers refer to. */
  readonly capture?: string;
  /** Why the verdict is what it is, in one line. */
  readonly reason?: string;
}

/** A journey as a run reports it: what must have happened beside what did, in words and as data. */
export function journeyReport(input: JourneyReportInput): JourneyReport {
  const { title, observed, expected, capture, reason } = input;
  const comparison = input.comparison ?? (expected === undefined ? undefined : compare(expected, observed));
  return {
    title,
    ...(capture !== undefined && { capture }),
    ...(expected !== undefined && { expected }),
    observed: journeyToJson(observed),
    comparison: comparison === undefined ? { rows: [], first: -1 } : comparisonReport(comparison, observed),
    verdict: comparison?.verdict.observed ?? observed.verdict,
    ...(reason !== undefined && { reason }),
    ok: comparison?.ok ?? observed.verdict !== 'inconclusive',
  };
}

function comparisonReport(comparison: Comparison, observed: Journey): JourneyReport['comparison'] {
  const { rows, differences } = comparison;
  const numbers = hopNumbers(observed.roots);
  const byRow = Map.groupBy(differences, (difference) => difference.row);
  const depths = branchDepths(rows);
  return {
    rows: rows.map((row, index) =>
      rowReport(row, rows[row.parent], byRow.get(index) ?? [], depths[index] ?? 0, numbers),
    ),
    first: differences[0]?.row ?? -1,
  };
}

function rowReport(
  row: Row,
  before: Row | undefined,
  differences: readonly Difference[],
  depth: number,
  numbers: ReadonlyMap<Hop, number>,
): ComparisonRow {
  const { expected, observed } = row;
  const hop = observed && numbers.get(observed);
  const copy = differences.some(({ code }) => code === 'duplicate-hop');
  return {
    state: stateOf(row, differences),
    depth,
    ...(expected && {
      expected: hopText(expected),
      ...worn(
        'expectedWear',
        constraintText(expected.headers),
        before?.expected && constraintText(before.expected.headers),
      ),
      because: expected.because,
    }),
    ...(observed && {
      observed: `${hopText(observed)}${copy ? ', a second copy' : ''}`,
      ...worn(
        'observedWear',
        wearText(observed.headers),
        before?.observed && wearText(before.observed.headers),
      ),
    }),
    ...(hop !== undefined && { hop }),
    differences: differences.flatMap((difference) => fieldDifference(difference)),
  };
}

function stateOf(
  { expected, observed, matched }: Row,
  differences: readonly Difference[],
): ComparisonRow['state'] {
  if (matched) return differences.length === 0 ? 'same' : 'different';
  if (expected && observed) return 'elsewhere';
  return expected ? 'missing' : 'unexplained';
}

function fieldDifference({ code, field, expected, observed, place }: Difference): FieldDifference[] {
  if (code === 'header' && field !== undefined)
    return [{ field, expected: valueText(expected), observed: valueText(observed) }];
  if (code === 'lost-on-wire')
    return [
      { field: 'arrival', expected: `seen at ${place?.to ?? 'the far end'}`, observed: 'lost on the cable' },
    ];
  return [];
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hopText(hop: ExpectedHop | Hop): string {
  return `${hop.kind} ${placeText(hop)}`;
}

/** What a frame wears is worth a line only where it differs from the hop before. */
function worn(key: string, now: string, before: string | undefined): Readonly<Record<string, string>> {
  return now === before || now === '' ? {} : { [key]: now };
}

/** How many copies were made above each row: a chain stays straight. */
function branchDepths(rows: readonly Row[]): number[] {
  const children = new Map<number, number>();
  for (const { parent } of rows) children.set(parent, (children.get(parent) ?? 0) + 1);
  const depths: number[] = [];
  for (const { parent } of rows) {
    const branched = (children.get(parent) ?? 0) > 1 && parent >= 0;
    depths.push((depths[parent] ?? 0) + (branched ? 1 : 0));
  }
  return depths;
}

/** Hops by number, depth first over all roots. */
function hopNumbers(roots: readonly Hop[]): Map<Hop, number> {
  const numbers = new Map<Hop, number>();
  const todo = roots.toReversed();
  for (let hop = todo.pop(); hop; hop = todo.pop()) {
    numbers.set(hop, numbers.size);
    todo.push(...hop.next.toReversed());
  }
  return numbers;
}
