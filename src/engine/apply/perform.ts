/** Carries steps out on running nodes: one batch a node and phase, all nodes at once. */
import { GUESTS, type WireState } from '../../state/index.ts';
import type { Agent } from '../agent/connection.ts';
import type { OvsdbClient } from '../ovsdb/client.ts';
import { assertLimitsWork } from '../ovsdb/limits-work.ts';
import { type DatapathType, operationsFor, type SwitchChange } from '../ovsdb/operations.ts';
import { allEnded } from './all-ended.ts';
import { flowBundle } from './flow-bundle.ts';
import type { NamespaceBatch } from './ip-batch.ts';
import { performFirewall } from './perform-firewall.ts';
import { performWires } from './perform-wires.ts';
import type { ProcessStart, ServiceSteps } from './services.ts';
import type { NodeSteps, Steps } from './steps.ts';
import { isEmpty } from './switch-steps.ts';

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

/** @throws NetdojoError ND_NODE_COMMAND, ND_NODE_LOST, ND_OVSDB, ND_OVS_PORT, ND_FIREWALL; the signal's reason when aborted */
export async function perform(steps: Steps, options: PerformOptions): Promise<void> {
  const { nodes, signal } = options;
  const node = (name: string): PerformNode => {
    const found = nodes.get(name);
    if (!found) throw new Error(`no node ${name} is running`);
    return found;
  };
  const each = (work: (here: PerformNode, steps: NodeSteps, name: string) => Promise<void>): Promise<void> =>
    allEnded([...steps.nodes].map(([name, nodeSteps]) => work(node(name), nodeSteps, name)));

  const begun = new Map(
    [...steps.nodes].map(([name, work]) => [name, begin(node(name), work, name !== GUESTS, options)]),
  );
  const switches = allEnded([...begun.values()].map(({ switched }) => switched));
  const firewalls = allEnded([...begun.values()].map(({ guarded }) => guarded));
  // On a first start nothing is removed, so the cables need not wait for the flows.
  const removing = steps.wires.remove.length + steps.wires.replug.length > 0;
  const rest = async (): Promise<void> => {
    if (removing) await switches;
    // Cables between namespaces of a node.
    if (steps.wires.add.some(isInside)) await allEnded([...begun.values()].map(({ spaced }) => spaced));
    signal?.throwIfAborted();
    options.onStage?.('wires');
    await allEnded([switches, performWires(steps, node, options.mending ?? false)]);
    signal?.throwIfAborted();
    options.onStage?.('settings');
    await each(async (here, work, name) => {
      // The namespaces of servers have come with the cables.
      if (name === GUESTS) await performFirewall(here.agent, work.firewalls);
      // Nothing comes up before its rules are there; what only goes need not wait for those that go with it.
      else if (!onlyRemoves(work)) await begun.get(name)?.guarded;
      await performSettings(here, work, options);
    });
    // Both ends of a cable are up now.
    await each(async ({ agent }, work) => {
      const ends = work.namespaces.flatMap(({ namespace, slaves }) =>
        slaves.map((slave) => [namespace, slave]),
      );
      if (ends.length > 0) await agent.request('until-running', { ends });
    });
  };
  await allEnded([firewalls, switches, rest()]);
}

/** Whether something goes that rules guard: a tunnel is none of it. */
const letsGo = ({ removals }: NodeSteps): boolean =>
  removals.removeBridges.length > 0 ||
  removals.removePorts.some(({ type }) => type === '' || type === 'internal');

const onlyRemoves = (work: NodeSteps): boolean =>
  letsGo(work) && isEmpty(work.bridges) && isEmpty(work.devices);

const isInside = ({ ends }: WireState): boolean =>
  ends.some(({ node, namespace }) => node !== GUESTS && namespace !== '');

interface Begun {
  /** Its namespaces are there. */
  readonly spaced: Promise<void>;
  /** The switch is as it is to be, but for ports that take up the end of a cable. */
  readonly switched: Promise<void>;
  /** Rules are in place: iptables takes its time, and cables need not wait for it. */
  readonly guarded: Promise<void>;
}

function begin(here: PerformNode, work: NodeSteps, firewall: boolean, options: PerformOptions): Begun {
  const spaced = performSpaces(here, work);
  const bridged = spaced.then(() => performBridges(here, work, options));
  const switched = bridged.then(() => performFlows(here, work));
  // What a port that goes was guarded by guards it to its end: chains of iptables go when it is gone.
  const before = letsGo(work) ? bridged : spaced;
  const guarded = before.then(() => (firewall ? performFirewall(here.agent, work.firewalls) : undefined));
  return { spaced, switched, guarded };
}

/** Daemons that go, namespaces that come. */
const performSpaces = ({ agent }: PerformNode, { spaces, services }: NodeSteps): Promise<void> =>
  allEnded([
    services.stop.length > 0 && agent.request('process-stop', { names: services.stop }),
    spaces.add.length > 0 && agent.request('add-namespaces', { names: spaces.add }),
  ]);

/** Bridges, and ports that go. */
async function performBridges(here: PerformNode, work: NodeSteps, options: PerformOptions): Promise<void> {
  const { bridgesDone = false } = options;
  // Without its database a switch takes flows up late or never: that is noticed here.
  if (!bridgesDone && work.flows.size > 0) await here.ovsdb();
  if (!bridgesDone) await changeSwitch(here, work.bridges, options);
  else if (work.bridges.addBridges.length > 0) await (await here.ovsdb()).configured(1);
  // Before their flows, which guard them to their end.
  await changeSwitch(here, work.removals, options);
}

async function performFlows({ agent }: PerformNode, work: NodeSteps): Promise<void> {
  const operations = [...moveOperations(work), ...flowOperations(work)];
  if (operations.length > 0) await agent.request('batch', { steps: operations });
}

/** Not every node has a switch. */
async function changeSwitch(here: PerformNode, wanted: SwitchChange, options: PerformOptions): Promise<void> {
  if (isEmpty(wanted)) return;
  const database = await here.ovsdb();
  await database.transact(operationsFor(wanted, database.rows, options.datapathType));
  await assertLimitsWork(here.agent, wanted.limits ?? [], options.datapathType);
}

function moveOperations({ moves }: NodeSteps): Operation[] {
  const list = moves.map(({ device, namespace }) => [device, namespace]);
  return list.length > 0 ? [['move-devices', { moves: list }]] : [];
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

/** Files, what namespaces hold, and last the ports and daemons that use it. */
async function performSettings(here: PerformNode, work: NodeSteps, options: PerformOptions): Promise<void> {
  const { agent } = here;
  const mending = options.mending ?? false;
  // Not at once: Open vSwitch reads a device's flags, adds promiscuous mode and writes them back, and would take
  // down again what is brought up in between.
  const lanes = Object.values(Object.groupBy(work.namespaces, (_, at) => at % LANES));
  const files = fileOperations(work.services);
  await allEnded([
    work.spaces.remove.length > 0 && agent.request('remove-namespaces', { names: work.spaces.remove }),
    files.length > 0 && agent.request('batch', { steps: files }),
    ...lanes.map((lane = []) =>
      agent.request('batch', { steps: lane.flatMap((batch) => settingOperations(batch, mending)) }),
    ),
  ]);
  await allEnded([
    changeSwitch(here, work.devices, options),
    ...work.services.start.map((start) => agent.request('process-start', startParameters(start))),
  ]);
}

/** How many of a node's namespaces are set at once: each takes a process of its own. */
const LANES = 4;

function settingOperations(batch: NamespaceBatch, mending: boolean): Operation[] {
  const { namespace, bridges, sysctls, offloads, inet6 } = batch;
  const settings = { namespace, bridges, sysctls, offloads };
  if (!mending)
    return [['namespace', { ...settings, ip: batch.removals + batch.ip, ip6: inet6.removals + inet6.ip }]];
  const force = (removals: string, ...family: string[]): Operation[] =>
    removals === ''
      ? []
      : [
          [
            'run',
            {
              argv: ['ip', ...family, '-force', '-batch', '-'],
              stdin: removals,
              namespace,
              check: false,
            },
          ],
        ];
  return [
    ...force(batch.removals),
    ...force(inet6.removals, '-6'),
    ['namespace', { ...settings, ip: batch.ip, ip6: inet6.ip }],
  ];
}

const fileOperations = ({ write, erase }: ServiceSteps): Operation[] => [
  ...erase.map((path) => ['remove', { path }] as const),
  ...write.map(({ path, text, mode }) => ['write', { path, text, ...(mode ? { mode } : {}) }] as const),
];

/** How long a daemon may take until it listens. */
const READY_SECONDS = 15;

const startParameters = ({ process, reload }: ProcessStart): object => ({
  name: process.name,
  argv: process.argv,
  namespace: process.namespace,
  reload,
  timeout: READY_SECONDS,
  ...(process.reload_interval === undefined ? {} : { reload_interval: process.reload_interval }),
  ...(process.stop === undefined ? {} : { stop: process.stop }),
  ...(process.ready ? { ready: [process.ready.protocol, process.ready.port] } : {}),
  ...(process.settled
    ? { settled: [process.settled.socket, process.settled.question, process.settled.words] }
    : {}),
});
