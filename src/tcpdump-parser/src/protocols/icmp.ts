import { ipv4At } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { concat, u8, u16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import type { Cursor } from '../cursor.ts';
import type { EncodeContext } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** What to write in an ICMP header. The four bytes after the checksum are zero where no field says otherwise. */
export interface IcmpSpec {
  readonly protocol: 'icmp';
  /** Default 8, echo request. */
  readonly type?: number;
  readonly code?: number;
  readonly checksum?: number;
  /** Echo and its reply, timestamp and its reply. */
  readonly identifier?: number;
  readonly sequence?: number;
  /** Destination unreachable with code 4, fragmentation needed. */
  readonly nextHopMtu?: number;
  /** Redirect. */
  readonly gateway?: string;
  /** Parameter problem. */
  readonly pointer?: number;
}

/** Echo reply, echo, timestamp, timestamp reply: the types with an identifier and a sequence number. */
function isQuery(type: number): boolean {
  return type === 0 || type === 8 || type === 13 || type === 14;
}

/** Destination unreachable, source quench, redirect, time exceeded, parameter problem: they quote the packet. */
function isError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** An ICMP header, 8 bytes (RFC 792; the MTU of a "fragmentation needed" is RFC 1191's). */
export class Icmp extends LayerBase {
  get protocol(): 'icmp' {
    return 'icmp';
  }

  get fieldTable(): FieldTable<Icmp> {
    return FIELDS;
  }

  get type(): number {
    return u8(this.frame, this.offset);
  }

  get code(): number {
    return u8(this.frame, this.offset + 1);
  }

  get checksum(): number {
    return u16(this.frame, this.offset + 2);
  }

  get identifier(): number | undefined {
    return isQuery(this.type) ? u16(this.frame, this.offset + 4) : undefined;
  }

  get sequence(): number | undefined {
    return isQuery(this.type) ? u16(this.frame, this.offset + 6) : undefined;
  }

  /** The largest packet, in bytes, that the next hop takes; only in a "fragmentation needed" (type 3, code 4). */
  get nextHopMtu(): number | undefined {
    return this.type === 3 && this.code === 4 ? u16(this.frame, this.offset + 6) : undefined;
  }

  /** The better router; only in a redirect. */
  get gateway(): string | undefined {
    return this.type === 5 ? ipv4At(this.frame, this.offset + 4) : undefined;
  }

  /** Which byte of the quoted packet is wrong; only in a parameter problem. */
  get pointer(): number | undefined {
    return this.type === 12 ? u8(this.frame, this.offset + 4) : undefined;
  }

  /** True for the types that quote the packet that caused them. */
  get isError(): boolean {
    return isError(this.type);
  }
}

const FIELDS: FieldTable<Icmp> = {
  type: [0, 1],
  code: [1, 1],
  checksum: [2, 2],
  identifier: (layer) => (isQuery(layer.type) ? [4, 2] : undefined),
  sequence: (layer) => (isQuery(layer.type) ? [6, 2] : undefined),
  nextHopMtu: (layer) => (layer.type === 3 && layer.code === 4 ? [6, 2] : undefined),
  gateway: (layer) => (layer.type === 5 ? [4, 4] : undefined),
  pointer: (layer) => (layer.type === 12 ? [4, 1] : undefined),
};

export function dissectIcmp(cursor: Cursor): Step {
  if (cursor.end - cursor.offset < 8) return cursor.short('icmp', 8);
  const error = isError(u8(cursor.frame, cursor.offset));
  cursor.add(new Icmp(cursor, 8));
  if (!error || cursor.quoted || cursor.end === cursor.offset) return STEP.done;
  // An error never answers an error (RFC 1122 3.2.2), so one level of quoting is all that is real.
  cursor.quoted = true;
  return STEP.ipv4;
}

export function encodeIcmp(spec: IcmpSpec, context: EncodeContext): Uint8Array {
  const type = spec.type ?? 8;
  const builder = new ByteBuilder()
    .u8(type, 'icmp.type')
    .u8(spec.code ?? 0, 'icmp.code')
    .u16(spec.checksum ?? 0, 'icmp.checksum');
  if (spec.gateway !== undefined) builder.ipv4(spec.gateway);
  else if (spec.pointer !== undefined) builder.u8(spec.pointer, 'icmp.pointer').u24(0, 'icmp');
  else
    builder
      .u16(spec.identifier ?? 0, 'icmp.identifier')
      .u16(spec.nextHopMtu ?? spec.sequence ?? 0, 'icmp.sequence');
  const header = builder.build();
  if (spec.checksum === undefined)
    new DataView(header.buffer).setUint16(2, internetChecksum(concat(header, context.payload)));
  return header;
}
