/** What a story of the demonstration acts with. */
import { check, type CheckedJourney } from '../../cloud/check.ts';
import { type Client, connectClient } from '../../cloud/client/index.ts';
import type { Cloud } from '../../cloud/cloud.ts';
import type { HttpServer } from '../../probe/index.ts';
import type { PredictOptions } from '../../oracle/index.ts';
import type { FindingReport } from '../../report/index.ts';
import type { CloudDocumentInput } from '../../topology/index.ts';
import type { RecordedStep } from '../run-record.ts';

/** Something that was done, and what is told of it. */
export interface Act extends Omit<RecordedStep, 'ms'> {
  /** Of the packets that went as expected, those whose way is told; the others are counted. */
  readonly tells: (journey: CheckedJourney) => boolean;
}

export interface Told {
  readonly acts: readonly Act[];
  readonly findings: readonly FindingReport[];
}

export class Play {
  readonly cloud: Cloud;
  readonly api: Client;
  /** What runs on the web servers. */
  readonly web: readonly HttpServer[];
  readonly #acts: Act[] = [];
  readonly #findings: FindingReport[] = [];
  /** What filters, translators and neighbours remember from one act to the next. */
  #remembered: Pick<PredictOptions, 'connections' | 'neighbours'> = {};

  constructor(cloud: Cloud, document: CloudDocumentInput, web: readonly HttpServer[]) {
    this.cloud = cloud;
    this.web = web;
    this.api = connectClient(cloud, document);
  }

  /** Does something, and has every packet of it judged. */
  async act<T>(
    title: string,
    action: () => Promise<T>,
    tells: (journey: CheckedJourney) => boolean = () => false,
  ): Promise<T> {
    const observed = await this.cloud.observe(action);
    const { activeRouters } = this.cloud;
    const result = check(this.cloud.topology, observed.observation, { activeRouters, ...this.#remembered });
    this.#remembered = { connections: result.connections, neighbours: result.neighbours };
    this.#acts.push({ title, check: result, observed, tells });
    return observed.value;
  }

  finds(text: string, result: boolean | FindingReport['status']): void {
    const status = typeof result === 'string' ? result : result ? 'passed' : 'failed';
    this.#findings.push({ text, status });
  }

  /** All of the story that ends here. */
  take(): Told {
    this.#remembered = {};
    return { acts: this.#acts.splice(0), findings: this.#findings.splice(0) };
  }
}
