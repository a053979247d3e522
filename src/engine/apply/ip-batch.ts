/** Links, addresses and routes as lines for `ip -batch` (ip(8)). Pure. */
import { crc32 } from 'node:zlib';
import type {
  AddressState,
  Change,
  LinkState,
  NamespaceState,
  NeighbourState,
  RouteState,
  RuleState,
  WireEnd,
  WireState,
} from '../../state/index.ts';

/** Where `ip` finds the network namespace of an end: a process id of the node, or a name of the guests' container. */
export type NamespaceOf = (end: WireEnd) => string;

const endOptions = (end: WireEnd, mtu: number, namespaceOf: NamespaceOf, more = ''): string =>
  `${end.device} ${more}${end.mac_address ? `address ${end.mac_address} ` : ''}mtu ${mtu} netns ${namespaceOf(end)}`;

/** Above all numbers that the kernel gives devices of itself in the life of a cloud. */
const FIRST_INDEX = 1 << 20;

/**
 * A number for a device, from what tells it from others. The kernel numbers devices in each namespace anew, and where
 * the two ends of a cable happen to have the same number it takes the cable for an ordinary device, and up to a second
 * to notice that it has been plugged in (linkwatch_urgent_event in net/core/link_watch.c): what is sent until then is
 * lost.
 */
const indexOf = ({ node, namespace, device }: WireEnd): number =>
  FIRST_INDEX + (crc32(`${node} ${namespace} ${device}`) >>> 8);

/** A line that makes a wire: a veth pair whose ends go straight to where they belong. */
export function addWire(wire: WireState, namespaceOf: NamespaceOf): string {
  const [a, b] = wire.ends;
  const near = endOptions(a, wire.mtu, namespaceOf, `index ${indexOf(a)} `);
  return `link add name ${near} type veth peer name ${endOptions(b, wire.mtu, namespaceOf)}`;
}

/** Lines for `ip -batch`. */
interface IpLines {
  /** What is taken away; to go before `ip`. */
  readonly removals: string;
  /** In an order that works; each can be repeated once its removals are done. */
  readonly ip: string;
}

export interface NamespaceBatch extends IpLines {
  readonly namespace: string;
  /** Linux bridges to be made. */
  readonly bridges: readonly string[];
  readonly sysctls: readonly (readonly [string, string])[];
  readonly offloads: readonly string[];
  /** Ports of Linux bridges: those pass nothing on until the kernel has noticed that their cable is plugged in. */
  readonly slaves: readonly string[];
  /** What has to be said to `ip -6`, because the line itself does not tell. */
  readonly inet6: IpLines;
}

export interface Devices {
  /** Does not exist any more: nothing of it needs to be taken back. */
  readonly isGone: (device: string) => boolean;
  /** Was just made, and bears nothing of what a device of its name had before. */
  readonly isFresh: (device: string) => boolean;
}

const words = (...parts: readonly (string | number | false | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ');

const linkLine = ({ device, master, mac_address, mtu, up }: LinkState, free: boolean): string =>
  words(
    // A device may bear the name of a keyword, or of the beginning of one.
    'link set dev',
    device,
    mac_address && `address ${mac_address}`,
    mtu && `mtu ${mtu}`,
    master ? `master ${master}` : free && 'nomaster',
    up ? 'up' : 'down',
  );

const routeText = ({ destination, via, device, table }: RouteState): string =>
  words(destination, via && `via ${via}`, device && `dev ${device}`, table !== undefined && `table ${table}`);

const ruleText = ({ priority, from, to, iif, table }: RuleState): string =>
  words(
    `priority ${priority}`,
    from && `from ${from}`,
    to && `to ${to}`,
    iif && `iif ${iif}`,
    `table ${table}`,
  );

const isInet6 = ({ from, to }: RuleState): boolean => `${from}${to}`.includes(':');

const addressLine = ({ device, cidr }: AddressState): string =>
  `addr replace ${cidr} dev ${device}${cidr.includes(':') ? ' nodad' : ''}`;

const neighbourLine = ({ device, ip_address, mac_address }: NeighbourState): string =>
  `neigh replace ${ip_address} lladdr ${mac_address} dev ${device} nud permanent`;

const batchText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** What the changed pieces are in the end, and the lines that take away what they were. */
class Collected {
  readonly links = new Map<string, LinkState>();
  readonly addresses = new Map<string, AddressState>();
  readonly routes = new Map<string, RouteState>();
  readonly neighbours = new Map<string, NeighbourState>();
  readonly rules = new Map<string, RuleState>();
  readonly sysctls: [string, string][] = [];
  readonly bridges: string[] = [];
  /** Devices that leave the bridge whose port they were. */
  readonly free = new Set<string>();
  readonly routesLess: string[] = [];
  readonly rulesLess: RuleState[] = [];
  readonly neighboursLess: string[] = [];
  readonly less: string[] = [];
  readonly linksLess: string[] = [];
  /** Devices that stay and lose an address. */
  readonly shaken = new Set<string>();
  readonly #isGone: (device: string) => boolean;

  constructor(isGone: (device: string) => boolean) {
    this.#isGone = isGone;
  }

  /** All that a device bears, and the bridges' ports where the bridge is new. */
  restore(namespace: NamespaceState, isFresh: (device: string) => boolean): void {
    const borne = <Piece extends { readonly device?: string }>(
      pieces: Readonly<Record<string, Piece>>,
      into: Map<string, Piece>,
      also: (piece: Piece) => boolean = () => false,
    ): void => {
      for (const [key, piece] of Object.entries(pieces))
        if ((piece.device !== undefined && isFresh(piece.device)) || also(piece)) into.set(key, piece);
    };
    borne(namespace.links, this.links, ({ master }) => master !== undefined && this.bridges.includes(master));
    borne(namespace.addresses, this.addresses);
    borne(namespace.routes, this.routes);
    borne(namespace.neighbours, this.neighbours);
  }

  /**
   * What goes with an address although nobody has said so: the routes whose next hop was reached from it, the
   * addresses of the same subnet that came after it, and with the last one the neighbours.
   */
  steady(namespace: NamespaceState): void {
    if (this.shaken.size === 0) return;
    const isShaken = (device: string | undefined): boolean => device === undefined || this.shaken.has(device);
    for (const [key, address] of Object.entries(namespace.addresses))
      if (isShaken(address.device)) this.addresses.set(key, address);
    for (const [key, route] of Object.entries(namespace.routes))
      if (isShaken(route.device)) this.routes.set(key, route);
    for (const [key, neighbour] of Object.entries(namespace.neighbours))
      if (isShaken(neighbour.device)) this.neighbours.set(key, neighbour);
  }

  change(change: Change): void {
    if (change.part === 'sysctls' && change.action !== 'remove')
      this.sysctls.push([change.key, change.after]);
    if (change.part === 'links') this.#link(change);
    if (change.part === 'addresses') {
      if (change.action !== 'remove') this.addresses.set(change.key, change.after);
      else if (!this.#isGone(change.before.device)) {
        this.less.push(`addr del ${change.before.cidr} dev ${change.before.device}`);
        this.shaken.add(change.before.device);
      }
    }
    if (change.part === 'neighbours') {
      if (change.action !== 'remove') this.neighbours.set(change.key, change.after);
      else if (!this.#isGone(change.before.device))
        this.neighboursLess.push(`neigh del ${change.before.ip_address} dev ${change.before.device}`);
    }
    if (change.part === 'routes') this.#route(change);
    if (change.part === 'rules') {
      if (change.action !== 'add') this.rulesLess.push(change.before);
      if (change.action !== 'remove') this.rules.set(change.key, change.after);
    }
  }

  #link(change: Extract<Change, { part: 'links' }>): void {
    const former = change.action === 'add' ? undefined : change.before;
    const next = change.action === 'remove' ? undefined : change.after;
    if (next) this.links.set(change.key, next);
    if (next?.type === 'bridge' && former?.type !== 'bridge') this.bridges.push(next.device);
    if (former?.type === 'bridge' && next === undefined) this.linksLess.push(`link del dev ${former.device}`);
    if (former?.master === undefined || next?.master !== undefined || this.#isGone(former.device)) return;
    if (next) this.free.add(next.device);
    else this.linksLess.push(`link set dev ${former.device} nomaster`);
  }

  #route(change: Extract<Change, { part: 'routes' }>): void {
    if (change.action !== 'remove') this.routes.set(change.key, change.after);
    if (change.action === 'add') return;
    const { before } = change;
    if (change.action === 'update') {
      const { destination, table } = change.after;
      // It is replaced in place.
      if (before.destination === destination && before.table === table) return;
    }
    if (before.device !== undefined && this.#isGone(before.device)) return;
    // Where no device is named the route may have gone with one: to flush what is not there is no mistake.
    const verb = before.device === undefined ? 'route flush exact' : 'route del';
    this.routesLess.unshift(`${verb} ${routeText(before)}`);
  }
}

/** What carries the changes of one namespace out; `namespace` is what it must hold in the end. */
export function namespaceBatch(
  namespace: NamespaceState,
  changes: readonly Change[],
  { isGone, isFresh }: Devices,
): NamespaceBatch | undefined {
  const found = new Collected(isGone);
  for (const change of changes) if (change.part === 'links') found.change(change);
  found.restore(namespace, isFresh);
  for (const change of changes) if (change.part !== 'links') found.change(change);
  found.steady(namespace);

  const links = [...found.links.values()];
  const rules = Map.groupBy(found.rules.values(), isInet6);
  const former = Map.groupBy(found.rulesLess, isInet6);
  const ruleLines = (verb: string, list: readonly RuleState[] = []): string[] =>
    list.map((rule) => `rule ${verb} ${ruleText(rule)}`);
  const batch = {
    namespace: namespace.name,
    bridges: found.bridges,
    sysctls: found.sysctls,
    offloads: links.filter((link) => link.offloads === 'off').map((link) => link.device),
    slaves: links.filter((link) => link.master !== undefined && link.up).map((link) => link.device),
    removals: batchText([
      ...ruleLines('del', former.get(false)),
      ...found.routesLess,
      ...found.neighboursLess,
      ...found.less,
      ...found.linksLess,
    ]),
    ip: batchText([
      ...links.map((link) => linkLine(link, found.free.has(link.device))),
      ...found.addresses.values().map(addressLine),
      ...found.routes.values().map((route) => `route replace ${routeText(route)}`),
      ...found.neighbours.values().map(neighbourLine),
      ...ruleLines('add', rules.get(false)),
    ]),
    inet6: {
      removals: batchText(ruleLines('del', former.get(true))),
      ip: batchText(ruleLines('add', rules.get(true))),
    },
  };
  const { bridges, sysctls, offloads, removals, ip, inet6 } = batch;
  const text = removals + ip + inet6.removals + inet6.ip;
  return bridges.length + sysctls.length + offloads.length > 0 || text !== '' ? batch : undefined;
}
