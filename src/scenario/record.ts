/** What a scenario leaves behind for the report: plain data in the test's meta, frames in a file of their own. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCapture, PcapngWriter } from 'tcpdump-parser';
import type { CheckedJourney } from '../cloud/index.ts';
import { compare, type Hop, hopsBelow, type Point } from '../journey/index.ts';
import type { CapturedFrame, Observation } from '../observe/index.ts';
import { type CloudReport, journeyReport, type RunCapture, type StepReport } from '../report/index.ts';

export interface CaptureMeta {
  readonly id: string;
  readonly file: string;
  readonly points: readonly Point[];
  readonly frames: number;
  readonly dropped: number;
}

export interface ScenarioMeta {
  readonly capability: string;
  readonly pattern?: string;
  readonly cloud: CloudReport;
  readonly engine: string;
  steps: StepReport[];
  captures: CaptureMeta[];
  inconclusive?: string;
  /** Why it was played again, each time. */
  readonly unjudged: string[];
}

declare module 'vitest' {
  interface TaskMeta {
    netdojo?: ScenarioMeta;
  }
}

/** A story begins anew: what was seen of it until then stays, and is marked. */
export function noteUnjudged(meta: ScenarioMeta, why: string): void {
  const mark = `attempt ${meta.unjudged.push(why)}, not judged: `;
  meta.steps = meta.steps.map((step) =>
    step.title.startsWith('attempt ') ? step : { ...step, title: `${mark}${step.title}` },
  );
}

/** Where frames wait for the end of the run, below the folder of reports. */
const PARTS = join('reports', '.parts');

export interface Seen {
  readonly title: string;
  readonly journeys: readonly CheckedJourney[];
  readonly observation: Observation;
  readonly frames: readonly CapturedFrame[];
  readonly durationMs: number;
}

/** Of a long stream a report shows the first packets, and those that went astray. */
const SHOWN = 40;

/** A step as it is reported: frames of packets that are left out are left out too. */
function abridged(seen: Seen): Seen {
  if (seen.journeys.length <= SHOWN) return seen;
  const shown = seen.journeys.filter(({ ok }, at) => !ok || at < SHOWN);
  const kept = shown.flatMap(({ observed }) =>
    observed.roots.flatMap(hopsBelow).flatMap((hop) => hop.frames),
  );
  const numbers = new Map(kept.toSorted((a, b) => a - b).map((frame, at) => [frame, at] as const));
  const renumbered = (hop: Hop): Hop => ({
    ...hop,
    frames: hop.frames.map((frame) => numbers.get(frame) ?? 0),
    next: hop.next.map(renumbered),
  });
  return {
    ...seen,
    title: `${seen.title} (${shown.length} of ${seen.journeys.length} packets)`,
    frames: seen.frames.filter((_, at) => numbers.has(at)),
    journeys: shown.map((journey) => {
      const observed = { ...journey.observed, roots: journey.observed.roots.map(renumbered) };
      return { ...journey, observed, comparison: compare(journey.expected, observed) };
    }),
  };
}

/** Adds what was seen in one step. */
export async function recordStep(meta: ScenarioMeta, all: Seen): Promise<void> {
  const seen = abridged(all);
  const id = randomUUID();
  const file = join(PARTS, `${id}.pcapng`);
  await mkdir(PARTS, { recursive: true });
  await writeFile(file, framesToFile(seen.frames));
  meta.captures.push({
    id,
    file,
    points: [...seen.observation.points.values()],
    frames: seen.frames.length,
    dropped: seen.observation.dropped,
  });
  meta.steps.push({
    title: seen.title,
    durationMs: seen.durationMs,
    journeys: seen.journeys.map(({ title, observed, expected, comparison }) =>
      journeyReport({ title, observed, expected, comparison, capture: id }),
    ),
  });
}

/** In the order in which they came: hops refer to them by number. */
function framesToFile(frames: readonly CapturedFrame[]): Uint8Array {
  const writer = new PcapngWriter();
  const interfaces = new Map<string, number>();
  for (const { point, direction, time, bytes, length = bytes.length } of frames) {
    let interfaceId = interfaces.get(point);
    if (interfaceId === undefined)
      interfaces.set(point, (interfaceId = writer.addInterface({ name: point })));
    writer.addPacket({ timestamp: time, interfaceId, data: bytes, originalLength: length, direction });
  }
  return writer.take();
}

/** The frames of a step, and their file gone. */
export async function takeCapture({ id, file }: CaptureMeta): Promise<RunCapture> {
  const { packets } = parseCapture(await readFile(file));
  await rm(file);
  return {
    id,
    frames: packets.map(({ interfaceName = '', direction = 'in', timestamp, data, originalLength }) => ({
      point: interfaceName,
      direction,
      time: timestamp,
      bytes: data,
      ...(originalLength > data.length ? { length: originalLength } : {}),
    })),
  };
}
