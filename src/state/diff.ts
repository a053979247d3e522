import { type Change, namespaceParts, nodeParts } from './changes.ts';
import { equal } from './equal.ts';
import { type CloudState, emptyNamespace, emptyNode, type NamespaceState, type NodeState } from './types.ts';

/**
 * What has to be done to get from one state to the other. Nodes in the order of their names' first appearance; within
 * a node the node itself, its namespaces with what they hold, bridges, ports, flows; wires last. The order says
 * nothing about the order in which to act: that is the engine's to know.
 */
export const diff = (before: CloudState, after: CloudState): Change[] => {
  const changes: Change[] = [];
  if (before === after) return changes;
  for (const node of union(before.nodes, after.nodes)) {
    diffNode(changes, node, own(before.nodes, node), own(after.nodes, node));
  }
  diffRecord(before.wires, after.wires, (key, edit) =>
    changes.push({ part: 'wires', key, ...edit } as Change),
  );
  return changes;
};

const diffNode = (
  changes: Change[],
  node: string,
  before: NodeState | undefined,
  after: NodeState | undefined,
): void => {
  if (before === after) return;
  if (before === undefined) changes.push({ part: 'node', node, key: node, action: 'add' });
  const old = before ?? emptyNode();
  const next = after ?? emptyNode();
  for (const namespace of union(old.namespaces, next.namespaces)) {
    diffNamespace(changes, node, namespace, own(old.namespaces, namespace), own(next.namespaces, namespace));
  }
  for (const part of nodeParts) {
    diffRecord<unknown>(old[part], next[part], (key, edit) =>
      changes.push({ part, node, key, ...edit } as Change),
    );
  }
  if (after === undefined) changes.push({ part: 'node', node, key: node, action: 'remove' });
};

const diffNamespace = (
  changes: Change[],
  node: string,
  namespace: string,
  before: NamespaceState | undefined,
  after: NamespaceState | undefined,
): void => {
  if (before === after) return;
  if (before === undefined) changes.push({ part: 'namespace', node, key: namespace, action: 'add' });
  const old = before ?? emptyNamespace(namespace);
  const next = after ?? emptyNamespace(namespace);
  for (const part of namespaceParts) {
    diffRecord<unknown>(old[part], next[part], (key, edit) =>
      changes.push({ part, node, namespace, key, ...edit } as Change),
    );
  }
  if (after === undefined) changes.push({ part: 'namespace', node, key: namespace, action: 'remove' });
};

type AnyEdit<Piece> = { action: 'add' | 'remove' | 'update'; before?: Piece; after?: Piece };

const diffRecord = <Piece>(
  before: Readonly<Record<string, Piece>>,
  after: Readonly<Record<string, Piece>>,
  found: (key: string, edit: AnyEdit<Piece>) => void,
): void => {
  if (before === after) return;
  for (const key in before) {
    const old = before[key] as Piece;
    if (!Object.hasOwn(after, key)) found(key, { action: 'remove', before: old });
    else if (!equal(old, after[key]))
      found(key, { action: 'update', before: old, after: after[key] as Piece });
  }
  for (const key in after) {
    if (!Object.hasOwn(before, key)) found(key, { action: 'add', after: after[key] as Piece });
  }
};

/** A server may be called "constructor". */
const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

const union = (a: object, b: object): Set<string> => new Set([...Object.keys(a), ...Object.keys(b)]);
