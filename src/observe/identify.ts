/**
 * What a packet is, whatever happens to it on its way. The identity is made from what VLAN tags, tunnels, NAT and
 * forwarding leave alone: never from MAC addresses (ARP and neighbour discovery apart), ports, TTL or checksums, nor from
 * the identifier of an ICMP echo, which is NAT's port there (RFC 5508, 3.1; icmp_manip_pkt of Linux's nf_nat_proto.c);
 * and from IP addresses only where nobody translates them: multicast, and what stays on its link.
 */
import type { Headers } from '../journey/types.ts';
import { type OpenFrame, openFrame } from './frame.ts';
import { headersOfFrame, isEcho } from './headers.ts';

export interface Identified {
  /** Equal for all sightings of one packet, different between packets. */
  readonly key: string;
  readonly headers: Headers;
}

/** Dissects a frame once for its identity and its headers; undefined for markers and for what is no frame. */
export function identify(bytes: Uint8Array, tunnels = true): Identified | undefined {
  const frame = openFrame(bytes, tunnels);
  if (!frame) return undefined;
  const headers = headersOfFrame(frame);
  return { key: keyOf(frame, headers), headers };
}

const RARP = 0x8035;

function keyOf(frame: OpenFrame, headers: Headers): string {
  const { bytes, arp, ip, upper } = frame;
  if (arp) return `arp ${arp.operation} ${arp.senderMac} ${arp.senderIp} ${arp.targetIp}`;
  if (ip && upper) return ipKey(frame, headers);
  // RFC 903 has ARP's layout; all of it is the packet's own, and 28 bytes leave out the padding.
  const end = frame.ethertype === RARP ? Math.min(frame.end, frame.offset + 28) : frame.end;
  return `${frame.ethertype.toString(16)} ${hash(bytes, frame.offset, end)}`;
}

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const SCTP = 132;

function ipKey({ bytes, ip, upper, tcp }: OpenFrame, headers: Headers): string {
  if (!ip || !upper) return '';
  const { protocol, offset, end, fragment } = upper;
  // No node on the way changes the identification of a packet, and a retransmission gets a new one.
  const id = ip.protocol === 'ipv4' ? ip.identification : 0;
  const from = (header: number): string => hash(bytes, Math.min(offset + header, end), end);
  if (fragment) {
    // The first fragment holds the ports or the checksum that NAT changes; their headers are left out there.
    const skip = fragment.offset === 0 ? (protocol === TCP ? 20 : 8) : 0;
    return `fragment ${protocol} ${fragment.id} ${fragment.offset} ${end - offset} ${from(skip)}`;
  }
  const { icmp } = headers;
  if (protocol === TCP && tcp) {
    // With the options: with IPv6 their timestamps and blocks tell what is sent again from what was sent before (RFC 7323,
    // RFC 2018), as the identification does with IPv4.
    const own = hash(bytes, tcp.offset + 20, Math.max(end, tcp.offset + tcp.length));
    return `tcp ${id} ${tcp.sequence} ${tcp.acknowledgment} ${tcp.flagBits} ${tcp.length} ${own}`;
  }
  if (protocol === UDP) return `udp ${id} ${end - offset} ${from(8)}`;
  if (icmp && isEcho(protocol, icmp.type)) {
    const kept = protocol === ICMP ? id : icmp.identifier;
    return `echo ${protocol} ${icmp.type} ${kept} ${icmp.sequence} ${from(8)}`;
  }
  if (icmp && protocol === ICMP && ICMP_ERRORS.has(icmp.type)) {
    return `icmp ${icmp.type} ${icmp.code} ${quotedKey(bytes, offset + 8, end)}`;
  }
  if (icmp && protocol === ICMPV6 && LINK_TYPES.has(icmp.type)) {
    // Who has no address yet is known by the MAC address alone; who has one may be given another MAC address on the way, as
    // the parts of a distributed router are.
    const sender = headers.src_ip === '::' ? headers.src_mac : headers.src_ip;
    return `link ${icmp.type} ${sender} ${headers.dst_ip} ${from(4)}`;
  }
  if (icmp) return `icmp ${protocol} ${icmp.type} ${icmp.code} ${id} ${from(protocol === ICMPV6 ? 4 : 8)}`;
  if (protocol === SCTP && end - offset >= 12) {
    // Ports and checksum change, the verification tag between them does not (RFC 9260, 3.1).
    return `sctp ${id} ${hash(bytes, offset + 4, offset + 8)} ${from(12)}`;
  }
  // Nobody translates what is for a group, and two hosts may say the same there: IGMP has no identification.
  const group = /^2(?:2[4-9]|3\d)\./u.test(headers.dst_ip ?? '') ? headers.src_ip : '';
  return `ip ${protocol} ${id} ${end - offset} ${from(0)} ${group}`;
}

/**
 * Of one link alone and never translated: listeners, routers and neighbours (RFC 3810, RFC 4861). IPv6 has no
 * identification, and several may say the same; who says it tells them apart.
 */
export const LINK_TYPES: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 137, 143]);

/** The types that quote the packet that they are about (RFC 792). */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

/** NAT rewrites the quoted headers as well, so only what it leaves alone counts there too. */
function quotedKey(bytes: Uint8Array, offset: number, end: number): string {
  if (end - offset < 28) return `? ${hash(bytes, offset, end)}`;
  const word = (at: number): number => ((bytes[offset + at] ?? 0) << 8) + (bytes[offset + at + 1] ?? 0);
  const header = ((bytes[offset] ?? 0) & 0xf) * 4;
  const protocol = bytes[offset + 9] ?? 0;
  const data = hash(bytes, Math.min(offset + header + 8, end), end);
  // The second word of the quoted header: TCP's sequence number, UDP's length, an echo's identifier and sequence. What
  // follows is TCP's acknowledgment and checksum, or the data.
  const known =
    protocol === UDP
      ? `${word(header + 4)} ${data}`
      : protocol === TCP
        ? `${word(header + 4)} ${word(header + 6)}`
        : protocol === ICMP
          ? `${word(header + 6)} ${data}`
          : '';
  return `${protocol} ${word(4)} ${word(2)} ${known}`;
}

/** Two 32-bit multiplicative hashes side by side: a collision within one capture is out of the question. */
function hash(bytes: Uint8Array, from: number, to: number): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    a = Math.imul(a ^ word, 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0xc2b2ae35);
    b ^= b >>> 13;
  }
  for (; at < to; at++) {
    a = Math.imul(a ^ (bytes[at] as number), 0x01000193);
    b = Math.imul(b ^ (bytes[at] as number), 0x5bd1e995);
  }
  return `${to - from}:${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
