import { ByteBuilder, bits } from '../byte-builder.ts';
import { u16 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, etherTypeOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import type { Step } from '../step.ts';
import { afterEtherType } from './ethernet.ts';

/** What to write in a VLAN tag. */
export interface VlanSpec {
  readonly protocol: 'vlan';
  /** 0 to 7, default 0. */
  readonly priority?: number;
  readonly dei?: boolean;
  /** 0 to 4095, default 1. */
  readonly vlanId?: number;
  /** Default: that of the next layer. */
  readonly etherType?: number;
}

/** An IEEE 802.1Q or 802.1ad tag after its EtherType: two bytes of tag and the next EtherType (IEEE 802.1Q-2018 9.6). */
export class Vlan extends LayerBase {
  get protocol(): 'vlan' {
    return 'vlan';
  }

  get fieldTable(): FieldTable<Vlan> {
    return FIELDS;
  }

  get priority(): number {
    return u16(this.frame, this.offset) >>> 13;
  }

  /** Drop eligible indicator. */
  get dei(): boolean {
    return (u16(this.frame, this.offset) & 0x1000) !== 0;
  }

  get vlanId(): number {
    return u16(this.frame, this.offset) & 0xfff;
  }

  get etherType(): number {
    return u16(this.frame, this.offset + 2);
  }
}

const FIELDS: FieldTable<Vlan> = { priority: [0, 2], dei: [0, 2], vlanId: [0, 2], etherType: [2, 2] };

export function dissectVlan(cursor: Cursor): Step {
  if (cursor.end - cursor.offset < 4) return cursor.short('vlan', 4);
  const layer = new Vlan(cursor, 4);
  cursor.add(layer);
  return afterEtherType(cursor, layer.etherType);
}

export function encodeVlan(spec: VlanSpec, context: EncodeContext): Uint8Array {
  const tag =
    bits(spec.priority ?? 0, 3, 13, 'vlan.priority') +
    (spec.dei ? 0x1000 : 0) +
    bits(spec.vlanId ?? 1, 12, 0, 'vlan.vlanId');
  const etherType =
    spec.etherType ?? (context.next === 'llc' ? context.payload.length : etherTypeOf(context.next));
  return new ByteBuilder().u16(tag, 'vlan.tag').u16(etherType, 'vlan.etherType').build();
}
