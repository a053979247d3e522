/** Which port has which address: explicit ones, then those of before, then the first that is free in the pools. */
import {
  addressesOf,
  contains,
  formatAddress,
  hostRange,
  type IpNetwork,
  type IpRange,
  parseAddress,
  parseNetwork,
  rangeOf,
} from '../addresses.ts';
import type { DeclaredPort } from '../declared/ports.ts';
import { eui64Address, hasAutomaticAddresses } from '../ipv6.ts';
import type { Path } from '../problems.ts';
import type { DeviceOwner, FixedIp, Subnet } from '../topology.ts';
import type { ResolveContext } from './cloud.ts';

interface Pool {
  readonly name: string;
  readonly network: string;
  readonly cidr: string;
  /** Its addresses are made from MAC addresses. */
  readonly automatic: boolean;
  readonly range: IpNetwork;
  readonly hosts: IpRange;
  readonly gateway: bigint | undefined;
  readonly used: Set<bigint>;
  readonly free: Generator<bigint>;
}

/** One address of a port. */
interface Wish {
  readonly port: string;
  readonly path: Path;
  /** Subnets that it may come from, in document order. */
  readonly pools: readonly Pool[];
  readonly explicit: bigint | undefined;
  granted?: { readonly pool: Pool; readonly value: bigint };
}

interface Surroundings {
  /** Addresses of machines of the underlay, by network. */
  readonly takenOn: (network: string) => readonly bigint[];
  /** By port. */
  readonly macOf: (port: string) => string;
}

export interface AddressPlan {
  readonly fixedIps: ReadonlyMap<string, readonly FixedIp[]>;
  /** Keyed `<port>/<subnet>`, and `#2` after that for a second address of the same subnet. */
  readonly allocations: Readonly<Record<string, string>>;
}

/**
 * Addresses of all ports. A port that says nothing gets one of each IP version, from the first subnet with room, as
 * Neutron's IPAM does; one that had an address before keeps it while its subnet has it, wherever the pools are now.
 */
export function planAddresses(
  ports: readonly DeclaredPort[],
  subnets: readonly Subnet[],
  { takenOn, macOf }: Surroundings,
  context: ResolveContext,
): AddressPlan {
  const pools = Map.groupBy(
    subnets.map((subnet) => poolOf(subnet, takenOn(subnet.network))),
    ({ network }) => network,
  );
  const wishes = ports.flatMap((port) => wishesOf(port, pools.get(port.network) ?? [], macOf(port.name)));
  for (const wish of wishes) {
    const [pool] = wish.pools;
    if (wish.explicit === undefined || pool === undefined) continue;
    grant(wish, pool, wish.explicit);
  }
  const before = new Map(Object.entries(context.previous['address'] ?? {}));
  for (const wish of wishes) if (wish.granted === undefined) keep(wish, before);
  for (const wish of wishes) if (wish.granted === undefined) choose(wish, context);

  const fixedIps = new Map<string, FixedIp[]>();
  const allocations: Record<string, string> = {};
  for (const { port, granted } of wishes) {
    if (granted === undefined) continue;
    const { pool, value } = granted;
    const address = formatAddress({ version: pool.range.version, value });
    const own = fixedIps.get(port) ?? [];
    own.push({ subnet: pool.name, ip_address: address });
    fixedIps.set(port, own);
    const count = own.filter(({ subnet }) => subnet === pool.name).length;
    allocations[allocationKey(port, pool.name, count)] = address;
  }
  return { fixedIps, allocations };
}

function allocationKey(port: string, subnet: string, count: number): string {
  return `${port}/${subnet}${count === 1 ? '' : `#${count}`}`;
}

function poolOf(subnet: Subnet, taken: readonly bigint[]): Pool {
  const range = parseNetwork(subnet.cidr);
  if (range === undefined) throw new TypeError(`subnet ${subnet.name} has not been checked`);
  const gateway = subnet.gateway_ip === null ? undefined : parseAddress(subnet.gateway_ip)?.value;
  const used = new Set(taken);
  const ranges = subnet.allocation_pools.flatMap(({ start, end }) => rangeOf(start, end) ?? []);
  const hosts = hostRange(range);
  return {
    name: subnet.name,
    network: subnet.network,
    cidr: subnet.cidr,
    automatic: hasAutomaticAddresses(subnet),
    range,
    hosts,
    gateway,
    used,
    free: freeValues(ranges, gateway, used),
  };
}

function* freeValues(
  ranges: readonly IpRange[],
  gateway: bigint | undefined,
  used: ReadonlySet<bigint>,
): Generator<bigint> {
  for (const range of ranges) {
    for (const { value } of addressesOf(range)) if (value !== gateway && !used.has(value)) yield value;
  }
}

/** `own` are the pools of the port's network. */
function wishesOf(port: DeclaredPort, own: readonly Pool[], mac: string): Wish[] {
  const made = automaticWishes(port, own, mac);
  const free = own.filter(({ automatic }) => !automatic);
  if (port.fixed_ips === undefined) {
    const chosen = (port.ip_versions ?? [4, 6]).flatMap((version) => {
      const candidates = free.filter(({ range }) => range.version === version);
      return candidates.length === 0
        ? []
        : [{ port: port.name, path: port.path, pools: candidates, explicit: undefined }];
    });
    return [...chosen, ...made];
  }
  const asked = port.fixed_ips.flatMap(({ subnet, ip_address }, index): Wish[] => {
    const address = ip_address === undefined ? undefined : parseAddress(ip_address);
    const candidates = own.filter(
      ({ name, range }) =>
        (subnet === undefined || name === subnet) && (address === undefined || contains(range, address)),
    );
    // It gets that address anyway.
    if (
      address === undefined &&
      candidates.some(({ name }) => made.some(({ pools }) => pools[0]?.name === name))
    )
      return [];
    return [{ port: port.name, path: port.addressPath(index), pools: candidates, explicit: address?.value }];
  });
  return [...asked, ...made];
}

/** Ports of routers have the addresses that they were given (ROUTER_INTERFACE_OWNERS_SNAT of neutron-lib). */
const CHOSEN: ReadonlySet<DeviceOwner> = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
  'network:router_centralized_snat',
]);

/** One in each subnet whose addresses are no choice (_get_auto_address_ips of ipam_pluggable_backend.py). */
function automaticWishes(port: DeclaredPort, own: readonly Pool[], mac: string): Wish[] {
  if (CHOSEN.has(port.device_owner) || port.fixed_ips?.length === 0) return [];
  if (port.ip_versions?.includes(6) === false) return [];
  return own
    .filter(({ automatic }) => automatic)
    .map((pool) => ({
      port: port.name,
      path: port.path,
      pools: [pool],
      explicit: parseAddress(eui64Address(pool.cidr, mac))?.value,
    }));
}

function grant(wish: Wish, pool: Pool, value: bigint): void {
  pool.used.add(value);
  wish.granted = { pool, value };
}

/** Gives a port the address that it had, if nobody asked for it by name and it is still one of the subnet. */
function keep(wish: Wish, before: ReadonlyMap<string, string | number>): void {
  for (const pool of wish.pools) {
    for (let count = 1; ; count++) {
      const text = before.get(allocationKey(wish.port, pool.name, count));
      if (text === undefined) break;
      const address = parseAddress(String(text));
      if (address === undefined || !contains(pool.hosts, address)) continue;
      if (address.value === pool.gateway || pool.used.has(address.value)) continue;
      grant(wish, pool, address.value);
      return;
    }
  }
}

function choose(wish: Wish, { problems, source }: ResolveContext): void {
  for (const pool of wish.pools) {
    const { value, done } = pool.free.next();
    if (done === true) continue;
    grant(wish, pool, value);
    return;
  }
  const names = wish.pools.map(({ name }) => `"${name}"`).join(', ');
  if (names === '') return;
  problems.add(source, wish.path, 'key', {
    code: 'ND_ADDRESS_EXHAUSTED',
    message: `no address is left for port "${wish.port}" in subnet ${names}`,
    expected: 'allocation pools with an address for every port',
    hint: 'widen the allocation pools or the cidr, or add a subnet',
  });
}
