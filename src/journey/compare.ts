/** What must happen beside what did happen. */
import { headerDifferences } from './satisfies.ts';
import type { ExpectedHop, ExpectedJourney, Hop, Journey, Verdict } from './types.ts';
import { type Alignment, align } from './align.ts';
import { judge } from './verdict.ts';

/**
 * Stable names of what can be wrong. header: a field is not as it must be. missing-hop: the packet did not pass where it
 * must. lost-on-wire: it did, but the far end of the cable never saw it. unexpected-hop: a copy where nothing explains
 * one. duplicate-hop: a second copy where one is explained. verdict: the fate differs.
 */
export const differenceCodes = [
  'header',
  'missing-hop',
  'lost-on-wire',
  'unexpected-hop',
  'duplicate-hop',
  'verdict',
] as const;
export type DifferenceCode = (typeof differenceCodes)[number];

/** Where a hop is or would be. */
export interface DifferencePlace {
  readonly kind: Hop['kind'];
  readonly node: string;
  readonly device?: string;
  readonly to?: string;
  readonly direction?: 'in' | 'out';
}

export interface Difference {
  readonly code: DifferenceCode;
  /** Index into the rows; -1 for the verdict, which is of the whole. */
  readonly row: number;
  /** Absent for the verdict. */
  readonly place?: DifferencePlace;
  /** For headers: the field, such as `tunnel.id`. */
  readonly field?: string;
  /** What must be; null where nothing must be. A value of a header field, the code of a verdict, or `hop`. */
  readonly expected: unknown;
  /** What is; null where nothing is. */
  readonly observed: unknown;
  /** The expectation's reason, where there is an expectation. */
  readonly because?: string;
}

/** A line of the two columns: an expected hop, an observed one, or both beside each other. */
export interface Row {
  /** 0 for roots; one more for each hop before. */
  readonly depth: number;
  /** The row of the hop before, -1 for roots. */
  readonly parent: number;
  readonly expected?: ExpectedHop;
  readonly observed?: Hop;
  /** True when the two are the same place; its headers may differ all the same. */
  readonly matched: boolean;
}

export interface Comparison {
  /** As observed (expected where it was never seen). */
  readonly packet: string;
  /** Nothing differs and nothing is uncertain. */
  readonly ok: boolean;
  /** Captures missed frames: neither passed nor failed. */
  readonly inconclusive: boolean;
  readonly verdict: { readonly expected: Verdict; readonly observed: Verdict };
  /** In path order: the first one is where things began to go wrong. */
  readonly differences: readonly Difference[];
  readonly rows: readonly Row[];
  /** All hops that no expectation explains, anywhere. */
  readonly unexplained: readonly Hop[];
}

/**
 * Compares a journey with what must have happened: every expected hop is there, its headers are right, and there is
 * no other hop. Siblings have no order. An expectation that names its receivers judges the observed hops anew by them.
 */
export function compare(expected: ExpectedJourney, observed: Journey): Comparison {
  const verdict = { expected: expected.verdict, observed: verdictOf(expected, observed) };
  const rows: Row[] = [];
  const differences: Difference[] = [];
  const unexplained: Hop[] = [];

  const visit = (pairs: readonly Alignment[], parent: number, depth: number): void => {
    for (const pair of pairs) {
      const row = rows.length;
      rows.push({ depth, parent, ...pair });
      differences.push(...differencesOf(pair, row));
      if (pair.observed && !pair.matched) unexplained.push(pair.observed);
      visit(align(pair.expected?.next ?? [], pair.observed?.next ?? [], pair.matched), row, depth + 1);
    }
  };
  visit(align(expected.roots, observed.roots, true), -1, 0);

  const inconclusive = verdict.observed === 'inconclusive';
  if (verdict.expected !== verdict.observed) {
    differences.push({ code: 'verdict', row: -1, expected: verdict.expected, observed: verdict.observed });
  }
  const packet = observed.roots.length > 0 ? observed.packet : expected.packet;
  const ok = differences.length === 0;
  return { packet, ok, inconclusive, verdict, differences, rows, unexplained };
}

/** Whether frames that were lost on the way can be the reason of all that differs: nothing comes to be anywhere by that. */
export const isMereLoss = ({ differences }: Comparison): boolean =>
  differences.every(
    ({ code, observed }) =>
      code === 'missing-hop' || code === 'lost-on-wire' || (code === 'verdict' && observed === 'lost'),
  );

function verdictOf(expected: ExpectedJourney, observed: Journey): Verdict {
  const { receivers, bystanders, verdict } = expected;
  if (!receivers || observed.verdict === 'inconclusive') return observed.verdict;
  return judge(observed.roots, { receivers, bystanders: bystanders ?? [], verdict }).verdict;
}

function differencesOf({ expected, observed, matched, duplicate }: Alignment, row: number): Difference[] {
  const differences: Difference[] = [];
  if (expected && observed && matched) {
    const { because } = expected;
    const place = placeOfHop(observed);
    for (const difference of headerDifferences(observed.headers, expected.headers)) {
      const { field, expected: must } = difference;
      differences.push({
        code: 'header',
        row,
        place,
        field,
        expected: must,
        observed: difference.observed ?? null,
        because,
      });
    }
    if (observed.lost) {
      differences.push({ code: 'lost-on-wire', row, place, expected: 'hop', observed: null, because });
    }
    return differences;
  }
  if (expected) {
    const { because } = expected;
    const place = placeOfHop(expected);
    differences.push({ code: 'missing-hop', row, place, expected: 'hop', observed: null, because });
  }
  if (observed) {
    const code = duplicate ? 'duplicate-hop' : 'unexpected-hop';
    differences.push({ code, row, place: placeOfHop(observed), expected: null, observed: 'hop' });
  }
  return differences;
}

function placeOfHop({ kind, node, device, to, direction }: ExpectedHop | Hop): DifferencePlace {
  return {
    kind,
    node,
    ...(device !== undefined && { device }),
    ...(to !== undefined && { to }),
    // Elsewhere the neighbouring hops tell it.
    ...(kind === 'namespace' && direction !== undefined && { direction }),
  };
}
