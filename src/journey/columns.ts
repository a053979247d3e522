/** The two columns: expected hops beside observed ones. */
import type { Comparison, Difference, Row } from './compare.ts';
import { addressTexts, fieldName, kindWidth, placeOf, tunnelTexts, valueText } from './describe.ts';
import { count, cut, piece, type Style, type Tone, wrapPieces } from './style.ts';
import type { Constraint, Headers } from './types.ts';

/** Width of the gutter: pointer and row number. */
export const GUTTER = 7;

/** The columns, at most `limit` rows, the first difference always among them. */
export function columns({ rows, differences }: Comparison, limit: number, style: Style): string[] {
  const { paint, signs } = style;
  const width = Math.floor((style.width - GUTTER - 3) / 2);
  const wrong = Map.groupBy(differences, (difference) => difference.row);
  const first = differences[0]?.row ?? -1;
  const from = first < limit ? 0 : first - Math.floor(limit / 2);
  const indents = indentsOf(rows);
  const pad = ' '.repeat(GUTTER);
  const kinds = kindWidth(
    rows
      .slice(from, from + limit)
      .flatMap(({ expected, observed }) => [expected ?? [], observed ?? []].flat()),
    6,
  );
  const bar = paint(signs.bar, 'dim');
  const line = (gutter: string, left: string, right: string, leftTone: Tone, rightTone: Tone): string =>
    `${gutter}${paint(left.padEnd(width), leftTone)} ${bar} ${paint(right, rightTone)}`.trimEnd();

  const lines = [
    line(pad, 'expected', 'observed', 'dim', 'dim'),
    pad + paint(`${signs.rule.repeat(width + 1)}${signs.cross}${signs.rule.repeat(width + 1)}`, 'dim'),
  ];
  if (from > 0) lines.push(`${pad}${signs.ellipsis} ${count(from, 'hop')} before`);
  for (const [offset, row] of rows.slice(from, from + limit).entries()) {
    const index = from + offset;
    const indent = Math.min(indents[index] ?? 0, Math.floor(width / 2));
    const pointer = index === first ? paint(signs.pointer, 'bad') : ' ';
    const gutter = ` ${pointer} ${paint(String(index + 1).padStart(GUTTER - 4), 'dim')} `;
    const cell = (hop: Row['expected'] | Row['observed'], absent: string): string =>
      cut(
        ' '.repeat(indent) + (hop ? `${hop.kind.padEnd(kinds)}${placeOf(hop, style)}` : absent),
        width,
        style,
      );
    const tones: [Tone, Tone] = row.matched
      ? ['plain', 'plain']
      : [row.expected ? 'good' : 'dim', row.observed ? 'bad' : 'dim'];
    lines.push(line(gutter, cell(row.expected, '(nothing)'), cell(row.observed, '(missing)'), ...tones));

    const margin = ' '.repeat(indent + kinds);
    const broken = (pieces: readonly string[]): string[] =>
      wrapPieces(
        pieces.map((text) => piece(text)),
        width - margin.length,
      ).map((words) => words.map(({ text }) => text).join(' '));
    const detail = (left: string[], right: string[], leftTone: Tone, rightTone: Tone): void => {
      const lefts = broken(left);
      const rights = broken(right);
      for (let at = 0; at < Math.max(lefts.length, rights.length); at++) {
        lines.push(line(pad, margin + (lefts[at] ?? ''), margin + (rights[at] ?? ''), leftTone, rightTone));
      }
    };
    const worn = row.matched ? changedWear(row, rows, style) : undefined;
    if (worn) detail(...worn, 'dim', 'dim');
    const routed = row.matched ? changedAddresses(row, rows, style) : undefined;
    if (routed) detail(...routed, 'dim', 'dim');
    for (const difference of wrong.get(index) ?? []) {
      if (difference.code !== 'header' && difference.code !== 'lost-on-wire') continue;
      detail(...inColumns(difference, rows, style), 'good', 'bad');
    }
  }
  const left = rows.length - from - limit;
  if (left > 0) lines.push(`${pad}${signs.ellipsis} ${count(left, 'more hop')}`);
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

/** Where tunnel or tag are others than at the hop before: what the frame wears from here on. */
function changedWear(row: Row, rows: readonly Row[], style: Style): [string[], string[]] | undefined {
  const { expected, observed } = row;
  const before = rows[row.parent];
  if (!before || !expected || !observed) return undefined;
  const left = wearOf(expected.headers, style);
  const right = wearOf(observed.headers, style);
  const changed =
    (before.expected && wearOf(before.expected.headers, style).join() !== left.join()) ||
    (before.observed && wearOf(before.observed.headers, style).join() !== right.join());
  return changed ? [left, right] : undefined;
}

/** Where a namespace sends a packet on: addresses and TTL, where it has changed them. */
function changedAddresses(row: Row, rows: readonly Row[], style: Style): [string[], string[]] | undefined {
  const { expected, observed } = row;
  const before = rows[row.parent]?.observed;
  if (!before || !expected || observed?.kind !== 'namespace' || observed.direction !== 'out')
    return undefined;
  const right = addressTexts(observed.headers, style);
  if (addressTexts(before.headers, style).join() === right.join()) return undefined;
  return [addressTexts(expected.headers, style), right];
}

function wearOf({ tunnel, vlan }: Constraint<Headers>, style: Style): string[] {
  const words = tunnel ? tunnelTexts(tunnel, style) : [];
  if (vlan !== undefined && vlan !== null) words.push(`tag ${vlan}`);
  return words.length === 0 ? ['no tunnel', 'no tag'] : words;
}

/** The name of a difference's field; a tunnel's number is called as its type has it. */
export function nameOf({ field = '', row }: Difference, rows: readonly Row[]): string {
  const { expected, observed } = rows[row] ?? {};
  return fieldName(field, observed?.headers.tunnel?.type ?? expected?.headers.tunnel?.type);
}

/** A difference as the two columns have it. */
function inColumns(difference: Difference, rows: readonly Row[], style: Style): [string[], string[]] {
  const { code, expected, observed, place } = difference;
  if (code === 'lost-on-wire') return [[`arrives at ${place?.to}`], [`lost: ${place?.to} never saw it`]];
  const name = nameOf(difference, rows);
  return [[`${name} ${valueText(expected, style)}`], [`${name} ${valueText(observed, style)}`]];
}
