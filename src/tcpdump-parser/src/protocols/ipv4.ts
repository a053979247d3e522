import { ipv4At } from '../address.ts';
import { ByteBuilder, bits } from '../byte-builder.ts';
import { type BytesLike, u8, u16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, ipProtocolOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { ipProtocolStep, STEP, type Step } from '../step.ts';
import { encodeOptions, type OptionSpec, readOptions, type TypedOption } from './tlv.ts';

/** The flag bits of an IPv4 header. `reserved` is the "evil bit". */
export interface Ipv4Flags {
  readonly reserved: boolean;
  /** Don't fragment. */
  readonly df: boolean;
  /** More fragments. */
  readonly mf: boolean;
}

/** What to write in an IPv4 header. */
export interface Ipv4Spec {
  readonly protocol: 'ipv4';
  readonly version?: number;
  /** In bytes, a multiple of 4. */
  readonly headerLength?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  readonly totalLength?: number;
  readonly identification?: number;
  readonly flags?: Partial<Ipv4Flags>;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly ttl?: number;
  readonly nextProtocol?: number;
  readonly headerChecksum?: number;
  readonly source?: string;
  readonly destination?: string;
  /** As a list, or as bytes that are written as they are (padded to 4). */
  readonly options?: readonly OptionSpec[] | BytesLike;
}

/** An IPv4 header (RFC 791, with the DSCP of RFC 2474 and the ECN of RFC 3168). */
export class Ipv4 extends LayerBase {
  get protocol(): 'ipv4' {
    return 'ipv4';
  }

  get fieldTable(): FieldTable<Ipv4> {
    return FIELDS;
  }

  get version(): number {
    return u8(this.frame, this.offset) >>> 4;
  }

  /** In bytes. */
  get headerLength(): number {
    return (u8(this.frame, this.offset) & 0xf) * 4;
  }

  get dscp(): number {
    return u8(this.frame, this.offset + 1) >>> 2;
  }

  get ecn(): number {
    return u8(this.frame, this.offset + 1) & 3;
  }

  /** Header and data, in bytes, as the header says it. */
  get totalLength(): number {
    return u16(this.frame, this.offset + 2);
  }

  get identification(): number {
    return u16(this.frame, this.offset + 4);
  }

  get flags(): Ipv4Flags {
    const byte = u8(this.frame, this.offset + 6);
    return { reserved: (byte & 0x80) !== 0, df: (byte & 0x40) !== 0, mf: (byte & 0x20) !== 0 };
  }

  /** In bytes: the field's value times eight. */
  get fragmentOffset(): number {
    return (u16(this.frame, this.offset + 6) & 0x1fff) * 8;
  }

  get ttl(): number {
    return u8(this.frame, this.offset + 8);
  }

  get nextProtocol(): number {
    return u8(this.frame, this.offset + 9);
  }

  get headerChecksum(): number {
    return u16(this.frame, this.offset + 10);
  }

  get source(): string {
    return ipv4At(this.frame, this.offset + 12);
  }

  get destination(): string {
    return ipv4At(this.frame, this.offset + 16);
  }

  /** The options after the fixed header, padding included, as far as they can be read. */
  get options(): TypedOption[] {
    return readOptions(this.frame, this.offset + 20, this.offset + this.length);
  }

  /** True when the packet is a fragment, the first or a later one. */
  get isFragment(): boolean {
    return (u16(this.frame, this.offset + 6) & 0x3fff) !== 0;
  }
}

const FIELDS: FieldTable<Ipv4> = {
  version: [0, 1],
  headerLength: [0, 1],
  dscp: [1, 1],
  ecn: [1, 1],
  totalLength: [2, 2],
  identification: [4, 2],
  flags: [6, 1],
  fragmentOffset: [6, 2],
  ttl: [8, 1],
  nextProtocol: [9, 1],
  headerChecksum: [10, 2],
  source: [12, 4],
  destination: [16, 4],
  options: (layer) => (layer.length > 20 ? [20, layer.length - 20] : undefined),
};

export function dissectIpv4(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  if (cursor.end - offset < 20) return cursor.short('ipv4', 20);
  const first = u8(frame, offset);
  if (first >>> 4 !== 4)
    return cursor.fail('TCPDUMP_BAD_VERSION', 'ipv4', `ipv4: the version field says ${first >>> 4}`);
  const headerLength = (first & 0xf) * 4;
  if (headerLength < 20)
    return cursor.fail('TCPDUMP_BAD_LENGTH', 'ipv4', `ipv4: a header of ${headerLength} bytes`);
  const totalLength = u16(frame, offset + 2);
  // A zero comes from a sender with segmentation offload: the packet is as long as the frame.
  if (totalLength !== 0 && totalLength < headerLength)
    return cursor.fail('TCPDUMP_BAD_LENGTH', 'ipv4', `ipv4: a total length of ${totalLength} bytes`);
  if (cursor.end - offset < headerLength) return cursor.short('ipv4', headerLength);
  if (totalLength !== 0) cursor.limit(totalLength);
  cursor.ipVersion = 4;
  cursor.add(new Ipv4(cursor, headerLength));
  // Only the first fragment starts with the upper header (RFC 791 3.2).
  if ((u16(frame, offset + 6) & 0x1fff) !== 0) return STEP.done;
  return ipProtocolStep(u8(frame, offset + 9), false);
}

export function encodeIpv4(spec: Ipv4Spec, context: EncodeContext): Uint8Array {
  const options = encodeOptions(spec.options);
  const length = 20 + options.length;
  const headerLength = spec.headerLength ?? length;
  const flags =
    (spec.flags?.reserved ? 0x8000 : 0) + (spec.flags?.df ? 0x4000 : 0) + (spec.flags?.mf ? 0x2000 : 0);
  const header = new ByteBuilder()
    .u8(
      bits(spec.version ?? 4, 4, 4, 'ipv4.version') + bits(headerLength / 4, 4, 0, 'ipv4.headerLength / 4'),
      'ipv4',
    )
    .u8(bits(spec.dscp ?? 0, 6, 2, 'ipv4.dscp') + bits(spec.ecn ?? 0, 2, 0, 'ipv4.ecn'), 'ipv4')
    .u16(spec.totalLength ?? length + context.payload.length, 'ipv4.totalLength')
    .u16(spec.identification ?? 0, 'ipv4.identification')
    .u16(flags + bits((spec.fragmentOffset ?? 0) / 8, 13, 0, 'ipv4.fragmentOffset / 8'), 'ipv4')
    .u8(spec.ttl ?? 64, 'ipv4.ttl')
    .u8(spec.nextProtocol ?? ipProtocolOf(context.next), 'ipv4.nextProtocol')
    .u16(spec.headerChecksum ?? 0, 'ipv4.headerChecksum')
    .ipv4(spec.source ?? '0.0.0.0')
    .ipv4(spec.destination ?? '0.0.0.0')
    .bytes(options)
    .build();
  if (spec.headerChecksum === undefined) new DataView(header.buffer).setUint16(10, internetChecksum(header));
  return header;
}
