import { u16 } from './bytes.ts';

/** Adds the 16-bit words of `bytes[from, to)` to `sum` without folding (RFC 1071). An odd last byte counts as the upper half of a word. */
export function addWords(sum: number, bytes: Uint8Array, from: number, to: number): number {
  let total = sum;
  let i = from;
  for (; i + 1 < to; i += 2) total += u16(bytes, i);
  if (i < to) total += (bytes[i] as number) << 8;
  return total;
}

/** Folds a sum of words to the internet checksum, the ones' complement of the ones' complement sum (RFC 1071). */
export function finish(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** The internet checksum of a range (RFC 1071). Over a range that contains its own right checksum it is 0. */
export function internetChecksum(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return finish(addWords(0, bytes, from, to));
}

/** The sum that the pseudo header adds to an upper-layer checksum: RFC 793 for four-byte addresses, RFC 8200 8.1 for sixteen. */
export function pseudoSum(
  source: Uint8Array,
  destination: Uint8Array,
  nextProtocol: number,
  length: number,
): number {
  const sum = addWords(0, source, 0, source.length) + nextProtocol + (length >>> 16) + (length & 0xffff);
  return addWords(sum, destination, 0, destination.length);
}

/** CRC32c (Castagnoli) as SCTP uses it, in the byte order in which it is sent (RFC 9260 appendix A). */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length, zeroAt = -1): number {
  let crc = 0xffffffff;
  for (let i = from; i < to; i++) {
    const byte = i >= zeroAt && i < zeroAt + 4 && zeroAt >= 0 ? 0 : (bytes[i] as number);
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] as number);
  }
  crc = ~crc >>> 0;
  return (((crc & 0xff) << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});
