/** Frames that scenarios make by hand, and what frames wear on wires. */
import { randomBytes } from 'node:crypto';
import { dissect } from 'tcpdump-parser';
import type { CapturedFrame, Points } from '../observe/index.ts';
import { frame } from '../probe/index.ts';

/** The broadcast address: all servers of a network. */
export const EVERYONE = 'ff:ff:ff:ff:ff:ff';

/** IEEE 802 local experimental EtherType 2: no kernel answers, so nothing but the frame itself is on its way. */
const SILENT_ETHERTYPE = 0x88_b6;

export interface FrameOptions {
  /** Default: the sender's own. */
  readonly src_mac?: string;
  /** 802.1Q tag that the sender itself puts on. */
  readonly tag?: number;
  /** Priority in the tag, 0 to 7. */
  readonly priority?: number;
  /** Bytes behind the headers; default 16. */
  readonly size?: number;
}

/** A frame that nobody answers. */
export function silentFrame(
  source: string,
  destination: string,
  { tag, priority = 0, size = 16 }: FrameOptions = {},
): Uint8Array {
  const etherType = SILENT_ETHERTYPE;
  const payload = randomBytes(size);
  if (tag === undefined) return frame([{ protocol: 'ethernet', source, destination, etherType }], payload);
  return frame(
    [
      { protocol: 'ethernet', source, destination },
      { protocol: 'vlan', vlanId: tag, priority, etherType },
    ],
    payload,
  );
}

/** Every 802.1Q tag that frames wear on cables between hosts, around tunnels and inside of them. */
export function tagsOnWires(frames: readonly CapturedFrame[], points: Points): Set<number> {
  const tags = new Set<number>();
  for (const { point, bytes } of frames) {
    if (points.get(point)?.kind !== 'wire') continue;
    for (const layer of dissect(bytes).layers) if (layer.protocol === 'vlan') tags.add(layer.vlanId);
  }
  return tags;
}
