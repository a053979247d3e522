/** A frame, dissected once: the part that belongs to the tenant, and the tunnel around it. */
import { dissect, type Layer, type LayerOf } from 'tcpdump-parser';
import { MARKER_ETHERTYPE } from '../state/index.ts';

/** What lies above IP: the protocol number and where its header starts and its data end in the frame. */
interface Upper {
  readonly protocol: number;
  readonly offset: number;
  readonly end: number;
  /** Set in fragments. Offset in bytes; id tells whose fragments they are. */
  readonly fragment?: { readonly offset: number; readonly more: boolean; readonly id: number };
}

export interface OpenFrame {
  readonly bytes: Uint8Array;
  /** Headers around the tenant's frame, outermost first, up to and including the tunnel's; empty without a tunnel. */
  readonly outer: readonly Layer[];
  readonly ethernet: LayerOf<'ethernet'>;
  /** Outermost 802.1Q tag of the tenant's frame. */
  readonly vlan?: LayerOf<'vlan'>;
  /** EtherType behind all tags. */
  readonly ethertype: number;
  /** Where the data behind the EtherType start, and where those of the frame end. */
  readonly offset: number;
  readonly end: number;
  readonly ip?: LayerOf<'ipv4' | 'ipv6'>;
  readonly arp?: LayerOf<'arp'>;
  /** In TCP segments, first fragments included. */
  readonly tcp?: LayerOf<'tcp'>;
  readonly upper?: Upper;
}

/**
 * Dissects a frame. At a wire the outermost VXLAN, GRE or Geneve tunnel that carries Ethernet is the cloud's and is
 * taken off; at a guest or a tap (`tunnels` false) a tunnel would be the tenant's own traffic. Undefined for what is
 * no packet: a marker, or bytes that hold no Ethernet header.
 */
export function openFrame(bytes: Uint8Array, tunnels: boolean): OpenFrame | undefined {
  // Markers are sent often and need no dissection when they travel bare.
  if (bytes.length < 14 || ((bytes[12] ?? 0) << 8) + (bytes[13] ?? 0) === MARKER_ETHERTYPE) return undefined;
  const { layers } = dissect(bytes);
  const start = tunnels ? innerStart(layers) : 0;
  const ethernet = layers[start];
  if (ethernet?.protocol !== 'ethernet') return undefined;

  let at = start + 1;
  let vlan: LayerOf<'vlan'> | undefined;
  let tag: LayerOf<'ethernet' | 'vlan'> = ethernet;
  for (let layer = layers[at]; layer?.protocol === 'vlan'; layer = layers[++at]) {
    vlan ??= layer;
    tag = layer;
  }
  const ethertype = tag.etherType;
  if (ethertype === MARKER_ETHERTYPE) return undefined;

  const next = layers[at];
  const base = {
    bytes,
    outer: layers.slice(0, start),
    ethernet,
    ethertype,
    offset: tag.offset + tag.length,
    end: Math.min(tag.end, bytes.length),
    ...(vlan && { vlan }),
  };
  if (next?.protocol === 'arp') return { ...base, arp: next };
  if (next?.protocol !== 'ipv4' && next?.protocol !== 'ipv6') return base;
  const upper = upperOf(next);
  const above = layers.find((layer) => layer.offset === upper.offset && layer.protocol === 'tcp');
  return { ...base, ip: next, upper, ...(above?.protocol === 'tcp' && { tcp: above }) };
}

/** Index of the tenant's Ethernet header: behind the first tunnel that carries one. */
function innerStart(layers: readonly Layer[]): number {
  for (let i = 1; i < layers.length; i++) {
    const layer = layers[i] as Layer;
    if (layer.quoted) return 0;
    if (layer.protocol === 'ethernet') return i;
  }
  return 0;
}

const IPV6_FRAGMENT = 44;
const IPV6_EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);

function upperOf(ip: LayerOf<'ipv4' | 'ipv6'>): Upper {
  const start = ip.offset + ip.length;
  const { end } = ip;
  if (ip.protocol === 'ipv6') return upperOfIpv6(ip, start, end);
  if (!ip.isFragment) return { protocol: ip.nextProtocol, offset: start, end };
  const fragment = { offset: ip.fragmentOffset, more: ip.flags.mf, id: ip.identification };
  return { protocol: ip.nextProtocol, offset: start, end, fragment };
}

/** Walks the chain of extension headers (RFC 8200, 4). */
function upperOfIpv6(ip: LayerOf<'ipv6'>, start: number, end: number): Upper {
  const { frame } = ip;
  const byte = (index: number): number => frame[index] ?? 0;
  let protocol = ip.nextHeader;
  let offset = start;
  while (IPV6_EXTENSIONS.has(protocol) && offset + 8 <= end) {
    protocol = byte(offset);
    offset += (byte(offset + 1) + 1) * 8;
  }
  if (protocol !== IPV6_FRAGMENT || offset + 8 > end) return { protocol, offset: Math.min(offset, end), end };
  const word = (byte(offset + 2) << 8) + byte(offset + 3);
  const id =
    ((byte(offset + 4) << 24) | (byte(offset + 5) << 16) | (byte(offset + 6) << 8) | byte(offset + 7)) >>> 0;
  const fragment = { offset: word & 0xfff8, more: (word & 1) !== 0, id };
  return { protocol: byte(offset), offset: offset + 8, end, fragment };
}
