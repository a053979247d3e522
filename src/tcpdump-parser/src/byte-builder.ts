import { parseIpv4, parseIpv6, parseMac } from './address.ts';
import { EncodeError } from './error.ts';

/** Collects the bytes of a header, big-endian. A number that does not fit its field throws {@link EncodeError}. */
export class ByteBuilder {
  private readonly out: number[] = [];

  /** How many bytes there are so far. */
  get length(): number {
    return this.out.length;
  }

  private check(value: number, limit: number, field: string): number {
    if (!Number.isInteger(value) || value < 0 || value > limit)
      throw new EncodeError(
        'TCPDUMP_BAD_FIELD',
        `${field} must be an integer from 0 to ${limit}, not ${value}`,
      );
    return value;
  }

  u8(value: number, field: string): this {
    this.out.push(this.check(value, 0xff, field));
    return this;
  }

  u16(value: number, field: string): this {
    this.check(value, 0xffff, field);
    this.out.push(value >>> 8, value & 0xff);
    return this;
  }

  u24(value: number, field: string): this {
    this.check(value, 0xffffff, field);
    this.out.push(value >>> 16, (value >>> 8) & 0xff, value & 0xff);
    return this;
  }

  u32(value: number, field: string): this {
    this.check(value, 0xffffffff, field);
    this.out.push(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
    return this;
  }

  bytes(value: Uint8Array): this {
    for (const byte of value) this.out.push(byte);
    return this;
  }

  mac(value: string): this {
    return this.bytes(parseMac(value));
  }

  ipv4(value: string): this {
    return this.bytes(parseIpv4(value));
  }

  ipv6(value: string): this {
    return this.bytes(parseIpv6(value));
  }

  /** Zeros until the length is a multiple of `boundary`. */
  align(boundary: number): this {
    while (this.out.length % boundary !== 0) this.out.push(0);
    return this;
  }

  /** Drops what is beyond `length` bytes. */
  truncate(length: number): this {
    this.out.length = Math.min(this.out.length, length);
    return this;
  }

  build(): Uint8Array {
    return Uint8Array.from(this.out);
  }
}

/** Puts `value`, which must fit in `width` bits, in its place in a wider number. */
export function bits(value: number, width: number, shift: number, field: string): number {
  const limit = 2 ** width - 1;
  if (!Number.isInteger(value) || value < 0 || value > limit)
    throw new EncodeError(
      'TCPDUMP_BAD_FIELD',
      `${field} must be an integer from 0 to ${limit}, not ${value}`,
    );
  return value * 2 ** shift;
}
