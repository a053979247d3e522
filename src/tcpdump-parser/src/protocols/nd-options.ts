import { ipv6At, macAt } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, toBytes, u8, u32 } from '../bytes.ts';

/** The content of a prefix information option (RFC 4861 4.6.2). Lifetimes are in seconds, 4294967295 is for ever. */
export interface PrefixInformation {
  readonly prefix: string;
  readonly prefixLength: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validLifetime: number;
  readonly preferredLifetime: number;
}

/** The content of a recursive DNS server option (RFC 8106 5.1). The lifetime is in seconds. */
export interface RecursiveDns {
  readonly lifetime: number;
  readonly servers: readonly string[];
}

interface NdValues {
  /** Types 1 (source) and 2 (target). */
  readonly linkLayerAddress?: string;
  /** Type 3. */
  readonly prefixInformation?: PrefixInformation;
  /** Type 5, in bytes. */
  readonly mtu?: number;
  /** Type 25. */
  readonly recursiveDns?: RecursiveDns;
}

/** A neighbour discovery option (RFC 4861 4.6). `offset` and `length` are its bytes in the frame, type and length byte included. */
export interface NdOption extends NdValues {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
  /** What follows the type and length bytes. */
  readonly data: Uint8Array;
}

/** An option to write: `data` as it is, or one of the values. */
export interface NdOptionSpec extends NdValues {
  readonly type: number;
  readonly data?: BytesLike;
}

/** The options in a range, up to the first that is not whole or has the forbidden length zero (RFC 4861 4.6). */
export function readNdOptions(frame: Uint8Array, from: number, to: number): NdOption[] {
  const options: NdOption[] = [];
  let at = from;
  while (at + 8 <= to) {
    const length = u8(frame, at + 1) * 8;
    if (length === 0 || at + length > to) break;
    const type = u8(frame, at);
    options.push({
      type,
      offset: at,
      length,
      data: frame.subarray(at + 2, at + length),
      ...values(frame, at, type, length),
    });
    at += length;
  }
  return options;
}

function values(frame: Uint8Array, at: number, type: number, length: number): NdValues {
  if ((type === 1 || type === 2) && length === 8) return { linkLayerAddress: macAt(frame, at + 2) };
  if (type === 3 && length === 32)
    return {
      prefixInformation: {
        prefix: ipv6At(frame, at + 16),
        prefixLength: u8(frame, at + 2),
        onLink: (u8(frame, at + 3) & 0x80) !== 0,
        autonomous: (u8(frame, at + 3) & 0x40) !== 0,
        validLifetime: u32(frame, at + 4),
        preferredLifetime: u32(frame, at + 8),
      },
    };
  if (type === 5 && length === 8) return { mtu: u32(frame, at + 4) };
  if (type === 25 && length >= 24) {
    const servers = Array.from({ length: Math.floor((length - 8) / 16) }, (_, i) =>
      ipv6At(frame, at + 8 + 16 * i),
    );
    return { recursiveDns: { lifetime: u32(frame, at + 4), servers } };
  }
  return {};
}

/** Writes options behind what `builder` holds. */
export function encodeNdOptions(builder: ByteBuilder, options: readonly NdOptionSpec[]): void {
  for (const option of options) {
    const data = option.data === undefined ? encodeValues(option) : toBytes(option.data);
    const length = Math.ceil((data.length + 2) / 8);
    builder
      .u8(option.type, 'icmpv6.option.type')
      .u8(length, 'icmpv6.option length / 8')
      .bytes(data)
      .bytes(new Uint8Array(length * 8 - data.length - 2));
  }
}

function encodeValues(option: NdOptionSpec): Uint8Array {
  const builder = new ByteBuilder();
  const { linkLayerAddress, prefixInformation, mtu, recursiveDns } = option;
  if (linkLayerAddress !== undefined) builder.mac(linkLayerAddress);
  else if (prefixInformation)
    builder
      .u8(prefixInformation.prefixLength, 'icmpv6.prefixLength')
      .u8((prefixInformation.onLink ? 0x80 : 0) + (prefixInformation.autonomous ? 0x40 : 0), 'icmpv6')
      .u32(prefixInformation.validLifetime, 'icmpv6.validLifetime')
      .u32(prefixInformation.preferredLifetime, 'icmpv6.preferredLifetime')
      .u32(0, 'icmpv6')
      .ipv6(prefixInformation.prefix);
  else if (mtu !== undefined) builder.u16(0, 'icmpv6').u32(mtu, 'icmpv6.mtu');
  else if (recursiveDns) {
    builder.u16(0, 'icmpv6').u32(recursiveDns.lifetime, 'icmpv6.lifetime');
    for (const server of recursiveDns.servers) builder.ipv6(server);
  }
  return builder.build();
}
