import { ByteBuilder, bits } from '../byte-builder.ts';
import { u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, ipProtocolOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { ipProtocolStep, STEP, type Step } from '../step.ts';

/** What to write in a fragment header. */
export interface Ipv6FragmentSpec {
  readonly protocol: 'ipv6Fragment';
  readonly nextHeader?: number;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  readonly identification?: number;
}

/** A fragment header, 8 bytes (RFC 8200 4.5). */
export class Ipv6Fragment extends LayerBase {
  get protocol(): 'ipv6Fragment' {
    return 'ipv6Fragment';
  }

  get fieldTable(): FieldTable<Ipv6Fragment> {
    return FIELDS;
  }

  get nextHeader(): number {
    return u8(this.frame, this.offset);
  }

  /** In bytes: the field's value times eight. */
  get fragmentOffset(): number {
    return u16(this.frame, this.offset + 2) & 0xfff8;
  }

  get moreFragments(): boolean {
    return (u8(this.frame, this.offset + 3) & 1) !== 0;
  }

  get identification(): number {
    return u32(this.frame, this.offset + 4);
  }
}

const FIELDS: FieldTable<Ipv6Fragment> = {
  nextHeader: [0, 1],
  fragmentOffset: [2, 2],
  moreFragments: [2, 2],
  identification: [4, 4],
};

export function dissectFragment(cursor: Cursor): Step {
  if (cursor.end - cursor.offset < 8) return cursor.short('ipv6Fragment', 8);
  const layer = new Ipv6Fragment(cursor, 8);
  cursor.add(layer);
  // Only the first fragment starts with the upper header.
  return layer.fragmentOffset === 0 ? ipProtocolStep(layer.nextHeader, true) : STEP.done;
}

export function encodeFragment(spec: Ipv6FragmentSpec, context: EncodeContext): Uint8Array {
  const place = bits((spec.fragmentOffset ?? 0) / 8, 13, 3, 'ipv6Fragment.fragmentOffset / 8');
  return new ByteBuilder()
    .u8(spec.nextHeader ?? ipProtocolOf(context.next, 59), 'ipv6Fragment.nextHeader')
    .u8(0, 'ipv6Fragment')
    .u16(place + (spec.moreFragments ? 1 : 0), 'ipv6Fragment')
    .u32(spec.identification ?? 0, 'ipv6Fragment.identification')
    .build();
}
