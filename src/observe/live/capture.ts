import { randomBytes } from 'node:crypto';
import { encode } from 'tcpdump-parser';
import { type Channel, type Cluster, captureRecords } from '../../engine/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import {
  type CloudState,
  GUESTS,
  MARKER_ETHERTYPE,
  MARKER_REQUEST_MAC,
  type WireEnd,
  type WireState,
} from '../../state/index.ts';
import type { CapturedFrame } from '../correlate.ts';
import { identify } from '../identify.ts';
import { pointId } from '../points.ts';

/** How often marker frames go round before a cloud counts as never quiet. */
const MAX_ROUNDS = 64;

/** How many bytes of frames are kept whole; of later ones only the beginning is. */
const WHOLE_BYTES = 16 << 20;
const BEGINNING = 192;

interface NodeCapture {
  readonly channel: Channel;
  /** Names of namespaces by the index that records carry. */
  namespaces: Map<number, string>;
}

type NamespaceDevices = Map<string, Set<string>>;

/**
 * Captures at both ends of every cable of a cluster, from now on. Frames gather in `frames` in the order in which
 * they come from the nodes; their times order them.
 */
export class Capture implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #nodes = new Map<string, NodeCapture>();
  #wires: Readonly<Record<string, WireState>>;
  #dropped: Record<string, number> = {};
  /** Points that have seen a marker since the last settling began. */
  readonly #marked = new Set<string>();
  #frames: CapturedFrame[] = [];
  /** Bytes captured since the frames were last taken. */
  #held = 0;
  /** Points at which the cloud's own tunnels are seen from outside. */
  #underlay: ReadonlySet<string> = new Set();

  private constructor(cluster: Cluster, wires: CloudState['wires']) {
    this.#cluster = cluster;
    this.#wires = wires;
  }

  /** Every capture is armed when this returns. */
  static async open(cluster: Cluster): Promise<Capture> {
    const capture = new Capture(cluster, {});
    await capture.follow(cluster.state.wires);
    return capture;
  }

  get frames(): readonly CapturedFrame[] {
    return this.#frames;
  }

  /** Frames that were missed, by node; counted at each `sync`. */
  get dropped(): Readonly<Record<string, number>> {
    return this.#dropped;
  }

  /** Takes the frames out, so that a long session does not keep them all. */
  take(): CapturedFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#held = 0;
    return frames;
  }

  /** Before servers go: captures there would keep their namespaces alive. */
  async release(gone: readonly WireState[]): Promise<void> {
    const known = this.#nodes.get(GUESTS);
    const namespaces = [...(devicesByNode(gone).get(GUESTS)?.keys() ?? [])];
    if (!known || namespaces.length === 0) return;
    const agent = await this.#cluster.agent(GUESTS);
    await agent.request('capture-stop', { channel: known.channel.id, namespaces });
  }

  /** After cables came: captures there as well. */
  async follow(wires: CloudState['wires']): Promise<void> {
    this.#wires = wires;
    this.#underlay = new Set(
      Object.values(wires).flatMap(({ kind, ends }) => (kind === 'underlay' ? ends.map(pointId) : [])),
    );
    await Promise.all(
      [...devicesByNode(Object.values(wires))].map(([node, namespaces]) => this.#arm(node, namespaces)),
    );
  }

  async #arm(node: string, devices: NamespaceDevices): Promise<void> {
    const agent = await this.#cluster.agent(node);
    const namespaces = [...devices].map(([name, set]) => [name, [...set]]);
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
        const counts = await agent.request<[string, number, number, string[]][]>('capture-sync', {
          channel: channel.id,
        });
        this.#dropped[node] = counts.reduce((sum, [, , dropped]) => sum + dropped, 0);
        for (const [namespace, , , devices] of counts) {
          for (const device of devices) this.#marked.add(pointId({ node, namespace, device }));
        }
      }),
    );
  }

  /**
   * Until nothing is in flight any more. A marker goes into every cable that ends in Open vSwitch and comes back when
   * the switch has dealt with all that came before it; each round moves every packet by at least one node, so a
   * round in which no capture saw anything new is the proof that nothing moves.
   *
   * The markers are at the same time the proof that every capture sees: one that saw none would not have seen a
   * packet either, and its silence would say nothing.
   *
   * @throws NetdojoError ND_MARKER_LOST when a switch does not answer, ND_CAPTURE_BLIND when a capture saw no marker,
   *   ND_NOT_QUIET when traffic never ends
   */
  async settle(): Promise<void> {
    await this.sync();
    this.#marked.clear();
    const wires = Object.values(this.#wires);
    const targets = markerTargets(wires);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = this.#frames.length;
      await Promise.all([...targets].map(([node, ends]) => this.#echo(node, ends)));
      await this.sync();
      if (this.#frames.length > before) continue;
      this.#assertSighted(wires);
      return;
    }
    throw new NetdojoError(
      `${this.#cluster.name} never got quiet: new packets in each of ${MAX_ROUNDS} rounds`,
      {
        code: 'ND_NOT_QUIET',
        expected: 'no traffic but the packets under test',
        hint: 'netdojo capture, to see who talks',
        exitCode: EXIT.inconclusive,
      },
    );
  }

  #assertSighted(wires: readonly WireState[]): void {
    const blind = wires
      .flatMap((wire) => wire.ends)
      .map(pointId)
      .filter((id) => !this.#marked.has(id));
    if (blind.length === 0) return;
    throw new NetdojoError(`the captures at ${blind.join(', ')} saw no marker frame`, {
      code: 'ND_CAPTURE_BLIND',
      expected: 'every capture sees the marker that crosses its cable',
      hint: 'is the device up? netdojo exec <node> -- ip link',
      exitCode: EXIT.inconclusive,
    });
  }

  async #echo(node: string, { held, silent }: MarkerEnds): Promise<void> {
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
    const missing = await agent.request<[string, string][]>('echo', {
      targets: held.map((end) => [end.namespace, end.device]),
      silent: silent.map((end) => [end.namespace, end.device]),
      ethertype: MARKER_ETHERTYPE,
      frame: Buffer.from(frame).toString('hex'),
      token: token.toString('hex'),
    });
    if (missing.length === 0) return;
    const places = missing.map(([namespace, device]) => pointId({ node, namespace, device }));
    throw new NetdojoError(`no marker came back at ${places.join(', ')} within 5 s`, {
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

function devicesByNode(wires: readonly WireState[]): Map<string, NamespaceDevices> {
  const nodes = new Map<string, NamespaceDevices>();
  for (const { node, namespace, device } of wires.flatMap((wire) => wire.ends)) {
    const namespaces = nodes.get(node) ?? new Map<string, Set<string>>();
    nodes.set(node, namespaces);
    namespaces.set(namespace, (namespaces.get(namespace) ?? new Set()).add(device));
  }
  return nodes;
}

interface MarkerEnds {
  /** Ends whose far end is held by Open vSwitch, which answers. */
  readonly held: WireEnd[];
  readonly silent: WireEnd[];
}

/** Where markers go in, by node. */
function markerTargets(wires: readonly WireState[]): Map<string, MarkerEnds> {
  const targets = new Map<string, MarkerEnds>();
  for (const { ends } of wires) {
    for (const [near, far] of [
      [ends[0], ends[1]],
      [ends[1], ends[0]],
    ] as const) {
      const known = targets.get(near.node) ?? { held: [], silent: [] };
      targets.set(near.node, known);
      known[far.bridge ? 'held' : 'silent'].push(near);
    }
  }
  return targets;
}
