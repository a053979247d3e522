import { isDeepStrictEqual } from 'node:util';
import {
  check,
  type Client,
  clientOf,
  Cloud,
  type Editor,
  destinationOf,
  type Exchange,
  sendPing,
  type SendOptions,
  sendUdp,
  speakerOf,
} from '../cloud/index.ts';
import type { Check, CheckedJourney, Observed } from '../cloud/index.ts';
import { identify } from '../observe/index.ts';
import { outliving, type PredictOptions } from '../oracle/index.ts';
import {
  announcement,
  arpRequest,
  inject,
  type PingOptions,
  type PingOutcome,
  serve,
  tcp,
  type TcpOptions,
  type TcpOutcome,
  type UdpOptions,
  type UdpOutcome,
} from '../probe/index.ts';
import type { Change } from '../state/index.ts';
import type { CloudDocument, Underlay } from '../topology/index.ts';
import { assertNoneLost, assertNoneMissed } from './judgeable.ts';
import { ScenarioError } from './errors.ts';
import { type FrameOptions, silentFrame, tagsOnWires } from './frames.ts';
import { cableTo } from './places.ts';
import { recordStep, type ScenarioMeta } from './record.ts';
import { storyOf } from './story.ts';

/** `off` for a packet that is meant to differ from what the oracle says; then the scenario judges by itself. */
export interface OracleOptions extends PredictOptions {
  readonly oracle?: 'on' | 'off';
}

export interface TcpTalk {
  /** Goes on until this has ended. */
  readonly meanwhile?: () => Promise<unknown>;
  /** Address that is connected to, where it is not `to`'s own, such as a floating IP. */
  readonly destination?: string;
  /** Who serves, where `to` is an address. */
  readonly at?: string;
  /** Port of the server; default one that is free. */
  readonly port?: number;
  /** Port that is connected to, where it is another one than the server's. */
  readonly through?: number;
}

/**
 * What a scenario acts with. Whatever it sends, every packet that follows is compared with the oracle's prediction,
 * hop by hop and nowhere else; a difference ends the scenario there.
 */
export class Stage {
  readonly cloud: Cloud;
  readonly #meta: ScenarioMeta;
  /** Changes the running cloud in the words of the OpenStack APIs. */
  readonly api: Client;
  readonly #tags = new Set<number>();
  #judged = 0;
  /** What filters, translators and neighbours remember from one step to the next. */
  #remembered: Pick<PredictOptions, 'connections' | 'neighbours'> = {};

  constructor(cloud: Cloud, meta: ScenarioMeta, editor: Editor) {
    this.cloud = cloud;
    this.#meta = meta;
    this.api = clientOf({
      edit: async (change) => {
        const before = cloud.topology;
        const applied = await editor.edit(change);
        const { connections = [] } = this.#remembered;
        const left = outliving(before, cloud.topology, connections);
        this.#remembered = { ...this.#remembered, connections: left };
        return applied;
      },
    });
  }

  /** How many packets the oracle has judged. */
  get judged(): number {
    return this.#judged;
  }

  /** One ICMP echo by a server's kernel. */
  ping = async (
    from: string,
    to: string,
    options: OracleOptions & PingOptions = {},
  ): Promise<Exchange<PingOutcome>> =>
    this.#exchange(`ping ${from} → ${to}`, options, (send) => sendPing(this.cloud, { ...send, from, to }));

  /** One datagram by a server's kernel. */
  udp = async (
    from: string,
    to: string,
    port: number,
    options: OracleOptions & UdpOptions = {},
  ): Promise<Exchange<UdpOutcome>> =>
    this.#exchange(`udp ${from} → ${to}:${port}`, options, (send) =>
      sendUdp(this.cloud, { ...send, from, to, port }),
    );

  /**
   * A TCP exchange of so many bytes with an echo server. `meanwhile` begins at the same time, and exchanges follow one
   * another until it has ended or one of them has failed.
   */
  tcp = async (
    from: string,
    to: string,
    options: OracleOptions & TcpOptions & TcpTalk = {},
  ): Promise<Observed<TcpOutcome> & Check> => {
    const { oracle, known, claimed, learnedHosts, meanwhile, ...probe } = options;
    const { agent, namespace } = await speakerOf(this.cloud, from);
    const { at = to, destination = destinationOf(this.cloud, from, to), port, through, ...exchange } = probe;
    const host = await speakerOf(this.cloud, at);
    const address = destination.includes(':') ? '::' : '';
    await using server = await serve(host.agent, host.namespace, 'tcp', port, { address });
    return await this.watch(
      `tcp ${from} → ${to}`,
      async () => {
        const other = { ended: meanwhile === undefined };
        const ended = meanwhile?.().finally(() => (other.ended = true));
        const once = () => tcp(agent, namespace, destination, through ?? server.port, exchange);
        let outcome = await once();
        while (!other.ended && outcome.outcome === 'exchanged') outcome = await once();
        await ended;
        return outcome;
      },
      defined({ oracle, known, claimed, learnedHosts }),
    );
  };

  /** A frame that nobody answers, from a server to a server, to a MAC address, or to EVERYONE. */
  frame = async (
    from: string,
    to: string,
    { src_mac, tag, priority, size, ...judge }: FrameOptions & OracleOptions = {},
  ): Promise<Observed<void> & Check & { readonly packet?: CheckedJourney }> => {
    const port = this.cloud.port(from);
    const destination = to.includes(':') ? to : this.cloud.port(to).mac_address;
    const bytes = silentFrame(src_mac ?? port.mac_address, destination, defined({ tag, priority, size }));
    return this.inject(from, [bytes], { ...judge, title: `frame ${from} → ${to}` });
  };

  /** A server asks the network who has an address; what became of the question, and every answer. */
  whoHas = async (
    from: string,
    ip_address: string,
    options: OracleOptions = {},
  ): Promise<
    Observed<void> & Check & { readonly request?: CheckedJourney; readonly replies: CheckedJourney[] }
  > => {
    const port = this.cloud.port(from);
    const own = { mac_address: port.mac_address, ip_address: this.cloud.address(from) };
    const title = `${from} asks who has ${ip_address}`;
    const seen = await this.inject(from, [arpRequest(own, ip_address)], { ...options, title });
    const replies = seen.journeys.filter(({ headers }) => headers.arp?.operation === 'reply');
    return { ...seen, replies, ...(seen.packet ? { request: seen.packet } : {}) };
  };

  /** A server says that an address is its own. */
  announce = async (
    from: string,
    address: { readonly mac_address: string; readonly ip_address: string },
    options: OracleOptions = {},
  ): Promise<Observed<void> & Check & { readonly packet?: CheckedJourney }> =>
    this.inject(from, [announcement(address)], {
      ...options,
      title: `${from} announces ${address.ip_address} at ${address.mac_address}`,
    });

  /** A frame by a machine outside the cloud that comes to a host from the switch, on a physical network. */
  fromSwitch = async (
    host: string,
    physicalNetwork: string,
    to: string,
    { src_mac = STRANGER, tag, priority, size, ...judge }: FrameOptions & OracleOptions = {},
  ): Promise<Observed<void> & Check & { readonly packet?: CheckedJourney }> => {
    const { node, device } = cableTo(this.cloud.topology, host, physicalNetwork);
    const bytes = silentFrame(src_mac, to, defined({ tag, priority, size }));
    const agent = await this.cloud.cluster.agent(node);
    const frames = [['', device, Buffer.from(bytes).toString('hex')]];
    const title = `frame from ${node} to ${host}${tag === undefined ? '' : `, tag ${tag}`}`;
    const seen = await this.watch(title, () => agent.request<void>('inject', { frames }), judge);
    const packet = seen.journeys.find(({ headers }) => headers.src_mac === src_mac);
    return { ...seen, ...(packet ? { packet } : {}) };
  };

  /** Edits the cloud's document and brings the running cloud there by the difference, which it returns. */
  edit = async (change: (document: CloudDocument, underlay: Underlay) => void): Promise<readonly Change[]> =>
    (await this.api.edit(change)).changes;

  /** The 802.1Q tags that frames wore on any wire since the scenario began. */
  tagsOnWires = (): readonly number[] => [...this.#tags].toSorted((a, b) => a - b);

  /** Frames put on a server's NIC as they are; what became of the first of them, whatever the server's kernel says beside. */
  inject = async (
    server: string,
    frames: readonly Uint8Array[],
    options: OracleOptions & { readonly device?: string; readonly title?: string } = {},
  ): Promise<Observed<void> & Check & { readonly packet?: CheckedJourney }> => {
    const { device, title = `frames from ${server}`, ...judge } = options;
    const guests = await this.cloud.guests();
    const list = frames.map((bytes) => ({ server, bytes, ...(device === undefined ? {} : { device }) }));
    const seen = await this.watch(title, () => inject(guests, list), judge);
    const [first] = frames;
    const sent = first && identify(first, false)?.headers;
    const packet = seen.journeys.find(({ headers }) => isDeepStrictEqual(headers, sent));
    return { ...seen, ...(packet ? { packet } : {}) };
  };

  /** Does something, and judges every packet that was seen of it. */
  watch = async <T>(
    title: string,
    action: () => Promise<T>,
    judge: OracleOptions = {},
  ): Promise<Observed<T> & Check> => {
    const { oracle = 'on', ...predict } = judge;
    const began = performance.now();
    const observed = await this.cloud.observe(action);
    const { activeRouters } = this.cloud;
    const options = { activeRouters, ...this.#remembered, ...predict };
    const result = check(this.cloud.topology, observed.observation, options);
    await this.#judge(title, { ...result, observed }, oracle, began);
    return { ...observed, ...result };
  };

  async #exchange<Outcome>(
    title: string,
    options: OracleOptions,
    send: (
      options: Omit<OracleOptions, 'oracle'> & Omit<SendOptions, 'from' | 'to'>,
    ) => Promise<Exchange<Outcome>>,
  ): Promise<Exchange<Outcome>> {
    const { oracle = 'on', ...rest } = options;
    const began = performance.now();
    const exchange = await send({ ...this.#remembered, ...rest });
    await this.#judge(title, exchange, oracle, began);
    return exchange;
  }

  async #judge(
    title: string,
    result: Check & { readonly observed: Observed<unknown> },
    oracle: 'on' | 'off',
    began: number,
  ): Promise<void> {
    const { observed, journeys, connections, neighbours } = result;
    this.#remembered = { connections, neighbours };
    const { observation, frames } = observed;
    const durationMs = performance.now() - began;
    for (const tag of tagsOnWires(frames, observation.points)) this.#tags.add(tag);
    await recordStep(this.#meta, { title, journeys, observation, frames, durationMs });
    assertNoneMissed(title, { all: observation.dropped });
    if (oracle === 'off') return;
    this.#judged += journeys.length;
    if (result.ok) return;
    await this.#assertSteady(title);
    const story = await storyOf(this.cloud.cluster, title, result);
    assertNoneLost(title, observed.switchLosses, result, story);
    throw new ScenarioError(story, { code: 'ND_NOT_AS_PREDICTED' });
  }

  /** The oracle was told which hosts are active: where that did not last, what it said proves nothing. */
  async #assertSteady(title: string): Promise<void> {
    const before = this.cloud.activeRouters;
    const now = await this.cloud.activeHosts();
    const moved = Object.entries(now).filter(([router, hosts]) => hosts.join() !== before[router]);
    if (moved.length === 0) return;
    const told = moved.map(
      ([router, hosts]) =>
        `${router} was active on ${before[router]}, and is on ${hosts.join(' and ') || 'no host'}`,
    );
    throw new ScenarioError(`${title}: ${told.join('; ')}, so that nothing is proven`, {
      code: 'ND_ROUTER_MOVED',
      inconclusive: true,
    });
  }
}

/** Address of a machine outside the cloud. */
const STRANGER = '02:00:5e:10:00:01';

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
