/**
 * IP arithmetic for both versions. Addresses are bigints, so that IPv6 needs no second set of functions.
 * Text forms: RFC 4291 (IPv6 in), RFC 5952 (IPv6 out), dotted quads without leading zeros for IPv4.
 */

export type IpVersion = 4 | 6;

export interface IpAddress {
  readonly version: IpVersion;
  readonly value: bigint;
}

export interface IpRange {
  readonly version: IpVersion;
  readonly first: bigint;
  readonly last: bigint;
}

export interface IpNetwork extends IpRange {
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return BigInt(value);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail] = groups;
  const written = head.length + (tail?.length ?? 0);
  // "::" stands for at least one group.
  if (tail === undefined ? written !== 8 : written > 7) return undefined;
  const all = tail === undefined ? head : [...head, ...Array<string>(8 - written).fill('0'), ...tail];
  let value = 0n;
  for (const group of all) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

/** The address, or undefined where the text is not one. */
export function parseAddress(text: string): IpAddress | undefined {
  const version = text.includes(':') ? 6 : 4;
  const value = version === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { version, value };
}

/** The network, or undefined where the text is not one. Host bits are dropped; `networkHasHostBits` tells. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(text.slice(0, Math.max(slash, 0)));
  const length = text.slice(slash + 1);
  if (slash < 0 || address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = Number(length);
  const bits = BITS[address.version];
  if (prefix > bits) return undefined;
  const hostMask = (1n << BigInt(bits - prefix)) - 1n;
  const first = address.value & ~hostMask;
  return { version: address.version, prefix, first, last: first | hostMask };
}

/** True for 10.0.1.5/24: an address where a network is meant. */
export function networkHasHostBits(text: string): boolean {
  const network = parseNetwork(text);
  const address = parseAddress(text.slice(0, Math.max(text.indexOf('/'), 0)));
  return network !== undefined && address !== undefined && network.first !== address.value;
}

export function formatAddress({ version, value }: IpAddress): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  const [start, length] = longestZeros(groups);
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

/** RFC 5952, 4.2: the longest run of zero groups is shortened, the first of equals. */
function longestZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
    if (end > start) start = end;
  }
  return best;
}

export function formatNetwork(network: IpNetwork): string {
  return `${formatAddress({ version: network.version, value: network.first })}/${network.prefix}`;
}

/** One spelling for each address; text that is no address is returned as it is. */
export function canonicalAddress(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

/** One spelling for each network; text that is no network is returned as it is. */
export function canonicalNetwork(text: string): string {
  const network = parseNetwork(text);
  return network === undefined ? text : formatNetwork(network);
}

export function contains(range: IpRange, address: IpAddress): boolean {
  return range.version === address.version && range.first <= address.value && address.value <= range.last;
}

export function containsRange(outer: IpRange, inner: IpRange): boolean {
  return outer.version === inner.version && outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(a: IpRange, b: IpRange): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** The range from one address to another, or undefined where they are of two versions or in the wrong order. */
export function rangeOf(start: string, end: string): IpRange | undefined {
  const first = parseAddress(start);
  const last = parseAddress(end);
  if (first === undefined || last === undefined) return undefined;
  if (first.version !== last.version || first.value > last.value) return undefined;
  return { version: first.version, first: first.value, last: last.value };
}

/** For each item that overlaps an earlier one the first such pair: subnets of one network, or of one router. */
export function overlappingPairs<T>(
  items: readonly T[],
  rangeOfItem: (item: T) => IpRange | undefined,
): [earlier: T, later: T][] {
  const earlier: { item: T; range: IpRange }[] = [];
  return items.flatMap((item): [T, T][] => {
    const range = rangeOfItem(item);
    if (range === undefined) return [];
    const found = earlier.find((other) => overlaps(other.range, range));
    earlier.push({ item, range });
    return found === undefined ? [] : [[found.item, item]];
  });
}

/** The network's own address and its broadcast address, which no host may have (RFC 3021: none in /31 and /32). */
export function reservedAddresses(
  network: IpNetwork,
): readonly { readonly what: string; readonly value: bigint }[] {
  if (BITS[network.version] - network.prefix < 2) return [];
  const own = { what: 'network address', value: network.first };
  return network.version === 6 ? [own] : [own, { what: 'broadcast address', value: network.last }];
}

/** Addresses that hosts may have, without enumerating them. */
export function hostRange(network: IpNetwork): IpRange {
  const reserved = reservedAddresses(network);
  return {
    version: network.version,
    first: reserved.length > 0 ? network.first + 1n : network.first,
    last: reserved.length > 1 ? network.last - 1n : network.last,
  };
}

/** Addresses of a range one after the other, as they are asked for. */
export function* addressesOf(range: IpRange): Generator<IpAddress> {
  for (let value = range.first; value <= range.last; value++) yield { version: range.version, value };
}

/**
 * Where a subnet's addresses come from when it declares no pools: all host addresses less the gateway, as Neutron's
 * `generate_pools` (neutron/ipam/utils.py) does.
 */
export function defaultPools(network: IpNetwork, gateway: IpAddress | undefined): IpRange[] {
  const { version, first, last } = hostRange(network);
  if (gateway === undefined || !contains({ version, first, last }, gateway))
    return [{ version, first, last }];
  return [
    { version, first, last: gateway.value - 1n },
    { version, first: gateway.value + 1n, last },
  ].filter((pool) => pool.first <= pool.last);
}
