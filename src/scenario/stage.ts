import { afterAll } from 'vitest';
import {
  check,
  Cloud,
  destinationOf,
  type Exchange,
  sendPing,
  type SendOptions,
  sendUdp,
} from '../cloud/index.ts';
import type { Check, CheckedJourney, Observed } from '../cloud/index.ts';
import { compare, tellComparison } from '../journey/index.ts';
import { explain } from '../observe/live/explain.ts';
import type { PredictOptions } from '../oracle/index.ts';
import {
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
import { ScenarioError } from './errors.ts';
import { recordStep, type ScenarioMeta } from './record.ts';

/** `off` for a packet that is meant to differ from what the oracle says; then the scenario judges by itself. */
export interface OracleOptions extends PredictOptions {
  readonly oracle?: 'on' | 'off';
}

/**
 * What a scenario acts with. Whatever it sends, every packet that follows is compared with the oracle's prediction,
 * hop by hop and nowhere else; a difference ends the scenario there.
 */
export class Stage {
  readonly cloud: Cloud;
  readonly #meta: ScenarioMeta;
  #judged = 0;

  constructor(cloud: Cloud, meta: ScenarioMeta) {
    this.cloud = cloud;
    this.#meta = meta;
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

  /** A TCP exchange of so many bytes with an echo server that lives as long as the exchange. */
  tcp = async (
    from: string,
    to: string,
    options: OracleOptions & TcpOptions = {},
  ): Promise<Observed<TcpOutcome> & Check> => {
    const { oracle, known, learnedHosts, ...probe } = options;
    const guests = await this.cloud.guests();
    await using server = await serve(guests, to, 'tcp');
    return this.watch(
      `tcp ${from} → ${to}`,
      () => tcp(guests, from, destinationOf(this.cloud, from, to), server.port, probe),
      defined({ oracle, known, learnedHosts }),
    );
  };

  /** Frames put on a server's NIC as they are. */
  inject = async (
    server: string,
    frames: readonly Uint8Array[],
    options: OracleOptions & { readonly device?: string; readonly title?: string } = {},
  ): Promise<Observed<void> & Check> => {
    const { device, title = `frames from ${server}`, ...judge } = options;
    const guests = await this.cloud.guests();
    const list = frames.map((bytes) => ({ server, bytes, ...(device === undefined ? {} : { device }) }));
    return this.watch(title, () => inject(guests, list), judge);
  };

  /** Does something, and judges every packet that was seen of it. */
  watch = async <T>(
    title: string,
    action: () => Promise<T>,
    options: OracleOptions = {},
  ): Promise<Observed<T> & Check> => {
    const { oracle = 'on', ...predict } = options;
    const began = performance.now();
    const observed = await this.cloud.observe(action);
    const result = check(this.cloud.topology, observed.observation, predict);
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
    const exchange = await send(rest);
    await this.#judge(title, exchange, oracle, began);
    return exchange;
  }

  async #judge(
    title: string,
    result: Check & { readonly observed: Observed<unknown> },
    oracle: 'on' | 'off',
    began: number,
  ): Promise<void> {
    const { observed, journeys } = result;
    const { observation, frames } = observed;
    const durationMs = performance.now() - began;
    await recordStep(this.#meta, { title, journeys, observation, frames, durationMs });
    if (observation.dropped > 0) {
      const message = `${title}: the captures missed ${observation.dropped} frames, so that nothing is proven`;
      this.#meta.inconclusive = message;
      throw new ScenarioError(message, { code: 'ND_INCONCLUSIVE', inconclusive: true });
    }
    if (oracle === 'off') return;
    this.#judged += journeys.length;
    if (result.ok) return;
    throw new ScenarioError(await this.#story(title, result), { code: 'ND_NOT_AS_PREDICTED' });
  }

  /** Every packet that went astray, and which flow sent it there. */
  async #story(
    title: string,
    { journeys, unexplained, observed }: Check & { observed: Observed<unknown> },
  ): Promise<string> {
    const wrong = journeys.filter((journey) => !journey.ok);
    const texts = await Promise.all(
      wrong.slice(0, STORIES).map((journey) => this.#explained(journey, observed)),
    );
    const strangers = unexplained.map(
      ({ label, sightings }) => `${label}: first seen at ${sightings[0]?.point}, sent by no server`,
    );
    const more = wrong.length > STORIES ? [`and ${wrong.length - STORIES} more packets`] : [];
    return [`${title}: not as predicted`, ...texts, ...strangers, ...more].join('\n\n');
  }

  async #explained(
    { title, expected, observed }: CheckedJourney,
    { frames }: Observed<unknown>,
  ): Promise<string> {
    const journey = await explain(this.cloud.cluster, observed, frames);
    return tellComparison(compare(expected, journey), { title });
  }
}

const STORIES = 3;

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The cloud of a file of scenarios: up when the first one needs it, down after the last. */
export function fileCloud(up: () => Promise<Cloud>): () => Promise<Cloud> {
  let cloud: Promise<Cloud> | undefined;
  let original: Cloud['topology'] | undefined;
  afterAll(async () => {
    if (cloud) await (await cloud).down();
  });
  return async () => {
    if (!cloud) {
      cloud = up();
      const running = await cloud;
      original = running.topology;
      return running;
    }
    const running = await cloud;
    if (original && running.topology !== original) await running.apply(original);
    await running.reset();
    return running;
  };
}
