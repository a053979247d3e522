import { addWords, finish, pseudoSum } from './checksum.ts';

/** The addresses that an upper-layer checksum covers. */
export interface PseudoHeader {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** What the encoder of a header knows of its surroundings. */
export interface EncodeContext {
  /** All bytes after this header, already encoded. */
  readonly payload: Uint8Array;
  /** The protocol of the layer inside, if there is one. */
  readonly next: string | undefined;
  /** The addresses of the IP header around, if there is one. */
  readonly pseudo: PseudoHeader | undefined;
}

/** The checksum of a header plus its payload under the pseudo header of the IP packet around. Without one (no IP layer), only header and payload count. */
export function upperChecksum(header: Uint8Array, context: EncodeContext, nextProtocol: number): number {
  const length = header.length + context.payload.length;
  let sum = addWords(0, header, 0, header.length);
  if (context.pseudo)
    sum += pseudoSum(context.pseudo.source, context.pseudo.destination, nextProtocol, length);
  // A header has an even number of bytes in all protocols that use this, so the words of the payload stay aligned.
  return finish(addWords(sum, context.payload, 0, context.payload.length));
}

const ETHER_TYPES: Readonly<Record<string, number>> = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  arp: 0x0806,
  vlan: 0x8100,
  ethernet: 0x6558,
};

/** The EtherType of the layer inside; 0x88b5 (IEEE 802 local experimental) when it is no layer of ours. */
export function etherTypeOf(next: string | undefined): number {
  return (next === undefined ? undefined : ETHER_TYPES[next]) ?? 0x88b5;
}

const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  ipv6HopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  ipv6Routing: 43,
  ipv6Fragment: 44,
  gre: 47,
  icmpv6: 58,
  ipv6DestinationOptions: 60,
  vrrp: 112,
  sctp: 132,
};

/** The IP protocol number of the layer inside; `otherwise` when it is no layer of ours. */
export function ipProtocolOf(next: string | undefined, otherwise = 253): number {
  return (next === undefined ? undefined : IP_PROTOCOLS[next]) ?? otherwise;
}
