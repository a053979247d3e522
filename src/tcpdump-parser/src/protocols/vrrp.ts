import { ByteBuilder, bits } from '../byte-builder.ts';
import { type BytesLike, concat, toBytes, u8, u16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, upperChecksum } from '../encode-context.ts';
import { type FieldTable, LayerBase, type Place } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import { readAddresses, writeAddress } from './multicast-records.ts';

/** What to write in a VRRP advertisement. */
export interface VrrpSpec {
  readonly protocol: 'vrrp';
  /** 2 or 3, default 3. */
  readonly version?: number;
  readonly type?: number;
  readonly virtualRouterId?: number;
  readonly priority?: number;
  /** Version 2 only. */
  readonly authenticationType?: number;
  /** In seconds in version 2, in hundredths of a second in version 3. Default one second. */
  readonly advertisementInterval?: number;
  readonly checksum?: number;
  readonly addresses?: readonly string[];
  /** Eight bytes, version 2 only. */
  readonly authenticationData?: BytesLike;
}

/** A VRRP advertisement of version 2 (RFC 3768) or 3 (RFC 9568). */
export class Vrrp extends LayerBase {
  /** 4 over IPv4, 16 over IPv6. */
  readonly addressSize: 4 | 16;

  constructor(place: Place, length: number, addressSize: 4 | 16) {
    super(place, length);
    this.addressSize = addressSize;
  }

  get protocol(): 'vrrp' {
    return 'vrrp';
  }

  get fieldTable(): FieldTable<Vrrp> {
    return FIELDS;
  }

  get version(): number {
    return u8(this.frame, this.offset) >>> 4;
  }

  /** 1 is an advertisement, and there is no other. */
  get type(): number {
    return u8(this.frame, this.offset) & 0xf;
  }

  get virtualRouterId(): number {
    return u8(this.frame, this.offset + 1);
  }

  /** 255 is the owner of the address; 0 says that the active router leaves. */
  get priority(): number {
    return u8(this.frame, this.offset + 2);
  }

  get addressCount(): number {
    return u8(this.frame, this.offset + 3);
  }

  get authenticationType(): number | undefined {
    return this.version === 2 ? u8(this.frame, this.offset + 4) : undefined;
  }

  /** In seconds in version 2, in hundredths of a second in version 3. */
  get advertisementInterval(): number {
    return this.version === 2 ? u8(this.frame, this.offset + 5) : u16(this.frame, this.offset + 4) & 0xfff;
  }

  get checksum(): number {
    return u16(this.frame, this.offset + 6);
  }

  get addresses(): string[] {
    const from = this.offset + 8;
    return readAddresses(this.frame, from, this.offset + this.length, this.addressCount, this.addressSize);
  }

  get authenticationData(): Uint8Array | undefined {
    if (this.version !== 2) return undefined;
    const end = this.offset + this.length;
    return this.frame.subarray(end - 8, end);
  }
}

const FIELDS: FieldTable<Vrrp> = {
  version: [0, 1],
  type: [0, 1],
  virtualRouterId: [1, 1],
  priority: [2, 1],
  addressCount: [3, 1],
  authenticationType: (layer) => (layer.version === 2 ? [4, 1] : undefined),
  advertisementInterval: (layer) => (layer.version === 2 ? [5, 1] : [4, 2]),
  checksum: [6, 2],
  addresses: (layer) => [8, layer.addressCount * layer.addressSize],
  authenticationData: (layer) => (layer.version === 2 ? [layer.length - 8, 8] : undefined),
};

export function dissectVrrp(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  const available = cursor.end - offset;
  if (available < 8) return cursor.short('vrrp', 8);
  const version = u8(frame, offset) >>> 4;
  if (version !== 2 && version !== 3)
    return cursor.fail('TCPDUMP_BAD_VERSION', 'vrrp', `vrrp: the version field says ${version}`);
  const addressSize = cursor.ipVersion === 6 ? 16 : 4;
  const length = 8 + u8(frame, offset + 3) * addressSize + (version === 2 ? 8 : 0);
  if (available < length) return cursor.short('vrrp', length);
  cursor.add(new Vrrp(cursor, length, addressSize));
  return STEP.done;
}

export function encodeVrrp(spec: VrrpSpec, context: EncodeContext): Uint8Array {
  const { version = 3, addresses = [] } = spec;
  const interval = spec.advertisementInterval ?? (version === 2 ? 1 : 100);
  const builder = new ByteBuilder()
    .u8(bits(version, 4, 4, 'vrrp.version') + bits(spec.type ?? 1, 4, 0, 'vrrp.type'), 'vrrp')
    .u8(spec.virtualRouterId ?? 1, 'vrrp.virtualRouterId')
    .u8(spec.priority ?? 100, 'vrrp.priority')
    .u8(addresses.length, 'vrrp.addresses');
  if (version === 2)
    builder
      .u8(spec.authenticationType ?? 0, 'vrrp.authenticationType')
      .u8(interval, 'vrrp.advertisementInterval');
  else builder.u16(bits(interval, 12, 0, 'vrrp.advertisementInterval'), 'vrrp');
  builder.u16(spec.checksum ?? 0, 'vrrp.checksum');
  for (const address of addresses) writeAddress(builder, address, address.includes(':') ? 16 : 4);
  if (version === 2) builder.bytes(toBytes(spec.authenticationData ?? new Uint8Array(8)));
  const header = builder.build();
  if (spec.checksum === undefined) {
    // Version 2 covers only the message; version 3 the pseudo header too (RFC 9568 5.2.8).
    const value =
      version === 2 ? internetChecksum(concat(header, context.payload)) : upperChecksum(header, context, 112);
    new DataView(header.buffer).setUint16(6, value);
  }
  return header;
}
