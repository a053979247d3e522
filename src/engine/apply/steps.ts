/** What a difference between two cloud states comes to, in the order in which it can be carried out. Pure. */
import {
  type Change,
  type CloudState,
  diff,
  emptyNamespace,
  equal,
  GUESTS,
  type OvsPortState,
  type TunnelNeighbourState,
  type WireEnd,
  type WireState,
} from '../../state/index.ts';
import type { FlowChange } from './flow-bundle.ts';
import { type NamespaceBatch, namespaceBatch } from './ip-batch.ts';
import { type FirewallBatch, firewallBatch } from './netfilter.ts';
import { isEmpty, isSamePort, type PieceChange, type SwitchSteps, switchSteps } from './switch-steps.ts';
import { isIdle as isIdleService, type ServiceSteps, serviceSteps } from './services.ts';

export interface NodeSteps extends SwitchSteps {
  /** Network namespaces beside the node's own; those of servers are in `guests`. */
  readonly spaces: Names;
  /** By bridge; each is one bundle. */
  readonly flows: ReadonlyMap<string, FlowChange>;
  /** Internal ports that go into a namespace once the switch has made them. */
  readonly moves: readonly DeviceMove[];
  readonly namespaces: readonly NamespaceBatch[];
  readonly firewalls: readonly FirewallBatch[];
  readonly services: ServiceSteps;
  readonly tunnelNeighbours: readonly TunnelNeighbourState[];
}

interface Names {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

interface DeviceMove {
  readonly device: string;
  /** '' is the node's own. */
  readonly namespace: string;
}

/** A server's cable that is plugged in elsewhere: the end at the server stays as it is, with all that it has. */
export interface Replug {
  readonly from: WireEnd;
  readonly to: WireEnd;
  readonly mtu: number;
}

export interface Steps {
  readonly nodes: ReadonlyMap<string, NodeSteps>;
  /** Any other wire whose ends moved is another wire: the old one goes, the new one comes. */
  readonly wires: {
    readonly add: readonly WireState[];
    readonly remove: readonly WireState[];
    readonly replug: readonly Replug[];
  };
  /** Namespaces of servers. */
  readonly guests: Names;
}

const endKey = (node: string, namespace: string, device: string): string => `${node} ${namespace} ${device}`;

/** Steps that carry the changes out. `after` is the state to which they lead. */
export function stepsFor(changes: readonly Change[], after: CloudState): Steps {
  const wires = { add: [] as WireState[], remove: [] as WireState[], replug: [] as Replug[] };
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
    else if (change.action === 'update' && isReplugged(change.before, change.after)) {
      const { ends, mtu } = change.after;
      wires.replug.push({ from: change.before.ends[1], to: ends[1], mtu });
    } else {
      if (change.action !== 'add') wires.remove.push(change.before);
      if (change.action !== 'remove') wires.add.push(change.after);
    }
  }

  const ends = { gone: new Set<string>(), fresh: new Set<string>() };
  for (const end of wires.remove.flatMap((wire) => wire.ends))
    ends.gone.add(endKey(end.node, end.namespace, end.device));
  for (const end of wires.add.flatMap((wire) => wire.ends)) {
    ends.fresh.add(endKey(end.node, end.namespace, end.device));
    of(end.node);
  }

  for (const { from, to } of wires.replug) {
    ends.gone.add(endKey(from.node, from.namespace, from.device));
    ends.fresh.add(endKey(to.node, to.namespace, to.device));
    of(from.node);
    of(to.node);
  }

  const nodes = new Map<string, NodeSteps>();
  for (const [node, own] of byNode) {
    const state = after.nodes[node];
    if (!state) continue;
    const pieces = own.filter((change) => change.part !== 'node' && change.part !== 'namespace');
    const inside = Map.groupBy(pieces, (change) => ('namespace' in change ? change.namespace : undefined));
    for (const change of pieces) if (change.part === 'ports') internalEnds(change, ends);
    const steps: NodeSteps = {
      spaces: node === GUESTS ? { add: [], remove: [] } : spaceSteps(own),
      ...switchSteps(pieces),
      moves: pieces.flatMap((change) => (change.part === 'ports' ? movesOf(change) : [])),
      flows: flowSteps(pieces, (bridge) => bridge in state.bridges),
      namespaces: namespaceSteps(node, inside, after, ends),
      firewalls: Object.keys(state.namespaces).flatMap(
        (name) => firewallBatch(name, inside.get(name) ?? []) ?? [],
      ),
      services: serviceSteps(pieces, state),
      tunnelNeighbours: pieces.flatMap((change) =>
        change.part === 'tunnelNeighbours' && change.action !== 'remove' ? [change.after] : [],
      ),
    };
    if (!isIdle(steps)) nodes.set(node, steps);
  }
  return { nodes, wires, guests: spaceSteps(byNode.get(GUESTS) ?? []) };
}

/** Only the end that a host holds is another one. */
const isReplugged = (before: WireState, after: WireState): boolean =>
  after.kind === 'guest' && before.mtu === after.mtu && equal(before.ends[0], after.ends[0]);

function spaceSteps(changes: readonly Change[]): Names {
  const names = { add: [] as string[], remove: [] as string[] };
  for (const change of changes)
    if (change.part === 'namespace' && change.key !== '') names[change.action].push(change.key);
  return names;
}

/** Steps from one state to the other. */
export const stepsBetween = (before: CloudState, after: CloudState): Steps =>
  stepsFor(diff(before, after), after);

type PortChange = Extract<Change, { part: 'ports' }>;

/** Where the device of an internal port goes: the switch makes it in the node's own namespace, or finds it anywhere. */
function movesOf(change: PortChange): DeviceMove[] {
  if (change.action === 'remove' || change.after.type !== 'internal') return [];
  const { name: device, namespace = '' } = change.after;
  return [{ device, namespace }];
}

/** The devices of internal ports come and go with them, as those of cables do. */
function internalEnds(
  change: PortChange,
  { gone, fresh }: { readonly gone: Set<string>; readonly fresh: Set<string> },
): void {
  const key = ({ namespace = '', name }: OvsPortState): string => endKey(change.node, namespace, name);
  if (change.action === 'update' && isSamePort(change.before, change.after))
    if (key(change.before) === key(change.after)) return;
  if (change.action !== 'add' && change.before.type === 'internal') gone.add(key(change.before));
  if (change.action !== 'remove' && change.after.type === 'internal') fresh.add(key(change.after));
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
  touched: ReadonlyMap<string | undefined, readonly PieceChange[]>,
  after: CloudState,
  { gone, fresh }: Ends,
): NamespaceBatch[] {
  const batches: NamespaceBatch[] = [];
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

const isIdle = (steps: NodeSteps): boolean =>
  isEmpty(steps.bridges) &&
  isEmpty(steps.removals) &&
  isEmpty(steps.devices) &&
  isIdleService(steps.services) &&
  steps.flows.size === 0 &&
  steps.moves.length === 0 &&
  steps.spaces.add.length + steps.spaces.remove.length === 0 &&
  steps.namespaces.length === 0 &&
  steps.firewalls.length === 0 &&
  steps.tunnelNeighbours.length === 0;

/** Whether there is nothing to do at all. */
export const isNothing = ({ nodes, wires, guests }: Steps): boolean =>
  nodes.size === 0 && [...Object.values(wires), ...Object.values(guests)].every((list) => list.length === 0);
