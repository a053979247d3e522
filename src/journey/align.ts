/** Which observed hop is which expected one, among siblings. */
import { headerDifferences } from './satisfies.ts';
import type { ExpectedHop, Hop } from './types.ts';

export interface Alignment {
  readonly expected?: ExpectedHop;
  readonly observed?: Hop;
  /** Both are the same place. */
  readonly matched: boolean;
  /** Only observed: a further copy of what a matched sibling already is. */
  readonly duplicate?: boolean;
}

/**
 * Pairs siblings: first those that are the same place (of several the one whose headers and further way fit best), then,
 * only for the eye, what is left on both sides. Expected hops keep their order; hops that nothing explains come last.
 * Without `matching` (below a pair that is not the same place) nothing is taken for explained.
 */
export function align(
  expected: readonly ExpectedHop[],
  observed: readonly Hop[],
  matching: boolean,
): Alignment[] {
  const partner = matching ? bestPartners(expected, observed) : new Map<ExpectedHop, Hop>();
  const used = new Set(partner.values());
  const left = observed.filter((hop) => !used.has(hop));
  const copies = matching ? left.filter((hop) => isCopy(hop, partner)) : [];
  const strangers = left.filter((hop) => !copies.includes(hop));

  const pairs = expected.map((want): Alignment => {
    const hop = partner.get(want);
    if (hop) return { expected: want, observed: hop, matched: true };
    const beside = strangers.findIndex(({ kind }) => kind === want.kind);
    if (beside < 0) return { expected: want, matched: false };
    const [stranger] = strangers.splice(beside, 1) as [Hop];
    return { expected: want, observed: stranger, matched: false };
  });
  return [
    ...pairs,
    ...copies.map((hop) => ({ observed: hop, matched: false, duplicate: true })),
    ...strangers.map((hop) => ({ observed: hop, matched: false })),
  ];
}

const isPlace = (expected: ExpectedHop, observed: Hop): boolean =>
  expected.kind === observed.kind &&
  expected.node === observed.node &&
  (expected.to === undefined || expected.to === observed.to) &&
  (expected.device === undefined || expected.device === observed.device) &&
  (expected.direction === undefined || expected.direction === observed.direction);

/** Cheapest pairs first. Few siblings share a place: the copies of a flood that leave through one device. */
function bestPartners(expected: readonly ExpectedHop[], observed: readonly Hop[]): Map<ExpectedHop, Hop> {
  const candidates: { readonly want: ExpectedHop; readonly hop: Hop; readonly cost: number }[] = [];
  for (const want of expected) {
    const fits = observed.filter((hop) => isPlace(want, hop));
    // With one candidate and nobody else to want it, how well it fits does not matter.
    for (const hop of fits)
      candidates.push({ want, hop, cost: fits.length > 1 || expected.length > 1 ? costOf(want, hop) : 0 });
  }
  candidates.sort((a, b) => a.cost - b.cost);
  const partner = new Map<ExpectedHop, Hop>();
  const used = new Set<Hop>();
  for (const { want, hop } of candidates) {
    if (partner.has(want) || used.has(hop)) continue;
    partner.set(want, hop);
    used.add(hop);
  }
  return partner;
}

/** How badly an observed hop and its further way fit: a wrong header weighs more than what is wrong further on. */
function costOf(want: ExpectedHop, hop: Hop): number {
  const here = headerDifferences(hop.headers, want.headers).length * 8 + (hop.lost ? 1 : 0);
  let ahead = Math.abs(want.next.length - hop.next.length);
  for (const next of want.next) {
    const fits = hop.next.filter((candidate) => isPlace(next, candidate));
    ahead += fits.length === 0 ? 4 : Math.min(...fits.map((candidate) => costOf(next, candidate)));
  }
  return here + Math.min(ahead, 1000) / 2;
}

function isCopy(hop: Hop, partner: ReadonlyMap<ExpectedHop, Hop>): boolean {
  for (const want of partner.keys()) {
    if (isPlace(want, hop) && headerDifferences(hop.headers, want.headers).length === 0) return true;
  }
  return false;
}
