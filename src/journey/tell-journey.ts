/** A journey in words, hop by hop, with what changed at each. */
import { changePieces, headerPieces, kindWidth, placeOf } from './describe.ts';
import { bridgeLines, kernelLines } from './tell-bridges.ts';
import {
  count,
  duration,
  paintLine,
  type Piece,
  piece,
  type Style,
  styleOf,
  type TellOptions,
  type Tone,
  wrapPieces,
} from './style.ts';
import type { Headers, Hop, Journey, Verdict } from './types.ts';
import { hopsBelow } from './verdict.ts';

export interface TellJourneyOptions extends TellOptions {
  /** What was done, before the packet's name: `ping web1 → web2`. */
  readonly title?: string;
  /** Also tells what the bridges between hops did, where that is known; default off. */
  readonly bridges?: boolean;
  /** Hops shown before the rest is only counted; default 200. */
  readonly limit?: number;
}

const LIMIT = 200;

interface Row {
  readonly hop: Hop;
  readonly before: Headers | undefined;
  /** Guides before the number's column, and before further lines of the same hop. */
  readonly guide: string;
  readonly below: string;
  readonly start: bigint;
}

/**
 * The journey as text, without a newline at the end: a headline with the verdict, then a line for each hop with the
 * time since the first one and what changed there. Copies are branches.
 */
export function tellJourney(journey: Journey, options: TellJourneyOptions = {}): string {
  const style = styleOf(options);
  const rows = journey.roots.flatMap((root) => rowsOf(root, style));
  const lines = [headline(journey, options.title, style)];
  const shown = rows.slice(0, options.limit ?? LIMIT);
  const digits = String(shown.length).length;
  const placeWidth = Math.max(0, ...shown.map(({ hop, guide }) => guide.length + placeOf(hop, style).length));
  const times = shown.map(({ hop, start }) => duration(hop.time - start, style));
  const timeWidth = Math.max(0, ...times.map((time) => time.length));
  const kinds = kindWidth(
    shown.map(({ hop }) => hop),
    7,
  );
  const indent = 2 + digits + 1 + kinds + placeWidth + 2 + timeWidth + 2;

  for (const [index, row] of shown.entries()) {
    const { hop, guide, below } = row;
    const { paint } = style;
    if (hop === journey.roots[index] || (index > 0 && row.before === undefined)) {
      if (index > 0) lines.push(rootLine(hop, journey.roots[0] as Hop, style));
    }
    const number = String(index + 1).padStart(digits);
    const place = `${paint(guide, 'dim')}${paint(hop.kind.padEnd(kinds), 'dim')}${placeOf(hop, style).padEnd(placeWidth - guide.length)}`;
    const head = `  ${paint(number, 'dim')} ${place}  ${paint((times[index] as string).padStart(timeWidth), 'dim')}  `;
    const [first = [], ...rest] = wrapPieces(piecesOf(row, style), Math.max(30, style.width - indent));
    lines.push((head + paintLine(first, style)).trimEnd());
    const hang = `  ${' '.repeat(digits)} ${paint(below, 'dim')}${' '.repeat(Math.max(0, indent - 3 - digits - below.length))}`;
    lines.push(...rest.map((line) => hang + paintLine(line, style)));
    if (options.bridges && (hop.bridges || hop.kernel)) {
      const margin = `  ${' '.repeat(digits)} ${paint(below, 'dim')}${' '.repeat(kinds)}`;
      const told = [
        ...bridgeLines(hop.bridges ?? [], style, 2 + digits + 1 + below.length + kinds),
        ...(hop.kernel ?? []).flatMap((step) => kernelLines(step, style, margin.length)),
      ];
      lines.push(...told.map((text) => margin + text));
    }
  }
  if (rows.length > shown.length)
    lines.push(`  ${style.signs.ellipsis} ${count(rows.length - shown.length, 'more hop')}`);
  return style.finish(lines);
}

export function verdictTone(verdict: Verdict): Tone {
  return verdict === 'delivered' ? 'good' : verdict === 'inconclusive' ? 'warn' : 'bad';
}

function headline(journey: Journey, title: string | undefined, style: Style): string {
  const hops = journey.roots.flatMap(hopsBelow);
  const name = title === undefined ? journey.packet : `${title}  ${journey.packet}`;
  const times = hops.map((hop) => hop.time);
  const first = times.reduce((a, b) => (b < a ? b : a), times[0] ?? 0n);
  const last = times.reduce((a, b) => (b > a ? b : a), times[0] ?? 0n);
  const facts =
    hops.length === 0 ? 'never seen' : `${count(hops.length, 'hop')}, ${duration(last - first, style)}`;
  const outcome = `${journey.verdict}, ${facts}`;
  const painted = `${style.paint(journey.verdict, verdictTone(journey.verdict))}, ${facts}`;
  const gap = style.width - name.length - outcome.length;
  if (gap >= 2) return `${style.paint(name, 'strong')}${' '.repeat(gap)}${painted}`;
  return `${style.paint(name, 'strong')}\n  ${painted}`;
}

function rootLine(hop: Hop, first: Hop, style: Style): string {
  const after = duration(hop.time - first.time, style);
  if (hop.kind === 'guest') return `  sent again after ${after}:`;
  return `  first seen at ${hop.node}, after ${after}:`;
}

function piecesOf({ hop, before }: Row, style: Style): Piece[] {
  const changes =
    before === undefined ? headerPieces(hop.headers, style) : changePieces(before, hop.headers, style);
  const whose = hop.object === undefined ? [] : [piece(hop.object, 'dim')];
  const unchanged = changes.length === 0 && whose.length === 0 && !hop.lost;
  const pieces = unchanged ? [piece('unchanged', 'dim')] : [...whose, ...changes];
  if (hop.lost) pieces.push(piece(`LOST: ${hop.to} never saw it`, 'bad'));
  if (hop.more !== undefined)
    pieces.push(piece(`LOOPS ON: ${count(hop.more, 'further sighting')} left out`, 'bad'));
  return pieces;
}

/** The hops in path order with the guides of their branches: a chain stays straight, copies are indented. */
function rowsOf(root: Hop, style: Style): Row[] {
  const { tee, elbow, bar } = style.signs;
  const rows: Row[] = [];
  const visit = (hop: Hop, before: Headers | undefined, guide: string, below: string): void => {
    rows.push({ hop, before, guide, below, start: root.time });
    const branches = hop.next.length > 1;
    for (const [index, next] of hop.next.entries()) {
      const last = index === hop.next.length - 1;
      if (branches)
        visit(next, hop.headers, `${below}${last ? elbow : tee} `, `${below}${last ? ' ' : bar} `);
      else visit(next, hop.headers, below, below);
    }
  };
  visit(root, undefined, '', '');
  return rows;
}
