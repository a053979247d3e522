/** An IP packet of either version as the oracle follows it: what routers, translators and filters look at. */

import { protocolName } from '../journey/label.ts';
import type { Constraint, Headers } from '../journey/types.ts';
import { contains, parseAddress, parseNetwork } from '../topology/addresses.ts';
import type { Tuple } from './connections.ts';

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;

/** A field that is left out is not known: nobody said it, or a translator chose it. */
export interface Ip {
  readonly src_ip: string;
  readonly dst_ip: string;
  readonly protocol?: number;
  readonly src_port?: number;
  readonly dst_port?: number;
  readonly icmp?: {
    readonly type: number;
    readonly code: number;
    readonly identifier?: number;
    readonly sequence?: number;
  };
  /** Neighbour solicitations and advertisements: the address that they are about (RFC 4861, 4.3 and 4.4). */
  readonly nd?: { readonly target_ip: string };
  readonly tcp_flags?: string;
  /** In IPv6 the hop limit. */
  readonly ttl: number;
  /** IPv4 alone; no router cuts an IPv6 packet up (RFC 8200, 5). */
  readonly df?: boolean;
  /** Bytes of the packet. */
  readonly length?: number;
  /** ICMP errors: what the packet that they are about looked like where the error is. */
  readonly quoted?: Tuple;
}

/** What must hold of the headers of such a packet. */
export function headersOfIp(ip: Ip): Constraint<Headers> {
  const { src_ip, dst_ip, protocol, src_port, dst_port, icmp, nd, tcp_flags, ttl, length } = ip;
  return {
    ethertype: ethertypeOf(ip),
    src_ip,
    dst_ip,
    ttl,
    ...(protocol === undefined ? {} : { protocol }),
    ...(src_port === undefined ? {} : { src_port }),
    ...(dst_port === undefined ? {} : { dst_port }),
    ...(tcp_flags === undefined ? {} : { tcp_flags }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(nd === undefined ? {} : { nd }),
    ...(length === undefined ? {} : { length }),
  };
}

/** `tcp 10.0.1.11:4000 > 10.0.2.11:80`, for packets that were not seen. */
export function nameOfIp({ src_ip, dst_ip, protocol, src_port, dst_port, icmp }: Ip): string {
  const at = (ip: string, port: number | undefined): string =>
    port === undefined ? ip : `${isIpv4(ip) ? ip : `[${ip}]`}:${port}`;
  const what = protocol === undefined ? 'ip' : protocolName(protocol);
  const type = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`;
  return `${what} ${at(src_ip, src_port)} > ${at(dst_ip, dst_port)}${type}`;
}

/** The types that quote the packet that they are about: RFC 792, and all below 128 of RFC 4443 (2.1). */
export const isIcmpError = ({ icmp, protocol }: Ip): boolean =>
  icmp !== undefined && (protocol === ICMPV6 ? icmp.type < 128 : [3, 4, 5, 11, 12].includes(icmp.type));

export const isIpv4 = (address: string): boolean => !address.includes(':');

export const ethertypeOf = ({ dst_ip }: Pick<Ip, 'dst_ip'>): number => (isIpv4(dst_ip) ? IPV4 : IPV6);

/** What somebody has for a source who has no address yet: RFC 1122, 3.2.1.3, and RFC 4291, 2.5.2. */
export const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** RFC 4291, 2.5.6: for one link alone. */
export const isLinkLocal = (address: string): boolean => inNetwork('fe80::/10', address);

export function inNetwork(cidr: string, address: string): boolean {
  const network = parseNetwork(cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`);
  const ip = parseAddress(address);
  return network !== undefined && ip !== undefined && contains(network, ip);
}

export const isMulticast = (address: string): boolean =>
  inNetwork(isIpv4(address) ? '224.0.0.0/4' : 'ff00::/8', address);

/** The broadcast address of a network (RFC 919), or that of every network. */
export function isBroadcast(address: string, cidrs: readonly string[]): boolean {
  if (address === '255.255.255.255') return true;
  const value = parseAddress(address)?.value;
  return cidrs.some((cidr) => {
    const network = parseNetwork(cidr);
    return network?.version === 4 && network.prefix < 31 && network.last === value;
  });
}

/** The Ethernet address of a group: RFC 1112, 6.4, and RFC 2464, 7. */
export function groupMac(address: string): string {
  if (!isIpv4(address)) {
    const low = (parseAddress(address)?.value ?? 0n) & 0xffff_ffffn;
    const octets = low.toString(16).padStart(8, '0').match(/../gu) ?? [];
    return ['33', '33', ...octets].join(':');
  }
  const [, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return ['01', '00', '5e', ...[b & 0x7f, c, d].map((octet) => octet.toString(16).padStart(2, '0'))].join(
    ':',
  );
}
