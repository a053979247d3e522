/** Flows that were asked for and that a switch does not have. Pure. */
import type { BridgeStep, KernelStep } from '../journey/index.ts';
import type { FlowState, NodeState } from '../state/index.ts';

/** More than this would only repeat that flows are missing. */
const NAMED = 5;

/**
 * Of the tables that a packet came to, the flows that are missing. `dumps` has the text of `ovs-ofctl dump-flows` by
 * bridge. The switch writes matches and actions in its own way; so flows are told apart by their cookies and counted.
 */
export function missingFlows(
  { flows }: Pick<NodeState, 'flows'>,
  steps: readonly BridgeStep[],
  dumps: ReadonlyMap<string, string>,
): KernelStep[] {
  const passed = new Set(steps.map(({ bridge, table }) => `${bridge} ${table}`));
  const there = countsIn(dumps);
  const groups = Map.groupBy(
    Object.values(flows).filter(({ bridge, table }) => passed.has(`${bridge} ${table}`) && dumps.has(bridge)),
    keyOf,
  );
  const missing = [...groups].flatMap(([key, group]) => {
    const counts = there.get(key);
    const total = [...(counts?.values() ?? [])].reduce((sum, count) => sum + count, 0);
    if (total >= group.length) return [];
    // Of flows with one owner those are missing whose priority is.
    const lacking = group.filter(({ priority }) => !counts?.has(priority));
    return lacking.length > 0 ? lacking : group.slice(0, 1);
  });
  return missing.slice(0, NAMED).map(
    ({ bridge, table, priority, match, actions, owner }): KernelStep => ({
      where: `${bridge} table ${table}`,
      what: `priority ${priority} ${match} actions=${actions}`,
      outcome: 'is missing',
      owner: owner.purpose,
      fault: true,
    }),
  );
}

const keyOf = ({ bridge, table, cookie }: Pick<FlowState, 'bridge' | 'table' | 'cookie'>): string =>
  `${bridge} ${table} ${cookie}`;

/** How many flows of each priority there are, by bridge, table and cookie. */
function countsIn(dumps: ReadonlyMap<string, string>): Map<string, Map<number, number>> {
  const counts = new Map<string, Map<number, number>>();
  for (const [bridge, text] of dumps) {
    for (const line of text.split('\n')) {
      const cookie = /\bcookie=(0x[0-9a-f]+)/u.exec(line)?.[1];
      if (cookie === undefined) continue;
      const table = Number(/\btable=(\d+)/u.exec(line)?.[1] ?? 0);
      const priority = Number(/\bpriority=(\d+)/u.exec(line)?.[1] ?? 32_768);
      const key = keyOf({ bridge, table, cookie });
      const known = counts.get(key) ?? new Map<number, number>();
      counts.set(key, known.set(priority, (known.get(priority) ?? 0) + 1));
    }
  }
  return counts;
}
