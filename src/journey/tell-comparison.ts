/** Two columns, expected and observed, and what is wrong, in words. */
import type { Comparison, Difference, Row } from './compare.ts';
import { columns, GUTTER, nameOf } from './columns.ts';
import { headerPieces, placeOf, valueText } from './describe.ts';
import { kernelLines, passagesWithLines } from './tell-bridges.ts';
import { verdictTone } from './tell-journey.ts';
import {
  count,
  duration,
  paintLine,
  type Style,
  styleOf,
  type TellOptions,
  wrap,
  wrapPieces,
} from './style.ts';
import type { BridgeStep } from './types.ts';

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
  const filled = blocks.filter((lines) => lines.length > 0);
  return style.finish(filled.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])));
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
  const fate =
    verdict.observed === verdict.expected
      ? `${verdict.observed}, but not as expected`
      : `expected ${verdict.expected}, observed ${paint(verdict.observed, verdictTone(verdict.observed))}`;
  if (inconclusive) {
    const note = 'captures missed frames, so this run proves nothing; the columns show what was seen';
    return [`${paint('?', 'warn')} ${paint(name, 'strong')}`, `  ${fate}`, `  ${note}`];
  }
  const number = count(differences.length, 'difference');
  return [`${paint(signs.bad, 'bad')} ${paint(name, 'strong')}`, `  ${fate}: ${number}`];
}

/** A difference as a sentence. */
function sentence(difference: Difference, rows: readonly Row[], style: Style): string {
  const { code, place } = difference;
  const expected = valueText(difference.expected, style);
  const observed = valueText(difference.observed, style);
  if (!place) return `expected ${expected}, observed ${observed}`;
  const where = `${place.kind} ${placeOf(place, style)}`;
  if (code === 'header') return `${where}: ${nameOf(difference, rows)} must be ${expected}, is ${observed}`;
  if (code === 'missing-hop') {
    const instead = rows[difference.row]?.observed;
    if (instead) return `${where}: the packet took ${instead.kind} ${placeOf(instead, style)} instead`;
    return `${where}: the packet never passed here`;
  }
  if (code === 'lost-on-wire') return `${where}: sent, but ${place.to} never saw it`;
  return code === 'duplicate-hop' ? `${where}: a second copy` : `${where}: a copy that nothing explains`;
}

function firstDifference({ differences, rows }: Comparison, style: Style): string[] {
  const first = differences[0];
  if (!first) return [];
  const title = first.row < 0 ? 'the verdict differs' : `first difference: hop ${first.row + 1}`;
  const lines = [style.paint(title, 'strong'), ...labelled('what', sentence(first, rows, style), style)];
  const because = first.because ?? endReason(first, rows);
  if (because !== undefined) lines.push(...labelled('because', because, style));
  return lines;
}

/** Of a copy that goes on where the packet had to end: why it had to, which the last hop on its way says. */
function endReason({ code, row }: Difference, rows: readonly Row[]): string | undefined {
  const before = rows[rows[row]?.parent ?? -1]?.expected;
  return code === 'unexpected-hop' && before?.next.length === 0 ? before.because : undefined;
}

function labelled(label: string, text: string, style: Style): string[] {
  const [first = '', ...rest] = wrap(text, style.width - 12);
  return [`  ${style.paint(label.padEnd(9), 'dim')} ${first}`, ...rest.map((line) => `            ${line}`)];
}

/** Actions by which a flow sets a header field, by the beginning of the field's name. */
const SETTERS: readonly (readonly [field: string, action: RegExp])[] = [
  ['tunnel', /tun_id|tun_dst|tunnel/iu],
  ['vlan', /vlan/iu],
  ['src_mac', /eth_src|dl_src/u],
  ['dst_mac', /eth_dst|dl_dst/u],
  ['ttl', /dec_ttl|nw_ttl/u],
  ['src_ip', /nw_src|ipv4_src/u],
  ['dst_ip', /nw_dst|ipv4_dst/u],
];

/**
 * The flow that is at fault: the last one that sets the field that differs; for a copy too many the last one that
 * flooded to taps or put it out to a tunnel; or else the last one at all.
 */
function culprit(steps: readonly BridgeStep[], { code, field, place }: Difference): BridgeStep | undefined {
  const last = (action: RegExp): BridgeStep | undefined =>
    steps.findLast(({ actions }) => action.test(actions));
  const setter = SETTERS.find(([name]) => field?.startsWith(name));
  const sets = setter && last(setter[1]);
  const tooMany = code === 'unexpected-hop' || code === 'duplicate-hop';
  const spreads = tooMany
    ? (last(place?.kind === 'wire' ? /output:/u : /flooding/u) ?? last(/^(?!drop$)/u))
    : undefined;
  return sets ?? spreads ?? steps.at(-1);
}

/** The flows that a packet met after the last hop that was still right, and which of them is at fault. */
function decidingFlow({ differences, rows }: Comparison, style: Style): string[] {
  const first = differences[0];
  const row = first && rows[first.row];
  if (!row) return [];
  const before = rows[row.parent]?.observed;
  if (!before) return [];
  const { bridges: steps = [], kernel = [] } = before;
  if (steps.length + kernel.length === 0) return [];
  const faulty = kernel.some(({ fault }) => fault);
  const title = `decided at ${row.observed?.node ?? before.to ?? before.node}, after ${before.kind} ${before.device}`;
  const lines = [style.paint(title, 'strong')];
  for (const { passage, text } of passagesWithLines(steps, style, 6)) {
    const guilty = !faulty && passage.includes(culprit(steps, first) as BridgeStep);
    const sign = guilty ? style.paint(style.signs.pointer, 'bad') : ' ';
    lines.push(...text.map((line, at) => `${at === 0 ? `  ${sign}` : '   '} ${line}`));
    const last = passage.at(-1);
    if (!guilty || !last) continue;
    const asked = last.owner === undefined ? `; ${NOBODY}` : '';
    lines.push(
      ...wrap(`priority ${last.priority}, cookie ${last.cookie}${asked}`, style.width - 6).map(
        (line) => `      ${line}`,
      ),
    );
  }
  return [...lines, ...kernel.flatMap((step) => kernelLines(step, style)).map((line) => `  ${line}`)];
}

const NOBODY = 'no object of the cloud asked for this flow';

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
      `  ${style.paint(hop.kind.padEnd(6), 'dim')} ${placeOf(hop, style)}${hop.kind === 'namespace' ? '' : `, ${hop.direction}`}, after ${duration(hop.time - start, style)}`,
    );
    for (const line of wrapPieces(headerPieces(hop.headers, style), style.width - 9)) {
      lines.push(`         ${style.paint(paintLine(line, { ...style, paint: (text) => text }), 'dim')}`);
    }
  }
  if (unexplained.length > limit) lines.push(`  ${style.signs.ellipsis} ${unexplained.length - limit} more`);
  return lines;
}
