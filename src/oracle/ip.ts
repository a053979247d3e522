/** An IPv4 packet as the oracle follows it: what routers, translators and filters look at. */
import { contains, parseAddress, parseNetwork } from '../topology/addresses.ts';
import type { Constraint, Headers } from '../journey/types.ts';
import { protocolName } from '../journey/label.ts';
import type { Tuple } from './connections.ts';

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;

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
  readonly tcp_flags?: string;
  readonly ttl: number;
  readonly df?: boolean;
  /** Bytes of the packet. */
  readonly length?: number;
  /** ICMP errors: what the packet that they are about looked like where the error is. */
  readonly quoted?: Tuple;
}

/** What must hold of the headers of such a packet. */
export function headersOfIp(ip: Ip): Constraint<Headers> {
  const { src_ip, dst_ip, protocol, src_port, dst_port, icmp, tcp_flags, ttl, length } = ip;
  return {
    ethertype: 0x0800,
    src_ip,
    dst_ip,
    ttl,
    ...(protocol === undefined ? {} : { protocol }),
    ...(src_port === undefined ? {} : { src_port }),
    ...(dst_port === undefined ? {} : { dst_port }),
    ...(tcp_flags === undefined ? {} : { tcp_flags }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(length === undefined ? {} : { length }),
  };
}

/** `tcp 10.0.1.11:4000 > 10.0.2.11:80`, for packets that were not seen. */
export function nameOfIp({ src_ip, dst_ip, protocol, src_port, dst_port, icmp }: Ip): string {
  const at = (ip: string, port: number | undefined): string => (port === undefined ? ip : `${ip}:${port}`);
  const what = protocol === undefined ? 'ip' : protocolName(protocol);
  const type = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`;
  return `${what} ${at(src_ip, src_port)} > ${at(dst_ip, dst_port)}${type}`;
}

/** RFC 792: the types that quote the packet that they are about. */
export const isIcmpError = ({ icmp }: Ip): boolean =>
  icmp !== undefined && [3, 4, 5, 11, 12].includes(icmp.type);

export const isIpv4 = (address: string): boolean => !address.includes(':');

export function inNetwork(cidr: string, address: string): boolean {
  const network = parseNetwork(cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`);
  const ip = parseAddress(address);
  return network !== undefined && ip !== undefined && contains(network, ip);
}

export const isMulticast = (address: string): boolean => inNetwork('224.0.0.0/4', address);

/** The broadcast address of a network (RFC 919), or that of every network. */
export function isBroadcast(address: string, cidrs: readonly string[]): boolean {
  if (address === '255.255.255.255') return true;
  const value = parseAddress(address)?.value;
  return cidrs.some((cidr) => {
    const network = parseNetwork(cidr);
    return network?.version === 4 && network.prefix < 31 && network.last === value;
  });
}

/** RFC 1112, 6.4: the Ethernet address of a group. */
export function groupMac(address: string): string {
  const [, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return ['01', '00', '5e', ...[b & 0x7f, c, d].map((octet) => octet.toString(16).padStart(2, '0'))].join(
    ':',
  );
}
