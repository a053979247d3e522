import { ByteBuilder } from '../byte-builder.ts';
import { concat, u16, u32 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, etherTypeOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { etherTypeStep, STEP, type Step } from '../step.ts';

/** What to write in a GRE header. A key, sequence or checksum is there when its field is given. */
export interface GreSpec {
  readonly protocol: 'gre';
  readonly version?: number;
  /** `true` computes it. */
  readonly checksum?: number | true;
  readonly key?: number;
  readonly sequence?: number;
  /** Default: that of the next layer. */
  readonly protocolType?: number;
}

/** A GRE header of version 0: 4 bytes, and 4 more for each of checksum, key and sequence number (RFC 2784, RFC 2890). */
export class Gre extends LayerBase {
  get protocol(): 'gre' {
    return 'gre';
  }

  get fieldTable(): FieldTable<Gre> {
    return FIELDS;
  }

  private get word(): number {
    return u16(this.frame, this.offset);
  }

  get checksumPresent(): boolean {
    return (this.word & 0x8000) !== 0;
  }

  get keyPresent(): boolean {
    return (this.word & 0x2000) !== 0;
  }

  get sequencePresent(): boolean {
    return (this.word & 0x1000) !== 0;
  }

  get version(): number {
    return this.word & 7;
  }

  /** An EtherType; 0x6558 is an Ethernet frame. */
  get protocolType(): number {
    return u16(this.frame, this.offset + 2);
  }

  get checksum(): number | undefined {
    return this.checksumPresent ? u16(this.frame, this.offset + 4) : undefined;
  }

  /** Where the key starts, from the start of the header. */
  get keyStart(): number {
    return this.checksumPresent ? 8 : 4;
  }

  /** Where the sequence number starts, from the start of the header. */
  get sequenceStart(): number {
    return this.keyStart + (this.keyPresent ? 4 : 0);
  }

  get key(): number | undefined {
    return this.keyPresent ? u32(this.frame, this.offset + this.keyStart) : undefined;
  }

  get sequence(): number | undefined {
    return this.sequencePresent ? u32(this.frame, this.offset + this.sequenceStart) : undefined;
  }
}

const FIELDS: FieldTable<Gre> = {
  checksumPresent: [0, 2],
  keyPresent: [0, 2],
  sequencePresent: [0, 2],
  version: [0, 2],
  protocolType: [2, 2],
  checksum: (layer) => (layer.checksumPresent ? [4, 2] : undefined),
  key: (layer) => (layer.keyPresent ? [layer.keyStart, 4] : undefined),
  sequence: (layer) => (layer.sequencePresent ? [layer.sequenceStart, 4] : undefined),
};

export function dissectGre(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  if (cursor.end - offset < 4) return cursor.short('gre', 4);
  const word = u16(frame, offset);
  // Version 1 is PPTP's (RFC 2637) with another layout, and the routing bit of RFC 1701 adds a list that RFC 2784 withdrew.
  if ((word & 0x4007) !== 0)
    return cursor.fail('TCPDUMP_BAD_VERSION', 'gre', 'gre: only version 0 without routing is known');
  const length = 4 + (word & 0x8000 ? 4 : 0) + (word & 0x2000 ? 4 : 0) + (word & 0x1000 ? 4 : 0);
  if (cursor.end - offset < length) return cursor.short('gre', length);
  cursor.add(new Gre(cursor, length));
  return cursor.offset === cursor.end ? STEP.done : etherTypeStep(u16(frame, offset + 2));
}

export function encodeGre(spec: GreSpec, context: EncodeContext): Uint8Array {
  const word =
    (spec.checksum === undefined ? 0 : 0x8000) +
    (spec.key === undefined ? 0 : 0x2000) +
    (spec.sequence === undefined ? 0 : 0x1000) +
    (spec.version ?? 0);
  const builder = new ByteBuilder()
    .u16(word, 'gre.version')
    .u16(spec.protocolType ?? etherTypeOf(context.next), 'gre.protocolType');
  if (spec.checksum !== undefined)
    builder.u16(spec.checksum === true ? 0 : spec.checksum, 'gre.checksum').u16(0, 'gre');
  if (spec.key !== undefined) builder.u32(spec.key, 'gre.key');
  if (spec.sequence !== undefined) builder.u32(spec.sequence, 'gre.sequence');
  const header = builder.build();
  if (spec.checksum === true)
    new DataView(header.buffer).setUint16(4, internetChecksum(concat(header, context.payload)));
  return header;
}
