/** A run as plain data. `run.json` of a bundle is exactly this, and everything else in the bundle is made from it. */
import type { ExpectedJourney, HopJson, JourneyJson, Point, Verdict } from '../journey/index.ts';
import type { Topology } from '../topology/topology.ts';

/** Counts up when a field changes its meaning or goes; new optional fields leave it. */
export const REPORT_VERSION = 1;

export const scenarioStatuses = ['passed', 'failed', 'skipped', 'inconclusive'] as const;
export type ScenarioStatus = (typeof scenarioStatuses)[number];

export interface RunReport {
  readonly version: typeof REPORT_VERSION;
  /** Name of the run and of its folder: letters, digits, `.`, `_` and `-`. */
  readonly run: string;
  /** ISO 8601 in UTC. */
  readonly started: string;
  readonly ended: string;
  /** What the cloud ran on, such as `docker 28.5.1`. */
  readonly engine: string;
  /** Versions and facts of the machine that may matter: `node`, `kernel`, `openvswitch`, `cpus`, … */
  readonly environment: Readonly<Record<string, string>>;
  readonly clouds: readonly CloudReport[];
  readonly scenarios: readonly ScenarioReport[];
  readonly captures: readonly CaptureReport[];
  /** How long the phases of the run took, in order. */
  readonly timings: readonly Timing[];
}

export interface Timing {
  readonly name: string;
  readonly ms: number;
}

/** A cloud that the run built. */
export interface CloudReport {
  /** Unique in the run. */
  readonly id: string;
  readonly name: string;
  /** System under test, such as `ml2-ovs`. */
  readonly target: string;
  readonly underlay: string;
  readonly counts: {
    readonly hosts: number;
    readonly networks: number;
    readonly ports: number;
    readonly servers: number;
  };
  readonly topology: Topology;
}

export interface ScenarioReport {
  readonly name: string;
  /** Where it is written, relative to the project. */
  readonly file: string;
  readonly capability: string;
  /** In which of the plugin's patterns its cloud was built, such as l3-gre. */
  readonly pattern?: string;
  /** What is to be seen, in a sentence or two. */
  readonly about?: string;
  /** What it says beside the ways of packets. */
  readonly findings?: readonly FindingReport[];
  /** Id of the cloud it ran on; absent when none was started. */
  readonly cloud?: string;
  readonly status: ScenarioStatus;
  /** Why it was skipped, failed or inconclusive. */
  readonly reason?: string;
  readonly durationMs: number;
  readonly steps: readonly StepReport[];
  readonly error?: ErrorReport;
}

/** Something that was found out, in one line, and whether it is as it must be. */
export interface FindingReport {
  readonly text: string;
  readonly status: 'passed' | 'failed' | 'inconclusive';
}

export interface ErrorReport {
  /** First line, what went wrong. */
  readonly message: string;
  /** The whole text as a terminal shows it. */
  readonly text: string;
  readonly code?: string;
  readonly stack?: string;
}

export interface StepReport {
  readonly title: string;
  readonly durationMs?: number;
  readonly journeys: readonly JourneyReport[];
}

export interface JourneyReport {
  readonly title: string;
  /** Id of the capture that its frame numbers refer to. */
  readonly capture?: string;
  readonly expected?: ExpectedJourney;
  readonly observed: JourneyJson;
  readonly comparison: ComparisonReport;
  readonly verdict: Verdict;
  /** Why, in one line. */
  readonly reason?: string;
  readonly ok: boolean;
}

/** Two columns, expected and observed, in path order. */
export interface ComparisonReport {
  readonly rows: readonly ComparisonRow[];
  /** Index of the row where things began to go wrong; -1 when nothing did, or only the verdict. */
  readonly first: number;
}

export interface ComparisonRow {
  /**
   * missing: expected and not seen. unexplained: seen, and nothing expected it. elsewhere: one was expected, and another
   * that nothing explains was seen in its place.
   */
  readonly state: 'same' | 'different' | 'missing' | 'unexplained' | 'elsewhere';
  /** How many times the packet was copied above. */
  readonly depth: number;
  readonly expected?: string;
  /** Tunnel and tag that it must wear, where they change here. */
  readonly expectedWear?: string;
  readonly because?: string;
  readonly observed?: string;
  readonly observedWear?: string;
  /** Which observed hop, counted depth first from 0 over all roots. */
  readonly hop?: number;
  readonly differences: readonly FieldDifference[];
}

export interface FieldDifference {
  /** As in the headers: `vlan`, `tunnel.id`. */
  readonly field: string;
  readonly expected: string;
  readonly observed: string;
}

/** What was captured; the frames are in `packets.pcapng`. */
export interface CaptureReport {
  readonly id: string;
  readonly cloud: string;
  readonly points: readonly Point[];
  readonly frames: number;
  /** Frames that the capture lost. */
  readonly dropped: number;
}

/** How many scenarios ended how. */
export type StatusCounts = Readonly<Record<ScenarioStatus, number>>;

/** The sum over a run. */
export function statusCounts(scenarios: readonly Pick<ScenarioReport, 'status'>[]): StatusCounts {
  const counts = { passed: 0, failed: 0, skipped: 0, inconclusive: 0 };
  for (const { status } of scenarios) counts[status]++;
  return counts;
}

/** The gravest status of a run: failed, inconclusive, passed; skipped only when nothing else was there. */
export function runStatus(scenarios: readonly Pick<ScenarioReport, 'status'>[]): ScenarioStatus {
  const counts = statusCounts(scenarios);
  if (counts.failed > 0) return 'failed';
  if (counts.inconclusive > 0) return 'inconclusive';
  return counts.passed > 0 ? 'passed' : 'skipped';
}

/** A topology as a run reports it. */
export function cloudReport(id: string, target: string, topology: Topology): CloudReport {
  return {
    id,
    name: topology.name,
    target,
    underlay: topology.underlay.name,
    counts: {
      hosts: Object.keys(topology.underlay.hosts).length,
      networks: Object.keys(topology.networks).length,
      ports: Object.keys(topology.ports).length,
      servers: Object.keys(topology.servers).length,
    },
    topology,
  };
}

/** All journeys of a run in order. */
export function journeysOf(report: RunReport): JourneyReport[] {
  return report.scenarios.flatMap((scenario) => scenario.steps.flatMap((step) => step.journeys));
}

/** A hop of a tree with its place in it. */
export interface FlatHop {
  readonly hop: HopJson;
  /** Index of the hop before; -1 for the first. */
  readonly parent: number;
  readonly depth: number;
}

/** The hops of a journey depth first, which is how comparisons and pages number them from 0. */
export function flatHops(roots: readonly HopJson[]): FlatHop[] {
  const flat: FlatHop[] = [];
  const todo: FlatHop[] = roots.toReversed().map((hop) => ({ hop, parent: -1, depth: 0 }));
  for (let item = todo.pop(); item; item = todo.pop()) {
    const index = flat.push(item) - 1;
    const { depth } = item;
    todo.push(...item.hop.next.toReversed().map((hop) => ({ hop, parent: index, depth: depth + 1 })));
  }
  return flat;
}
