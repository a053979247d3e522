import { type BytesLike, concat, toBytes, u8 } from '../bytes.ts';
import { EncodeError } from '../error.ts';

/** One option of an IPv4 or TCP header. `offset` and `length` are its bytes in the frame, type and length byte included. */
export interface TypedOption {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
  /** What follows the type and length bytes; empty for the two options of one byte (0, end of list, and 1, no operation). */
  readonly data: Uint8Array;
}

/** An option to write: `data` without the type and length bytes. */
export interface OptionSpec {
  readonly type: number;
  readonly data?: BytesLike;
}

/**
 * Options of the kind that IPv4 (RFC 791 3.1) and TCP (RFC 9293 3.1) share: type 0 ends the list, type 1 is one byte of
 * padding, all others carry a length that counts type and length bytes. Reading stops at the first option that is not whole.
 */
export function readOptions(frame: Uint8Array, from: number, to: number): TypedOption[] {
  const options: TypedOption[] = [];
  let at = from;
  while (at < to) {
    const type = u8(frame, at);
    if (type === 0 || type === 1) {
      options.push({ type, offset: at, length: 1, data: frame.subarray(at + 1, at + 1) });
      at++;
      // What comes after the end of the list is padding, whatever it holds.
      if (type === 0) break;
      continue;
    }
    const length = at + 1 < to ? u8(frame, at + 1) : 0;
    if (length < 2 || at + length > to) break;
    options.push({ type, offset: at, length, data: frame.subarray(at + 2, at + length) });
    at += length;
  }
  return options;
}

/** The bytes of a list of options, padded with zeros to a multiple of four. */
export function encodeOptions(options: readonly OptionSpec[] | BytesLike | undefined): Uint8Array {
  if (options === undefined) return new Uint8Array(0);
  const parts =
    typeof options === 'string' || options instanceof Uint8Array
      ? [toBytes(options)]
      : options.map(encodeOption);
  const whole = concat(...parts);
  const padded = new Uint8Array(Math.ceil(whole.length / 4) * 4);
  padded.set(whole);
  return padded;
}

function encodeOption({ type, data }: OptionSpec): Uint8Array {
  if (!Number.isInteger(type) || type < 0 || type > 255)
    throw new EncodeError('TCPDUMP_BAD_FIELD', `an option's type must be a byte, not ${type}`);
  if (type === 0 || type === 1) return Uint8Array.of(type);
  const bytes = data === undefined ? new Uint8Array(0) : toBytes(data);
  if (bytes.length > 253)
    throw new EncodeError('TCPDUMP_BAD_FIELD', `option ${type} holds ${bytes.length} bytes, more than 253`);
  return concat(Uint8Array.of(type, bytes.length + 2), bytes);
}
