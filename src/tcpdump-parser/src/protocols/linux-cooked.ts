import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, toBytes, toHex, u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, etherTypeOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { etherTypeStep, type Step } from '../step.ts';

/** What to write in a Linux cooked header. */
export interface LinuxCookedSpec {
  readonly protocol: 'linuxCooked';
  /** 1 for link type 113, 2 (the default) for link type 276. */
  readonly version?: 1 | 2;
  readonly packetType?: number;
  readonly hardwareType?: number;
  readonly addressLength?: number;
  /** Up to eight bytes. */
  readonly address?: BytesLike;
  readonly etherType?: number;
  readonly interfaceIndex?: number;
}

/** The header that a capture on all interfaces puts in place of the link layer's: LINKTYPE_LINUX_SLL (16 bytes) and _SLL2 (20). */
export class LinuxCooked extends LayerBase {
  get protocol(): 'linuxCooked' {
    return 'linuxCooked';
  }

  get fieldTable(): FieldTable<LinuxCooked> {
    return FIELDS;
  }

  get version(): 1 | 2 {
    return this.length === 16 ? 1 : 2;
  }

  /** 0 to us, 1 broadcast, 2 multicast, 3 to someone else, 4 sent by us. */
  get packetType(): number {
    return this.version === 1 ? u16(this.frame, this.offset) : u8(this.frame, this.offset + 10);
  }

  /** ARPHRD_ number, 1 is Ethernet. */
  get hardwareType(): number {
    return u16(this.frame, this.offset + (this.version === 1 ? 2 : 8));
  }

  get addressLength(): number {
    return this.version === 1 ? u16(this.frame, this.offset + 4) : u8(this.frame, this.offset + 11);
  }

  /** The sender's link-layer address in hexadecimal digits. */
  get address(): string {
    const at = this.offset + (this.version === 1 ? 6 : 12);
    return toHex(this.frame.subarray(at, at + Math.min(8, this.addressLength)));
  }

  get etherType(): number {
    return u16(this.frame, this.offset + (this.version === 1 ? 14 : 0));
  }

  /** Version 2 only. */
  get interfaceIndex(): number | undefined {
    return this.version === 1 ? undefined : u32(this.frame, this.offset + 4);
  }
}

const FIELDS: FieldTable<LinuxCooked> = {
  version: () => [0, 0],
  packetType: (layer) => (layer.version === 1 ? [0, 2] : [10, 1]),
  hardwareType: (layer) => [layer.version === 1 ? 2 : 8, 2],
  addressLength: (layer) => (layer.version === 1 ? [4, 2] : [11, 1]),
  address: (layer) => [layer.version === 1 ? 6 : 12, Math.min(8, layer.addressLength)],
  etherType: (layer) => [layer.version === 1 ? 14 : 0, 2],
  interfaceIndex: (layer) => (layer.version === 1 ? undefined : [4, 4]),
};

function dissect(cursor: Cursor, length: number): Step {
  if (cursor.end - cursor.offset < length) return cursor.short('linuxCooked', length);
  const layer = new LinuxCooked(cursor, length);
  cursor.add(layer);
  return etherTypeStep(layer.etherType);
}

export function dissectSll(cursor: Cursor): Step {
  return dissect(cursor, 16);
}

export function dissectSll2(cursor: Cursor): Step {
  return dissect(cursor, 20);
}

export function encodeLinuxCooked(spec: LinuxCookedSpec, context: EncodeContext): Uint8Array {
  const address = toBytes(spec.address ?? '020000000001');
  const etherType = spec.etherType ?? etherTypeOf(context.next);
  const { packetType = 0, hardwareType = 1, addressLength = address.length } = spec;
  const builder = new ByteBuilder();
  if (spec.version === 1)
    builder
      .u16(packetType, 'linuxCooked.packetType')
      .u16(hardwareType, 'linuxCooked.hardwareType')
      .u16(addressLength, 'linuxCooked.addressLength');
  else
    builder
      .u16(etherType, 'linuxCooked.etherType')
      .u16(0, 'linuxCooked')
      .u32(spec.interfaceIndex ?? 1, 'linuxCooked.interfaceIndex')
      .u16(hardwareType, 'linuxCooked.hardwareType')
      .u8(packetType, 'linuxCooked.packetType')
      .u8(addressLength, 'linuxCooked.addressLength');
  builder.bytes(address.subarray(0, 8)).bytes(new Uint8Array(Math.max(0, 8 - address.length)));
  if (spec.version === 1) builder.u16(etherType, 'linuxCooked.etherType');
  return builder.build();
}
