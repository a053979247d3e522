import type { Change, NamespacePieceChange, NodePieceChange, WireChange } from './changes.ts';
import { type CloudState, emptyNamespace, emptyNode, type NamespaceState, type NodeState } from './types.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The state after the changes: patch(before, diff(before, after)) equals after. Nothing of `before` is altered. */
export const patch = (before: CloudState, changes: readonly Change[]): CloudState => {
  const draft = new Draft(before);
  for (const change of changes) draft.apply(change);
  return draft.state;
};

/** Copies each record once, when something in it changes for the first time. */
class Draft {
  readonly state: Mutable<CloudState>;
  readonly #owned = new Set<object>();

  constructor(before: CloudState) {
    this.state = { ...before };
  }

  apply(change: Change): void {
    if (change.part === 'wires') this.#wire(change);
    else if (change.part === 'node') {
      const nodes = this.#own(this.state, 'nodes');
      if (change.action === 'add') nodes[change.key] = emptyNode();
      else delete nodes[change.key];
    } else if (change.part === 'namespace') {
      const namespaces = this.#own(this.#node(change.node), 'namespaces');
      if (change.action === 'add') namespaces[change.key] = emptyNamespace(change.key);
      else delete namespaces[change.key];
    } else if ('namespace' in change) {
      edit(
        this.#own<Mutable<NamespaceState>, typeof change.part>(this.#namespace(change), change.part),
        change,
      );
    } else {
      edit(this.#own<Mutable<NodeState>, typeof change.part>(this.#node(change.node), change.part), change);
    }
  }

  #wire(change: WireChange): void {
    edit(this.#own(this.state, 'wires'), change);
  }

  #node(name: string): Mutable<NodeState> {
    return this.#own(this.#own(this.state, 'nodes'), name);
  }

  #namespace({ node, namespace }: { node: string; namespace: string }): Mutable<NamespaceState> {
    return this.#own(this.#own(this.#node(node), 'namespaces'), namespace);
  }

  /** The value below a key, as a copy that is the draft's own. */
  #own<Parent extends object, Key extends keyof Parent>(
    parent: Parent,
    key: Key,
  ): Mutable<Parent[Key] & object> {
    const present = parent[key];
    if (typeof present !== 'object' || present === null) {
      throw new TypeError(`a change to something below ${String(key)}, which is not there`);
    }
    if (this.#owned.has(present)) return present;
    const copy = { ...present };
    this.#owned.add(copy);
    parent[key] = copy;
    return copy;
  }
}

const edit = (record: object, change: NamespacePieceChange | NodePieceChange | WireChange): void => {
  const target = record as Record<string, unknown>;
  if (change.action === 'remove') delete target[change.key];
  else target[change.key] = change.after;
};
