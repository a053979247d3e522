/** What a difference between two cloud states comes to, in the order in which it can be carried out. Pure. */
import {
  type BridgeState,
  type CloudState,
  emptyNamespace,
  emptyNode,
  type FlowState,
  GUESTS,
  type NodeState,
  type OvsPortState,
  type TunnelNeighbourState,
  type WireState,
} from '../../state/types.ts';
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
  readonly tunnelNeighbours: { readonly add: readonly TunnelNeighbourState[]; readonly remove: readonly TunnelNeighbourState[] };
}

export interface Steps {
  readonly nodes: ReadonlyMap<string, NodeSteps>;
  readonly wires: { readonly add: readonly WireState[]; readonly remove: readonly WireState[] };
  /** Namespaces of servers. */
  readonly guests: { readonly add: readonly string[]; readonly remove: readonly string[] };
}

interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly before: T; readonly after: T }[];
}

const same = (left: unknown, right: unknown): boolean => left === right || JSON.stringify(left) === JSON.stringify(right);

function difference<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): Difference<T> {
  const added: T[] = [];
  const removed: T[] = [];
  const changed: { before: T; after: T }[] = [];
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (old === undefined) added.push(value);
    else if (!same(old, value)) changed.push({ before: old, after: value });
  }
  for (const [key, value] of Object.entries(before)) if (!(key in after)) removed.push(value);
  return { added, removed, changed };
}

/** A wire whose ends moved is another wire; an end of a wire knows only where it is. */
function replaced<T>({ added, removed, changed }: Difference<T>): { add: T[]; remove: T[] } {
  return {
    add: [...added, ...changed.map((change) => change.after)],
    remove: [...removed, ...changed.map((change) => change.before)],
  };
}

function switchSteps(
  before: NodeState,
  after: NodeState,
): Pick<NodeSteps, 'bridges' | 'removals' | 'devices'> {
  const bridges = difference<BridgeState>(before.bridges, after.bridges);
  const ports = difference<OvsPortState>(before.ports, after.ports);
  // A port cannot change its kind or its bridge in place.
  const moved = ports.changed.filter(({ before: old, after: now }) => old.bridge !== now.bridge || old.type !== now.type);
  const set = ports.changed.filter((change) => !moved.includes(change)).map((change) => change.after);
  const add = [...ports.added, ...moved.map((change) => change.after)];
  const none = { addBridges: [], setBridges: [], removeBridges: [], addPorts: [], setPorts: [], removePorts: [] };
  return {
    bridges: {
      ...none,
      addBridges: bridges.added,
      setBridges: bridges.changed.map((change) => change.after),
      addPorts: add.filter((port) => port.type !== '' && !moved.some((change) => change.after === port)),
      setPorts: set,
    },
    removals: {
      ...none,
      removeBridges: bridges.removed.map((bridge) => bridge.name),
      removePorts: [...ports.removed, ...moved.map((change) => change.before)],
    },
    devices: {
      ...none,
      addPorts: add.filter((port) => port.type === '' || moved.some((change) => change.after === port)),
    },
  };
}

function flowSteps(before: NodeState, after: NodeState): Map<string, FlowChange> {
  const flows = difference<FlowState>(before.flows, after.flows);
  const byBridge = new Map<string, { add: FlowState[]; remove: FlowState[] }>();
  const of = (bridge: string) => {
    const known = byBridge.get(bridge);
    if (known) return known;
    const fresh = { add: [], remove: [] };
    byBridge.set(bridge, fresh);
    return fresh;
  };
  for (const flow of flows.added) of(flow.bridge).add.push(flow);
  for (const { after: flow } of flows.changed) of(flow.bridge).add.push(flow);
  for (const flow of flows.removed) if (after.bridges[flow.bridge]) of(flow.bridge).remove.push(flow);
  return byBridge;
}

/** Steps from one state to the other; nodes to which nothing happens are absent. */
export function stepsBetween(before: CloudState, after: CloudState): Steps {
  const wires = replaced(difference<WireState>(before.wires, after.wires));
  const goneEnds = new Set<string>();
  const freshEnds = new Set<string>();
  const endKey = (node: string, namespace: string, device: string): string => `${node} ${namespace} ${device}`;
  for (const wire of wires.remove) for (const end of wire.ends) goneEnds.add(endKey(end.node, end.namespace, end.device));
  for (const wire of wires.add) for (const end of wire.ends) freshEnds.add(endKey(end.node, end.namespace, end.device));

  const nodes = new Map<string, NodeSteps>();
  for (const node of new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)])) {
    const old = before.nodes[node] ?? emptyNode();
    const now = after.nodes[node] ?? emptyNode();
    const touched = [...goneEnds, ...freshEnds].some((key) => key.startsWith(`${node} `));
    if (old === now && !touched) continue;
    const namespaces: NamespaceBatch[] = [];
    for (const [name, namespace] of Object.entries(now.namespaces)) {
      const previous = old.namespaces[name] ?? emptyNamespace(name);
      const devices = Object.keys({ ...previous.links, ...namespace.links });
      const batch = namespaceBatch(previous, namespace, {
        gone: new Set(devices.filter((device) => goneEnds.has(endKey(node, name, device)))),
        fresh: new Set(devices.filter((device) => freshEnds.has(endKey(node, name, device)))),
      });
      if (batch) namespaces.push(batch);
    }
    const steps: NodeSteps = {
      ...switchSteps(old, now),
      flows: flowSteps(old, now),
      namespaces,
      tunnelNeighbours: replaced(difference(old.tunnelNeighbours, now.tunnelNeighbours)),
    };
    if (!isIdle(steps)) nodes.set(node, steps);
  }
  const guestsBefore = before.nodes[GUESTS]?.namespaces ?? {};
  const guestsAfter = after.nodes[GUESTS]?.namespaces ?? {};
  return {
    nodes,
    wires,
    guests: {
      add: Object.keys(guestsAfter).filter((name) => name !== '' && !(name in guestsBefore)),
      remove: Object.keys(guestsBefore).filter((name) => name !== '' && !(name in guestsAfter)),
    },
  };
}

const isEmpty = (change: SwitchChange): boolean => Object.values(change).every((list: readonly unknown[]) => list.length === 0);

function isIdle(steps: NodeSteps): boolean {
  return (
    isEmpty(steps.bridges) &&
    isEmpty(steps.removals) &&
    isEmpty(steps.devices) &&
    steps.flows.size === 0 &&
    steps.namespaces.length === 0 &&
    steps.tunnelNeighbours.add.length === 0 &&
    steps.tunnelNeighbours.remove.length === 0
  );
}

/** Whether there is nothing to do at all. */
export function isNothing(steps: Steps): boolean {
  return (
    steps.nodes.size === 0 &&
    steps.wires.add.length === 0 &&
    steps.wires.remove.length === 0 &&
    steps.guests.add.length === 0 &&
    steps.guests.remove.length === 0
  );
}
