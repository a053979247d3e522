import { ByteBuilder } from '../byte-builder.ts';
import { u8, u24 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** What to write in a VXLAN header. */
export interface VxlanSpec {
  readonly protocol: 'vxlan';
  /** The first byte, default 0x08: the VNI is valid. */
  readonly flags?: number;
  /** 0 to 16777215, default 0. */
  readonly vni?: number;
}

/** A VXLAN header, 8 bytes; an Ethernet frame follows (RFC 7348 5). */
export class Vxlan extends LayerBase {
  get protocol(): 'vxlan' {
    return 'vxlan';
  }

  get fieldTable(): FieldTable<Vxlan> {
    return FIELDS;
  }

  /** The first byte; 0x08 says that the VNI is valid. */
  get flags(): number {
    return u8(this.frame, this.offset);
  }

  /** VXLAN network identifier. */
  get vni(): number {
    return u24(this.frame, this.offset + 4);
  }
}

const FIELDS: FieldTable<Vxlan> = { flags: [0, 1], vni: [4, 3] };

export function dissectVxlan(cursor: Cursor): Step {
  if (cursor.end - cursor.offset < 8) return cursor.short('vxlan', 8);
  cursor.add(new Vxlan(cursor, 8));
  return cursor.offset === cursor.end ? STEP.done : STEP.ethernet;
}

export function encodeVxlan(spec: VxlanSpec): Uint8Array {
  return new ByteBuilder()
    .u8(spec.flags ?? 0x08, 'vxlan.flags')
    .u24(0, 'vxlan')
    .u24(spec.vni ?? 0, 'vxlan.vni')
    .u8(0, 'vxlan')
    .build();
}
