import type { BridgeStep, Headers, HopJson } from '../../journey/index.ts';
import type { CapturedFrame } from '../captures.ts';
import { type FrameLayer, type FrameNumbers, frameKey, frameLayers } from '../captures.ts';
import { type ComparisonRow, type FlatHop, flatHops, type JourneyReport } from '../model.ts';
import { type Change, changesBetween, fieldTexts, placeText } from '../words.ts';
import type { DrawnHop, JourneyDrawer } from './draw-journey.ts';

/** Everything that the page shows of a journey, as data; the page's script only makes elements of it. */
export interface JourneyView {
  readonly title: string;
  readonly packet: string;
  readonly verdict: string;
  readonly expectedVerdict?: string;
  readonly reason?: string;
  readonly ok: boolean;
  readonly cloud?: string;
  readonly columns: readonly ColumnView[];
  readonly hops: readonly HopView[];
  readonly rows: readonly ComparisonRow[];
  /** Index of the first row that is not as expected; -1 when all are. */
  readonly first: number;
  readonly frames: readonly FrameView[];
}

export interface ColumnView {
  readonly node: string;
  readonly device: string;
  readonly kind: string;
}

export interface HopView extends DrawnHop {
  readonly kind: string;
  /** Such as `compute1 eth1 → tor1`. */
  readonly place: string;
  readonly column: number;
  /** Index of the hop before; -1 for a first one. */
  readonly parent: number;
  /** Nanoseconds since the journey's first hop. */
  readonly time: number;
  readonly state: 'same' | 'different' | 'unexplained' | 'unasked';
  readonly changes: readonly Change[];
  /** Field, label, value, and what it was before if that differs. */
  readonly fields: readonly (readonly [field: string, label: string, value: string, was?: string])[];
  readonly because?: string;
  readonly differences: ComparisonRow['differences'];
  /** Numbers in packets.pcapng. */
  readonly numbers: readonly number[];
  /** Index in the view's frames; absent where the page does not hold the bytes. */
  readonly frame?: number;
  readonly lost?: boolean;
  readonly more?: number;
  readonly bridges?: readonly BridgeStep[];
}

export interface FrameView {
  readonly hex: string;
  readonly layers: readonly FrameLayer[];
}

/** What a view is made with. */
export interface ViewContext {
  readonly cloud?: string;
  readonly drawer?: JourneyDrawer;
  readonly numbers: FrameNumbers;
  /** The bytes of a frame; undefined where they are not to be in the page. */
  readonly frame: (capture: string, index: number) => CapturedFrame | undefined;
}

const HOP_STATES: Readonly<Record<ComparisonRow['state'], HopView['state']>> = {
  same: 'same',
  different: 'different',
  missing: 'different',
  unexplained: 'unexplained',
  elsewhere: 'unexplained',
};

/** The view of one journey. */
export function journeyView(journey: JourneyReport, context: ViewContext): JourneyView {
  const flat = flatHops(journey.observed.roots);
  const columns = columnsOf(flat);
  const rowOf = new Map(journey.comparison.rows.map((row) => [row.hop, row]));
  const drawn = context.drawer?.(flat) ?? [];
  const frames: FrameView[] = [];
  const hops = flat.map((item, index): HopView => {
    const { hop, parent } = item;
    const before = flat[parent]?.hop.headers;
    const row = rowOf.get(index);
    const bytes = bytesOf(journey, hop, context);
    const frame = bytes === undefined ? undefined : frameIndex(frames, bytes);
    return {
      kind: hop.kind,
      place: placeText(hop),
      column: columns.findIndex((column) => column.point === hop.point),
      parent,
      time: hop.time_ns,
      state: row === undefined ? 'unasked' : HOP_STATES[row.state],
      changes: before === undefined ? [] : changesBetween(before, hop.headers),
      fields: fieldsOf(hop.headers, before),
      ...(row?.because !== undefined && { because: row.because }),
      differences: row?.differences ?? [],
      numbers: numbersOf(journey, hop, context),
      ...(frame !== undefined && { frame }),
      ...(hop.lost === true && { lost: true }),
      ...(hop.more !== undefined && { more: hop.more }),
      ...(hop.bridges !== undefined && { bridges: hop.bridges }),
      ...drawn[index],
    };
  });
  const { title, observed, expected, verdict, reason, ok, comparison } = journey;
  return {
    title,
    packet: observed.packet,
    verdict,
    ...(expected !== undefined && { expectedVerdict: expected.verdict }),
    ...(reason !== undefined && { reason }),
    ok,
    ...(context.cloud !== undefined && { cloud: context.cloud }),
    columns: columns.map(({ node, device, kind }) => ({ node, device, kind })),
    hops,
    rows: comparison.rows,
    first: comparison.first,
    frames,
  };
}

function columnsOf(flat: readonly FlatHop[]): (ColumnView & { readonly point: string })[] {
  const columns = new Map<string, ColumnView & { readonly point: string }>();
  for (const { hop } of flat) {
    if (columns.has(hop.point)) continue;
    const device = hop.to === undefined ? hop.device : `${hop.device} → ${hop.to}`;
    columns.set(hop.point, { point: hop.point, node: hop.node, device, kind: hop.kind });
  }
  return [...columns.values()];
}

function fieldsOf(headers: Headers, before: Headers | undefined): HopView['fields'] {
  const old = new Map(
    (before === undefined ? [] : fieldTexts(before)).map(({ field, value }) => [field, value]),
  );
  return fieldTexts(headers).map(({ field, label, value }) => {
    const was = before === undefined ? value : (old.get(field) ?? '');
    return was === value ? [field, label, value] : [field, label, value, was];
  });
}

function bytesOf(journey: JourneyReport, hop: HopJson, context: ViewContext): Uint8Array | undefined {
  const [first] = hop.frames;
  if (journey.capture === undefined || first === undefined) return undefined;
  return context.frame(journey.capture, first)?.bytes;
}

function frameIndex(frames: FrameView[], bytes: Uint8Array): number {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const known = frames.findIndex((frame) => frame.hex === hex);
  return known >= 0 ? known : frames.push({ hex, layers: frameLayers(bytes) }) - 1;
}

function numbersOf(journey: JourneyReport, hop: HopJson, { numbers }: ViewContext): number[] {
  const { capture } = journey;
  if (capture === undefined) return [];
  return hop.frames.flatMap((frame) => numbers.get(frameKey(capture, frame)) ?? []);
}
