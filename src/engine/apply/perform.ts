/** Carries steps out on running nodes: one batch a node and phase, all nodes at once. */
import { GUESTS } from '../../state/index.ts';
import type { Agent } from '../agent/connection.ts';
import type { OvsdbClient } from '../ovsdb/client.ts';
import { type DatapathType, operationsFor } from '../ovsdb/operations.ts';
import { flowBundle } from './flow-bundle.ts';
import { addWire } from './ip-batch.ts';
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
}

type Operation = readonly [operation: string, parameters: object];

async function each(steps: Steps, work: (name: string, steps: NodeSteps) => Promise<void>): Promise<void> {
  await Promise.all([...steps.nodes].map(([name, nodeSteps]) => work(name, nodeSteps)));
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
    const { agent, ovsdb } = node(name);
    if (!options.bridgesDone) {
      const database = await ovsdb();
      await database.transact(operationsFor(work.bridges, database.rows, datapathType));
    } else if (work.bridges.addBridges.length > 0) {
      await (await ovsdb()).configured(1);
    }
    const operations = flowOperations(work);
    if (operations.length > 0) await agent.request('batch', { steps: operations });
    const { removals } = work;
    if (removals.removeBridges.length > 0 || removals.removePorts.length > 0) {
      const database = await ovsdb();
      await database.transact(operationsFor(removals, database.rows, datapathType));
    }
  });
  // On a first start nothing is removed, so the cables need not wait for the flows.
  const removing = steps.wires.remove.length > 0;
  if (removing) await bridgesAndFlows;
  signal?.throwIfAborted();
  await Promise.all([bridgesAndFlows, performWires(steps, node)]);
  signal?.throwIfAborted();

  await each(steps, async (name, work) => {
    const { agent, ovsdb } = node(name);
    const settings = work.namespaces.map((batch): Operation => ['namespace', batch]);
    // Not at once: Open vSwitch reads a device's flags, adds promiscuous mode and writes them back, and would take
    // down again what is brought up in between.
    if (settings.length > 0) await agent.request('batch', { steps: settings });
    if (work.devices.addPorts.length > 0) {
      const database = await ovsdb();
      await database.transact(operationsFor(work.devices, database.rows, datapathType));
    }
  });
}

async function performWires(steps: Steps, node: (name: string) => PerformNode): Promise<void> {
  const lines: string[] = [];
  const at = (end: { node: string; namespace: string }): string =>
    end.node === GUESTS ? end.namespace : String(node(end.node).pid);
  for (const wire of steps.wires.remove) {
    const guest = wire.ends.find((end) => end.node === GUESTS);
    // A guest's namespace can be named; a node's cannot, so that its end is deleted in the node itself.
    if (guest) {
      await node(GUESTS).agent.run(['ip', 'link', 'del', guest.device], { namespace: guest.namespace });
    } else {
      const [end] = wire.ends;
      await node(end.node).agent.run(['ip', 'link', 'del', end.device]);
    }
  }
  for (const name of steps.guests.remove) lines.push(`netns del ${name}`);
  for (const name of steps.guests.add) lines.push(`netns add ${name}`);
  for (const wire of steps.wires.add) lines.push(addWire(wire, at));
  if (lines.length > 0)
    await node(GUESTS).agent.run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}
