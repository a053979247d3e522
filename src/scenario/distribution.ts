/** Whether a balancer has shared out as it should: to the letter where it takes turns, by a test where it hashes. Pure. */

/** By the member's name. */
export type Counts = Readonly<Record<string, number>>;

/** How often each member comes in one cycle of weighted turns: the weights, divided by what they have in common. */
export function cycleOf(weights: Counts): Counts {
  const shared = Object.values(weights).reduce(gcd, 0);
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight / (shared || 1)]));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Counts that must come out exactly after so many whole cycles, wherever in a cycle one begins. */
export function turns(weights: Counts, cycles: number): Counts {
  return Object.fromEntries(Object.entries(cycleOf(weights)).map(([name, share]) => [name, share * cycles]));
}

/** How often each of them was seen; nobody is left out, and strangers are counted too. */
export function countsOf(seen: Iterable<string>, names: Iterable<string> = []): Counts {
  const counts: Record<string, number> = Object.fromEntries([...names].map((name) => [name, 0]));
  for (const name of seen) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export interface Fit {
  readonly fits: boolean;
  /** Pearson's chi-square. */
  readonly statistic: number;
  readonly degrees: number;
  /** Probability of a statistic as large as this, or larger, if the shares are those of the weights. */
  readonly p: number;
  readonly expected: Counts;
}

/** Of a million right balancers one is called wrong. */
export const ALPHA = 1e-6;

/** Below it the distribution of the statistic is not that of chi-square (Cochran's rule). */
const LEAST_EXPECTED = 5;

/**
 * Pearson's test of goodness of fit: whether counts can be by chance what they are when each member's share is its
 * weight's. `alpha` is the rate of errors of the first kind: how often a right balancer is called wrong.
 *
 * @throws RangeError where there are too few observations, or nothing to choose between
 */
export function fitOf(counts: Counts, weights: Counts, alpha: number = ALPHA): Fit {
  const members = Object.entries(weights).filter(([, weight]) => weight > 0);
  const sum = members.reduce((all, [, weight]) => all + weight, 0);
  const total = Object.values(counts).reduce((all, count) => all + count, 0);
  const expected = Object.fromEntries(members.map(([name, weight]) => [name, (total * weight) / sum]));
  if (members.length < 2) throw new RangeError('a test needs two members to choose between');
  const least = Math.min(...Object.values(expected));
  if (least < LEAST_EXPECTED) {
    const needed = Math.ceil((LEAST_EXPECTED * sum) / Math.min(...members.map(([, weight]) => weight)));
    throw new RangeError(`${total} observations are too few for a test: ${needed} at least`);
  }
  const degrees = members.length - 1;
  // One who should get nothing, or whom nobody knows, cannot be chance.
  const stranger = Object.entries(counts).some(([name, count]) => count > 0 && !(name in expected));
  const statistic = stranger
    ? Number.POSITIVE_INFINITY
    : members.reduce((all, [name]) => {
        const share = expected[name] ?? 0;
        return all + ((counts[name] ?? 0) - share) ** 2 / share;
      }, 0);
  const p = chiSquareTail(statistic, degrees);
  return { fits: p >= alpha, statistic, degrees, p, expected };
}

/** Probability that chi-square with so many degrees of freedom is x or more: Q(degrees / 2, x / 2). */
export function chiSquareTail(x: number, degrees: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  // Close to 1 the sum may be beyond it by its last digit.
  return Math.min(1, upperGamma(degrees / 2, x / 2));
}

/**
 * The regularised upper incomplete gamma function, for a a multiple of one half: by its recurrence
 * Q(a + 1, x) = Q(a, x) + x^a e^-x / Γ(a + 1) (Abramowitz and Stegun, 6.5.21) from Q(1, x) = e^-x or
 * Q(1/2, x) = erfc(√x). All terms are positive, so that small results keep their digits.
 */
function upperGamma(a: number, x: number): number {
  const half = a % 1 !== 0;
  let sum = half ? erfc(Math.sqrt(x)) : Math.exp(-x);
  // x^b e^-x / Γ(b + 1) for b = 1/2 or 1.
  let term = half ? 2 * Math.sqrt(x / Math.PI) * Math.exp(-x) : x * Math.exp(-x);
  for (let b = half ? 0.5 : 1; b < a; b += 1) {
    sum += term;
    term *= x / (b + 1);
  }
  return sum;
}

/** The complementary error function, to about 15 digits of its value: a series for small x, a continued fraction else. */
function erfc(x: number): number {
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  // Lentz's way is not needed: from the far end of the fraction all is positive (7.1.14).
  let fraction = x;
  for (let k = 80; k >= 1; k -= 1) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}
