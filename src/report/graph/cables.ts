import type { Topology, UnderlayInterface, UnderlayLink } from '../../topology/topology.ts';
import type { Box, Line, XY } from './types.ts';

/** The cables of the underlay between boxes that have their places. */
export function cableLines(topology: Topology, boxes: readonly Box[]): Line[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const lines: Line[] = [];
  const lanes = new Map<string, number>();
  for (const link of topology.underlay.links) {
    const [a, b] = link.ends;
    const ends = [byId.get(`${a.host}:${a.device}`), byId.get(`${b.host}:${b.device}`)] as const;
    const [hostA, hostB] = [byId.get(a.host), byId.get(b.host)];
    if (hostA === undefined || hostB === undefined) continue;
    const hosts = [hostA, hostB] as const;
    const points = pathOf(link, ends, hosts, lanes);
    const passes = boxes.some(
      (box) => box.kind === 'switch' && box.id !== a.host && box.id !== b.host && crosses(points, box),
    );
    lines.push({
      kind: 'cable',
      from: `${a.host}:${a.device}`,
      to: `${b.host}:${b.device}`,
      points,
      title: `${endText(a)} to ${endText(b)}: ${a.networks.join(', ')}, MTU ${link.mtu}`,
      carries: topology.underlay.networks[a.networks[0] ?? '']?.type ?? 'management',
      ...(passes && { over: true }),
    });
    for (const [index, end] of link.ends.entries()) {
      const host = hosts[index] as Box;
      const first = index === 0 ? points[0] : points.at(-1);
      if (host.kind === 'nic' || host.kind === 'host' || first === undefined) continue;
      // Within a switch or a router a way runs along its middle.
      const middle: XY = [first[0], host.y + host.h / 2];
      const from = `${end.host}:${end.device}`;
      lines.push({ kind: 'port', from, to: end.host, points: [first, middle], title: '' });
    }
  }
  return lines;
}

function endText(end: UnderlayInterface): string {
  return `${end.host} ${end.device}${end.address === undefined ? '' : ` (${end.address})`}`;
}

function pathOf(
  link: UnderlayLink,
  ends: readonly [Box | undefined, Box | undefined],
  hosts: readonly [Box, Box],
  lanes: Map<string, number>,
): XY[] {
  const up = hosts[0].y + hosts[0].h / 2 <= hosts[1].y + hosts[1].h / 2;
  const [nic, far] = ends;
  if (nic !== undefined && far === undefined) return straight(nic, hosts[1]);
  if (nic === undefined && far !== undefined) return straight(far, hosts[0]).toReversed();
  if (nic !== undefined && far !== undefined) {
    const start: XY = [nic.x + nic.w / 2, up ? nic.y + nic.h : nic.y];
    const end: XY = [far.x + far.w / 2, up ? far.y : far.y + far.h];
    if (Math.abs(start[0] - end[0]) < 1) return [start, [start[0], end[1]]];
    const lane = 8 + 6 * next(lanes, 'direct');
    const y = up ? start[1] + lane : end[1] + lane;
    return [start, [start[0], y], [end[0], y], end];
  }
  return betweenSwitches(hosts, next(lanes, [link.ends[0].host, link.ends[1].host].toSorted().join(' ')));
}

function straight(nic: Box, bar: Box): XY[] {
  const x = nic.x + nic.w / 2;
  return bar.y < nic.y
    ? [
        [x, nic.y],
        [x, bar.y + bar.h],
      ]
    : [
        [x, nic.y + nic.h],
        [x, bar.y],
      ];
}

function betweenSwitches([a, b]: readonly [Box, Box], lane: number): XY[] {
  if (Math.abs(a.y - b.y) < 1) {
    const y = a.y + a.h / 2 + 7 * lane;
    return a.x < b.x
      ? [
          [a.x + a.w, y],
          [b.x, y],
        ]
      : [
          [a.x, y],
          [b.x + b.w, y],
        ];
  }
  const left = Math.max(a.x, b.x);
  const right = Math.min(a.x + a.w, b.x + b.w);
  const x = (left < right ? (left + right) / 2 : b.x + b.w / 2) + 12 * lane;
  return a.y < b.y
    ? [
        [x, a.y + a.h],
        [x, b.y],
      ]
    : [
        [x, a.y],
        [x, b.y + b.h],
      ];
}

function next(lanes: Map<string, number>, key: string): number {
  const lane = lanes.get(key) ?? 0;
  lanes.set(key, lane + 1);
  return lane;
}

function crosses(points: readonly XY[], box: Box): boolean {
  return points.some((point, index) => {
    const before = points[index - 1];
    if (before === undefined) return false;
    const [left, right] = [Math.min(before[0], point[0]), Math.max(before[0], point[0])];
    const [top, bottom] = [Math.min(before[1], point[1]), Math.max(before[1], point[1])];
    return left < box.x + box.w && right > box.x && top < box.y + box.h && bottom > box.y;
  });
}
