import type { Change } from './changes.ts';
import { differenceOf, type PieceChange, pieceDetail } from './describe-pieces.ts';
import { describeRules } from './describe-rules.ts';
import { GUESTS, type Owner } from './types.ts';

const SIGN = { add: '+', remove: '-', update: '~' } as const;

/**
 * The lines of a plan: for each node a heading and one line a change (`+` comes, `-` goes, `~` changes, with what
 * changes), below a chain one line a rule, cables last, then a summary. No changes: one line that says so.
 */
export const describeChanges = (changes: readonly Change[]): string[] => {
  if (changes.length === 0) return ['Nothing to change.'];
  const groups = Map.groupBy(changes, headingOf);
  return [
    ...[...groups].flatMap(([heading, group]) => [
      heading,
      ...group.flatMap((change) => [
        `  ${SIGN[change.action]} ${describeChange(change)}`,
        ...(change.part === 'netfilter' ? describeRules(change).map((line) => `      ${line}`) : []),
      ]),
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

const isPiece = (change: Change): change is PieceChange =>
  change.part !== 'node' && change.part !== 'namespace';

const purposeOf = (change: Change): string | undefined => {
  if (!isPiece(change)) return undefined;
  const piece: unknown = change.action === 'remove' ? change.before : change.after;
  if (typeof piece !== 'object' || piece === null || !('owner' in piece)) return undefined;
  return (piece.owner as Owner).purpose;
};

const detail = (change: Change): string => {
  if (!isPiece(change)) return '';
  return change.action === 'update' ? ` ${differenceOf(change)}` : pieceDetail(change);
};
