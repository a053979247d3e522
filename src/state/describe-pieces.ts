/** Pieces of state in words: what one is, and what has changed in it. */
import type { NamespacePieceChange, NodePieceChange, WireChange } from './changes.ts';
import { rulesCount } from './describe-rules.ts';
import { equal } from './equal.ts';
import {
  type FileState,
  type FlowState,
  GUESTS,
  type IpsetState,
  type LinkState,
  type NetfilterChainState,
  type OvsPortState,
  type ProcessState,
  type RouteState,
  type RuleState,
  type WireEnd,
  type WireState,
} from './types.ts';

export type PieceChange = NamespacePieceChange | NodePieceChange | WireChange;

/** What comes or goes, after its name; with the space or comma before it. */
export const pieceDetail = (change: Exclude<PieceChange, { action: 'update' }>): string => {
  const piece: unknown = change.action === 'remove' ? change.before : change.after;
  switch (change.part) {
    case 'sysctls':
      return ` = ${String(piece)}`;
    case 'flows':
      return ` actions=${(piece as FlowState).actions}`;
    case 'ports':
      return portDetail(piece as OvsPortState);
    case 'wires':
      return ` ${wireText(piece as WireState)}`;
    case 'links':
      return linkDetail(piece as LinkState);
    case 'routes':
      return routeDetail(piece as RouteState);
    case 'rules':
      return `, table ${(piece as RuleState).table}`;
    case 'netfilter':
      return chainDetail(piece as NetfilterChainState);
    case 'ipsets':
      return listed(': ', (piece as IpsetState).members);
    case 'files':
      return `, ${sizeOf(piece as FileState)}`;
    case 'processes':
      return `${placeOf(piece as ProcessState)}: ${(piece as ProcessState).argv.join(' ')}`;
    case 'addresses':
    case 'neighbours':
    case 'bridges':
    case 'tunnelNeighbours':
      break;
  }
  return '';
};

const portDetail = ({ bridge, type, ofport, tag, namespace, shaping, policing }: OvsPortState): string =>
  [
    ` on ${bridge}${type === '' ? '' : `, ${type}`}${namespace === undefined ? '' : ` in ${namespace}`}`,
    `OpenFlow port ${ofport}`,
    ...(tag === undefined ? [] : [`tag ${tag}`]),
    ...(shaping ? [`${shaping.rate_kbps} kbit/s out of it`] : []),
    ...(policing ? [`${policing.rate_kbps} kbit/s into it`] : []),
  ].join(', ');

const linkDetail = ({ type, master }: LinkState): string =>
  `${type === undefined ? '' : `, ${type}`}${master === undefined ? '' : `, port of ${master}`}`;

const routeDetail = ({ via, device, table }: RouteState): string =>
  `${via === undefined ? '' : ` via ${via}`}${device === undefined ? '' : ` dev ${device}`}${table === undefined ? '' : ` table ${table}`}`;

const chainDetail = ({ policy, rules }: NetfilterChainState): string =>
  `${policy === undefined ? '' : `, policy ${policy}`}${rules.length === 0 ? ', empty' : ''}`;

const listed = (before: string, list: readonly string[]): string =>
  list.length === 0 ? ', empty' : `${before}${list.join(', ')}`;

const sizeOf = ({ text: contents }: FileState): string => {
  const size = Buffer.byteLength(contents);
  return `${size} ${size === 1 ? 'byte' : 'bytes'}`;
};

const placeOf = ({ namespace }: ProcessState): string => (namespace === '' ? '' : ` in ${namespace}`);

const wireText = ({ ends }: WireState): string => ends.map(endText).join(' to ');

const endText = ({ node, namespace, device }: WireEnd): string =>
  `${node === GUESTS ? namespace : node}${node !== GUESTS && namespace !== '' ? `/${namespace}` : ''}:${device}`;

/** What is different, without who asked for it (the purpose stands at the end of the line). */
export const differenceOf = (change: PieceChange & { readonly action: 'update' }): string => {
  const { before, after } = change as { readonly before: unknown; readonly after: unknown };
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return step(text(before), text(after));
  const old = before as Record<string, unknown>;
  const now = after as Record<string, unknown>;
  const changed = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (key) => !equal(old[key], now[key]),
  );
  const told = changed.filter((key) => key !== 'owner' && key !== 'cookie');
  if (told.length === 0) return 'asked for by another';
  return told.map((key) => fieldDifference(key, old, now)).join(', ');
};

const step = (before: string, after: string): string => `${before} → ${after}`;

/** Of a field whose change is better told otherwise than by both its values. */
const fieldDifference = (
  key: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string => {
  const [old, now] = [before[key], after[key]];
  if (key === 'ends') return step(wireText(before as never), wireText(after as never));
  if (key === 'rules') return rulesCount(before as never, after as never);
  if (key === 'members') return membersDifference(old as string[], now as string[]);
  if (key === 'argv') return `command: ${step((old as string[]).join(' '), (now as string[]).join(' '))}`;
  if (key === 'text') return `text: ${step(sizeOf(before as never), sizeOf(after as never))}`;
  if (key === 'mode') return `mode: ${step(modeText(old), modeText(now))}`;
  return `${key}: ${step(text(old), text(now))}`;
};

const modeText = (mode: unknown): string => (typeof mode === 'number' ? `0${mode.toString(8)}` : text(mode));

const membersDifference = (before: readonly string[], after: readonly string[]): string => {
  const comes = after.filter((member) => !before.includes(member)).map((member) => `+${member}`);
  const goes = before.filter((member) => !after.includes(member)).map((member) => `-${member}`);
  return [...comes, ...goes].join(', ') || 'members in another order';
};

const text = (value: unknown): string => {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
