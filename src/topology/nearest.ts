/** The name that was probably meant. */

const LONGEST = 64;

/**
 * Names nearest to a wrong one, best first: those that differ by a few slips (a letter missing, doubled, wrong, or two
 * swapped), counted as the optimal string alignment distance, without regard to case.
 */
export function nearest(wrong: string, names: Iterable<string>): string[] {
  if (wrong.length > LONGEST) return [];
  const allowed = Math.max(1, Math.floor(wrong.length / 3));
  return [...names]
    .filter((name) => Math.abs(name.length - wrong.length) <= allowed)
    .map((name) => ({ name, slips: slipsBetween(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ slips }) => slips <= allowed)
    .toSorted((a, b) => a.slips - b.slips)
    .map(({ name }) => name);
}

function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let slips = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      row.push(slips);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

const LISTED = 12;

/** "one of a, b, c", for what was expected. */
export function oneOf(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, LISTED).join(', ');
  if (all.length <= 1) return all[0] ?? 'none';
  return all.length > LISTED ? `one of ${shown}, … (${all.length} in all)` : `one of ${shown}`;
}
