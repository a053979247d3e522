import { HEX, u16, u32 } from './bytes.ts';
import { EncodeError } from './error.ts';

// A capture repeats few addresses many times, and making their strings is the dearest part of reading a field. Each kind
// has a small direct-mapped cache: bounded, and a collision only costs making the string again.
const SLOTS = 1024;
const macHigh = new Uint32Array(SLOTS);
const macLow = new Uint32Array(SLOTS);
const macText: string[] = Array.from({ length: SLOTS }, () => '');
const v4Key = new Uint32Array(SLOTS);
const v4Text: string[] = Array.from({ length: SLOTS }, () => '');
const v6Key = new Uint32Array(SLOTS * 4);
const v6Text: string[] = Array.from({ length: SLOTS }, () => '');

function slot(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 22;
}

/** The six bytes at `at` as `aa:bb:cc:dd:ee:ff`. */
export function macAt(bytes: Uint8Array, at: number): string {
  const high = u16(bytes, at);
  const low = u32(bytes, at + 2);
  const index = slot(low ^ high);
  const known = macText[index] as string;
  if (known !== '' && macLow[index] === low && macHigh[index] === high) return known;
  const text = `${HEX[high >>> 8]}:${HEX[high & 0xff]}:${HEX[low >>> 24]}:${HEX[(low >>> 16) & 0xff]}:${HEX[(low >>> 8) & 0xff]}:${HEX[low & 0xff]}`;
  macHigh[index] = high;
  macLow[index] = low;
  macText[index] = text;
  return text;
}

/** The four bytes at `at` as `192.0.2.1`. */
export function ipv4At(bytes: Uint8Array, at: number): string {
  const value = u32(bytes, at);
  const index = slot(value);
  const known = v4Text[index] as string;
  if (known !== '' && v4Key[index] === value) return known;
  const text = `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
  v4Key[index] = value;
  v4Text[index] = text;
  return text;
}

/** The sixteen bytes at `at` in the canonical form of RFC 5952. */
export function ipv6At(bytes: Uint8Array, at: number): string {
  const a = u32(bytes, at);
  const b = u32(bytes, at + 4);
  const c = u32(bytes, at + 8);
  const d = u32(bytes, at + 12);
  const index = slot(a ^ Math.imul(b, 5) ^ Math.imul(c, 3) ^ d);
  const key = index * 4;
  const known = v6Text[index] as string;
  if (
    known !== '' &&
    v6Key[key] === a &&
    v6Key[key + 1] === b &&
    v6Key[key + 2] === c &&
    v6Key[key + 3] === d
  )
    return known;
  const text = formatIpv6(bytes, at);
  v6Key[key] = a;
  v6Key[key + 1] = b;
  v6Key[key + 2] = c;
  v6Key[key + 3] = d;
  v6Text[index] = text;
  return text;
}

function formatIpv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push(u16(bytes, at + 2 * i));
  // RFC 5952, 5: an IPv4-mapped address keeps its dotted form.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return `::ffff:${bytes[at + 12]}.${bytes[at + 13]}.${bytes[at + 14]}.${bytes[at + 15]}`;
  // RFC 5952, 4.2: "::" stands for the longest run of zeros, the first of equals, and never for a single group.
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
    i += run;
  }
  const words = groups.map((group) => group.toString(16));
  if (start < 0) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}

function bad(kind: string, text: string): never {
  throw new EncodeError('TCPDUMP_BAD_ADDRESS', `not ${kind}: ${text.slice(0, 60)}`);
}

/** The six bytes of a MAC address written with colons or hyphens. Throws {@link EncodeError}. */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) bad('a MAC address', text);
  return Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16));
}

/** The four bytes of a dotted IPv4 address. Throws {@link EncodeError}. */
export function parseIpv4(text: string): Uint8Array {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    bad('an IPv4 address', text);
  return Uint8Array.from(parts, Number);
}

/** The sixteen bytes of an IPv6 address in any form of RFC 4291. Throws {@link EncodeError}. */
export function parseIpv6(text: string): Uint8Array {
  let rest = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const v4 = parseIpv4(dotted[2] as string);
    rest = `${dotted[1]}${u16(v4, 0).toString(16)}:${u16(v4, 2).toString(16)}`;
  }
  const halves = rest.split('::');
  if (halves.length > 2) bad('an IPv6 address', text);
  const head = halves[0] === '' ? [] : (halves[0] as string).split(':');
  const tail = halves[1] === undefined || halves[1] === '' ? [] : halves[1].split(':');
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) bad('an IPv6 address', text);
  const groups = [...head, ...Array.from({ length: gap }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) bad('an IPv6 address', text);
  const bytes = new Uint8Array(16);
  for (const [i, group] of groups.entries()) {
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >>> 8;
    bytes[2 * i + 1] = value & 0xff;
  }
  return bytes;
}
