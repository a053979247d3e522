import { Cluster, type DatapathType, type Engine, type Stage } from '../engine/index.ts';
import { EXIT, NetdojoError } from '../errors/index.ts';
import {
  asTheyPassed,
  begunSince,
  type CapturedFrame,
  correlate,
  type Observation,
  type Points,
  pointsOf,
} from '../observe/index.ts';
import { Capture } from '../observe/live/capture.ts';
import { type CloudState, diff, GUESTS } from '../state/index.ts';
import { type ActiveSign, type Chosen, type Effect, type Target, targetNamed } from '../targets/index.ts';
import type { ActiveRouters } from '../oracle/index.ts';
import type { Allocations, Port, Server, Topology } from '../topology/index.ts';
import { activeHosts, AFTER_ELECTION, settled, untilActive } from './active-routers.ts';
import { announce, announcements } from './announce.ts';
import { announceMoved } from './announce-moved.ts';
import { perform } from './effects.ts';
import { forget } from './forget.ts';
import { goodbyes } from './goodbye.ts';
import { lease } from './leases.ts';
import { forgetShortcuts } from './shortcuts.ts';
import { audible, begun, withoutSilent } from './silent-hosts.ts';

export interface UpOptions {
  readonly topology: Topology;
  readonly engine: Engine;
  readonly image: string;
  readonly datapathType: DatapathType;
  readonly target?: Target['name'];
  /** Default: the cloud's own name. */
  readonly name?: string;
  /** process: gone with this process, whatever happens to it. kept: until it is taken down. */
  readonly lifetime: 'process' | 'kept';
  readonly signal?: AbortSignal;
  readonly onStage?: (stage: Stage) => void;
}

/** What a later process must know to go on with a cloud. */
interface Session {
  readonly topology: Topology;
  readonly target: Target['name'];
  readonly allocations: Allocations;
  /** File that the topology came from, if any. */
  readonly document?: string;
}

/** What was seen while something was done. */
export interface Observed<T> {
  readonly value: T;
  readonly observation: Observation;
  /** What `Sighting.frame` counts. */
  readonly frames: readonly CapturedFrame[];
  /** Points without a link, where nothing could pass. */
  readonly down: readonly string[];
  /** How many frames the switch of a node lost meanwhile, by node: with any, what did not arrive proves nothing. */
  readonly switchLosses: Readonly<Record<string, number>>;
}

const effectsOf = (target: Target, before: Topology, after: Topology, chosen: Chosen): Effect[] =>
  audible(after, target.effects(before, after, chosen));

/** What has come to counters that only grow, unless who counts began anew; those alone to which something came. */
const since = (
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(now).flatMap(([node, count]) => {
      const more = count - (before[node] ?? 0);
      return more > 0 ? [[node, more]] : [];
    }),
  );

/**
 * A running cloud: the documents' objects, on real nodes. Owned; disposing takes a cloud of lifetime `process` down
 * and lets go of any other.
 */
export class Cloud implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly target: Target;
  #topology: Topology;
  #allocations: Allocations;
  #points: Points;
  #capture: Capture | undefined;
  #quiet = false;
  #said: Promise<unknown> = Promise.resolve();
  #document: string | undefined;
  #active: ActiveRouters = {};

  private constructor(cluster: Cluster, session: Session) {
    this.cluster = cluster;
    this.target = targetNamed(session.target);
    this.#topology = session.topology;
    this.#allocations = session.allocations;
    this.#document = session.document;
    this.#points = pointsIn(cluster.state, session.topology);
  }

  get name(): string {
    return this.cluster.name;
  }

  get topology(): Topology {
    return this.#topology;
  }

  get points(): Points {
    return this.#points;
  }

  /** The host on which each router with ha was active when it was last looked, where it was exactly one. */
  get activeRouters(): ActiveRouters {
    return this.#active;
  }

  /** The hosts that take themselves for active now, for each router with ha: one, none, or several. */
  async activeHosts(): Promise<Readonly<Record<string, readonly string[]>>> {
    const hosts = await activeHosts(this.cluster, this.#signs);
    this.#active = { ...this.#active, ...settled(hosts) };
    return hosts;
  }

  /**
   * Until each router with ha is active on exactly one host.
   *
   * @throws NetdojoError ND_NO_ACTIVE_ROUTER
   */
  async untilActive(signal?: AbortSignal): Promise<ActiveRouters> {
    return await this.#untilActive(this.#topology, signal);
  }

  /** Routers that were not in the topology of before are in their first election. */
  async #untilActive(before: Topology | undefined, signal?: AbortSignal): Promise<ActiveRouters> {
    const signs = this.#signs;
    const isNew = signs.some(({ router }) => this.#active[router] === undefined);
    const first = signs.filter(({ router }) => before?.routers[router]?.vrrp === undefined);
    this.#active = await untilActive(this.cluster, signs, this.#topology.options, {
      looks: isNew ? AFTER_ELECTION : 1,
      goodbyes: goodbyes(this.#topology, first),
      signal,
    });
    return this.#active;
  }

  /** Whatever a silent host takes itself for, nobody else does. */
  get #signs(): readonly ActiveSign[] {
    return audible(this.#topology, this.target.activeSigns(this.#topology));
  }

  #announcements(): Announced[] {
    return audible(this.#topology, announcements(this.cluster.state, this.#topology, this.#active));
  }

  /** File that the cloud was last made from. */
  get document(): string | undefined {
    return this.#document;
  }

  /** What the target and the address plan chose; goes into the next resolve of an edited document. */
  get allocations(): Allocations {
    return { ...this.#topology.allocations, ...this.#allocations };
  }

  /**
   * Builds a cloud and makes its servers known to the switches.
   *
   * @throws NetdojoError as Cluster.start
   */
  static async up(options: UpOptions & { readonly document?: string }): Promise<Cloud> {
    const { topology, target = 'ml2-ovs', name = topology.name } = options;
    const { state, allocations } = begun(topology, targetNamed(target).compile(topology));
    const cluster = await Cluster.start({ ...options, name, state });
    const session: Session = {
      topology,
      target,
      allocations,
      ...(options.document === undefined ? {} : { document: options.document }),
    };
    const cloud = new Cloud(cluster, session);
    try {
      await lease(cluster, undefined, topology);
      await cloud.#untilActive(undefined, options.signal);
      await announce(cluster, cloud.#announcements());
      if (options.lifetime === 'kept') await cloud.#remember();
      options.signal?.throwIfAborted();
      return cloud;
    } catch (error) {
      await cluster.down();
      throw error;
    }
  }

  /** @throws NetdojoError ND_CLOUD_UNKNOWN, ND_CLOUD_BROKEN */
  static async connect(options: { engine: Engine; name: string }): Promise<Cloud> {
    const cluster = await Cluster.connect(options);
    return new Cloud(cluster, cluster.session as Session);
  }

  async #remember(): Promise<void> {
    const session: Session = {
      topology: this.#topology,
      target: this.target.name,
      allocations: this.#allocations,
      ...(this.#document === undefined ? {} : { document: this.#document }),
    };
    await this.cluster.remember(session);
  }

  /** The state to which another topology would lead; nothing is changed. */
  plan(topology: Topology): { state: CloudState; allocations: Allocations } {
    const { allocations } = this;
    const before = { state: this.cluster.state, allocations };
    return withoutSilent(topology, before, this.target.compile(topology, allocations));
  }

  /**
   * Brings another topology about by the difference alone; tells whether there was any.
   *
   * When it fails or is aborted, the cloud may be half changed; another `apply` mends it, whatever its topology.
   *
   * @throws NetdojoError ND_UNDERLAY_CHANGED: hosts and cables stay as they are while a cloud is up
   */
  async apply(
    topology: Topology,
    options: { signal?: AbortSignal; document?: string; keep?: boolean } = {},
  ): Promise<boolean> {
    const before = this.cluster.state;
    const { state, allocations } = this.plan(topology);
    const { halfWay } = this.cluster;
    const chosen = { before: this.#allocations, after: allocations };
    if (!halfWay && diff(before, state).length === 0) {
      const was = this.#topology;
      await perform(this.cluster, effectsOf(this.target, was, topology, chosen));
      this.#topology = topology;
      this.#document = options.document ?? this.#document;
      // Who is alive is in the topology alone.
      if (topology.silent_hosts.join() !== was.silent_hosts.join())
        await this.#untilActive(was, options.signal);
      return false;
    }
    assertSameUnderlay(before, state);
    // What mends a change that was cut short may take any server's cable away and plug it in again.
    await this.#capture?.release(state, halfWay);
    try {
      await this.cluster.apply(state, options.signal);
    } catch (error) {
      // Nothing was changed: what was to go is watched again.
      if (!this.cluster.halfWay) await this.#capture?.follow(before);
      throw error;
    }
    const was = this.#topology;
    const effects = effectsOf(this.target, was, topology, chosen);
    this.#topology = topology;
    this.#document = options.document ?? this.#document;
    this.#allocations = allocations;
    this.#points = pointsIn(state, topology);
    this.#quiet = false;
    await this.#capture?.follow(state);
    // A cached flow is counted late, and with its last packets a switch would learn again where a server was before it
    // moved, after the server has said where it is.
    await forgetShortcuts(this.cluster);
    const former = announcements(before, was, this.#active);
    await this.#untilActive(was, options.signal);
    const known = new Set(former.map(announcementKey));
    const announced = this.#announcements().filter((one) => !known.has(announcementKey(one)));
    // Who only moved has no one else's connections to fear: it says at once where it is now, as QEMU does.
    const bearers = new Set(former.map(bearerKey));
    const isMoved = (one: Announced): boolean => one.node === GUESTS && bearers.has(bearerKey(one));
    const moved = announced.filter((one) => isMoved(one));
    const [said] = await Promise.all([
      announceMoved(this.cluster, topology, moved),
      perform(this.cluster, effects),
    ]);
    this.#said = Promise.all([this.#said, said.last]);
    // As in announceMoved: whoever waits for it hears of it.
    this.#said.catch(() => undefined);
    await lease(this.cluster, was, topology);
    await announce(
      this.cluster,
      announced.filter((one) => !isMoved(one)),
    );
    if (options.keep) await Promise.all([this.#remember(), this.announced()]);
    return true;
  }

  /** When servers that moved have said so for the last time. */
  async announced(): Promise<void> {
    const said = this.#said;
    try {
      await said;
    } finally {
      // What could not be said is told once.
      if (this.#said === said) this.#said = Promise.resolve();
    }
  }

  /** Takes back what traffic has left behind in switches and guests, and makes everyone known again. */
  async reset(): Promise<void> {
    await this.#forget();
    await this.activeHosts();
    await announce(this.cluster, this.#announcements());
  }

  /** As `reset`, but no server is known to the switches afterwards; the hosts among themselves are. */
  async forget(): Promise<void> {
    await this.#forget();
    await this.activeHosts();
    const hosts = this.#announcements().filter(({ node }) => node !== GUESTS);
    await announce(this.cluster, hosts);
  }

  /** What is still on its way would be learned again. */
  async #forget(): Promise<void> {
    const capture = await this.capture();
    await this.announced();
    if (!this.#quiet) await capture.settle();
    this.#quiet = false;
    await forget(this.cluster);
  }

  /** Arms the captures at both ends of every cable, if they are not yet. */
  async capture(): Promise<Capture> {
    this.#capture ??= await Capture.open(this.cluster);
    return this.#capture;
  }

  /**
   * Does something and tells what every capture point saw of it, from the first packet until nothing is in flight.
   *
   * @throws NetdojoError ND_MARKER_LOST, ND_NOT_QUIET
   */
  async observe<T>(action: () => Promise<T>): Promise<Observed<T>> {
    const capture = await this.capture();
    await this.announced();
    if (!this.#quiet) await capture.settle();
    await forgetShortcuts(this.cluster);
    // Routers with ha never stop talking: who is active is found out as late as can be.
    if (this.#signs.length > 0) {
      await this.activeHosts();
      await capture.settle();
    } else await capture.sync();
    const before = capture.take();
    const { armed } = capture;
    const countsBefore = { dropped: { ...capture.dropped }, lost: { ...capture.switchLosses } };
    this.#quiet = false;
    const value = await action();
    await this.announced();
    await capture.settle();
    this.#quiet = true;
    const frames = asTheyPassed(begunSince(before, capture.take(), this.#points, armed), this.#points);
    const dropped = since(countsBefore.dropped, capture.dropped);
    const switchLosses = since(countsBefore.lost, capture.switchLosses);
    const { down } = capture;
    return { value, frames, down, switchLosses, observation: correlate(frames, this.#points, { dropped }) };
  }

  /** @throws NetdojoError ND_SERVER_UNKNOWN */
  server(name: string): Server {
    const server = this.#topology.servers[name];
    if (server) return server;
    throw new NetdojoError(`no server ${name} in ${this.name}`, {
      code: 'ND_SERVER_UNKNOWN',
      expected: `one of ${Object.keys(this.#topology.servers).join(', ')}`,
      exitCode: EXIT.usage,
    });
  }

  /** The port of a server's NIC; its first unless named. */
  port(server: string, device = 'eth0'): Port {
    const nic = this.server(server).nics.find((one) => one.device === device);
    const port = nic && this.#topology.ports[nic.port];
    if (port) return port;
    throw new NetdojoError(`server ${server} has no NIC ${device}`, {
      code: 'ND_SERVER_UNKNOWN',
      exitCode: EXIT.usage,
    });
  }

  /** The first address of one IP version of a server's NIC; by default an IPv4 address, where it has one. */
  address(server: string, device = 'eth0', version?: 4 | 6): string {
    const addresses = this.port(server, device).fixed_ips.map(({ ip_address }) => ip_address);
    const of = (wanted: 4 | 6): string | undefined =>
      addresses.find((address) => address.includes(':') === (wanted === 6));
    const address = version === undefined ? (of(4) ?? of(6)) : of(version);
    if (address !== undefined) return address;
    throw new NetdojoError(`server ${server} has no ${version ? `IPv${version} ` : ''}address on ${device}`, {
      code: 'ND_SERVER_UNKNOWN',
      exitCode: EXIT.usage,
    });
  }

  /** The agent of the servers' namespaces, for probes. */
  guests(): ReturnType<Cluster['agent']> {
    return this.cluster.agent(GUESTS);
  }

  /** Takes the cloud down. */
  async down(): Promise<void> {
    await this.cluster.down();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** The tunnel endpoints tell apart what a switch floods to a host from what is meant for it. */
function pointsIn(state: CloudState, topology: Topology): Points {
  const localIps = Object.values(topology.underlay.hosts).flatMap(({ name, local_ip }) =>
    local_ip === undefined ? [] : [[name, local_ip] as const],
  );
  return pointsOf(state.wires, Object.fromEntries(localIps), state.nodes);
}

type Announced = ReturnType<typeof announcements>[number];

const bearerKey = (one: Announced): string =>
  `${one.node} ${one.namespace} ${one.device} ${Buffer.from(one.bytes).toString('hex')}`;

const announcementKey = (one: Announced): string => `${bearerKey(one)} ${one.plugged}`;

function assertSameUnderlay(before: CloudState, after: CloudState): void {
  const cables = (state: CloudState): string =>
    JSON.stringify([
      Object.keys(state.nodes).toSorted(),
      Object.values(state.wires).filter((wire) => wire.kind === 'underlay'),
    ]);
  if (cables(before) === cables(after)) return;
  throw new NetdojoError('the underlay of a running cloud cannot change', {
    code: 'ND_UNDERLAY_CHANGED',
    expected: 'the hosts and cables with which the cloud was started',
    hint: 'netdojo down, then netdojo up',
    exitCode: EXIT.usage,
  });
}
