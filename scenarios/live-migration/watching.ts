/** What is seen of a move while it goes on. */
import { dissect, type Layer } from 'tcpdump-parser';
import type { Cloud } from '../../src/cloud/index.ts';
import type { CapturedFrame } from '../../src/observe/index.ts';
import { Capture } from '../../src/observe/live/capture.ts';
import type { StreamResult } from '../../src/probe/index.ts';
import { expect } from 'vitest';
import { assertNoneMissed, expectGapBelow } from '../../src/scenario/index.ts';

/** What a move may cost, in milliseconds, seen by whoever talks to the server. */
const BUDGET = 500;

/**
 * Frames at all cables and NICs there were before, while something is done that plugs cables in elsewhere. A server's
 * NIC stays its own, so that every moment of it is seen; a journey could not be told, since its hops change places.
 */
export async function framesDuring(
  cloud: Cloud,
  action: () => Promise<unknown>,
): Promise<readonly CapturedFrame[]> {
  await using capture = await Capture.open(cloud.cluster);
  await action();
  await cloud.announced();
  // What was sent last may still be on its way: it is awaited at the devices that there are now.
  await capture.follow(cloud.cluster.state);
  await capture.settle();
  assertNoneMissed('the move', capture.dropped);
  return capture.take();
}

/** Layers of what came to (or left) a point. */
export const layersAt = (
  frames: readonly CapturedFrame[],
  point: string,
  direction: CapturedFrame['direction'],
): readonly (readonly Layer[])[] =>
  frames
    .filter((frame) => frame.point === point && frame.direction === direction)
    .map(({ bytes }) => dissect(bytes).layers);

const RARP = 0x8035;

/** Announcements of an address, in their order. */
export const announcedBy = (
  packets: readonly (readonly Layer[])[],
  mac_address: string,
): ('rarp' | 'arp')[] =>
  packets.flatMap((layers) => {
    const frame = layers.findLast((layer) => layer.protocol === 'ethernet');
    if (frame?.protocol === 'ethernet' && frame.etherType === RARP && frame.source === mac_address)
      return 'rarp';
    const arp = layers.find((layer) => layer.protocol === 'arp');
    const isOwn = arp?.protocol === 'arp' && arp.senderMac === mac_address && arp.senderIp === arp.targetIp;
    return isOwn ? 'arp' : [];
  });

/** Datagrams for a port of UDP that came to a server's NIC. */
export const datagramsTo = (frames: readonly CapturedFrame[], server: string, port: number): number =>
  layersAt(frames, `${server}:eth0`, 'in').filter((layers) =>
    layers.some((layer) => layer.protocol === 'udp' && layer.destinationPort === port),
  ).length;

/**
 * Nothing twice, nothing out of order, and no longer without an answer than a move may take.
 *
 * @param bystander a stream between two to whose way the move does nothing
 */
export function expectWithinBudget(who: string, result: StreamResult, bystander: StreamResult): void {
  const { sent, lost, duplicated, reordered } = result;
  expect(duplicated, `${who}: answered twice`).toEqual([]);
  expect(reordered, `${who}: answered out of order`).toEqual([]);
  expectGapBelow(BUDGET, who, result, bystander);
  // Every packet that is lost is lost in the gap: one each 10 ms.
  expect(lost.length, `${who}: ${lost.length} of ${sent} packets lost`).toBeLessThan(BUDGET / 10);
}
