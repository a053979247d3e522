/** What a difference between two cloud states comes to, in the order in which it can be carried out. Pure. */
import {
  type Change,
  type CloudState,
  diff,
  emptyCloud,
  emptyNamespace,
  GUESTS,
  type TunnelNeighbourState,
  type WireState,
} from '../../state/index.ts';
import type { SwitchChange } from '../ovsdb/operations.ts';
import type { FlowChange } from './flow-bundle.ts';
import { type NamespaceBatch, namespaceBatch } from './ip-batch.ts';

export interface NodeSteps {
  /** Bridges, and ports that need no wire; changed ports of any kind. */
  readonly bridges: SwitchChange;
  /** By bridge; each is one bundle. */
  readonly flows: ReadonlyMap<string, FlowChange>;
  readonly removals: SwitchChange;
  /** Ports that take up the end of a wire. */
  readonly devices: SwitchChange;
  readonly namespaces: readonly NamespaceBatch[];
  readonly tunnelNeighbours: readonly TunnelNeighbourState[];
}

export interface Steps {
  readonly nodes: ReadonlyMap<string, NodeSteps>;
  /** A wire whose ends moved is another wire: the old one goes, the new one comes. */
  readonly wires: { readonly add: readonly WireState[]; readonly remove: readonly WireState[] };
  /** Namespaces of servers. */
  readonly guests: { readonly add: readonly string[]; readonly remove: readonly string[] };
}

const noSwitchChange = (): {
  -readonly [K in keyof SwitchChange]: SwitchChange[K][number][];
} & SwitchChange => ({
  addBridges: [],
  setBridges: [],
  removeBridges: [],
  addPorts: [],
  setPorts: [],
  removePorts: [],
});

const endKey = (node: string, namespace: string, device: string): string => `${node} ${namespace} ${device}`;

/** Steps that carry the changes out. `after` is the state to which they lead. */
export function stepsFor(changes: readonly Change[], after: CloudState): Steps {
  const wires = { add: [] as WireState[], remove: [] as WireState[] };
  const guests = { add: [] as string[], remove: [] as string[] };
  const byNode = new Map<string, Change[]>();
  const of = (node: string): Change[] => {
    const known = byNode.get(node);
    if (known) return known;
    const list: Change[] = [];
    byNode.set(node, list);
    return list;
  };
  for (const change of changes) {
    if (change.part !== 'wires') of(change.node).push(change);
    else {
      if (change.action !== 'add') wires.remove.push(change.before);
      if (change.action !== 'remove') wires.add.push(change.after);
    }
    if (change.part === 'namespace' && change.node === GUESTS && change.key !== '')
      guests[change.action].push(change.key);
  }

  const gone = new Set<string>();
  const fresh = new Set<string>();
  for (const end of wires.remove.flatMap((wire) => wire.ends))
    gone.add(endKey(end.node, end.namespace, end.device));
  for (const end of wires.add.flatMap((wire) => wire.ends)) {
    fresh.add(endKey(end.node, end.namespace, end.device));
    of(end.node);
  }

  const nodes = new Map<string, NodeSteps>();
  for (const [node, own] of byNode) {
    const state = after.nodes[node];
    if (!state) continue;
    const pieces = own.filter((change) => change.part !== 'node' && change.part !== 'namespace');
    const steps: NodeSteps = {
      ...switchSteps(pieces),
      flows: flowSteps(pieces, (bridge) => bridge in state.bridges),
      namespaces: namespaceSteps(node, pieces, after, { gone, fresh }),
      tunnelNeighbours: pieces.flatMap((change) =>
        change.part === 'tunnelNeighbours' && change.action !== 'remove' ? [change.after] : [],
      ),
    };
    if (!isIdle(steps)) nodes.set(node, steps);
  }
  return { nodes, wires, guests };
}

const changeId = (change: Change): string =>
  [
    change.part,
    'node' in change ? change.node : '',
    'namespace' in change ? change.namespace : '',
    change.key,
  ].join('\n');

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
    // Only a cable has to go before it is made anew; everything else is replaced.
    if (wanted.has(id) && change.part !== 'wires') continue;
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

/** Steps from one state to the other. */
export const stepsBetween = (before: CloudState, after: CloudState): Steps =>
  stepsFor(diff(before, after), after);

type PieceChange = Exclude<Change, { part: 'node' | 'namespace' }>;

function switchSteps(changes: readonly PieceChange[]): Pick<NodeSteps, 'bridges' | 'removals' | 'devices'> {
  const bridges = noSwitchChange();
  const removals = noSwitchChange();
  const devices = noSwitchChange();
  for (const change of changes) {
    if (change.part === 'bridges') {
      if (change.action === 'add') bridges.addBridges.push(change.after);
      else if (change.action === 'update') bridges.setBridges.push(change.after);
      else removals.removeBridges.push(change.before.name);
    }
    if (change.part === 'ports') portSteps(change, { bridges, removals, devices });
  }
  return { bridges, removals, devices };
}

type Collected = Record<'bridges' | 'removals' | 'devices', ReturnType<typeof noSwitchChange>>;

function portSteps(
  change: Extract<Change, { part: 'ports' }>,
  { bridges, removals, devices }: Collected,
): void {
  if (change.action === 'remove') removals.removePorts.push(change.before);
  else if (change.action === 'add')
    (change.after.type === '' ? devices : bridges).addPorts.push(change.after);
  else if (change.before.bridge === change.after.bridge && change.before.type === change.after.type) {
    bridges.setPorts.push(change.after);
  } else {
    // A port cannot change its kind or its bridge in place.
    removals.removePorts.push(change.before);
    devices.addPorts.push(change.after);
  }
}

function flowSteps(
  changes: readonly PieceChange[],
  exists: (bridge: string) => boolean,
): Map<string, FlowChange> {
  const byBridge = new Map<
    string,
    { add: FlowChange['add'][number][]; remove: FlowChange['remove'][number][] }
  >();
  for (const change of changes) {
    if (change.part !== 'flows') continue;
    const { bridge } = change.action === 'remove' ? change.before : change.after;
    if (!exists(bridge)) continue;
    let bundle = byBridge.get(bridge);
    if (!bundle) byBridge.set(bridge, (bundle = { add: [], remove: [] }));
    if (change.action === 'remove') bundle.remove.push(change.before);
    else bundle.add.push(change.after);
  }
  return byBridge;
}

interface Ends {
  readonly gone: ReadonlySet<string>;
  readonly fresh: ReadonlySet<string>;
}

function namespaceSteps(
  node: string,
  changes: readonly PieceChange[],
  after: CloudState,
  { gone, fresh }: Ends,
): NamespaceBatch[] {
  const batches: NamespaceBatch[] = [];
  const touched = Map.groupBy(changes, (change) => ('namespace' in change ? change.namespace : undefined));
  for (const [name, namespace] of Object.entries(after.nodes[node]?.namespaces ?? {})) {
    const isGone = (device: string): boolean => gone.has(endKey(node, name, device));
    const isFresh = (device: string): boolean => fresh.has(endKey(node, name, device));
    const own = touched.get(name) ?? [];
    if (own.length === 0 && !Object.keys(namespace.links).some(isFresh)) continue;
    const batch = namespaceBatch({ ...emptyNamespace(name), ...namespace }, own, { isGone, isFresh });
    if (batch) batches.push(batch);
  }
  return batches;
}

const isEmpty = (change: SwitchChange): boolean =>
  Object.values(change).every((list: readonly unknown[]) => list.length === 0);

const isIdle = (steps: NodeSteps): boolean =>
  isEmpty(steps.bridges) &&
  isEmpty(steps.removals) &&
  isEmpty(steps.devices) &&
  steps.flows.size === 0 &&
  steps.namespaces.length === 0 &&
  steps.tunnelNeighbours.length === 0;

/** Whether there is nothing to do at all. */
export const isNothing = ({ nodes, wires, guests }: Steps): boolean =>
  nodes.size + wires.add.length + wires.remove.length + guests.add.length + guests.remove.length === 0;
