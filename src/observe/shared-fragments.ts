/**
 * What captures in a router's namespaces show of the later fragments of a packet is not always what passed there.
 *
 * Where connections are tracked, fragments are put together, and when they leave they are written over in place
 * (ip_do_fragment's fast path: it looks after fragments that are shared, not after such whose bytes are): with the
 * header of the first one as it leaves, and the MAC addresses of the way out. A capture that holds the same bytes shows
 * that from then on. Whole packets and first fragments are copied before (ip_forward, skb_cow).
 */
import { internetChecksum } from 'tcpdump-parser';
import type { CapturedFrame } from './correlate.ts';
import type { Points } from './points.ts';

const ETHERNET = 14;
/** The least IPv4 header. */
const HEADER = 20;
const IPV4 = 0x08_00;

interface Fragment {
  readonly frame: CapturedFrame;
  readonly at: number;
  readonly offset: number;
  /** The datagram, at this point and in this direction. */
  readonly key: string;
  readonly node: string;
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

function fragmentsIn(frames: readonly CapturedFrame[], points: Points): Fragment[] {
  return frames.flatMap((frame, at): Fragment[] => {
    const { point, direction, bytes } = frame;
    if (u16(bytes, 12) !== IPV4 || bytes.length < ETHERNET + HEADER) return [];
    const place = u16(bytes, ETHERNET + 6);
    const offset = place & 0x1f_ff;
    if (offset === 0 && (place & 0x20_00) === 0) return [];
    const { kind, node } = points.get(point) ?? {};
    if (kind !== 'namespace' || node === undefined) return [];
    const key = `${point} ${direction} ${u16(bytes, ETHERNET + 4)} ${bytes[ETHERNET + 9]}`;
    return [{ frame, at, offset, key, node }];
  });
}

/** Who sent the frame to whom, time to live, and the addresses. */
const headerOf = (bytes: Uint8Array): string =>
  [
    bytes.subarray(0, 12),
    bytes.subarray(ETHERNET + 8, ETHERNET + 9),
    bytes.subarray(ETHERNET + 12, ETHERNET + HEADER),
  ]
    .map((part) => Buffer.from(part).toString('hex'))
    .join(' ');

/** A later fragment with the header that the first one has. */
function withHeaderOf(first: Uint8Array, later: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(later);
  bytes.set(first.subarray(0, 12), 0);
  bytes.set(first.subarray(ETHERNET + 8, ETHERNET + 9), ETHERNET + 8);
  bytes.set(first.subarray(ETHERNET + 12, ETHERNET + HEADER), ETHERNET + 12);
  bytes.set([0, 0], ETHERNET + 10);
  const length = ((bytes[ETHERNET] ?? 0) & 0xf) * 4;
  const sum = internetChecksum(bytes.subarray(ETHERNET, ETHERNET + length));
  bytes.set([sum >>> 8, sum & 0xff], ETHERNET + 10);
  return bytes;
}

/**
 * The frames, with the headers that later fragments had where they were written over: those that differ from the first
 * fragment at the same place, while the very same bytes are seen at another place of the node as well.
 */
export function asTheyPassed(frames: readonly CapturedFrame[], points: Points): readonly CapturedFrame[] {
  const fragments = fragmentsIn(frames, points);
  if (fragments.every(({ offset }) => offset === 0)) return frames;
  const firsts = new Map(fragments.flatMap((one) => (one.offset === 0 ? [[one.key, one] as const] : [])));
  const same = Map.groupBy(
    fragments.filter(({ offset }) => offset > 0),
    ({ node, frame }) => `${node} ${Buffer.from(frame.bytes).toString('latin1')}`,
  );
  const restored = [...frames];
  for (const copies of same.values()) {
    if (copies.length < 2) continue;
    for (const { frame, at, key } of copies) {
      const first = firsts.get(key)?.frame.bytes;
      if (first === undefined || headerOf(first) === headerOf(frame.bytes)) continue;
      restored[at] = { ...frame, bytes: withHeaderOf(first, frame.bytes) };
    }
  }
  return restored;
}
