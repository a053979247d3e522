import { ByteBuilder, bits } from '../byte-builder.ts';
import { type BytesLike, toBytes, u8, u16, u24 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, etherTypeOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { etherTypeStep, STEP, type Step } from '../step.ts';

/** One tunnel option (RFC 8926 3.5). `offset` and `length` are its bytes in the frame, its own header included. */
export interface GeneveOption {
  readonly optionClass: number;
  /** The whole type byte; its upper bit says that the option is critical. */
  readonly type: number;
  readonly critical: boolean;
  readonly offset: number;
  readonly length: number;
  readonly data: Uint8Array;
}

/** An option to write; `data` is padded to a multiple of four. */
export interface GeneveOptionSpec {
  readonly optionClass: number;
  readonly type: number;
  readonly data?: BytesLike;
}

/** What to write in a Geneve header. */
export interface GeneveSpec {
  readonly protocol: 'geneve';
  readonly version?: number;
  /** The length of all options, in bytes, a multiple of 4. */
  readonly optionsLength?: number;
  readonly control?: boolean;
  readonly critical?: boolean;
  /** Default: that of the next layer. */
  readonly protocolType?: number;
  readonly vni?: number;
  readonly options?: readonly GeneveOptionSpec[];
}

/** A Geneve header: 8 bytes and its options (RFC 8926 3.4). */
export class Geneve extends LayerBase {
  get protocol(): 'geneve' {
    return 'geneve';
  }

  get fieldTable(): FieldTable<Geneve> {
    return FIELDS;
  }

  get version(): number {
    return u8(this.frame, this.offset) >>> 6;
  }

  /** In bytes. */
  get optionsLength(): number {
    return (u8(this.frame, this.offset) & 0x3f) * 4;
  }

  /** The packet carries a control message. */
  get control(): boolean {
    return (u8(this.frame, this.offset + 1) & 0x80) !== 0;
  }

  /** One of the options is critical. */
  get critical(): boolean {
    return (u8(this.frame, this.offset + 1) & 0x40) !== 0;
  }

  /** An EtherType; 0x6558 is an Ethernet frame. */
  get protocolType(): number {
    return u16(this.frame, this.offset + 2);
  }

  /** Virtual network identifier. */
  get vni(): number {
    return u24(this.frame, this.offset + 4);
  }

  /** The options as far as they can be read. */
  get options(): GeneveOption[] {
    const options: GeneveOption[] = [];
    const end = this.offset + this.length;
    let at = this.offset + 8;
    while (at + 4 <= end) {
      const length = 4 + (u8(this.frame, at + 3) & 0x1f) * 4;
      if (at + length > end) break;
      const type = u8(this.frame, at + 2);
      options.push({
        optionClass: u16(this.frame, at),
        type,
        critical: type >= 0x80,
        offset: at,
        length,
        data: this.frame.subarray(at + 4, at + length),
      });
      at += length;
    }
    return options;
  }
}

const FIELDS: FieldTable<Geneve> = {
  version: [0, 1],
  optionsLength: [0, 1],
  control: [1, 1],
  critical: [1, 1],
  protocolType: [2, 2],
  vni: [4, 3],
  options: (layer) => (layer.length > 8 ? [8, layer.length - 8] : undefined),
};

export function dissectGeneve(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  if (cursor.end - offset < 8) return cursor.short('geneve', 8);
  const first = u8(frame, offset);
  if (first >>> 6 !== 0)
    return cursor.fail('TCPDUMP_BAD_VERSION', 'geneve', `geneve: the version field says ${first >>> 6}`);
  const length = 8 + (first & 0x3f) * 4;
  if (cursor.end - offset < length) return cursor.short('geneve', length);
  cursor.add(new Geneve(cursor, length));
  return cursor.offset === cursor.end ? STEP.done : etherTypeStep(u16(frame, offset + 2));
}

export function encodeGeneve(spec: GeneveSpec, context: EncodeContext): Uint8Array {
  const options = new ByteBuilder();
  for (const option of spec.options ?? []) {
    const data = option.data === undefined ? new Uint8Array(0) : toBytes(option.data);
    options
      .u16(option.optionClass, 'geneve.option.optionClass')
      .u8(option.type, 'geneve.option.type')
      .u8(bits(Math.ceil(data.length / 4), 5, 0, 'geneve.option length / 4'), 'geneve.option')
      .bytes(data)
      .align(4);
  }
  const critical = spec.critical ?? (spec.options ?? []).some((option) => option.type >= 0x80);
  return new ByteBuilder()
    .u8(
      bits(spec.version ?? 0, 2, 6, 'geneve.version') +
        bits((spec.optionsLength ?? options.length) / 4, 6, 0, 'geneve.optionsLength / 4'),
      'geneve',
    )
    .u8((spec.control ? 0x80 : 0) + (critical ? 0x40 : 0), 'geneve')
    .u16(spec.protocolType ?? etherTypeOf(context.next), 'geneve.protocolType')
    .u24(spec.vni ?? 0, 'geneve.vni')
    .u8(0, 'geneve')
    .bytes(options.build())
    .build();
}
