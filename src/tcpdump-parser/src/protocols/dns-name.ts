import type { ByteBuilder } from '../byte-builder.ts';
import { u8 } from '../bytes.ts';
import { EncodeError } from '../error.ts';

/** A name that was read, and where the bytes after it start (before any pointer was followed). */
export interface DnsName {
  readonly name: string;
  readonly next: number;
}

/** More pointers than a name can have labels only cost time. */
const MAX_HOPS = 127;

/**
 * Reads a domain name (RFC 1035 3.1 and 4.1.4). `base` is where the message starts. Returns undefined when the name leaves
 * the message, is longer than 255 bytes, or points anywhere but backwards, which is what makes a circle impossible.
 */
export function readName(frame: Uint8Array, at: number, base: number, end: number): DnsName | undefined {
  const labels: string[] = [];
  let position = at;
  let lowest = at;
  let next = -1;
  let size = 1;
  let hops = 0;
  for (;;) {
    if (position >= end) return undefined;
    const length = u8(frame, position);
    if (length === 0) {
      if (next < 0) next = position + 1;
      return { name: labels.length === 0 ? '.' : labels.join('.'), next };
    }
    if (length >= 0xc0) {
      if (position + 1 >= end) return undefined;
      if (next < 0) next = position + 2;
      const target = base + ((length & 0x3f) << 8) + u8(frame, position + 1);
      if (target >= lowest || ++hops > MAX_HOPS) return undefined;
      lowest = target;
      position = target;
      continue;
    }
    size += length + 1;
    if (length > 63 || position + 1 + length > end || size > 255) return undefined;
    labels.push(label(frame, position + 1, length));
    position += 1 + length;
  }
}

/** A label as in a zone file: dots and backslashes escaped, other bytes that don't print as \DDD (RFC 1035 5.1). */
function label(frame: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length; i++) {
    const byte = u8(frame, i);
    if (byte === 0x2e || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

/** Writes a domain name without compression. Throws {@link EncodeError} for a label that is empty or longer than 63 bytes. */
export function writeName(builder: ByteBuilder, name: string): void {
  if (name === '' || name === '.') {
    builder.u8(0, 'dns.name');
    return;
  }
  let current: number[] = [];
  const flush = (): void => {
    if (current.length === 0 || current.length > 63)
      throw new EncodeError(
        'TCPDUMP_BAD_FIELD',
        `a label of ${current.length} bytes in ${name.slice(0, 80)}`,
      );
    builder.u8(current.length, 'dns.label').bytes(Uint8Array.from(current));
    current = [];
  };
  for (const [, number, escaped, plain] of name
    .replace(/\.$/, (dot, at: number) => (name[at - 1] === '\\' ? dot : ''))
    .matchAll(/\\(\d{3})|\\(.)|([^\\])/gs)) {
    if (number !== undefined) current.push(Number(number) & 0xff);
    else if (escaped !== undefined) current.push(escaped.charCodeAt(0) & 0xff);
    else if (plain === '.') flush();
    else current.push((plain as string).charCodeAt(0) & 0xff);
  }
  flush();
  builder.u8(0, 'dns.name');
}
