/** Where frames are seen: both ends of every cable. */
import type { Point } from '../journey/types.ts';
import { GUESTS, type WireEnd, type WireState } from '../state/types.ts';

/** The capture points of a cloud by their ids. */
export type Points = ReadonlyMap<string, Point>;

/**
 * The id of the point at one end of a cable: `web1:eth0` for a guest's NIC (guests are namespaces, so the server's
 * name is the namespace's), `compute1:tap0a1b2c3d-4e` or `tor1:swp3` for a device of a node.
 */
export function pointId(end: Pick<WireEnd, 'node' | 'namespace' | 'device'>): string {
  return `${placeOf(end)}:${end.device}`;
}

/**
 * Both ends of every cable as capture points, keyed by id. `localIps` tells the tunnel endpoints of nodes: with them, a
 * frame in a tunnel to somebody else (which a switch that has not learned the endpoint floods) is never taken for the
 * cause of what a node does.
 */
export function pointsOf(
  wires: Readonly<Record<string, WireState>>,
  localIps: Readonly<Record<string, string>> = {},
): Points {
  const points = new Map<string, Point>();
  for (const wire of Object.values(wires)) {
    const [first, second] = wire.ends;
    for (const [end, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const local_ip = localIps[placeOf(end)];
      points.set(pointId(end), {
        id: pointId(end),
        kind: wire.kind === 'underlay' ? 'wire' : end.node === GUESTS ? 'guest' : 'tap',
        node: placeOf(end),
        device: end.device,
        peer: pointId(other),
        object: wire.kind === 'underlay' ? wire.key : wire.owner.name,
        ...(local_ip !== undefined && { local_ip }),
      });
    }
  }
  return points;
}

function placeOf(end: Pick<WireEnd, 'node' | 'namespace'>): string {
  return end.node === GUESTS ? end.namespace : end.node;
}
