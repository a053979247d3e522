/** What a packet is called. */
import type { Headers } from './types.ts';

/**
 * A short name for a packet, made from the headers of its first sighting: `icmp echo-request 4fa1/1` (identifier in
 * hexadecimal, sequence), `icmp6 neighbour-solicitation of fe80::1`, `arp who-has 10.0.1.12 tell 10.0.1.11`,
 * `tcp 40000 > 80 syn`, `udp 1234 > 53, 28 bytes`.
 */
export function labelOf(headers: Headers): string {
  const { arp, ethertype } = headers;
  if (arp) {
    const own = arp.sender_ip === arp.target_ip;
    if (arp.operation === 'request' && own) return `arp announce ${arp.sender_ip}`;
    if (arp.operation === 'request') return `arp who-has ${arp.target_ip} tell ${arp.sender_ip}`;
    return `arp ${arp.sender_ip} is-at ${arp.sender_mac}`;
  }
  if (headers.protocol === undefined) {
    if (ethertype === 0x8035) return `rarp ${headers.src_mac}`;
    if (ethertype < 0x600) return `llc, ${ethertype} bytes`;
    return `ethertype 0x${ethertype.toString(16).padStart(4, '0')}`;
  }
  if (headers.fragment) return `${protocolName(headers.protocol)} fragment at ${headers.fragment.offset}`;
  if (headers.icmp) {
    const text = icmpLabel(headers.protocol === 58 ? 'icmp6' : 'icmp', headers.icmp);
    return headers.nd ? `${text} of ${headers.nd.target_ip}` : text;
  }
  const name = protocolName(headers.protocol);
  if (headers.src_port === undefined) return name;
  const ports = `${name} ${headers.src_port} > ${headers.dst_port}`;
  return headers.tcp_flags === undefined
    ? `${ports}, ${headers.length} bytes`
    : `${ports} ${headers.tcp_flags}`;
}

/** IANA's keyword for an IP protocol number, or the number. */
export function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? `ip protocol ${protocol}`;
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  58: 'icmp6',
  112: 'vrrp',
  132: 'sctp',
};

const ICMP_TYPES: Readonly<Record<string, string>> = {
  'icmp 0': 'echo-reply',
  'icmp 3': 'unreachable',
  'icmp 5': 'redirect',
  'icmp 8': 'echo-request',
  'icmp 11': 'time-exceeded',
  'icmp6 1': 'unreachable',
  'icmp6 2': 'packet-too-big',
  'icmp6 3': 'time-exceeded',
  'icmp6 128': 'echo-request',
  'icmp6 129': 'echo-reply',
  'icmp6 130': 'mld-query',
  'icmp6 131': 'mld-report',
  'icmp6 132': 'mld-done',
  'icmp6 133': 'router-solicitation',
  'icmp6 134': 'router-advertisement',
  'icmp6 135': 'neighbour-solicitation',
  'icmp6 136': 'neighbour-advertisement',
  'icmp6 137': 'redirect',
  'icmp6 143': 'mld2-report',
};

function icmpLabel(name: string, icmp: NonNullable<Headers['icmp']>): string {
  const type = ICMP_TYPES[`${name} ${icmp.type}`] ?? `type ${icmp.type}`;
  if (icmp.identifier !== undefined) {
    return `${name} ${type} ${icmp.identifier.toString(16).padStart(4, '0')}/${icmp.sequence}`;
  }
  return icmp.code === 0 ? `${name} ${type}` : `${name} ${type} code ${icmp.code}`;
}
