import { EncodeError } from './error.ts';

/** Bytes, or the same as a string of hexadecimal digits (blanks and colons are ignored). */
export type BytesLike = Uint8Array | string;

export const EMPTY: Uint8Array = new Uint8Array(0);

// The readers below trust the caller to have checked the bounds: a byte outside the array reads as 0 (undefined in an
// integer operation), never as an exception, which is what lets a getter stay safe on a hostile frame.

/** The byte at `at`. */
export function u8(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | 0;
}

/** The 16-bit big-endian number at `at`. */
export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** The 24-bit big-endian number at `at`. */
export function u24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}

/** The 32-bit big-endian number at `at`, unsigned. */
export function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Two hexadecimal digits for every byte value. */
export const HEX: readonly string[] = Array.from({ length: 256 }, (_, value) =>
  value.toString(16).padStart(2, '0'),
);

/** Lower-case hexadecimal digits, with nothing between the bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes of a string of hexadecimal digits. Throws {@link EncodeError} when there is anything else in it. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits))
    throw new EncodeError('TCPDUMP_BAD_HEX', `not hexadecimal bytes: ${text.slice(0, 60)}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The bytes themselves, or those that the hexadecimal string stands for. */
export function toBytes(value: BytesLike): Uint8Array {
  return typeof value === 'string' ? fromHex(value) : value;
}

/** One array out of several. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes as text, one character per byte (ISO 8859-1), which cannot fail and keeps every byte apart. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(u8(bytes, i));
  return text;
}

/** The reverse of {@link latin1}. Characters beyond U+00FF lose their upper bits. */
export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
