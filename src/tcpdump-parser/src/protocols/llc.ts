import { ByteBuilder } from '../byte-builder.ts';
import { u8, u16, u24 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, etherTypeOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { etherTypeStep, STEP, type Step } from '../step.ts';

/** What to write in an LLC header. With `organization` it is a SNAP header. */
export interface LlcSpec {
  readonly protocol: 'llc';
  /** Default 0x42, the spanning tree protocol; 0xaa with SNAP. */
  readonly destinationSap?: number;
  readonly sourceSap?: number;
  /** Default 3, unnumbered information. */
  readonly control?: number;
  readonly organization?: number;
  readonly protocolType?: number;
}

/** An LLC header of 3 or 4 bytes (IEEE 802.2), or 8 with its SNAP extension (RFC 1042). */
export class Llc extends LayerBase {
  get protocol(): 'llc' {
    return 'llc';
  }

  get fieldTable(): FieldTable<Llc> {
    return FIELDS;
  }

  get destinationSap(): number {
    return u8(this.frame, this.offset);
  }

  get sourceSap(): number {
    return u8(this.frame, this.offset + 1);
  }

  /** One byte in unnumbered frames; in others two, the first one in the upper half. */
  get control(): number {
    return this.length === 4 ? u16(this.frame, this.offset + 2) : u8(this.frame, this.offset + 2);
  }

  /** SNAP only: an OUI; 0 says that `protocolType` is an EtherType. */
  get organization(): number | undefined {
    return this.length === 8 ? u24(this.frame, this.offset + 3) : undefined;
  }

  /** SNAP only. */
  get protocolType(): number | undefined {
    return this.length === 8 ? u16(this.frame, this.offset + 6) : undefined;
  }
}

const FIELDS: FieldTable<Llc> = {
  destinationSap: [0, 1],
  sourceSap: [1, 1],
  control: (layer) => [2, layer.length === 4 ? 2 : 1],
  organization: (layer) => (layer.length === 8 ? [3, 3] : undefined),
  protocolType: (layer) => (layer.length === 8 ? [6, 2] : undefined),
};

export function dissectLlc(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  const available = cursor.end - offset;
  if (available < 3) return cursor.short('llc', 3);
  const saps = u16(frame, offset);
  const control = u8(frame, offset + 2);
  if (saps === 0xaaaa && control === 3) {
    if (available < 8) return cursor.short('llc', 8);
    cursor.add(new Llc(cursor, 8));
    const organization = u24(frame, offset + 3);
    const type = u16(frame, offset + 6);
    // Cisco's per-VLAN spanning tree sends ordinary BPDUs behind its own SNAP header.
    if (organization === 0x00000c) return type === 0x010b ? STEP.stp : STEP.done;
    return organization === 0 ? etherTypeStep(type) : STEP.done;
  }
  const length = (control & 3) === 3 ? 3 : 4;
  if (available < length) return cursor.short('llc', length);
  cursor.add(new Llc(cursor, length));
  return saps === 0x4242 ? STEP.stp : STEP.done;
}

export function encodeLlc(spec: LlcSpec, context: EncodeContext): Uint8Array {
  const snap = spec.organization !== undefined || spec.protocolType !== undefined;
  const { control = 3 } = spec;
  const builder = new ByteBuilder()
    .u8(spec.destinationSap ?? (snap ? 0xaa : 0x42), 'llc.destinationSap')
    .u8(spec.sourceSap ?? (snap ? 0xaa : 0x42), 'llc.sourceSap');
  // The two lowest bits of the first byte tell how long the field is, and a two-byte value starts with that byte.
  if (control > 0xff || (control & 3) !== 3) builder.u16(control, 'llc.control');
  else builder.u8(control, 'llc.control');
  if (snap)
    builder
      .u24(spec.organization ?? 0, 'llc.organization')
      .u16(spec.protocolType ?? etherTypeOf(context.next), 'llc.protocolType');
  return builder.build();
}
