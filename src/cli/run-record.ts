/** What a command that sends packets did, kept for its report bundle. */
import { release, availableParallelism } from 'node:os';
import type { Check } from '../cloud/check.ts';
import type { Cloud, Observed } from '../cloud/cloud.ts';
import type { Engine } from '../engine/index.ts';
import {
  type BundlePaths,
  type CaptureReport,
  type CloudReport,
  cloudReport,
  type FindingReport,
  journeyReport,
  REPORT_VERSION,
  type RunCapture,
  type RunReport,
  type ScenarioReport,
  type StepReport,
  type Timing,
  writeBundle,
} from '../report/index.ts';
import { type Fate, fateOf, gravest } from './tell-check.ts';
import { VERSION } from './version.ts';

export interface RecordedStep {
  readonly title: string;
  readonly check: Check;
  readonly observed: Pick<Observed<unknown>, 'frames' | 'observation'>;
  readonly ms: number;
}

export interface RecordedStory {
  readonly name: string;
  readonly capability: string;
  readonly about?: string;
  readonly findings?: readonly FindingReport[];
  readonly steps: readonly RecordedStep[];
}

export class RunRecord {
  readonly #command: string;
  readonly #cloud: Cloud;
  readonly #engine: Engine;
  readonly #started = new Date();
  readonly #scenarios: ScenarioReport[] = [];
  readonly #clouds: CloudReport[] = [];
  readonly #captures: CaptureReport[] = [];
  readonly #frames: RunCapture[] = [];
  readonly timings: Timing[] = [];

  constructor(command: string, cloud: Cloud) {
    this.#command = command;
    this.#cloud = cloud;
    this.#engine = cloud.cluster.engine;
  }

  add({ name, capability, about, findings = [], steps }: RecordedStory): Fate {
    const fates = steps.map(({ check, observed }) =>
      fateOf({ check, dropped: observed.observation.dropped }),
    );
    const fate = gravest([...fates, ...findings.map(({ status }) => status)]);
    const unexplained = steps.flatMap(({ check }) => check.unexplained.map(({ label }) => label));
    const reasons = [
      ...(unexplained.length > 0 ? [`nothing explains ${unexplained.join(', ')}`] : []),
      ...steps.flatMap(({ check }) => check.findings),
      ...findings.filter(({ status }) => status !== 'passed').map(({ text }) => text),
    ];
    this.#scenarios.push({
      name,
      file: `netdojo ${this.#command}`,
      capability,
      cloud: this.#cloudId(),
      // What proved nothing is not green.
      status: fate === 'nothing' ? 'inconclusive' : fate,
      ...(about !== undefined && { about }),
      ...(findings.length > 0 && { findings }),
      durationMs: steps.reduce((sum, { ms }) => sum + ms, 0),
      steps: steps.map((step) => this.#step(step)),
      ...(reasons.length > 0 && { reason: reasons.join('; ') }),
    });
    return fate;
  }

  /** The cloud as it is now: a story may have changed it. */
  #cloudId(): string {
    const { name, target, topology } = this.#cloud;
    const known = this.#clouds.find((one) => one.topology === topology);
    if (known) return known.id;
    const id = this.#clouds.length === 0 ? name : `${name}, changed ${this.#clouds.length} times`;
    this.#clouds.push(cloudReport(id, target.name, topology));
    return id;
  }

  #step({ title, check, observed, ms }: RecordedStep): StepReport {
    const { frames, observation } = observed;
    const id = `capture${this.#captures.length + 1}`;
    this.#captures.push({
      id,
      cloud: this.#cloudId(),
      points: [...observation.points.values()],
      frames: frames.length,
      dropped: observation.dropped,
    });
    this.#frames.push({ id, frames });
    return {
      title,
      durationMs: ms,
      journeys: check.journeys.map((journey) =>
        journeyReport({
          title: journey.title,
          capture: id,
          expected: journey.expected,
          observed: journey.observed,
          comparison: journey.comparison,
        }),
      ),
    };
  }

  /** @throws NetdojoError ND_REPORT_… */
  write(directory = 'reports'): Promise<BundlePaths> {
    this.#cloudId();
    const cloud = this.#cloud;
    const report: RunReport = {
      version: REPORT_VERSION,
      run: `${stamp(this.#started)}-${this.#command}`,
      started: this.#started.toISOString(),
      ended: new Date().toISOString(),
      engine: `docker ${this.#engine.version}`,
      environment: {
        netdojo: VERSION,
        node: process.version,
        kernel: release(),
        datapath: cloud.cluster.datapathType,
        cpus: String(availableParallelism()),
      },
      clouds: this.#clouds,
      scenarios: this.#scenarios,
      captures: this.#captures,
      timings: this.timings,
    };
    return writeBundle(report, { directory, captures: this.#frames });
  }
}

/** `20261121-012431`, in UTC, so that folders sort by time. */
const stamp = (date: Date): string =>
  date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
