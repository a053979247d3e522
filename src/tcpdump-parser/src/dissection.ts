import { toHex } from './bytes.ts';
import type { DissectionError } from './error.ts';
import type { LayerJson } from './layer.ts';
import type { Layer, LayerOf, Protocol } from './layers.ts';

/** What {@link dissect} found in a frame. */
export class Dissection {
  /** The whole frame, not a copy. */
  readonly frame: Uint8Array;
  /** The headers from the outside in. An encapsulated frame simply continues the list. */
  readonly layers: readonly Layer[];
  /** Where the part starts that no layer explains. */
  readonly payloadOffset: number;
  /** Where the innermost layer says that its data end; padding may follow. */
  readonly payloadEnd: number;
  /** Why the dissection stopped early, if it did. */
  readonly error: DissectionError | undefined;

  constructor(
    frame: Uint8Array,
    layers: readonly Layer[],
    payloadOffset: number,
    payloadEnd: number,
    error: DissectionError | undefined,
  ) {
    this.frame = frame;
    this.layers = layers;
    this.payloadOffset = payloadOffset;
    this.payloadEnd = payloadEnd;
    this.error = error;
  }

  /** The bytes after the last header, without copying and without Ethernet padding. */
  get payload(): Uint8Array {
    return this.frame.subarray(this.payloadOffset, this.payloadEnd);
  }

  /** The bytes after the end that the innermost layer states: Ethernet padding, usually empty. */
  get trailer(): Uint8Array {
    return this.frame.subarray(this.payloadEnd);
  }

  /** The first layer of a protocol from the outside. Quoted packets do not count. */
  first<P extends Protocol>(protocol: P): LayerOf<P> | undefined {
    return this.layers.find((layer) => layer.protocol === protocol && !layer.quoted) as
      | LayerOf<P>
      | undefined;
  }

  /** The last layer of a protocol, that is the one of the innermost packet. Quoted packets do not count. */
  last<P extends Protocol>(protocol: P): LayerOf<P> | undefined {
    return this.layers.findLast((layer) => layer.protocol === protocol && !layer.quoted) as
      | LayerOf<P>
      | undefined;
  }

  toJSON(): { layers: LayerJson[]; payload: string; error?: DissectionError } {
    const json = { layers: this.layers.map((layer) => layer.toJSON()), payload: toHex(this.payload) };
    return this.error ? { ...json, error: this.error } : json;
  }
}

/** One level of encapsulation: the layers of a packet, up to and including the header of the tunnel that it carries. */
export interface Level {
  readonly layers: readonly Layer[];
  /** The tunnel header that ends this level; undefined in the innermost one, and when IP lies directly in IP. */
  readonly tunnel: LayerOf<'vxlan' | 'gre' | 'geneve'> | undefined;
}

function isTunnel(layer: Layer): layer is LayerOf<'vxlan' | 'gre' | 'geneve'> {
  return layer.protocol === 'vxlan' || layer.protocol === 'gre' || layer.protocol === 'geneve';
}

function isIp(layer: Layer): boolean {
  return layer.protocol === 'ipv4' || layer.protocol === 'ipv6';
}

/**
 * The layers cut into levels of encapsulation, outermost first: behind each VXLAN, GRE or Geneve header and before an
 * IP header that lies in another one (RFC 2003). The packet that an ICMP error quotes belongs to no level: it was not sent.
 */
export function split(dissection: Pick<Dissection, 'layers'>): Level[] {
  const levels: Level[] = [];
  let current: Layer[] = [];
  for (const layer of dissection.layers) {
    if (layer.quoted) break;
    if (isIp(layer) && current.some(isIp)) {
      levels.push({ layers: current, tunnel: undefined });
      current = [];
    }
    current.push(layer);
    if (isTunnel(layer)) {
      levels.push({ layers: current, tunnel: layer });
      current = [];
    }
  }
  if (current.length > 0 || levels.length === 0) levels.push({ layers: current, tunnel: undefined });
  return levels;
}

/** The layers of the innermost packet, without those of its tunnels and without a quoted packet. */
export function innermost(layers: readonly Layer[]): readonly Layer[] {
  return (split({ layers }).at(-1) as Level).layers;
}

/** The layers of the packet that an ICMP error quotes; empty when there is none. */
export function quoted(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter((layer) => layer.quoted);
}
