import { parseIpv6 } from './address.ts';
import { addWords, crc32c, finish, pseudoSum } from './checksum.ts';
import type { Dissection } from './dissection.ts';
import type { Layer, LayerOf, Protocol } from './layers.ts';

/**
 * `absent`: the sender left it out (UDP over IPv4 with zero). `unknown`: it cannot be told, because bytes it covers are
 * missing: in a fragment, and in a packet of which only a part was captured or quoted.
 */
export type ChecksumStatus = 'right' | 'wrong' | 'absent' | 'unknown';

/** The checksum of one layer. */
export interface ChecksumResult {
  readonly layer: Layer;
  readonly status: ChecksumStatus;
  /** What the header says. */
  readonly stored: number;
  /** What it should say; undefined when that is unknown. */
  readonly expected: number | undefined;
}

/** The IP header around a layer and what matters of the headers between. */
interface Around {
  readonly ip: LayerOf<'ipv4'> | LayerOf<'ipv6'>;
  readonly fragment: boolean;
  readonly finalDestination: string | undefined;
}

/**
 * Whether each checksum in a frame is right. A wrong TCP or UDP checksum on a frame captured where it was sent usually
 * means checksum offload: the hardware would have filled it in later.
 */
export function checksums(dissection: Pick<Dissection, 'layers'>): ChecksumResult[] {
  const results: ChecksumResult[] = [];
  let around: Around | undefined;
  for (const layer of dissection.layers) {
    if (layer.protocol === 'ipv4')
      around = { ip: layer, fragment: layer.isFragment, finalDestination: undefined };
    else if (layer.protocol === 'ipv6') around = { ip: layer, fragment: false, finalDestination: undefined };
    else if (layer.protocol === 'ipv6Routing' && around)
      around = { ...around, finalDestination: layer.finalDestination };
    else if (layer.protocol === 'ipv6Fragment' && around)
      around = { ...around, fragment: around.fragment || layer.moreFragments || layer.fragmentOffset > 0 };
    const result = check(layer, around);
    if (result) results.push(result);
  }
  return results;
}

/** True when the packet goes on after the captured bytes. */
function isCut({ ip }: Around): boolean {
  const length = ip.protocol === 'ipv4' ? ip.totalLength : ip.payloadLength === 0 ? 0 : 40 + ip.payloadLength;
  return length > ip.end - ip.offset;
}

function check(layer: Layer, around: Around | undefined): ChecksumResult | undefined {
  if (layer.protocol === 'ipv4') {
    // The header is all there, even of a fragment.
    const end = layer.offset + layer.length;
    return compare(layer, layer.headerChecksum, without(layer, layer.offset, end, 10));
  }
  const stored = storedChecksum(layer);
  if (stored === undefined) return undefined;
  if (layer.protocol === 'udp' && stored === 0)
    return { layer, status: 'absent', stored, expected: undefined };
  if (around && (around.fragment || isCut(around)))
    return { layer, status: 'unknown', stored, expected: undefined };
  return compare(layer, stored, expectedChecksum(layer, around));
}

function storedChecksum(layer: Layer): number | undefined {
  return 'checksum' in layer ? layer.checksum : undefined;
}

type Compute<P extends Protocol> = (layer: LayerOf<P>, around: Around | undefined) => number | undefined;

/** How each protocol's checksum is made, apart from IPv4's own. */
const COMPUTE: { readonly [P in Protocol]?: Compute<P> } = {
  tcp: (layer, around) => withPseudo(layer, around, 6, 16),
  // A computed zero is sent as all ones (RFC 768).
  udp: (layer, around) => withPseudo(layer, around, 17, 6, 0xffff),
  icmpv6: (layer, around) => withPseudo(layer, around, 58, 2),
  // Version 2 covers only the message (RFC 3768 5.3.8), version 3 the addresses too (RFC 9568 5.2.8).
  vrrp: (layer, around) =>
    layer.version === 2 ? without(layer, layer.offset, layer.end, 6) : withPseudo(layer, around, 112, 6),
  icmp: (layer) => without(layer, layer.offset, layer.end, 2),
  igmp: (layer) => without(layer, layer.offset, layer.end, 2),
  gre: (layer) => without(layer, layer.offset, layer.end, 4),
  sctp: (layer) => crc32c(layer.frame, layer.offset, layer.end, layer.offset + 8),
};

function expectedChecksum(layer: Layer, around: Around | undefined): number | undefined {
  // The table pairs each protocol with its function, which the compiler cannot see through a lookup.
  const compute = COMPUTE[layer.protocol] as Compute<Protocol> | undefined;
  return compute?.(layer, around);
}

/** The checksum of a range in which the two bytes of the checksum itself, `field` bytes into the layer, count as zero. */
function without(layer: Layer, from: number, to: number, field: number): number {
  return finish(words(layer, from, to, field));
}

function words(layer: Layer, from: number, to: number, field: number): number {
  const at = layer.offset + field;
  return addWords(addWords(0, layer.frame, from, at), layer.frame, at + 2, to);
}

function withPseudo(
  layer: Layer,
  around: Around | undefined,
  nextProtocol: number,
  field: number,
  zero = 0,
): number | undefined {
  if (!around) return undefined;
  const { ip, finalDestination } = around;
  const [start, size] = ip.protocol === 'ipv4' ? [12, 4] : [8, 16];
  const at = ip.offset + start;
  const source = ip.frame.subarray(at, at + size);
  const destination =
    finalDestination === undefined
      ? ip.frame.subarray(at + size, at + 2 * size)
      : parseIpv6(finalDestination);
  const sum = pseudoSum(source, destination, nextProtocol, layer.end - layer.offset);
  return finish(sum + words(layer, layer.offset, layer.end, field)) || zero;
}

function compare(layer: Layer, stored: number, expected: number | undefined): ChecksumResult {
  if (expected === undefined) return { layer, status: 'unknown', stored, expected };
  return { layer, status: stored === expected ? 'right' : 'wrong', stored, expected };
}
