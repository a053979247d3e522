import type { Change, NamespacePieceChange, NodePieceChange, WireChange } from './changes.ts';
import { equal } from './equal.ts';
import {
  type FlowState,
  GUESTS,
  type OvsPortState,
  type Owner,
  type WireEnd,
  type WireState,
} from './types.ts';

const SIGN = { add: '+', remove: '-', update: '~' } as const;

/**
 * The lines of a plan: for each node a heading and one line a change (`+` comes, `-` goes, `~` changes, with what
 * changes), cables last, then a summary. No changes: one line that says so.
 */
export const describeChanges = (changes: readonly Change[]): string[] => {
  if (changes.length === 0) return ['Nothing to change.'];
  const groups = Map.groupBy(changes, headingOf);
  return [
    ...[...groups].flatMap(([heading, group]) => [
      heading,
      ...group.map((change) => `  ${SIGN[change.action]} ${describeChange(change)}`),
    ]),
    summaryLine(countChanges(changes)),
  ];
};

/** One change in words, without its sign. */
export const describeChange = (change: Change): string => {
  const where = 'namespace' in change && change.namespace !== '' ? `${change.namespace}: ` : '';
  const purpose = purposeOf(change);
  const suffix = purpose === undefined ? '' : `  (${purpose})`;
  return `${where}${nounOf(change)}${detail(change)}${suffix}`;
};

export interface ChangeCount {
  readonly add: number;
  readonly update: number;
  readonly remove: number;
}

export const countChanges = (changes: readonly Change[]): ChangeCount => {
  const count = { add: 0, update: 0, remove: 0 };
  for (const { action } of changes) count[action] += 1;
  return count;
};

export interface PlanJson {
  readonly summary: ChangeCount;
  /** Each with its line in words beside the plain data. */
  readonly changes: readonly (Change & { readonly description: string })[];
}

/** The plan for programs; the shape is stable. */
export const planToJson = (changes: readonly Change[]): PlanJson => ({
  summary: countChanges(changes),
  changes: changes.map((change) => ({ ...change, description: describeChange(change) })),
});

const headingOf = (change: Change): string => {
  if (change.part === 'wires') return 'cables';
  return change.node === GUESTS ? 'servers' : change.node;
};

const summaryLine = ({ add, update, remove }: ChangeCount): string =>
  `${add} to add, ${update} to change, ${remove} to remove.`;

// biome-ignore format: a table
const NOUNS = {
  node: 'node', namespace: 'namespace', links: 'link', addresses: 'address', routes: 'route',
  neighbours: 'neighbour', sysctls: 'sysctl', bridges: 'bridge', ports: 'port', flows: 'flow',
  tunnelNeighbours: 'tunnel neighbour', wires: 'cable', rules: 'routing rule', netfilter: 'chain',
  ipsets: 'set', files: 'file', processes: 'process',
} as const;

const nounOf = (change: Change): string => {
  if (change.part === 'node') return change.key === GUESTS ? 'the servers’ own node' : 'node';
  if (change.part === 'namespace') return change.key === '' ? 'its own namespace' : `namespace ${change.key}`;
  return `${NOUNS[change.part]} ${change.key}`;
};

type PieceChange = NamespacePieceChange | NodePieceChange | WireChange;

const isPiece = (change: Change): change is PieceChange =>
  change.part !== 'node' && change.part !== 'namespace';

const newest = (change: PieceChange): unknown => (change.action === 'remove' ? change.before : change.after);

const purposeOf = (change: Change): string | undefined => {
  if (!isPiece(change)) return undefined;
  const piece = newest(change);
  if (typeof piece !== 'object' || piece === null || !('owner' in piece)) return undefined;
  return (piece.owner as Owner).purpose;
};

const detail = (change: Change): string => {
  if (!isPiece(change)) return '';
  if (change.action === 'update') return ` ${differences(change.before, change.after).join(', ')}`;
  const piece = newest(change);
  if (change.part === 'sysctls') return ` = ${String(piece)}`;
  if (change.part === 'flows') return ` actions=${(piece as FlowState).actions}`;
  if (change.part === 'ports') return portDetail(piece as OvsPortState);
  if (change.part === 'wires') return ` ${wireText(piece as WireState)}`;
  if (change.part === 'routes') {
    const { via, device } = piece as { via?: string; device?: string };
    return `${via === undefined ? '' : ` via ${via}`}${device === undefined ? '' : ` dev ${device}`}`;
  }
  return '';
};

const portDetail = ({ bridge, type, ofport, tag }: OvsPortState): string =>
  ` on ${bridge}${type === '' ? '' : `, ${type}`}, OpenFlow port ${ofport}${tag === undefined ? '' : `, tag ${tag}`}`;

const wireText = ({ ends }: WireState): string => ends.map(endText).join(' to ');

const endText = ({ node, namespace, device }: WireEnd): string =>
  `${node === GUESTS ? namespace : node}${node !== GUESTS && namespace !== '' ? `/${namespace}` : ''}:${device}`;

/** What is different, without who asked for it (the purpose stands at the end of the line). */
const differences = (before: unknown, after: unknown): string[] => {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
    return [`${text(before)} → ${text(after)}`];
  }
  const old = before as Record<string, unknown>;
  const now = after as Record<string, unknown>;
  const changed = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (key) => !equal(old[key], now[key]),
  );
  const told = changed.filter((key) => key !== 'owner' && key !== 'cookie');
  if (told.length === 0) return ['asked for by another'];
  return told.map((key) => {
    if (key !== 'ends') return `${key}: ${text(old[key])} → ${text(now[key])}`;
    return `${wireText(before as WireState)} → ${wireText(after as WireState)}`;
  });
};

const text = (value: unknown): string => {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
