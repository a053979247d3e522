/** Hosts whose agents do not report: nothing that changes reaches them. Pure. */
import type { CloudState, WireState } from '../state/index.ts';
import type { Compiled } from '../targets/index.ts';
import type { Topology } from '../topology/index.ts';

/**
 * A silent host stays as it is until its agents report again, with its cables inside of itself, and what was chosen for
 * it stays taken.
 */
export function withoutSilent(
  { silent_hosts }: Pick<Topology, 'silent_hosts'>,
  before: Compiled,
  { state, allocations }: Compiled,
): Compiled {
  if (silent_hosts.length === 0) return { state, allocations };
  const kept = silent_hosts.flatMap((host) => {
    const node = before.state.nodes[host];
    return node === undefined ? [] : [[host, node] as const];
  });
  const isInside = ({ ends }: WireState): boolean => ends.every(({ node }) => silent_hosts.includes(node));
  const wires = (of: CloudState, wanted: (wire: WireState) => boolean) =>
    Object.entries(of.wires).filter(([, wire]) => wanted(wire));
  // Pools are named `<target>/<what>/<host>`, and perhaps more.
  const pools = Object.entries(before.allocations).filter(([name]) =>
    name.split('/').some((part) => silent_hosts.includes(part)),
  );
  return {
    state: {
      ...state,
      nodes: { ...state.nodes, ...Object.fromEntries(kept) },
      wires: Object.fromEntries([
        ...wires(state, (wire) => !isInside(wire)),
        ...wires(before.state, isInside),
      ]),
    },
    allocations: { ...allocations, ...Object.fromEntries(pools) },
  };
}

/** What is of hosts that are reached. */
export const audible = <T extends { readonly node: string }>(
  { silent_hosts }: Pick<Topology, 'silent_hosts'>,
  all: readonly T[],
): T[] => all.filter(({ node }) => !silent_hosts.includes(node));
