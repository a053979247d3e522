/** Links, addresses and routes as lines for `ip -batch` (ip(8)). Pure. */
import type { NamespaceState, WireEnd, WireState } from '../../state/types.ts';
import { GUESTS } from '../../state/types.ts';

/** Where `ip` finds the network namespace of an end: a process id of the node, or a name of the guests' container. */
export type NamespaceOf = (end: WireEnd) => string;

const endOptions = (end: WireEnd, mtu: number, namespaceOf: NamespaceOf): string =>
  `${end.device} ${end.mac_address ? `address ${end.mac_address} ` : ''}mtu ${mtu} netns ${namespaceOf(end)}`;

/** Lines that make a wire: a veth pair whose ends go straight to where they belong. */
export function addWire(wire: WireState, namespaceOf: NamespaceOf): string {
  const [a, b] = wire.ends;
  return `link add ${endOptions(a, wire.mtu, namespaceOf)} type veth peer name ${endOptions(b, wire.mtu, namespaceOf)}`;
}

/** The namespaces of the guests' container that a set of wires and states needs; the node's own is not among them. */
export const guestNamespaces = (namespaces: Readonly<Record<string, NamespaceState>>): string[] =>
  Object.keys(namespaces).filter((name) => name !== '');

export const isGuestEnd = (end: WireEnd): boolean => end.node === GUESTS;

const keysOnlyIn = <T>(left: Readonly<Record<string, T>>, right: Readonly<Record<string, T>>): T[] =>
  Object.keys(left)
    .filter((key) => !(key in right))
    .map((key) => left[key] as T);

const changed = <T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): T[] =>
  Object.entries(after)
    .filter(([key, value]) => key in before && JSON.stringify(before[key]) !== JSON.stringify(value))
    .map(([, value]) => value);

export interface NamespaceBatch {
  readonly namespace: string;
  readonly sysctls: readonly (readonly [string, string])[];
  readonly offloads: readonly string[];
  /** Lines for `ip -batch`, in an order that works. */
  readonly ip: string;
}

/**
 * What turns one namespace into another. `gone` are devices that no longer exist, of which nothing needs to be
 * taken back; `fresh` are devices that were just made and bear nothing of what they had before.
 */
export function namespaceBatch(
  before: NamespaceState,
  after: NamespaceState,
  { gone, fresh }: { gone: ReadonlySet<string>; fresh: ReadonlySet<string> },
): NamespaceBatch | undefined {
  const lines: string[] = [];
  const there = <T extends { device?: string }>(pieces: T[]): T[] =>
    pieces.filter((piece) => piece.device === undefined || !gone.has(piece.device));
  const renewed = <T extends { device?: string }>(
    pieces: Readonly<Record<string, T>>,
    old: Readonly<Record<string, T>>,
  ): T[] => [
    ...keysOnlyIn(pieces, old),
    ...Object.entries(pieces)
      .filter(([key, piece]) => key in old && piece.device !== undefined && fresh.has(piece.device))
      .map(([, piece]) => piece),
  ];

  for (const route of there(keysOnlyIn(before.routes, after.routes)))
    lines.push(`route del ${routeText(route)}`);
  for (const { device, ip_address } of there(keysOnlyIn(before.neighbours, after.neighbours))) {
    lines.push(`neigh del ${ip_address} dev ${device}`);
  }
  for (const { device, cidr } of there(keysOnlyIn(before.addresses, after.addresses))) {
    lines.push(`addr del ${cidr} dev ${device}`);
  }
  const links = [...renewed(after.links, before.links), ...changed(before.links, after.links)];
  for (const link of new Set(links)) {
    if (link.device === 'lo') {
      lines.push('link set lo up');
      continue;
    }
    const options = [
      link.mac_address ? `address ${link.mac_address}` : '',
      link.mtu ? `mtu ${link.mtu}` : '',
      link.up ? 'up' : 'down',
    ];
    lines.push(`link set ${link.device} ${options.filter(Boolean).join(' ')}`);
  }
  for (const { device, cidr } of [
    ...renewed(after.addresses, before.addresses),
    ...changed(before.addresses, after.addresses),
  ]) {
    lines.push(`addr replace ${cidr} dev ${device}${cidr.includes(':') ? ' nodad' : ''}`);
  }
  for (const route of [...renewed(after.routes, before.routes), ...changed(before.routes, after.routes)]) {
    lines.push(`route replace ${routeText(route)}`);
  }
  for (const { device, ip_address, mac_address } of [
    ...renewed(after.neighbours, before.neighbours),
    ...changed(before.neighbours, after.neighbours),
  ]) {
    lines.push(`neigh replace ${ip_address} lladdr ${mac_address} dev ${device} nud permanent`);
  }

  const sysctls = Object.entries(after.sysctls).filter(([name, value]) => before.sysctls[name] !== value);
  const offloads = [...new Set(links)].filter((link) => link.offloads === 'off').map((link) => link.device);
  if (lines.length === 0 && sysctls.length === 0 && offloads.length === 0) return undefined;
  return { namespace: after.name, sysctls, offloads, ip: lines.length > 0 ? `${lines.join('\n')}\n` : '' };
}

function routeText(route: { destination: string; via?: string; device?: string; table?: number }): string {
  const parts = [route.destination];
  if (route.via) parts.push('via', route.via);
  if (route.device) parts.push('dev', route.device);
  if (route.table !== undefined) parts.push('table', String(route.table));
  return parts.join(' ');
}
