import { ipv4At, ipv6At } from '../address.ts';
import type { ByteBuilder } from '../byte-builder.ts';
import { u8, u16 } from '../bytes.ts';

/** A group record of an IGMPv3 (RFC 3376 4.2.4) or MLDv2 (RFC 3810 5.2.5) report. */
export interface MulticastRecord {
  /** 1 is include, 2 exclude, 3 change to include, 4 change to exclude, 5 allow, 6 block. */
  readonly type: number;
  readonly group: string;
  readonly sources: readonly string[];
}

type AddressSize = 4 | 16;

function addressAt(frame: Uint8Array, at: number, size: AddressSize): string {
  return size === 4 ? ipv4At(frame, at) : ipv6At(frame, at);
}

/** `count` addresses, or as many as there are before `to`. */
export function readAddresses(
  frame: Uint8Array,
  from: number,
  to: number,
  count: number,
  size: AddressSize,
): string[] {
  const length = Math.max(0, Math.min(count, Math.floor((to - from) / size)));
  return Array.from({ length }, (_, i) => addressAt(frame, from + i * size, size));
}

/** `count` records, or as many as are whole before `to`. */
export function readRecords(
  frame: Uint8Array,
  from: number,
  to: number,
  count: number,
  size: AddressSize,
): MulticastRecord[] {
  const records: MulticastRecord[] = [];
  let at = from;
  while (records.length < count && at + 4 + size <= to) {
    const sources = u16(frame, at + 2);
    const length = 4 + size + sources * size + u8(frame, at + 1) * 4;
    if (at + length > to) break;
    records.push({
      type: u8(frame, at),
      group: addressAt(frame, at + 4, size),
      sources: readAddresses(frame, at + 4 + size, to, sources, size),
    });
    at += length;
  }
  return records;
}

/** Writes addresses of either family. */
export function writeAddress(builder: ByteBuilder, address: string, size: AddressSize): void {
  if (size === 4) builder.ipv4(address);
  else builder.ipv6(address);
}

/** Writes records without auxiliary data. */
export function writeRecords(
  builder: ByteBuilder,
  records: readonly MulticastRecord[],
  size: AddressSize,
): void {
  for (const record of records) {
    builder.u8(record.type, 'record.type').u8(0, 'record').u16(record.sources.length, 'record.sources');
    writeAddress(builder, record.group, size);
    for (const source of record.sources) writeAddress(builder, source, size);
  }
}
