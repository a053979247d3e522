/** What frames say that no header of a journey does: messages of ICMPv6 and DHCPv6, and checksums. */
import { checksums, dissect, type LayerOf } from 'tcpdump-parser';
import type { CapturedFrame } from '../../src/observe/index.ts';

/** Layers of one protocol in the frames that came to a server's first NIC, or that it sent. */
export function layersAt<P extends 'icmpv6' | 'dhcpv6'>(
  frames: readonly CapturedFrame[],
  server: string,
  direction: 'in' | 'out',
  protocol: P,
): LayerOf<P>[] {
  return frames
    .filter((frame) => frame.point === `${server}:eth0` && frame.direction === direction)
    .flatMap(({ bytes }) => dissect(bytes).layers)
    .filter((layer): layer is LayerOf<P> => layer.protocol === protocol);
}

/** Checksums that are not right, of everything that came to a server's first NIC: `udp wrong`. */
export const badChecksums = (frames: readonly CapturedFrame[], server: string): string[] =>
  frames
    .filter((frame) => frame.point === `${server}:eth0` && frame.direction === 'in')
    .flatMap(({ bytes }) => checksums(dissect(bytes)))
    .filter(({ status }) => status !== 'right')
    .map(({ layer, status }) => `${layer.protocol} ${status}`);
