import { ByteBuilder, bits } from '../byte-builder.ts';
import { type BytesLike, u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, upperChecksum } from '../encode-context.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import { looksLikeHttp } from './http-start.ts';
import { encodeOptions, type OptionSpec, readOptions, type TypedOption } from './tlv.ts';

/** The control bits of a TCP header (RFC 9293 3.1; `cwr` and `ece` are RFC 3168's). */
export interface TcpFlags {
  readonly cwr: boolean;
  readonly ece: boolean;
  readonly urg: boolean;
  readonly ack: boolean;
  readonly psh: boolean;
  readonly rst: boolean;
  readonly syn: boolean;
  readonly fin: boolean;
}

/** What to write in a TCP header. */
export interface TcpSpec {
  readonly protocol: 'tcp';
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  /** In bytes, a multiple of 4. */
  readonly headerLength?: number;
  readonly flags?: Partial<TcpFlags>;
  readonly window?: number;
  readonly checksum?: number;
  readonly urgentPointer?: number;
  /** As a list, or as bytes that are written as they are (padded to 4). */
  readonly options?: readonly OptionSpec[] | BytesLike;
}

/** The two values of the timestamps option (RFC 7323 3.2). */
export interface TcpTimestamps {
  readonly value: number;
  readonly echoReply: number;
}

/** A TCP header (RFC 9293 3.1). */
export class Tcp extends LayerBase {
  get protocol(): 'tcp' {
    return 'tcp';
  }

  get fieldTable(): FieldTable<Tcp> {
    return FIELDS;
  }

  /** False for the first eight bytes that an ICMP error may quote (RFC 792): then only ports and sequence number are there and all else reads 0. */
  get complete(): boolean {
    return this.length >= 20;
  }

  get sourcePort(): number {
    return u16(this.frame, this.offset);
  }

  get destinationPort(): number {
    return u16(this.frame, this.offset + 2);
  }

  get sequence(): number {
    return u32(this.frame, this.offset + 4);
  }

  get acknowledgment(): number {
    return this.complete ? u32(this.frame, this.offset + 8) : 0;
  }

  /** In bytes. */
  get headerLength(): number {
    return this.complete ? (u8(this.frame, this.offset + 12) >>> 4) * 4 : 0;
  }

  get flags(): TcpFlags {
    const byte = this.flagBits;
    return {
      cwr: (byte & 0x80) !== 0,
      ece: (byte & 0x40) !== 0,
      urg: (byte & 0x20) !== 0,
      ack: (byte & 0x10) !== 0,
      psh: (byte & 0x08) !== 0,
      rst: (byte & 0x04) !== 0,
      syn: (byte & 0x02) !== 0,
      fin: (byte & 0x01) !== 0,
    };
  }

  /** The flags as the byte that they are: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  get flagBits(): number {
    return this.complete ? u8(this.frame, this.offset + 13) : 0;
  }

  /** As sent, not scaled. */
  get window(): number {
    return this.complete ? u16(this.frame, this.offset + 14) : 0;
  }

  get checksum(): number {
    return this.complete ? u16(this.frame, this.offset + 16) : 0;
  }

  get urgentPointer(): number {
    return this.complete ? u16(this.frame, this.offset + 18) : 0;
  }

  /** The options, padding included, as far as they can be read. */
  get options(): TypedOption[] {
    return this.length > 20 ? readOptions(this.frame, this.offset + 20, this.offset + this.length) : [];
  }

  private option(type: number, length: number): TypedOption | undefined {
    return this.options.find((option) => option.type === type && option.length === length);
  }

  /** Maximum segment size, in bytes (RFC 9293 3.7.1). */
  get maximumSegmentSize(): number | undefined {
    const option = this.option(2, 4);
    return option && u16(option.data, 0);
  }

  /** The shift count of the window scale option (RFC 7323 2.2). */
  get windowScale(): number | undefined {
    const option = this.option(3, 3);
    return option && u8(option.data, 0);
  }

  /** True when the SACK-permitted option is there (RFC 2018 2). */
  get sackPermitted(): boolean {
    return this.option(4, 2) !== undefined;
  }

  /** The blocks of the SACK option, left edge and right edge (RFC 2018 3). */
  get sackBlocks(): [left: number, right: number][] {
    const data = this.options.find((option) => option.type === 5)?.data;
    if (!data) return [];
    return Array.from({ length: Math.floor(data.length / 8) }, (_, i) => [
      u32(data, 8 * i),
      u32(data, 8 * i + 4),
    ]);
  }

  get timestamps(): TcpTimestamps | undefined {
    const option = this.option(8, 10);
    return option && { value: u32(option.data, 0), echoReply: u32(option.data, 4) };
  }

  /** Where the data of an option lies, for the field table. */
  place(type: number): FieldPlace | undefined {
    const option = this.options.find((candidate) => candidate.type === type);
    return option && [option.offset - this.offset, option.length];
  }
}

function whole(start: number, length: number): (layer: Tcp) => FieldPlace | undefined {
  return (layer) => (layer.complete ? [start, length] : undefined);
}

const FIELDS: FieldTable<Tcp> = {
  sourcePort: [0, 2],
  destinationPort: [2, 2],
  sequence: [4, 4],
  acknowledgment: whole(8, 4),
  headerLength: whole(12, 1),
  flags: whole(13, 1),
  window: whole(14, 2),
  checksum: whole(16, 2),
  urgentPointer: whole(18, 2),
  options: (layer) => (layer.length > 20 ? [20, layer.length - 20] : undefined),
  maximumSegmentSize: (layer) => layer.place(2),
  windowScale: (layer) => layer.place(3),
  sackPermitted: (layer) => layer.place(4),
  sackBlocks: (layer) => layer.place(5),
  timestamps: (layer) => layer.place(8),
};

export function dissectTcp(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  const available = cursor.end - offset;
  if (available < 20) {
    if (!cursor.quoted || available < 8) return cursor.short('tcp', 20);
    cursor.add(new Tcp(cursor, 8));
    return STEP.done;
  }
  const headerLength = (u8(frame, offset + 12) >>> 4) * 4;
  if (headerLength < 20)
    return cursor.fail('TCPDUMP_BAD_LENGTH', 'tcp', `tcp: a header of ${headerLength} bytes`);
  // A quoted header may end within its options, which are then left out.
  if (available < headerLength && !cursor.quoted) return cursor.short('tcp', headerLength);
  cursor.add(new Tcp(cursor, available < headerLength ? 20 : headerLength));
  if (cursor.quoted || !looksLikeHttp(frame, cursor.offset, cursor.end)) return STEP.done;
  return STEP.http;
}

export function encodeTcp(spec: TcpSpec, context: EncodeContext): Uint8Array {
  const options = encodeOptions(spec.options);
  const f = spec.flags ?? {};
  const names = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
  const flagBits = names.reduce((sum, name, bit) => sum + (f[name] ? 2 ** bit : 0), 0);
  const header = new ByteBuilder()
    .u16(spec.sourcePort ?? 49152, 'tcp.sourcePort')
    .u16(spec.destinationPort ?? 80, 'tcp.destinationPort')
    .u32(spec.sequence ?? 0, 'tcp.sequence')
    .u32(spec.acknowledgment ?? 0, 'tcp.acknowledgment')
    .u8(bits((spec.headerLength ?? 20 + options.length) / 4, 4, 4, 'tcp.headerLength / 4'), 'tcp')
    .u8(flagBits, 'tcp.flags')
    .u16(spec.window ?? 65535, 'tcp.window')
    .u16(spec.checksum ?? 0, 'tcp.checksum')
    .u16(spec.urgentPointer ?? 0, 'tcp.urgentPointer')
    .bytes(options)
    .build();
  if (spec.checksum === undefined)
    new DataView(header.buffer).setUint16(16, upperChecksum(header, context, 6));
  return header;
}
