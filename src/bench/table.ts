/** Results as a table for terminals and as one in Markdown. Pure. */
import type { BenchResult, Machine, Row, Unit } from './result.ts';
import type { Goal, Summary } from './statistics.ts';

const HEAD = ['name', 'median', 'min – max', 'peer', 'peer’s median', 'ratio', 'goal', 'met'];
/** Numbers stand on the right of their columns. */
const RIGHT = new Set([1, 2, 4, 5]);

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 10_000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 1 ? 3 : 2);
}

const COUNTED: ReadonlySet<Unit> = new Set<Unit>(['flows', 'rules', 'members']);

export function quantity(value: number, unit: Unit): string {
  if (unit === 'ms' && value >= 1000) return `${(value / 1000).toPrecision(3)} s`;
  if (COUNTED.has(unit)) return `${value.toFixed(0)} ${unit}`;
  return `${number(value)} ${unit}`;
}

const range = ({ min, max, count }: Summary, unit: Unit): string =>
  count < 2 ? '' : `${quantity(min, unit)} – ${quantity(max, unit)}`;

export function goalText({ of, is, limit }: Goal, unit: Unit): string {
  const sign = is === 'at most' ? '≤' : '≥';
  return of === 'ratio' ? `${sign} ${limit} ×` : `${sign} ${quantity(limit, unit)}`;
}

function cells({ name, unit, value, peer, goal, met, notMeasured }: Row): string[] {
  return [
    name,
    value ? quantity(value.median, unit) : '',
    value ? range(value, unit) : '',
    peer?.name ?? (notMeasured === undefined ? '' : `not measured: ${notMeasured}`),
    peer ? quantity(peer.value.median, unit) : '',
    peer ? `${number(peer.ratio.median)} ×${peer.faster ? ' faster' : ''}` : '',
    goal ? goalText(goal, unit) : '',
    met === undefined ? '' : met ? 'yes' : 'NO',
  ];
}

/** Columns as wide as their longest cell. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const pad = (cell: string, column: number): string =>
    RIGHT.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

export function markdown(rows: readonly Row[]): string {
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  const rule = line(HEAD.map((_, column) => (RIGHT.has(column) ? '--:' : '---')));
  return [line(HEAD), rule, ...rows.map((one) => line(cells(one)))].join('\n');
}

function machineText(machine: Machine): string {
  const { processors, processor, memoryMB, kernel, node, engine, loadBefore, loadAfter, contention } =
    machine;
  const parts = [
    `${processors} × ${processor}`,
    `${Math.round(memoryMB / 1024)} GB`,
    `Linux ${kernel}`,
    `Node ${node}`,
    ...(engine === undefined ? [] : [`engine ${engine}`]),
  ];
  const spread = `${number(contention.median)} × (${number(contention.min)} – ${number(contention.max)})`;
  return `${parts.join(', ')}\nload ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after; a fixed computation took ${spread} its processor time`;
}

export function resultText({ machine, rows, repeat, date }: BenchResult): string {
  return `${table(rows)}\n\n${date}, ${repeat} rounds\n${machineText(machine)}`;
}
