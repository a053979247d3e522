import { macAt } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { u16 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, etherTypeOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { etherTypeStep, STEP, type Step } from '../step.ts';

/** What to write in an Ethernet header. */
export interface EthernetSpec {
  readonly protocol: 'ethernet';
  readonly destination?: string;
  readonly source?: string;
  /** Default: that of the next layer; the length when the next layer is LLC. */
  readonly etherType?: number;
}

/** An Ethernet II or IEEE 802.3 header, 14 bytes without preamble and frame check sequence (IEEE 802.3 clause 3). */
export class Ethernet extends LayerBase {
  get protocol(): 'ethernet' {
    return 'ethernet';
  }

  get fieldTable(): FieldTable<Ethernet> {
    return FIELDS;
  }

  get destination(): string {
    return macAt(this.frame, this.offset);
  }

  get source(): string {
    return macAt(this.frame, this.offset + 6);
  }

  /** The EtherType; in an IEEE 802.3 frame (a value below 1536) the length of the data. */
  get etherType(): number {
    return u16(this.frame, this.offset + 12);
  }
}

const FIELDS: FieldTable<Ethernet> = { destination: [0, 6], source: [6, 6], etherType: [12, 2] };

export function dissectEthernet(cursor: Cursor): Step {
  if (cursor.end - cursor.offset < 14) return cursor.short('ethernet', 14);
  const layer = new Ethernet(cursor, 14);
  cursor.add(layer);
  return afterEtherType(cursor, layer.etherType);
}

/** What follows an EtherType or length field: below 1536 it is the length of an LLC frame (IEEE 802.3 3.2.6). */
export function afterEtherType(cursor: Cursor, etherType: number): Step {
  if (etherType >= 0x600) return etherTypeStep(etherType);
  cursor.limit(etherType);
  return STEP.llc;
}

export function encodeEthernet(spec: EthernetSpec, context: EncodeContext): Uint8Array {
  const etherType =
    spec.etherType ?? (context.next === 'llc' ? context.payload.length : etherTypeOf(context.next));
  return new ByteBuilder()
    .mac(spec.destination ?? 'ff:ff:ff:ff:ff:ff')
    .mac(spec.source ?? '02:00:00:00:00:01')
    .u16(etherType, 'ethernet.etherType')
    .build();
}
