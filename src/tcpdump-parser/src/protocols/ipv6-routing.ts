import { ipv6At } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, toBytes, u8 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, ipProtocolOf } from '../encode-context.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { ipProtocolStep, type Step } from '../step.ts';
import { extensionLength } from './ipv6-options.ts';

/** What to write in a routing header: addresses, or for a type of your own the bytes after the first four. */
export interface Ipv6RoutingSpec {
  readonly protocol: 'ipv6Routing';
  readonly nextHeader?: number;
  /** In bytes, a multiple of 8. */
  readonly headerLength?: number;
  /** Default 2. */
  readonly routingType?: number;
  readonly segmentsLeft?: number;
  readonly addresses?: readonly string[];
  /** All after the first four bytes; overrides `addresses`. */
  readonly data?: BytesLike;
}

/** A routing header (RFC 8200 4.4): type 0 (RFC 5095 withdrew it), type 2 (RFC 6275), type 4, the segment list (RFC 8754). */
export class Ipv6Routing extends LayerBase {
  get protocol(): 'ipv6Routing' {
    return 'ipv6Routing';
  }

  get fieldTable(): FieldTable<Ipv6Routing> {
    return FIELDS;
  }

  get nextHeader(): number {
    return u8(this.frame, this.offset);
  }

  /** The whole extension header in bytes; the field counts units of 8 after the first. */
  get headerLength(): number {
    return (u8(this.frame, this.offset + 1) + 1) * 8;
  }

  get routingType(): number {
    return u8(this.frame, this.offset + 2);
  }

  get segmentsLeft(): number {
    return u8(this.frame, this.offset + 3);
  }

  /** The bytes after the first four. */
  get data(): Uint8Array {
    return this.frame.subarray(this.offset + 4, this.offset + this.length);
  }

  /** Where the addresses lie; undefined for a type that has none. */
  get addressPlace(): FieldPlace | undefined {
    const type = this.routingType;
    if (type === 0 || type === 2) return [8, Math.floor((this.length - 8) / 16) * 16];
    if (type !== 4) return undefined;
    // A segment list may be followed by TLVs, so its own count says where it ends.
    const count = u8(this.frame, this.offset + 4) + 1;
    return [8, Math.min(count, Math.floor((this.length - 8) / 16)) * 16];
  }

  get addresses(): string[] | undefined {
    const place = this.addressPlace;
    if (!place) return undefined;
    return Array.from({ length: place[1] / 16 }, (_, i) =>
      ipv6At(this.frame, this.offset + place[0] + 16 * i),
    );
  }

  /** Where the packet will end up, which upper-layer checksums cover (RFC 8200 8.1); undefined when it is there. */
  get finalDestination(): string | undefined {
    if (this.segmentsLeft === 0) return undefined;
    return this.routingType === 4 ? this.addresses?.[0] : this.addresses?.at(-1);
  }
}

const FIELDS: FieldTable<Ipv6Routing> = {
  nextHeader: [0, 1],
  headerLength: [1, 1],
  routingType: [2, 1],
  segmentsLeft: [3, 1],
  addresses: (layer) => layer.addressPlace,
  data: (layer) => [4, layer.length - 4],
};

export function dissectRouting(cursor: Cursor): Step {
  const length = extensionLength(cursor);
  if (length === 0) return cursor.short('ipv6Routing', 8);
  const layer = new Ipv6Routing(cursor, length);
  cursor.add(layer);
  return ipProtocolStep(layer.nextHeader, true);
}

export function encodeRouting(spec: Ipv6RoutingSpec, context: EncodeContext): Uint8Array {
  const { routingType = 2, addresses = [] } = spec;
  const rest = new ByteBuilder();
  if (spec.data !== undefined) rest.bytes(toBytes(spec.data));
  else {
    rest
      .u8(routingType === 4 ? Math.max(0, addresses.length - 1) : 0, 'ipv6Routing.addresses')
      .u24(0, 'ipv6Routing');
    for (const address of addresses) rest.ipv6(address);
  }
  const length = Math.ceil((4 + rest.length) / 8) * 8;
  return new ByteBuilder()
    .u8(spec.nextHeader ?? ipProtocolOf(context.next, 59), 'ipv6Routing.nextHeader')
    .u8((spec.headerLength ?? length) / 8 - 1, 'ipv6Routing.headerLength / 8 - 1')
    .u8(routingType, 'ipv6Routing.routingType')
    .u8(spec.segmentsLeft ?? 0, 'ipv6Routing.segmentsLeft')
    .bytes(rest.build())
    .align(8)
    .build();
}
