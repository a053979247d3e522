import type { BridgeStep, Headers, HopJson, KernelStep } from '../../journey/index.ts';
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
  readonly rows: readonly RowView[];
  /** Index of the first row that is not as expected; -1 when all are. */
  readonly first: number;
  readonly frames: readonly FrameView[];
}

/** A row without what it says twice: no `observed` where that is as expected, no empty `differences`. */
type RowView = Omit<ComparisonRow, 'differences'> & {
  readonly differences?: ComparisonRow['differences'];
};

interface ColumnView {
  readonly node: string;
  readonly device: string;
  readonly kind: string;
}

interface HopView extends DrawnHop {
  readonly kind: string;
  /** Such as `compute1 eth1 → tor1`. */
  readonly place: string;
  readonly column: number;
  /** Index of the hop before; -1 for a first one. */
  readonly parent: number;
  /** Nanoseconds since the journey's first hop. */
  readonly time: number;
  readonly state: 'same' | 'different' | 'unexplained' | 'unasked';
  readonly changes?: readonly Change[];
  /** Header fields that are not as at the hop before; of a first hop all. */
  readonly fields: readonly (readonly [field: string, value: string])[];
  /** Fields that the hop before had. */
  readonly gone?: readonly string[];
  /** Index of its row in the comparison. */
  readonly row?: number;
  /** Numbers in packets.pcapng. */
  readonly numbers: readonly number[];
  /** Index in the view's frames; absent where the page does not hold the bytes. */
  readonly frame?: number;
  readonly lost?: boolean;
  readonly more?: number;
  readonly bridges?: readonly BridgeStep[];
  readonly kernel?: readonly KernelStep[];
  /** For devices of a namespace: whose they are. */
  readonly object?: string;
}

interface FrameView {
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
  const rowOf = new Map(journey.comparison.rows.map((row, index) => [row.hop, { state: row.state, index }]));
  const drawn = context.drawer?.(flat) ?? [];
  const frames: FrameView[] = [];
  const hops = flat.map((item, index): HopView => {
    const { hop, parent } = item;
    const before = flat[parent]?.hop.headers;
    const row = rowOf.get(index);
    const changes = before === undefined ? [] : changesBetween(before, hop.headers);
    const bytes = bytesOf(journey, hop, context);
    const frame = bytes === undefined ? undefined : frameIndex(frames, bytes);
    return {
      kind: hop.kind,
      place: placeText(hop),
      column: columns.findIndex((column) => column.point === hop.point),
      parent,
      time: hop.time_ns,
      state: row === undefined ? 'unasked' : HOP_STATES[row.state],
      ...fieldsOf(hop.headers, before),
      ...(changes.length > 0 && { changes }),
      ...(row !== undefined && { row: row.index }),
      numbers: numbersOf(journey, hop, context),
      ...(frame !== undefined && { frame }),
      ...(hop.lost === true && { lost: true }),
      ...(hop.more !== undefined && { more: hop.more }),
      ...(hop.bridges !== undefined && { bridges: hop.bridges }),
      ...(hop.kernel !== undefined && { kernel: hop.kernel }),
      ...(hop.object !== undefined && { object: hop.object }),
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
    rows: comparison.rows.map((row) => rowView(row)),
    first: comparison.first,
    frames,
  };
}

function rowView({ differences, observed, observedWear, ...row }: ComparisonRow): RowView {
  return {
    ...row,
    ...(observed !== undefined && observed !== row.expected && { observed }),
    ...(observedWear !== undefined && observedWear !== row.expectedWear && { observedWear }),
    ...(differences.length > 0 && { differences }),
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

function fieldsOf(headers: Headers, before: Headers | undefined): Pick<HopView, 'fields' | 'gone'> {
  const now = fieldTexts(headers);
  const old = before === undefined ? new Map<string, string>() : fieldTexts(before);
  const gone = [...old.keys()].filter((field) => !now.has(field));
  const fields = [...now].filter(([field, value]) => old.get(field) !== value);
  return { fields, ...(gone.length > 0 && { gone }) };
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
