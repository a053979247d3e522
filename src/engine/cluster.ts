import type { Duplex } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { type CloudState, emptyCloud, GUESTS } from '../state/index.ts';
import { Agent } from './agent/connection.ts';
import { perform, type PerformNode } from './apply/perform.ts';
import { isNothing, type Steps, stepsBetween } from './apply/steps.ts';
import type { Engine } from './find/index.ts';
import { agentCommand, type NodeContainer, startContainer } from './nodes/container.ts';
import { OvsdbClient } from './ovsdb/client.ts';
import { type DatapathType, firstTransaction } from './ovsdb/operations.ts';
import {
  type Lifetime,
  listOwned,
  ownerLabels,
  releaseWatchdog,
  removeRun,
  startWatchdog,
  type Watchdog,
} from './own/index.ts';

/** A step of a start, as it is reached: for progress, and for tests that stop a start there. */
export type Stage = 'containers' | 'switches' | 'wires' | 'settings' | 'ready';

export interface StartOptions {
  readonly engine: Engine;
  readonly image: string;
  /** Name of the cloud; one run of a name at a time. */
  readonly name: string;
  readonly state: CloudState;
  readonly lifetime: Lifetime;
  readonly datapathType: DatapathType;
  readonly signal?: AbortSignal;
  readonly onStage?: (stage: Stage) => void;
}

export interface ConnectOptions {
  readonly engine: Engine;
  readonly name: string;
}

/** What is kept in the guests' container, so that a later command knows what it is dealing with. */
interface Memory {
  readonly state: CloudState;
  readonly datapathType: DatapathType;
  /** The caller's own: documents, allocations, target. */
  readonly session: unknown;
}

const MEMORY = '/run/netdojo/memory.json';

interface Node {
  readonly name: string;
  readonly id: string;
  readonly pid: number;
  agent(): Promise<Agent>;
}

/**
 * Running nodes, and the state that they hold. Owned: disposing a cluster that was started with lifetime `process`
 * removes everything; one that is `kept` (or was only connected to) is let go.
 */
export class Cluster implements AsyncDisposable {
  readonly name: string;
  readonly run: string;
  readonly engine: Engine;
  readonly datapathType: DatapathType;
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #databases = new Map<string, Promise<OvsdbClient>>();
  readonly #agents = new Set<Agent>();
  #state: CloudState;
  #session: unknown;
  #watchdog: Watchdog | undefined;
  #owned: boolean;

  private constructor(options: {
    name: string;
    run: string;
    engine: Engine;
    datapathType: DatapathType;
    nodes: ReadonlyMap<string, Node>;
    state: CloudState;
    session?: unknown;
    owned: boolean;
    watchdog?: Watchdog | undefined;
  }) {
    this.name = options.name;
    this.run = options.run;
    this.engine = options.engine;
    this.datapathType = options.datapathType;
    this.#nodes = options.nodes;
    this.#state = options.state;
    this.#session = options.session;
    this.#owned = options.owned;
    this.#watchdog = options.watchdog;
  }

  /** What the nodes hold, as far as it was asked for. */
  get state(): CloudState {
    return this.#state;
  }

  get session(): unknown {
    return this.#session;
  }

  /** Names of the nodes, the guests' pseudo node included. */
  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /**
   * Starts all nodes at once and brings the state about.
   *
   * @throws NetdojoError ND_CLOUD_EXISTS, ND_NODE_START, ND_NODE_COMMAND, ND_OVS_PORT, …; whatever it throws,
   *   nothing of the run is left
   */
  static async start(options: StartOptions): Promise<Cluster> {
    const { engine, name, state, datapathType, signal, onStage } = options;
    const existing = (await listOwned(engine.docker)).find((owned) => owned.name === name);
    if (existing) throw cloudExists(name);
    const run = `${name}-${randomBytes(4).toString('hex')}`;
    const watchdog = startWatchdog(engine, run);
    try {
      signal?.throwIfAborted();
      const steps = stepsBetween(emptyCloud(), state);
      const containers = await startNodes({ ...options, run, steps });
      onStage?.('switches');
      signal?.throwIfAborted();
      const nodes = new Map(containers.map((container) => [container.node, ofContainer(container)]));
      const cluster = new Cluster({
        name,
        run,
        engine,
        datapathType,
        nodes,
        state: emptyCloud(),
        owned: true,
        watchdog,
      });
      for (const container of containers) cluster.#agents.add(container.agent);
      await cluster.#perform(steps, { bridgesDone: true, ...(signal ? { signal } : {}) });
      cluster.#state = state;
      onStage?.('ready');
      return cluster;
    } catch (error) {
      await watchdog[Symbol.asyncDispose]();
      throw signal?.aborted ? signal.reason : error;
    }
  }

  /** @throws NetdojoError ND_CLOUD_UNKNOWN, ND_CLOUD_BROKEN when nodes of it are gone */
  static async connect({ engine, name }: ConnectOptions): Promise<Cluster> {
    const owned = (await listOwned(engine.docker)).filter((one) => one.name === name);
    const [first] = owned;
    if (!first) throw await cloudUnknown(engine, name);
    const nodes = new Map<string, Node>();
    const agents = new Set<Agent>();
    await Promise.all(
      owned.map(async ({ id, node }) => {
        const { State } = await engine.docker.getContainer(id).inspect();
        if (!State.Running) throw cloudBroken(name, node);
        let agent: Promise<Agent> | undefined;
        nodes.set(node, {
          name: node,
          id,
          pid: State.Pid,
          agent: () => {
            agent ??= execAgent(engine, id, node).then((connected) => {
              agents.add(connected);
              return connected;
            });
            return agent;
          },
        });
      }),
    );
    const guests = nodes.get(GUESTS);
    if (!guests) throw cloudBroken(name, GUESTS);
    const memory = JSON.parse(
      await (await guests.agent()).request<string>('read', { path: MEMORY }),
    ) as Memory;
    for (const node of Object.keys(memory.state.nodes)) if (!nodes.has(node)) throw cloudBroken(name, node);
    const cluster = new Cluster({
      name,
      run: first.run,
      engine,
      nodes,
      owned: false,
      ...memory,
    });
    for (const agent of agents) cluster.#agents.add(agent);
    return cluster;
  }

  /** A node's agent. @throws NetdojoError ND_NODE_UNKNOWN */
  async agent(node: string): Promise<Agent> {
    const agent = await this.#node(node).agent();
    this.#agents.add(agent);
    return agent;
  }

  containerId(node: string): string {
    return this.#node(node).id;
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    if (node) return node;
    throw new NetdojoError(`no node ${name} in ${this.name}`, {
      code: 'ND_NODE_UNKNOWN',
      expected: `one of ${this.nodes.join(', ')}`,
      exitCode: EXIT.usage,
    });
  }

  #database(node: string): Promise<OvsdbClient> {
    let client = this.#databases.get(node);
    if (!client) {
      client = this.agent(node).then((agent) => OvsdbClient.connect(agent));
      this.#databases.set(node, client);
    }
    return client;
  }

  async #perform(steps: Steps, options: { bridgesDone?: boolean; signal?: AbortSignal } = {}): Promise<void> {
    const involved = new Set<string>(steps.nodes.keys());
    for (const wire of [...steps.wires.add, ...steps.wires.remove])
      for (const end of wire.ends) involved.add(end.node);
    if (steps.guests.add.length + steps.guests.remove.length > 0) involved.add(GUESTS);
    const nodes = new Map<string, PerformNode>();
    await Promise.all(
      [...involved].map(async (name) => {
        const agent = await this.agent(name);
        nodes.set(name, { agent, pid: this.#node(name).pid, ovsdb: () => this.#database(name) });
      }),
    );
    await perform(steps, { nodes, datapathType: this.datapathType, ...options });
  }

  /** Brings another state about; tells whether there was anything to do. */
  async apply(next: CloudState, signal?: AbortSignal): Promise<boolean> {
    const steps = stepsBetween(this.#state, next);
    if (isNothing(steps)) {
      this.#state = next;
      return false;
    }
    await this.#perform(steps, signal ? { signal } : {});
    this.#state = next;
    return true;
  }

  /** Keeps state and session where a later `connect` finds them. */
  async remember(session: unknown): Promise<void> {
    this.#session = session;
    const memory: Memory = { state: this.#state, datapathType: this.datapathType, session };
    const agent = await this.agent(GUESTS);
    await agent.request('write', { path: MEMORY, text: JSON.stringify(memory) });
  }

  /** From now on the nodes outlive this process. */
  async keep(): Promise<void> {
    this.#owned = false;
    if (this.#watchdog) await releaseWatchdog(this.#watchdog);
    this.#watchdog = undefined;
  }

  /** Removes every node. */
  async down(): Promise<void> {
    this.#owned = false;
    await this.#letGo();
    await removeRun(this.engine, this.run);
    if (this.#watchdog) await releaseWatchdog(this.#watchdog);
    this.#watchdog = undefined;
  }

  async #letGo(): Promise<void> {
    this.#databases.clear();
    await Promise.all([...this.#agents].map((agent) => agent[Symbol.asyncDispose]()));
    this.#agents.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#owned) await this.down();
    else await this.#letGo();
  }
}

async function startNodes(options: StartOptions & { run: string; steps: Steps }): Promise<NodeContainer[]> {
  const { engine, image, name, run, state, steps, lifetime, datapathType, onStage } = options;
  onStage?.('containers');
  const starts = Object.keys(state.nodes).map(async (node) => {
    const container = await startContainer({
      docker: engine.docker,
      image,
      node,
      name: `netdojo-${run}-${node}`,
      labels: ownerLabels({ run, name, node, lifetime }),
      wiring: node === GUESTS,
    });
    const bridges = steps.nodes.get(node)?.bridges;
    if (bridges && bridges.addBridges.length > 0) {
      await container.agent.request('start-switch', { transaction: firstTransaction(bridges, datapathType) });
    }
    return container;
  });
  const results = await Promise.allSettled(starts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

const ofContainer = ({ node, id, pid, agent }: NodeContainer): Node => ({
  name: node,
  id,
  pid,
  agent: () => Promise.resolve(agent),
});

async function execAgent(engine: Engine, id: string, node: string): Promise<Agent> {
  const exec = await engine.docker.getContainer(id).exec({
    Cmd: [...agentCommand],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  return new Agent(node, (await exec.start({ hijack: true, stdin: true })) as Duplex);
}

function cloudExists(name: string): NetdojoError {
  return new NetdojoError(`a cloud named ${name} is up already`, {
    code: 'ND_CLOUD_EXISTS',
    expected: 'a name that no running cloud bears',
    hint: `netdojo down ${name}, or netdojo apply to change it`,
    exitCode: EXIT.usage,
  });
}

async function cloudUnknown(engine: Engine, name: string): Promise<NetdojoError> {
  const names = [...new Set((await listOwned(engine.docker)).map((owned) => owned.name))];
  return new NetdojoError(`no cloud named ${name} is up`, {
    code: 'ND_CLOUD_UNKNOWN',
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a cloud that was started with netdojo up',
    hint: 'netdojo ls',
    exitCode: EXIT.usage,
  });
}

function cloudBroken(name: string, node: string): NetdojoError {
  return new NetdojoError(`${name} is not whole: node ${node} is gone`, {
    code: 'ND_CLOUD_BROKEN',
    place: { node },
    expected: 'all containers of the cloud running',
    hint: `netdojo down ${name}, then netdojo up`,
    exitCode: EXIT.environment,
  });
}
