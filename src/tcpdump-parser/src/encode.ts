import { parseIpv4, parseIpv6 } from './address.ts';
import { type BytesLike, concat, EMPTY, toBytes } from './bytes.ts';
import type { EncodeContext, PseudoHeader } from './encode-context.ts';
import { EncodeError } from './error.ts';
import { LayerBase } from './layer.ts';
import type { Layer, LayerSpec, Protocol, SpecOf } from './layers.ts';
import { encodeArp } from './protocols/arp.ts';
import { encodeDhcp } from './protocols/dhcp-encode.ts';
import { encodeDhcpv6 } from './protocols/dhcpv6.ts';
import { encodeDns } from './protocols/dns.ts';
import { encodeEthernet } from './protocols/ethernet.ts';
import { encodeGeneve } from './protocols/geneve.ts';
import { encodeGre } from './protocols/gre.ts';
import { encodeHttp } from './protocols/http.ts';
import { encodeIcmp } from './protocols/icmp.ts';
import { encodeIcmpv6 } from './protocols/icmpv6-encode.ts';
import { encodeIgmp } from './protocols/igmp.ts';
import { encodeIpv4 } from './protocols/ipv4.ts';
import { encodeIpv6 } from './protocols/ipv6.ts';
import { encodeFragment } from './protocols/ipv6-fragment.ts';
import { encodeIpv6Options } from './protocols/ipv6-options.ts';
import { encodeRouting } from './protocols/ipv6-routing.ts';
import { encodeLinuxCooked } from './protocols/linux-cooked.ts';
import { encodeLlc } from './protocols/llc.ts';
import { encodeSctp } from './protocols/sctp.ts';
import { encodeStp } from './protocols/stp.ts';
import { encodeTcp } from './protocols/tcp.ts';
import { encodeUdp } from './protocols/udp.ts';
import { encodeVlan } from './protocols/vlan.ts';
import { encodeVrrp } from './protocols/vrrp.ts';
import { encodeVxlan } from './protocols/vxlan.ts';

/** How to finish a frame. */
export interface EncodeOptions {
  /** Zeros are added until the frame has so many bytes; 60 is the least that goes onto a wire (IEEE 802.3 3.2.8). Default 0. */
  readonly padTo?: number;
}

/**
 * The bytes of a packet: the layers from the outside in, then the payload. Lengths, types and checksums that are not given
 * are computed; those that are given are written as they are, right or wrong. A dissected layer is written byte for byte as
 * it was; pass it through {@link toSpec} to change it. Throws {@link EncodeError} for a value that its field cannot hold.
 */
export function encode(
  layers: readonly (LayerSpec | Layer)[],
  payload: BytesLike = EMPTY,
  options: EncodeOptions = {},
): Uint8Array {
  let bytes = toBytes(payload);
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as LayerSpec | Layer;
    const header =
      layer instanceof LayerBase
        ? layer.headerBytes
        : encodeLayer(layer, {
            payload: bytes,
            next: layers[i + 1]?.protocol,
            pseudo: pseudoHeader(layers, i),
          });
    bytes = concat(header, bytes);
  }
  const { padTo = 0 } = options;
  return bytes.length < padTo ? concat(bytes, new Uint8Array(padTo - bytes.length)) : bytes;
}

function pseudoHeader(layers: readonly (LayerSpec | Layer)[], index: number): PseudoHeader | undefined {
  let final: string | undefined;
  for (let i = index - 1; i >= 0; i--) {
    const layer = layers[i] as LayerSpec | Layer;
    if (layer.protocol === 'ipv6Routing' && (layer.segmentsLeft ?? 0) > 0)
      final = layer.routingType === 4 ? layer.addresses?.[0] : layer.addresses?.at(-1);
    if (layer.protocol === 'ipv4')
      return {
        source: parseIpv4(layer.source ?? '0.0.0.0'),
        destination: parseIpv4(layer.destination ?? '0.0.0.0'),
      };
    if (layer.protocol === 'ipv6')
      return {
        source: parseIpv6(layer.source ?? '::'),
        destination: parseIpv6(final ?? layer.destination ?? '::'),
      };
  }
  return undefined;
}

type Encoder<P extends Protocol> = (spec: SpecOf<P>, context: EncodeContext) => Uint8Array;

const ENCODERS: { readonly [P in Protocol]: Encoder<P> } = {
  ethernet: encodeEthernet,
  linuxCooked: encodeLinuxCooked,
  vlan: encodeVlan,
  llc: encodeLlc,
  stp: encodeStp,
  arp: encodeArp,
  ipv4: encodeIpv4,
  ipv6: encodeIpv6,
  ipv6HopByHop: encodeIpv6Options,
  ipv6DestinationOptions: encodeIpv6Options,
  ipv6Routing: encodeRouting,
  ipv6Fragment: encodeFragment,
  icmp: encodeIcmp,
  icmpv6: encodeIcmpv6,
  igmp: encodeIgmp,
  tcp: encodeTcp,
  udp: encodeUdp,
  sctp: encodeSctp,
  vxlan: encodeVxlan,
  gre: encodeGre,
  geneve: encodeGeneve,
  dhcp: encodeDhcp,
  dhcpv6: encodeDhcpv6,
  dns: encodeDns,
  vrrp: encodeVrrp,
  http: encodeHttp,
};

function encodeLayer(spec: LayerSpec, context: EncodeContext): Uint8Array {
  if (!Object.hasOwn(ENCODERS, spec.protocol))
    throw new EncodeError('TCPDUMP_BAD_FIELD', `no protocol is called ${spec.protocol}`);
  // The table pairs each protocol with its encoder, which the compiler cannot see through a lookup.
  const encoder = ENCODERS[spec.protocol] as (spec: LayerSpec, context: EncodeContext) => Uint8Array;
  return encoder(spec, context);
}
