import { dissect, PcapngWriter } from 'tcpdump-parser';
import type { Point } from '../journey/index.ts';
import { flatHops, journeysOf, type RunReport } from './model.ts';

/** A frame as it was seen at a point. */
export interface CapturedFrame {
  /** Id of the point. */
  readonly point: string;
  /** Seen from the device: out leaves it towards the cable. */
  readonly direction: 'in' | 'out';
  /** Nanoseconds since the epoch; one clock for all points. */
  readonly time: bigint;
  readonly bytes: Uint8Array;
  /** Bytes on the cable, where `bytes` is only the beginning. */
  readonly length?: number;
}

/** The frames of a capture; hops refer to them by their index. */
export interface RunCapture {
  /** As in the report's `captures`. */
  readonly id: string;
  readonly frames: readonly CapturedFrame[];
}

/** How many bytes collect before they are handed on. */
const CHUNK = 1 << 18;

/** Where a frame of a capture is in the merged file; counted from 1, as Wireshark does. */
export type FrameNumbers = ReadonlyMap<string, number>;

/** Name of a frame over all captures of a run. */
export function frameKey(capture: string, index: number): string {
  return `${capture}/${index}`;
}

interface Placed {
  readonly capture: string;
  readonly index: number;
  readonly frame: CapturedFrame;
}

/** All frames of a run in the order of their times. */
function merged(captures: readonly RunCapture[]): Placed[] {
  return captures
    .flatMap(({ id, frames }) => frames.map((frame, index): Placed => ({ capture: id, index, frame })))
    .toSorted((a, b) => (a.frame.time < b.frame.time ? -1 : a.frame.time > b.frame.time ? 1 : 0));
}

/** The number that each frame has in the merged file. */
export function frameNumbers(captures: readonly RunCapture[]): FrameNumbers {
  return new Map(merged(captures).map(({ capture, index }, at) => [frameKey(capture, index), at + 1]));
}

/**
 * One pcapng of a run: an interface for each capture point, nanoseconds, directions, and a comment on each frame that a
 * journey passed. Points of several clouds are kept apart by the cloud's id before their name.
 */
export function* mergedCapture(report: RunReport, captures: readonly RunCapture[]): Generator<Uint8Array> {
  const writer = new PcapngWriter({ application: 'netdojo', comment: `run ${report.run}` });
  const interfaces = new Map<string, number>();
  const clouds = new Map(report.captures.map((capture) => [capture.id, capture.cloud]));
  const several = new Set(clouds.values()).size > 1;
  const nameOf = (capture: string, point: string) => (several ? `${clouds.get(capture)}/${point}` : point);
  const describe = (capture: string, point: Pick<Point, 'id'> & Partial<Point>) => {
    const name = nameOf(capture, point.id);
    const known = interfaces.get(name);
    if (known !== undefined) return known;
    const description = [point.kind, point.object].filter(Boolean).join(' ');
    const id = writer.addInterface({ name, ...(description !== '' && { description }) });
    interfaces.set(name, id);
    return id;
  };
  for (const capture of report.captures) for (const point of capture.points) describe(capture.id, point);

  const comments = frameComments(report);
  for (const { capture, index, frame } of merged(captures)) {
    const comment = comments.get(frameKey(capture, index));
    writer.addPacket({
      interfaceId: describe(capture, { id: frame.point }),
      timestamp: frame.time,
      data: frame.bytes,
      ...(frame.length !== undefined && { originalLength: frame.length }),
      direction: frame.direction,
      ...(comment !== undefined && { comment: comment.slice(0, 8000) }),
    });
    if (writer.length > CHUNK) yield writer.take();
  }
  yield writer.take();
}

/** For each frame the journeys and hops that it shows. */
function frameComments(report: RunReport): Map<string, string> {
  const comments = new Map<string, string>();
  for (const journey of journeysOf(report)) {
    if (journey.capture === undefined) continue;
    for (const [index, { hop }] of flatHops(journey.observed.roots).entries()) {
      const place = hop.kind === 'wire' ? `${hop.point} to ${hop.to ?? '?'}` : hop.point;
      const text = `${journey.title} · hop ${index + 1} · ${hop.kind} ${place}`;
      for (const frame of hop.frames) {
        const key = frameKey(journey.capture, frame);
        const before = comments.get(key);
        comments.set(key, before === undefined ? text : `${before}\n${text}`);
      }
    }
  }
  return comments;
}

/** A header of a frame for the page: its protocol and its fields with their bytes. */
export interface FrameLayer {
  readonly protocol: string;
  readonly offset: number;
  readonly length: number;
  /** Name, value, first byte, number of bytes. */
  readonly fields: readonly (readonly [name: string, value: string, offset: number, length: number])[];
}

/** The headers of a frame in words. */
export function frameLayers(bytes: Uint8Array): FrameLayer[] {
  return dissect(bytes).layers.map((layer) => {
    const values = layer.toJSON();
    return {
      protocol: layer.quoted ? `${layer.protocol} (quoted)` : layer.protocol,
      offset: layer.offset,
      length: layer.length,
      fields: layer.fieldNames().map((name) => {
        const range = layer.byteRange(name);
        return [
          name,
          fieldText(name, values[name]),
          range?.offset ?? layer.offset,
          range?.length ?? 0,
        ] as const;
      }),
    };
  });
}

const HEXADECIMAL = /type$|checksum|identif|flags$/i;

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'number') {
    if (!HEXADECIMAL.test(name) || value < 10) return String(value);
    return `0x${value.toString(16).padStart(4, '0')}`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map((item) => fieldText('', item)).join(', ');
  const entries = Object.entries(value);
  if (entries.every(([, item]) => typeof item === 'boolean'))
    return (
      entries
        .filter(([, item]) => item === true)
        .map(([key]) => key)
        .join(', ') || 'none'
    );
  return entries.map(([key, item]) => `${key} ${fieldText(key, item)}`).join(', ');
}
