import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, toBytes, u8 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, ipProtocolOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { ipProtocolStep, type Step } from '../step.ts';
import type { OptionSpec, TypedOption } from './tlv.ts';

/** What to write in an extension header of options; padding is added when the options do not fill a multiple of 8 bytes. */
export interface Ipv6OptionsSpec {
  readonly protocol: 'ipv6HopByHop' | 'ipv6DestinationOptions';
  readonly nextHeader?: number;
  /** In bytes, a multiple of 8. */
  readonly headerLength?: number;
  /** As a list, or as bytes that are written as they are (padded with zeros). */
  readonly options?: readonly OptionSpec[] | BytesLike;
}

/** What the hop-by-hop and the destination options headers share (RFC 8200 4.2). */
abstract class Ipv6Options extends LayerBase {
  get fieldTable(): FieldTable<Ipv6Options> {
    return FIELDS;
  }

  get nextHeader(): number {
    return u8(this.frame, this.offset);
  }

  /** The whole extension header in bytes; the field counts units of 8 after the first. */
  get headerLength(): number {
    return (u8(this.frame, this.offset + 1) + 1) * 8;
  }

  /** The options as far as they can be read. Type 0 is one byte of padding, type 1 more of it. */
  get options(): TypedOption[] {
    const options: TypedOption[] = [];
    const end = this.offset + this.length;
    let at = this.offset + 2;
    while (at < end) {
      const type = u8(this.frame, at);
      const length = type === 0 ? 1 : at + 1 < end ? 2 + u8(this.frame, at + 1) : Number.POSITIVE_INFINITY;
      if (at + length > end) break;
      const data = this.frame.subarray(at + Math.min(length, 2), at + length);
      options.push({ type, offset: at, length, data });
      at += length;
    }
    return options;
  }
}

const FIELDS: FieldTable<Ipv6Options> = {
  nextHeader: [0, 1],
  headerLength: [1, 1],
  options: (layer) => [2, layer.length - 2],
};

/** The hop-by-hop options header (RFC 8200 4.3). */
export class Ipv6HopByHop extends Ipv6Options {
  get protocol(): 'ipv6HopByHop' {
    return 'ipv6HopByHop';
  }
}

/** The destination options header (RFC 8200 4.6). */
export class Ipv6DestinationOptions extends Ipv6Options {
  get protocol(): 'ipv6DestinationOptions' {
    return 'ipv6DestinationOptions';
  }
}

/** The length of an extension header whose second byte counts units of 8 bytes; 0 when it is not all there. */
export function extensionLength(cursor: Cursor): number {
  const available = cursor.end - cursor.offset;
  if (available < 8) return 0;
  const length = (u8(cursor.frame, cursor.offset + 1) + 1) * 8;
  return length <= available ? length : 0;
}

export function dissectHopByHop(cursor: Cursor): Step {
  const length = extensionLength(cursor);
  if (length === 0) return cursor.short('ipv6HopByHop', 8);
  const layer = new Ipv6HopByHop(cursor, length);
  cursor.add(layer);
  return ipProtocolStep(layer.nextHeader, true);
}

export function dissectDestinationOptions(cursor: Cursor): Step {
  const length = extensionLength(cursor);
  if (length === 0) return cursor.short('ipv6DestinationOptions', 8);
  const layer = new Ipv6DestinationOptions(cursor, length);
  cursor.add(layer);
  return ipProtocolStep(layer.nextHeader, true);
}

function optionBytes(options: readonly OptionSpec[]): Uint8Array {
  const builder = new ByteBuilder();
  for (const { type, data } of options) {
    builder.u8(type, 'ipv6 option type');
    if (type === 0) continue;
    const bytes = toBytes(data ?? '');
    builder.u8(bytes.length, 'ipv6 option length').bytes(bytes);
  }
  // Two bytes come before the options. One byte of padding has its own form.
  const missing = (8 - ((2 + builder.length) % 8)) % 8;
  if (missing === 1) builder.u8(0, 'ipv6');
  else if (missing > 1)
    builder
      .u8(1, 'ipv6')
      .u8(missing - 2, 'ipv6')
      .bytes(new Uint8Array(missing - 2));
  return builder.build();
}

export function encodeIpv6Options(spec: Ipv6OptionsSpec, context: EncodeContext): Uint8Array {
  const { options = [] } = spec;
  const list =
    typeof options === 'string' || options instanceof Uint8Array ? toBytes(options) : optionBytes(options);
  const length = Math.ceil((2 + list.length) / 8) * 8;
  return new ByteBuilder()
    .u8(spec.nextHeader ?? ipProtocolOf(context.next, 59), `${spec.protocol}.nextHeader`)
    .u8((spec.headerLength ?? length) / 8 - 1, `${spec.protocol}.headerLength / 8 - 1`)
    .bytes(list)
    .align(8)
    .build();
}
