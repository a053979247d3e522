import { randomBytes } from 'node:crypto';
import { EXIT, messageOf, NetdojoError } from '../errors/index.ts';
import { type CloudState, emptyCloud, equal, GUESTS } from '../state/index.ts';
import type { Agent } from './agent/connection.ts';
import { mendingChanges } from './apply/mending.ts';
import { perform, type PerformNode, type PerformOptions } from './apply/perform.ts';
import { isNothing, type Steps, stepsBetween, stepsFor } from './apply/steps.ts';
import { cloudBroken, cloudUnknown, withHint } from './cluster-errors.ts';
import type { Engine } from './find/index.ts';
import { readMemory, writeMemory } from './memory.ts';
import { engineCall, isEngineLost } from './nodes/engine-call.ts';
import { assertFree, type Node, ofContainer, ofExec, ownedBy, startNodes } from './nodes/start.ts';
import { OvsdbClient } from './ovsdb/client.ts';
import type { DatapathType } from './ovsdb/operations.ts';
import {
  type Lifetime,
  listOwned,
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
  /** What was set out for since `#state`, and not reached. */
  #attempts: readonly CloudState[];
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
    attempts?: readonly CloudState[];
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
    this.#attempts = options.attempts ?? [];
    this.#session = options.session;
    this.#owned = options.owned;
    this.#watchdog = options.watchdog;
  }

  /** What the nodes hold, as far as it was asked for. */
  get state(): CloudState {
    return this.#state;
  }

  /** Whether an `apply` was cut short, so that the nodes may hold less or more than `state`. */
  get halfWay(): boolean {
    return this.#attempts.length > 0;
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
    await assertFree(engine, name);
    const run = `${name}-${randomBytes(4).toString('hex')}`;
    const watchdog = startWatchdog(engine, run);
    try {
      signal?.throwIfAborted();
      const steps = stepsBetween(emptyCloud(), state);
      onStage?.('containers');
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
      await cluster.#perform(steps, {
        bridgesDone: true,
        ...(signal ? { signal } : {}),
        ...(onStage ? { onStage } : {}),
      });
      signal?.throwIfAborted();
      cluster.#state = state;
      onStage?.('ready');
      return cluster;
    } catch (error) {
      const failure: unknown = signal?.aborted ? signal.reason : error;
      try {
        await engineCall(engine.socket, watchdog[Symbol.asyncDispose]());
      } catch (left) {
        // The watchdog goes on trying after this process has ended.
        throw isEngineLost(left) ? left : withHint(failure, `${messageOf(left)}\nnetdojo gc`);
      }
      throw failure;
    }
  }

  /** @throws NetdojoError ND_CLOUD_UNKNOWN, ND_CLOUD_BROKEN when nodes of it are gone */
  static async connect({ engine, name }: ConnectOptions): Promise<Cluster> {
    const all = await engineCall(engine.socket, listOwned(engine.docker));
    const own = ownedBy(all, name);
    if (own.length === 0) throw cloudUnknown(name, [...new Set(all.map((owned) => owned.name))]);
    // One run of a name has the guests' container; another one may be on its way out.
    const run = own.find(({ node }) => node === GUESTS)?.run;
    if (run === undefined) throw cloudBroken(name, GUESTS);
    const agents = new Set<Agent>();
    const nodes = new Map<string, Node>();
    await Promise.all(
      own
        .filter((owned) => owned.run === run)
        .map(async ({ id, node }) => {
          const { State } = await engineCall(engine.socket, engine.docker.getContainer(id).inspect());
          if (!State.Running) throw cloudBroken(name, node);
          const container = { id, node, pid: State.Pid };
          nodes.set(
            node,
            ofExec(engine, container, (agent) => agents.add(agent)),
          );
        }),
    );
    try {
      const guests = await nodes.get(GUESTS)?.agent();
      if (!guests) throw cloudBroken(name, GUESTS);
      const memory = await readMemory(name, guests);
      for (const node of Object.keys(memory.state.nodes)) if (!nodes.has(node)) throw cloudBroken(name, node);
      const cluster = new Cluster({ name, run, engine, nodes, owned: false, ...memory });
      for (const agent of agents) cluster.#agents.add(agent);
      return cluster;
    } catch (error) {
      for (const agent of agents) await agent[Symbol.asyncDispose]();
      throw error;
    }
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
    const known = this.#databases.get(node);
    if (known) return known;
    const forget = (): void => {
      if (this.#databases.get(node) === client) this.#databases.delete(node);
    };
    const client = this.agent(node).then((agent) => OvsdbClient.connect(agent, forget));
    this.#databases.set(node, client);
    // The next one who asks tries again.
    client.catch(forget);
    return client;
  }

  async #perform(
    steps: Steps,
    options: Pick<PerformOptions, 'bridgesDone' | 'signal' | 'mending' | 'onStage'> = {},
  ): Promise<void> {
    const involved = new Set<string>(steps.nodes.keys());
    for (const wire of [...steps.wires.add, ...steps.wires.remove])
      for (const end of wire.ends) involved.add(end.node);
    const { guests, wires } = steps;
    // It lays all cables, also those between namespaces of one node.
    if (guests.add.length + guests.remove.length + wires.add.length + wires.replug.length > 0)
      involved.add(GUESTS);
    const nodes = new Map<string, PerformNode>();
    await Promise.all(
      [...involved].map(async (name) => {
        const agent = await this.agent(name);
        nodes.set(name, { agent, pid: this.#node(name).pid, ovsdb: () => this.#database(name) });
      }),
    );
    await perform(steps, { nodes, datapathType: this.datapathType, ...options });
  }

  /**
   * Brings another state about; tells whether there was anything to do. When it fails or is aborted, some of it may be
   * done; the cluster knows that (and a later `connect` to it), and the next `apply` mends it whatever its aim.
   *
   * @throws NetdojoError as perform, with what to do; the signal's reason when aborted
   */
  async apply(next: CloudState, signal?: AbortSignal): Promise<boolean> {
    const attempts = this.#attempts;
    const mending = attempts.length > 0;
    const steps = mending
      ? stepsFor(mendingChanges(this.#state, attempts, next), next)
      : stepsBetween(this.#state, next);
    if (!isNothing(steps)) {
      signal?.throwIfAborted();
      // What an earlier attempt left is still in doubt when this one fails as well.
      this.#attempts = attempts.some((attempt) => equal(attempt, next)) ? attempts : [...attempts, next];
      try {
        if (this.#session !== undefined) await this.#writeMemory();
        await this.#perform(steps, { mending, ...(signal ? { signal } : {}) });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw withHint(error, `the change may be half done: apply again, or netdojo down ${this.name}`);
      }
    }
    this.#state = next;
    this.#attempts = [];
    return mending || !isNothing(steps);
  }

  /** Keeps state and session where a later `connect` finds them. */
  async remember(session: unknown): Promise<void> {
    this.#session = session;
    await this.#writeMemory();
  }

  async #writeMemory(): Promise<void> {
    await writeMemory(await this.agent(GUESTS), {
      state: this.#state,
      ...(this.#attempts.length > 0 ? { attempts: this.#attempts } : {}),
      datapathType: this.datapathType,
      session: this.#session,
    });
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
    await engineCall(this.engine.socket, removeRun(this.engine, this.run));
    if (this.#watchdog) await releaseWatchdog(this.#watchdog);
    this.#watchdog = undefined;
  }

  async #letGo(): Promise<void> {
    this.#databases.clear();
    await Promise.all([...this.#agents].map((agent) => agent[Symbol.asyncDispose]()));
    this.#agents.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#owned) return await this.#letGo();
    try {
      await this.down();
    } catch (error) {
      // Whoever used a node has been told (ND_NODE_LOST). The watchdog tries on after this process has ended.
      if (!isEngineLost(error)) throw error;
    }
  }
}
