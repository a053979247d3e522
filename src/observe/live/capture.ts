import { randomBytes } from 'node:crypto';
import { setTimeout as passed } from 'node:timers/promises';
import { encode } from 'tcpdump-parser';
import { type Channel, type Cluster, captureRecords } from '../../engine/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { type CloudState, emptyCloud, MARKER_ETHERTYPE, MARKER_REQUEST_MAC } from '../../state/index.ts';
import type { CapturedFrame } from '../correlate.ts';
import { identify } from '../identify.ts';
import { pointId } from '../points.ts';
import { devicesByNode, type NamespaceDevices, namespacesGone, type Place, placesOf } from './places.ts';
import { notQuiet, pendingIn } from './quiet.ts';

/** How often marker frames go round with new frames each time before a cloud counts as never quiet. */
const MAX_ROUNDS = 64;
/** How long (ms) kernels may have something to do: several neighbours one after the other that do not answer. */
const PATIENCE = 15_000;
/** How long (ms) until they are asked again: what is awaited is the kernel's own clock, mostly. */
const PAUSE = 20;

/** How many bytes of frames are kept whole; of later ones only the beginning is. */
const WHOLE_BYTES = 16 << 20;
const BEGINNING = 192;

/** As the agent's `echo` answers: devices as [namespace, device]. */
interface EchoAnswer {
  readonly missing: readonly (readonly [string, string])[];
  readonly down: readonly (readonly [string, string])[];
}

interface NodeCapture {
  readonly channel: Channel;
  /** Names of namespaces by the index that records carry. */
  namespaces: Map<number, string>;
}

/**
 * Captures at both ends of every cable of a cluster and at every device of its namespaces, from now on. Frames gather in `frames` in the order in which
 * they come from the nodes; their times order them.
 */
export class Capture implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #nodes = new Map<string, NodeCapture>();
  #state: CloudState = emptyCloud();
  #places: readonly Place[] = [];
  #dropped: Record<string, number> = {};
  #switchLosses: Record<string, number> = {};
  /** Points that have seen a marker since the last settling began. */
  readonly #marked = new Set<string>();
  /** Points without a link in the last round of markers. */
  readonly #down = new Set<string>();
  #frames: CapturedFrame[] = [];
  /** The last time (ns) of a frame that came before every capture was armed. */
  #armed = 0n;
  /** Bytes captured since the frames were last taken. */
  #held = 0;
  /** Points at which the cloud's own tunnels are seen from outside. */
  #underlay: ReadonlySet<string> = new Set();

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Every capture is armed when this returns. */
  static async open(cluster: Cluster): Promise<Capture> {
    const capture = new Capture(cluster);
    await capture.follow(cluster.state);
    return capture;
  }

  get frames(): readonly CapturedFrame[] {
    return this.#frames;
  }

  /** Frames that were missed, by node; counted at each `sync`. */
  get dropped(): Readonly<Record<string, number>> {
    return this.#dropped;
  }

  /** Frames that a node's switch has lost since it began, since it had no turn to take them; counted at each `sync`. */
  get switchLosses(): Readonly<Record<string, number>> {
    return this.#switchLosses;
  }

  /** Points without a link when it was last waited for quiet: nothing passes there. */
  get down(): readonly string[] {
    return [...this.#down];
  }

  /** Of packets that were sent until then (ns), some captures were not armed yet: what they show is not all. */
  get armed(): bigint {
    return this.#armed;
  }

  /** Takes the frames out, so that a long session does not keep them all. */
  take(): CapturedFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#held = 0;
    return frames;
  }

  /**
   * Before servers and namespaces of services go: captures there would keep them alive. `all`: whatever may go and
   * come again, as when a change is mended that was cut short.
   */
  async release(next: CloudState, all: boolean): Promise<void> {
    await Promise.all(
      [...namespacesGone(this.#state, next, all)].map(async ([node, namespaces]) => {
        const known = this.#nodes.get(node);
        if (!known) return;
        const agent = await this.#cluster.agent(node);
        await agent.request('capture-stop', { channel: known.channel.id, namespaces });
      }),
    );
  }

  /** After cables and namespaces came: captures there as well. */
  async follow(state: CloudState): Promise<void> {
    this.#state = state;
    this.#places = placesOf(state);
    this.#underlay = new Set(this.#places.flatMap(({ id, underlay }) => (underlay ? [id] : [])));
    await Promise.all(
      [...devicesByNode(this.#places)].map(([node, namespaces]) => this.#arm(node, namespaces)),
    );
    await this.sync();
    this.#armed = this.#frames.reduce((latest, { time }) => (time > latest ? time : latest), this.#armed);
  }

  async #arm(node: string, devices: NamespaceDevices): Promise<void> {
    const agent = await this.#cluster.agent(node);
    const namespaces = [...devices];
    const known = this.#nodes.get(node);
    if (known) {
      const indexes = await agent.request<[number, string][]>('capture', {
        channel: known.channel.id,
        namespaces,
      });
      known.namespaces = new Map(indexes);
      return;
    }
    const early: Buffer[] = [];
    let entry: NodeCapture | undefined;
    const { channel, value } = await agent.open<[number, string][]>(
      'capture',
      { namespaces },
      { data: (chunk) => (entry ? this.#receive(node, entry, chunk) : early.push(chunk)) },
    );
    entry = { channel, namespaces: new Map(value) };
    this.#nodes.set(node, entry);
    for (const chunk of early) this.#receive(node, entry, chunk);
  }

  #receive(node: string, entry: NodeCapture, chunk: Buffer): void {
    for (const { namespace: index, device, direction, time, data, originalLength } of captureRecords(chunk)) {
      const namespace = entry.namespaces.get(index) ?? '';
      const point = pointId({ node, namespace, device });
      this.#held += data.length;
      if (this.#held <= WHOLE_BYTES) {
        this.#frames.push({ point, direction, time, bytes: data });
        continue;
      }
      // What a packet is takes all of it to tell; that is done now, and then its beginning will do.
      const identified = identify(data, this.#underlay.has(point));
      this.#frames.push({
        point,
        direction,
        time,
        bytes: Uint8Array.from(data.subarray(0, BEGINNING)),
        length: originalLength,
        ...(identified ? { identified } : {}),
      });
    }
  }

  /** Until every frame that the nodes' captures hold now is in `frames`, and losses are counted. */
  async sync(): Promise<void> {
    await Promise.all(
      [...this.#nodes].map(async ([node, { channel }]) => {
        const agent = await this.#cluster.agent(node);
        const [counts, lost] = await agent.request<[[string, number, number, string[]][], number]>('batch', {
          steps: [
            ['capture-sync', { channel: channel.id }],
            ['switch-losses', {}],
          ],
        });
        this.#switchLosses[node] = lost;
        this.#dropped[node] = counts.reduce((sum, [, , dropped]) => sum + dropped, 0);
        for (const [namespace, , , devices] of counts) {
          for (const device of devices) this.#marked.add(pointId({ node, namespace, device }));
        }
      }),
    );
  }

  /**
   * Until nothing is in flight any more. A marker goes into every cable that ends in Open vSwitch, and out of every
   * device of a namespace, and comes back when the switch has dealt with all that came before it; each round moves
   * every packet by at least one node, so a round in which no capture saw anything new is the proof that nothing moves.
   *
   * Kernels are asked before each round: a router may keep a packet back until it knows a neighbour, and a daemon may
   * still be at work.
   *
   * A device without a link gets none: nothing is on its way there. The markers are at the same time the proof that every capture sees: one that saw none would not have seen a
   * packet either, and its silence would say nothing.
   *
   * @throws NetdojoError ND_MARKER_LOST when a switch does not answer, ND_CAPTURE_BLIND when a capture saw no marker,
   *   ND_NOT_QUIET when traffic never ends, or something in a kernel does not
   */
  async settle(): Promise<void> {
    await this.sync();
    this.#marked.clear();
    const targets = Map.groupBy(this.#places, ({ node }) => node);
    const deadline = performance.now() + PATIENCE;
    let restless = 0;
    while (restless < MAX_ROUNDS) {
      this.#down.clear();
      const before = this.#frames.length;
      const pending = await pendingIn(this.#cluster);
      await Promise.all([...targets].map(([node, places]) => this.#echo(node, places)));
      await this.sync();
      if (this.#frames.length > before) {
        restless++;
        continue;
      }
      if (pending.length === 0) {
        this.#assertSighted();
        return;
      }
      if (performance.now() > deadline) throw notQuiet(this.#cluster.name, restless, pending);
      await passed(PAUSE);
    }
    throw notQuiet(this.#cluster.name, restless, []);
  }

  #assertSighted(): void {
    const blind = this.#places
      .map(({ id }) => id)
      .filter((id) => !this.#marked.has(id) && !this.#down.has(id));
    if (blind.length === 0) return;
    throw new NetdojoError(`the captures at ${blind.join(', ')} saw no marker frame`, {
      code: 'ND_CAPTURE_BLIND',
      expected: 'every capture sees the marker that crosses its cable or leaves its namespace',
      hint: 'is the device up? netdojo exec <node> -- ip link',
      exitCode: EXIT.inconclusive,
    });
  }

  async #echo(node: string, places: readonly Place[]): Promise<void> {
    const addresses = (answers: boolean): string[][] =>
      places.filter((place) => place.answers === answers).map(({ namespace, device }) => [namespace, device]);
    const agent = await this.#cluster.agent(node);
    const token = randomBytes(8);
    const frame = encode(
      [
        {
          protocol: 'ethernet',
          destination: MARKER_REQUEST_MAC,
          source: '06:6e:64:00:00:00',
          etherType: MARKER_ETHERTYPE,
        },
      ],
      token,
    );
    const { missing, down } = await agent.request<EchoAnswer>('echo', {
      targets: addresses(true),
      silent: addresses(false),
      ethertype: MARKER_ETHERTYPE,
      frame: Buffer.from(frame).toString('hex'),
      token: token.toString('hex'),
    });
    for (const [namespace, device] of down) this.#down.add(pointId({ node, namespace, device }));
    if (missing.length === 0) return;
    const mute = missing.map(([namespace, device]) => pointId({ node, namespace, device }));
    throw new NetdojoError(`no marker came back at ${mute.join(', ')} within 5 s`, {
      code: 'ND_MARKER_LOST',
      place: { node },
      expected: 'each switch returns the marker frames of its cables',
      hint: `netdojo exec ${node} -- ovs-vsctl show; is ovs-vswitchd running, are its marker flows there?`,
      exitCode: EXIT.inconclusive,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#nodes].map(async ([node, { channel }]) => {
        const agent = await this.#cluster.agent(node);
        await agent.request('capture-stop', { channel: channel.id });
      }),
    );
    this.#nodes.clear();
  }
}
