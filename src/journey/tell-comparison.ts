/** Two columns, expected and observed, and what is wrong, in words. */
import type { Comparison, Difference, Row } from './compare.ts';
import { fieldName, headerPieces, placeOf, valueText } from './describe.ts';
import { flowLines } from './tell-bridges.ts';
import { verdictTone } from './tell-journey.ts';
import {
  count,
  cut,
  duration,
  paintLine,
  type Style,
  styleOf,
  type TellOptions,
  type Tone,
  wrap,
  wrapPieces,
} from './style.ts';
import type { Hop } from './types.ts';

export interface TellComparisonOptions extends TellOptions {
  /** What was done, before the packet's name. */
  readonly title?: string;
  /** Rows, differences and copies shown of each before the rest is only counted; default 40. */
  readonly limit?: number;
}

const LIMIT = 40;

/**
 * The comparison as text, without a newline at the end: the verdicts; both columns with a pointer at the first
 * difference; that difference with its reason and, where the bridges were asked, the flow that decided there; all
 * other differences; the copies that nothing explains.
 */
export function tellComparison(comparison: Comparison, options: TellComparisonOptions = {}): string {
  const style = styleOf(options);
  const limit = options.limit ?? LIMIT;
  const blocks = [
    headline(comparison, options.title, style),
    columns(comparison, limit, style),
    firstDifference(comparison, style),
    decidingFlow(comparison, style),
    otherDifferences(comparison, limit, style),
    copies(comparison, limit, style),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline(
  { packet, ok, inconclusive, verdict, differences }: Comparison,
  title: string | undefined,
  style: Style,
): string[] {
  const { paint, signs } = style;
  const name = title === undefined ? packet : `${title}  ${packet}`;
  if (ok)
    return [`${paint(signs.good, 'good')} ${paint(name, 'strong')}`, `  ${verdict.observed}, as expected`];
  const facts = inconclusive ? '' : `, ${count(differences.length, 'difference')}`;
  const observed = paint(
    verdict.observed,
    verdict.observed === verdict.expected ? 'plain' : verdictTone(verdict.observed),
  );
  return [
    `${inconclusive ? paint('?', 'warn') : paint(signs.bad, 'bad')} ${paint(name, 'strong')}`,
    `  expected ${verdict.expected}, observed ${observed}${facts}`,
    ...(inconclusive
      ? ['  captures missed frames, so this run proves nothing; the columns show what was seen']
      : []),
  ];
}

/** Width of the gutter: pointer and row number. */
const GUTTER = 7;

function columns({ rows, differences }: Comparison, limit: number, style: Style): string[] {
  const { paint, signs } = style;
  const width = Math.floor((style.width - GUTTER - 3) / 2);
  const wrong = Map.groupBy(differences, (difference) => difference.row);
  const first = differences[0]?.row;
  const indents = indentsOf(rows);
  const pad = ' '.repeat(GUTTER);
  const lines = [
    `${pad}${paint('expected'.padEnd(width), 'dim')} ${paint(signs.bar, 'dim')} ${paint('observed', 'dim')}`,
    `${pad}${paint(`${signs.rule.repeat(width)}${signs.rule}${signs.cross}${signs.rule.repeat(width + 1)}`, 'dim')}`,
  ];
  const bar = paint(signs.bar, 'dim');
  for (const [index, row] of rows.slice(0, limit).entries()) {
    const here = wrong.get(index) ?? [];
    const pointer = index === first ? paint(signs.pointer, 'bad') : ' ';
    const indent = Math.min(indents[index] ?? 0, Math.floor(width / 2));
    const left = cellOf(row.expected, indent, width, style);
    const right = cellOf(row.observed, indent, width, style);
    const [tone, side]: [Tone, Tone] = here.length === 0 ? ['plain', 'plain'] : ['good', 'bad'];
    lines.push(
      ` ${pointer} ${String(index + 1).padStart(GUTTER - 4)} ${paint(left.padEnd(width), row.matched ? 'plain' : tone)} ${bar} ${paint(right, row.matched ? 'plain' : side)}`.trimEnd(),
    );
    const margin = ' '.repeat(indent + 6);
    for (const difference of here.filter(({ code }) => code === 'header' || code === 'lost-on-wire')) {
      const [must, is] = inColumns(difference, rows, style);
      const lefts = wrap(must, width - margin.length);
      const rights = wrap(is, width - margin.length);
      for (let line = 0; line < Math.max(lefts.length, rights.length); line++) {
        const text = lefts[line] === undefined ? '' : margin + lefts[line];
        const other = rights[line] === undefined ? '' : margin + rights[line];
        lines.push(`${pad}${paint(text.padEnd(width), 'good')} ${bar} ${paint(other, 'bad')}`.trimEnd());
      }
    }
  }
  if (rows.length > limit) lines.push(`${pad}${signs.ellipsis} ${count(rows.length - limit, 'more hop')}`);
  return lines;
}

/** Copies stand further right than the hop that they were made at; a chain stays straight. */
function indentsOf(rows: readonly Row[]): number[] {
  const children = new Map<number, number>();
  for (const { parent } of rows) children.set(parent, (children.get(parent) ?? 0) + 1);
  const indents: number[] = [];
  for (const { parent } of rows) {
    indents.push(parent < 0 ? 0 : (indents[parent] ?? 0) + ((children.get(parent) ?? 0) > 1 ? 2 : 0));
  }
  return indents;
}

function cellOf(hop: Row['expected'] | Row['observed'], indent: number, width: number, style: Style): string {
  if (!hop) return '';
  return cut(`${' '.repeat(indent)}${hop.kind.padEnd(6)}${placeOf(hop, style)}`, width, style);
}

/** The name of a difference's field; a tunnel's number is called as its type has it. */
function nameOf({ field = '', row }: Difference, rows: readonly Row[]): string {
  const { expected, observed } = rows[row] ?? {};
  return fieldName(field, observed?.headers.tunnel?.type ?? expected?.headers.tunnel?.type);
}

/** A difference as the two columns have it. */
function inColumns(difference: Difference, rows: readonly Row[], style: Style): [string, string] {
  const { code, expected, observed, place } = difference;
  if (code === 'lost-on-wire') return [`arrives at ${place?.to}`, `lost: ${place?.to} never saw it`];
  const name = nameOf(difference, rows);
  return [`${name} ${valueText(expected, style)}`, `${name} ${valueText(observed, style)}`];
}

/** A difference as a sentence. */
function sentence(difference: Difference, rows: readonly Row[], style: Style): string {
  const { code, place } = difference;
  const expected = valueText(difference.expected, style);
  const observed = valueText(difference.observed, style);
  if (!place) return `expected ${expected}, observed ${observed}`;
  const where = `${place.kind} ${placeOf(place, style)}`;
  if (code === 'header') return `${where}: ${nameOf(difference, rows)} must be ${expected}, is ${observed}`;
  if (code === 'missing-hop') return `${where}: the packet never passed here`;
  if (code === 'lost-on-wire') return `${where}: sent, but ${place.to} never saw it`;
  return code === 'duplicate-hop' ? `${where}: a second copy` : `${where}: a copy that nothing explains`;
}

function firstDifference({ differences, rows }: Comparison, style: Style): string[] {
  const first = differences[0];
  if (!first) return [];
  const title = first.row < 0 ? 'the verdict differs' : `first difference, at ${first.row + 1}`;
  const lines = [style.paint(title, 'strong'), ...labelled('what', sentence(first, rows, style), style)];
  if (first.because !== undefined) lines.push(...labelled('because', first.because, style));
  return lines;
}

function labelled(label: string, text: string, style: Style): string[] {
  const [first = '', ...rest] = wrap(text, style.width - 12);
  return [`  ${style.paint(label.padEnd(9), 'dim')} ${first}`, ...rest.map((line) => `            ${line}`)];
}

/** The flows that a packet met after the last hop that was still right: the last of them sent it (or did not send it) on. */
function decidingFlow({ differences, rows }: Comparison, style: Style): string[] {
  const first = differences[0];
  const row = first && rows[first.row];
  if (!row) return [];
  const steps = rows[row.parent]?.observed?.bridges;
  if (!steps || steps.length === 0) return [];
  const before = rows[row.parent]?.observed as Hop;
  const lines = [style.paint(`decided at ${before.node}, after ${before.kind} ${before.device}`, 'strong')];
  for (const [index, step] of steps.entries()) {
    const sign = index === steps.length - 1 ? style.paint(style.signs.pointer, 'bad') : ' ';
    for (const [line, text] of flowLines(step, style, 6).entries())
      lines.push(`${line === 0 ? `  ${sign}` : '   '} ${text}`);
    if (index === steps.length - 1) lines.push(`      cookie ${step.cookie}`);
  }
  return lines;
}

/** What is wrong besides, without what follows from a hop that is missing and without copies, which come later. */
function otherDifferences({ differences, rows }: Comparison, limit: number, style: Style): string[] {
  const follows = ({ code, row }: Difference): boolean =>
    code === 'missing-hop' && rows[rows[row]?.parent ?? -1]?.matched === false;
  const others = differences
    .slice(1)
    .filter(
      (one) => one.place && one.code !== 'unexpected-hop' && one.code !== 'duplicate-hop' && !follows(one),
    );
  const after = differences.slice(1).filter(follows).length;
  const lines: string[] = [];
  for (const difference of others.slice(0, limit)) {
    const [first = '', ...rest] = wrap(sentence(difference, rows, style), style.width - GUTTER - 1);
    const hang = ' '.repeat(GUTTER);
    lines.push(
      `   ${String(difference.row + 1).padStart(GUTTER - 4)} ${first}`,
      ...rest.map((line) => hang + line),
    );
  }
  if (others.length > limit) lines.push(`   ${style.signs.ellipsis} ${others.length - limit} more`);
  if (after > 0)
    lines.push(
      `   and so ${count(after, 'hop')} after a missing one ${after === 1 ? 'is' : 'are'} missing too`,
    );
  if (lines.length === 0) return [];
  return [style.paint('also', 'strong'), ...lines];
}

function copies({ unexplained, rows }: Comparison, limit: number, style: Style): string[] {
  if (unexplained.length === 0) return [];
  const start = rows.find(({ observed }) => observed)?.observed?.time ?? 0n;
  const lines = [
    style.paint(`nowhere else: ${count(unexplained.length, 'hop')} that nothing explains`, 'strong'),
  ];
  for (const hop of unexplained.slice(0, limit)) {
    lines.push(
      `  ${style.paint(hop.kind.padEnd(6), 'dim')} ${placeOf(hop, style)}, ${hop.direction}, after ${duration(hop.time - start, style)}`,
    );
    for (const line of wrapPieces(headerPieces(hop.headers, style), style.width - 9)) {
      lines.push(`         ${style.paint(paintLine(line, { ...style, paint: (text) => text }), 'dim')}`);
    }
  }
  if (unexplained.length > limit) lines.push(`  ${style.signs.ellipsis} ${unexplained.length - limit} more`);
  return lines;
}
