/** Hosts whose agents do not report: nothing that changes reaches them. Pure. */
import {
  type CloudState,
  emptyNamespace,
  emptyNode,
  type NodeState,
  type WireState,
} from '../state/index.ts';
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

/** Of a cloud that begins: a host that has been silent ever since has its cables to others and bare bridges. */
export function begun(topology: Pick<Topology, 'silent_hosts'>, compiled: Compiled): Compiled {
  const nodes = topology.silent_hosts.map((host) => {
    const { bridges, ports } = compiled.state.nodes[host] ?? emptyNode();
    const own = Object.entries(ports).filter(([, { name }]) => name in bridges);
    const namespaces = { '': emptyNamespace('') };
    const node: NodeState = { ...emptyNode(), namespaces, bridges, ports: Object.fromEntries(own) };
    return [host, node] as const;
  });
  const before = { nodes: Object.fromEntries(nodes), wires: {} };
  return withoutSilent(topology, { state: before, allocations: {} }, compiled);
}

/** What is of hosts that are reached. */
export const audible = <T extends { readonly node: string }>(
  { silent_hosts }: Pick<Topology, 'silent_hosts'>,
  all: readonly T[],
): T[] => all.filter(({ node }) => !silent_hosts.includes(node));
