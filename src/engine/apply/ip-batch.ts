/** Links, addresses and routes as lines for `ip -batch` (ip(8)). Pure. */
import type {
  AddressState,
  Change,
  LinkState,
  NamespaceState,
  NeighbourState,
  RouteState,
  WireEnd,
  WireState,
} from '../../state/index.ts';

/** Where `ip` finds the network namespace of an end: a process id of the node, or a name of the guests' container. */
export type NamespaceOf = (end: WireEnd) => string;

const endOptions = (end: WireEnd, mtu: number, namespaceOf: NamespaceOf): string =>
  `${end.device} ${end.mac_address ? `address ${end.mac_address} ` : ''}mtu ${mtu} netns ${namespaceOf(end)}`;

/** A line that makes a wire: a veth pair whose ends go straight to where they belong. */
export function addWire(wire: WireState, namespaceOf: NamespaceOf): string {
  const [a, b] = wire.ends;
  return `link add name ${endOptions(a, wire.mtu, namespaceOf)} type veth peer name ${endOptions(b, wire.mtu, namespaceOf)}`;
}

export interface NamespaceBatch {
  readonly namespace: string;
  readonly sysctls: readonly (readonly [string, string])[];
  readonly offloads: readonly string[];
  /** Lines for `ip -batch` that take away; to go before `ip`. */
  readonly removals: string;
  /** Lines for `ip -batch`, in an order that works; each can be repeated. */
  readonly ip: string;
}

export interface Devices {
  /** Does not exist any more: nothing of it needs to be taken back. */
  readonly isGone: (device: string) => boolean;
  /** Was just made, and bears nothing of what a device of its name had before. */
  readonly isFresh: (device: string) => boolean;
}

const linkLine = ({ device, mac_address, mtu, up }: LinkState): string =>
  [
    // A device may bear the name of a keyword, or of the beginning of one.
    'link set dev',
    device,
    mac_address ? `address ${mac_address}` : '',
    mtu ? `mtu ${mtu}` : '',
    up ? 'up' : 'down',
  ]
    .filter(Boolean)
    .join(' ');

const routeText = ({ destination, via, device, table }: RouteState): string =>
  [
    destination,
    via ? `via ${via}` : '',
    device ? `dev ${device}` : '',
    table === undefined ? '' : `table ${table}`,
  ]
    .filter(Boolean)
    .join(' ');

const addressLine = ({ device, cidr }: AddressState): string =>
  `addr replace ${cidr} dev ${device}${cidr.includes(':') ? ' nodad' : ''}`;

const neighbourLine = ({ device, ip_address, mac_address }: NeighbourState): string =>
  `neigh replace ${ip_address} lladdr ${mac_address} dev ${device} nud permanent`;

const batchText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** What carries the changes of one namespace out; `namespace` is what it must hold in the end. */
export function namespaceBatch(
  namespace: NamespaceState,
  changes: readonly Change[],
  { isGone, isFresh }: Devices,
): NamespaceBatch | undefined {
  const removals: string[] = [];
  const links = new Map<string, LinkState>();
  const addresses = new Map<string, AddressState>();
  const routes = new Map<string, RouteState>();
  const neighbours = new Map<string, NeighbourState>();
  const sysctls: [string, string][] = [];

  for (const [key, link] of Object.entries(namespace.links)) if (isFresh(key)) links.set(key, link);
  for (const [key, address] of Object.entries(namespace.addresses))
    if (isFresh(address.device)) addresses.set(key, address);
  for (const [key, neighbour] of Object.entries(namespace.neighbours)) {
    if (isFresh(neighbour.device)) neighbours.set(key, neighbour);
  }
  for (const [key, route] of Object.entries(namespace.routes)) {
    if (route.device !== undefined && isFresh(route.device)) routes.set(key, route);
  }

  for (const change of changes) {
    if (change.part === 'sysctls' && change.action !== 'remove') sysctls.push([change.key, change.after]);
    if (change.part === 'links' && change.action !== 'remove') links.set(change.key, change.after);
    if (change.part === 'addresses') {
      if (change.action !== 'remove') addresses.set(change.key, change.after);
      else if (!isGone(change.before.device))
        removals.push(`addr del ${change.before.cidr} dev ${change.before.device}`);
    }
    if (change.part === 'neighbours') {
      if (change.action !== 'remove') neighbours.set(change.key, change.after);
      else if (!isGone(change.before.device))
        removals.push(`neigh del ${change.before.ip_address} dev ${change.before.device}`);
    }
    if (change.part === 'routes') {
      if (change.action !== 'remove') routes.set(change.key, change.after);
      // The kernel takes routes away with their device and, for connected ones, with their address.
      else if (change.before.device && !isGone(change.before.device))
        removals.unshift(`route del ${routeText(change.before)}`);
    }
  }

  const lines = [
    ...[...links.values()].map(linkLine),
    ...[...addresses.values()].map(addressLine),
    ...[...routes.values()].map((route) => `route replace ${routeText(route)}`),
    ...[...neighbours.values()].map(neighbourLine),
  ];
  const offloads = [...links.values()].filter((link) => link.offloads === 'off').map((link) => link.device);
  if (removals.length + lines.length + sysctls.length + offloads.length === 0) return undefined;
  return {
    namespace: namespace.name,
    sysctls,
    offloads,
    removals: batchText(removals),
    ip: batchText(lines),
  };
}
