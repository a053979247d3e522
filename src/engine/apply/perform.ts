/** Carries steps out on running nodes: one batch a node and phase, all nodes at once. */
import { GUESTS, type WireEnd, type WireState } from '../../state/index.ts';
import type { Agent } from '../agent/connection.ts';
import type { OvsdbClient } from '../ovsdb/client.ts';
import { type DatapathType, operationsFor } from '../ovsdb/operations.ts';
import { flowBundle } from './flow-bundle.ts';
import { addWire, type NamespaceBatch } from './ip-batch.ts';
import type { NodeSteps, Steps } from './steps.ts';

export interface PerformNode {
  readonly agent: Agent;
  readonly pid: number;
  /** Connects on first use. */
  ovsdb(): Promise<OvsdbClient>;
}

export interface PerformOptions {
  readonly nodes: ReadonlyMap<string, PerformNode>;
  readonly datapathType: DatapathType;
  /** The bridges are there already: the node was started with them. */
  readonly bridgesDone?: boolean;
  readonly signal?: AbortSignal;
  /** An earlier attempt was cut short: what is to go may be gone, what is to come may be there. */
  readonly mending?: boolean;
  readonly onStage?: (stage: 'wires' | 'settings') => void;
}

type Operation = readonly [operation: string, parameters: object];

async function each(steps: Steps, work: (name: string, steps: NodeSteps) => Promise<void>): Promise<void> {
  await allEnded([...steps.nodes].map(([name, nodeSteps]) => work(name, nodeSteps)));
}

function flowOperations(steps: NodeSteps): Operation[] {
  const operations: Operation[] = [...steps.flows].map(([bridge, change]) => [
    'run',
    {
      argv: ['ovs-ofctl', '-O', 'OpenFlow14', '--bundle', 'add-flows', bridge, '-'],
      stdin: flowBundle(change),
    },
  ]);
  for (const { bridge, ip_address, mac_address } of steps.tunnelNeighbours) {
    operations.push(['unixctl', { method: 'tnl/neigh/set', parameters: [bridge, ip_address, mac_address] }]);
  }
  return operations;
}

/** @throws NetdojoError ND_NODE_COMMAND, ND_NODE_LOST, ND_OVSDB, ND_OVS_PORT; the signal's reason when aborted */
export async function perform(steps: Steps, options: PerformOptions): Promise<void> {
  const { nodes, datapathType, signal } = options;
  const node = (name: string): PerformNode => {
    const found = nodes.get(name);
    if (!found) throw new Error(`no node ${name} is running`);
    return found;
  };

  const bridgesAndFlows = each(steps, async (name, work) => {
    if (name === GUESTS) return;
    const here = node(name);
    const { agent } = here;
    if (!options.bridgesDone) {
      const database = await here.ovsdb();
      await database.transact(operationsFor(work.bridges, database.rows, datapathType));
    } else if (work.bridges.addBridges.length > 0) {
      await (await here.ovsdb()).configured(1);
    }
    const operations = flowOperations(work);
    if (operations.length > 0) await agent.request('batch', { steps: operations });
    const { removals } = work;
    if (removals.removeBridges.length > 0 || removals.removePorts.length > 0) {
      const database = await here.ovsdb();
      await database.transact(operationsFor(removals, database.rows, datapathType));
    }
  });
  // On a first start nothing is removed, so the cables need not wait for the flows.
  const removing = steps.wires.remove.length > 0;
  if (removing) await bridgesAndFlows;
  signal?.throwIfAborted();
  options.onStage?.('wires');
  await allEnded([bridgesAndFlows, performWires(steps, node, options.mending ?? false)]);
  signal?.throwIfAborted();
  options.onStage?.('settings');

  await each(steps, async (name, work) => {
    const here = node(name);
    // Not at once: Open vSwitch reads a device's flags, adds promiscuous mode and writes them back, and would take
    // down again what is brought up in between.
    const lanes = Object.values(Object.groupBy(work.namespaces, (_, at) => at % LANES));
    await allEnded(
      lanes.map(async (lane = []) => {
        const settings = lane.flatMap((batch) => settingOperations(batch, options.mending ?? false));
        await here.agent.request('batch', { steps: settings });
      }),
    );
    if (work.devices.addPorts.length > 0) {
      const database = await here.ovsdb();
      await database.transact(operationsFor(work.devices, database.rows, datapathType));
    }
  });
}

/** How many of a node's namespaces are set at once: each takes a process of its own. */
const LANES = 4;

/** Of several works the first failure, but only when all have ended: nothing goes on behind an error's back. */
async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(works);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function settingOperations({ removals, ip, ...batch }: NamespaceBatch, mending: boolean): Operation[] {
  if (!mending || removals === '') return [['namespace', { ...batch, ip: removals + ip }]];
  const force = {
    argv: ['ip', '-force', '-batch', '-'],
    stdin: removals,
    namespace: batch.namespace,
    check: false,
  };
  return [
    ['run', force],
    ['namespace', { ...batch, ip }],
  ];
}

/** Sockets that agents keep at the ends of cables would keep the namespaces of servers that go. */
async function forgetEnds(steps: Steps, node: (name: string) => PerformNode): Promise<void> {
  const ends = Map.groupBy(
    steps.wires.remove.flatMap((wire) => wire.ends),
    (end) => end.node,
  );
  await allEnded(
    [...ends].map(async ([name, list]) => {
      const targets = list.map(({ namespace, device }) => [namespace, device]);
      await node(name).agent.request('forget-devices', { targets });
    }),
  );
}

/** The end by which a cable is pulled: one in a node's own namespace, where all of a node's cables end. */
const nodesEnd = ({ ends }: WireState): WireEnd => ends.find((end) => end.node !== GUESTS) ?? ends[0];

/** Any number that no device bears of itself. */
const GONE_GROUP = 0x6e64;

/** Deleting a group of devices costs the kernel one waiting for its readers, deleting each by itself one each. */
function unplugAll(agent: Agent, ends: readonly WireEnd[]): Promise<unknown> {
  const marks = ends.map(({ device }) => `link set dev ${device} group ${GONE_GROUP}\n`);
  return agent.run(['ip', '-batch', '-'], { stdin: `${marks.join('')}link del group ${GONE_GROUP}\n` });
}

async function performWires(
  steps: Steps,
  node: (name: string) => PerformNode,
  mending: boolean,
): Promise<void> {
  const lines: string[] = [];
  const at = (end: { node: string; namespace: string }): string =>
    end.node === GUESTS ? end.namespace : String(node(end.node).pid);
  await forgetEnds(steps, node);
  if (mending) {
    // Either end may be what is left of an attempt.
    for (const { node: name, namespace, device } of steps.wires.remove.flatMap((wire) => wire.ends))
      await node(name).agent.request('unplug', { ends: [[namespace, device]] });
  } else {
    const ends = Map.groupBy(steps.wires.remove.map(nodesEnd), (end) => end.node);
    await allEnded([...ends].map(async ([name, list]) => void (await unplugAll(node(name).agent, list))));
  }
  const existing = mending
    ? new Set(await node(GUESTS).agent.request<string[]>('namespaces'))
    : new Set<string>();
  for (const name of steps.guests.remove) if (!mending || existing.has(name)) lines.push(`netns del ${name}`);
  for (const name of steps.guests.add) if (!existing.has(name)) lines.push(`netns add ${name}`);
  for (const wire of steps.wires.add) lines.push(addWire(wire, at));
  if (lines.length > 0)
    await node(GUESTS).agent.run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}
