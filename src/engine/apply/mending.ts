/** What to do when earlier attempts were cut short. Pure. */
import { type Change, type CloudState, diff, emptyCloud } from '../../state/index.ts';

const changeId = (change: Change): string =>
  [
    change.part,
    'node' in change ? change.node : '',
    'namespace' in change ? change.namespace : '',
    change.key,
  ].join('\n');

/** What has to go before it is made anew; everything else is replaced. */
const GOES_FIRST: ReadonlySet<Change['part']> = new Set(['wires', 'rules', 'routes']);

/** The forms in which a change may have left its piece; none for what has no form. */
const formsOf = (change: Change): unknown[] => [
  ...('before' in change ? [change.before] : []),
  ...('after' in change ? [change.after] : []),
];

/**
 * Changes that lead to `after` from `before`, when after it some attempts at other states were cut short: what any of
 * them was to change may be there in its old form, in its new one, or not at all. It is taken away and made anew;
 * carrying that out must bear what is there already and what is gone already.
 */
export function mendingChanges(
  before: CloudState,
  attempts: readonly CloudState[],
  after: CloudState,
): Change[] {
  const doubtful = attempts.flatMap((attempted) => diff(before, attempted));
  const ids = new Set(doubtful.map(changeId));
  const removals = new Map<string, Change>();
  const additions: Change[] = [];
  const wanted = new Set<string>();
  for (const change of diff(emptyCloud(), after)) {
    const id = changeId(change);
    if (!ids.has(id)) continue;
    wanted.add(id);
    additions.push(change);
  }
  for (const change of doubtful) {
    const id = changeId(change);
    if (wanted.has(id) && !GOES_FIRST.has(change.part)) continue;
    if (change.part === 'node' || change.part === 'namespace')
      removals.set(id, { ...change, action: 'remove' });
    else {
      const { action: _action, ...place } = change;
      for (const form of formsOf(change)) {
        const removal = { ...place, action: 'remove', before: form } as Change;
        removals.set(`${id}\n${JSON.stringify(form)}`, removal);
      }
    }
  }
  const certain = diff(before, after).filter((change) => !ids.has(changeId(change)));
  return [...certain, ...removals.values(), ...additions];
}
