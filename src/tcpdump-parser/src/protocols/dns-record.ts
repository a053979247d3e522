import { ipv4At, ipv6At } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { type BytesLike, fromLatin1, latin1, toBytes, u8, u16, u32 } from '../bytes.ts';
import { readName, writeName } from './dns-name.ts';

/** A question. Type 1 is A, 28 AAAA, 255 any; class 1 is the internet. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** A resource record. `offset` and `length` are its bytes in the frame. */
export interface DnsRecord extends DnsQuestion {
  readonly offset: number;
  readonly length: number;
  /** In seconds. */
  readonly ttl: number;
  /** As sent; names inside may be compressed. */
  readonly data: Uint8Array;
  /** The data in words, as in a zone file, for A, AAAA, CNAME, NS, PTR, MX, SRV, SOA and TXT. */
  readonly value?: string;
}

/** A record to write: `value` for A, AAAA, CNAME, NS, PTR, MX, SRV, SOA and TXT (one string), else `data`. `value` wins, except for TXT. */
export interface DnsRecordSpec {
  readonly name: string;
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly data?: BytesLike;
  readonly value?: string;
}

/** What a section of a message holds, and where the next one starts; `next` is -1 when a record is not whole. */
export interface DnsSection<T> {
  readonly items: T[];
  readonly next: number;
}

export function readQuestions(
  frame: Uint8Array,
  from: number,
  base: number,
  end: number,
  count: number,
): DnsSection<DnsQuestion> {
  const items: DnsQuestion[] = [];
  let at = from;
  while (items.length < count) {
    const name = readName(frame, at, base, end);
    if (!name || name.next + 4 > end) return { items, next: -1 };
    items.push({ name: name.name, type: u16(frame, name.next), class: u16(frame, name.next + 2) });
    at = name.next + 4;
  }
  return { items, next: at };
}

export function readRecords(
  frame: Uint8Array,
  from: number,
  base: number,
  end: number,
  count: number,
): DnsSection<DnsRecord> {
  const items: DnsRecord[] = [];
  let at = from;
  while (items.length < count) {
    const name = readName(frame, at, base, end);
    if (!name || name.next + 10 > end) return { items, next: -1 };
    const start = name.next + 10;
    const size = u16(frame, start - 2);
    if (start + size > end) return { items, next: -1 };
    const type = u16(frame, name.next);
    const value = readValue(frame, type, start, size, base, end);
    items.push({
      name: name.name,
      type,
      class: u16(frame, name.next + 2),
      ttl: u32(frame, name.next + 4),
      offset: at,
      length: start + size - at,
      data: frame.subarray(start, start + size),
      ...(value === undefined ? undefined : { value }),
    });
    at = start + size;
  }
  return { items, next: at };
}

/** Words in a row; undefined when one of them could not be read. */
function joined(...parts: (string | number | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(' ');
}

function readValue(
  frame: Uint8Array,
  type: number,
  at: number,
  size: number,
  base: number,
  end: number,
): string | undefined {
  const name = (from: number): string | undefined => readName(frame, from, base, end)?.name;
  switch (type) {
    case 1:
      return size === 4 ? ipv4At(frame, at) : undefined;
    case 28:
      return size === 16 ? ipv6At(frame, at) : undefined;
    case 2:
    case 5:
    case 12:
      return name(at);
    case 6: {
      const primary = readName(frame, at, base, end);
      const mailbox = primary && readName(frame, primary.next, base, end);
      if (!mailbox || mailbox.next + 20 > at + size) return undefined;
      const numbers = [0, 4, 8, 12, 16].map((shift) => u32(frame, mailbox.next + shift));
      return joined(primary.name, mailbox.name, ...numbers);
    }
    case 15:
      return size > 2 ? joined(u16(frame, at), name(at + 2)) : undefined;
    case 33:
      return size > 6
        ? joined(u16(frame, at), u16(frame, at + 2), u16(frame, at + 4), name(at + 6))
        : undefined;
    case 16:
      return readText(frame, at, at + size);
    default:
      return undefined;
  }
}

/** The strings of a TXT record, each in quotation marks when there are several. */
function readText(frame: Uint8Array, from: number, to: number): string | undefined {
  const strings: string[] = [];
  let at = from;
  while (at < to) {
    const length = u8(frame, at);
    if (at + 1 + length > to) return undefined;
    strings.push(latin1(frame, at + 1, at + 1 + length));
    at += 1 + length;
  }
  return strings.length === 1 ? strings[0] : strings.map((text) => `"${text}"`).join(' ');
}

/** Writes a question or the fixed part of a record. */
export function writeQuestion(
  builder: ByteBuilder,
  item: { name: string; type: number; class?: number },
): void {
  writeName(builder, item.name);
  builder.u16(item.type, 'dns.type').u16(item.class ?? 1, 'dns.class');
}

/** Writes a record. */
export function writeRecord(builder: ByteBuilder, record: DnsRecordSpec): void {
  writeQuestion(builder, record);
  builder.u32(record.ttl ?? 0, 'dns.ttl');
  const data = writeValue(record);
  builder.u16(data.length, 'dns.data length').bytes(data);
}

function writeValue({ type, value, data }: DnsRecordSpec): Uint8Array {
  const builder = new ByteBuilder();
  if (value === undefined) return toBytes(data ?? '');
  const words = value.split(' ');
  if (type === 1) builder.ipv4(value);
  else if (type === 28) builder.ipv6(value);
  else if (type === 2 || type === 5 || type === 12) writeName(builder, value);
  else if (type === 15 || type === 33) {
    for (const number of words.slice(0, -1)) builder.u16(Number(number), 'dns.value');
    writeName(builder, words.at(-1) as string);
  } else if (type === 16 && data === undefined)
    builder.u8(value.length, 'dns.value length').bytes(fromLatin1(value));
  else return toBytes(data ?? '');
  return builder.build();
}
