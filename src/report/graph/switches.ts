import type { Topology } from '../../topology/topology.ts';
import { fitText, textWidth } from './text.ts';
import type { Block, Box, BoxText } from './types.ts';

const HEIGHT = 54;
const ROW_GAP = 34;
const OVERHANG = 30;

interface Bar {
  readonly name: string;
  readonly level: number;
  left: number;
  right: number;
  row: number;
}

/**
 * Switches as bars that span what hangs on them, so that most cables are straight. Those that only join other switches
 * stand above; bars that would touch go into rows of their own.
 */
export function switchRows(topology: Topology, others: readonly Box[]): Block {
  const nics = new Map(others.filter((box) => box.kind === 'nic').map((box) => [box.id, box.x + box.w / 2]));
  const bars = barsOf(topology, nics);
  const rows: Bar[][] = [];
  for (const bar of bars.toSorted((a, b) => a.level - b.level)) {
    const lowest =
      1 + Math.max(-1, ...bars.filter((other) => other.level < bar.level).map((other) => other.row));
    let row = bar.level === 0 ? 0 : lowest;
    while (rows[row]?.some((other) => other.left < bar.right + 24 && bar.left < other.right + 24)) row++;
    (rows[row] ??= []).push(bar);
    bar.row = row;
  }
  const h = rows.length === 0 ? 0 : rows.length * (HEIGHT + ROW_GAP) - ROW_GAP;
  const boxes = bars.map((bar): Box => {
    const y = (rows.length - 1 - bar.row) * (HEIGHT + ROW_GAP);
    const w = bar.right - bar.left;
    return {
      id: bar.name,
      kind: 'switch',
      x: bar.left,
      y,
      w,
      h: HEIGHT,
      title: `${bar.name} (switch)`,
      texts: [
        {
          text: fitText(bar.name, w - 24, 'name'),
          x: bar.left + 12,
          y: y + 31,
          anchor: 'start',
          style: 'name',
        },
        {
          text: 'switch',
          x: bar.left + 22 + textWidth(bar.name, 'name'),
          y: y + 31,
          anchor: 'start',
          style: 'role',
        },
        ...portTexts(topology, bar, nics, others, y),
      ],
    };
  });
  return { w: 0, h, boxes, lines: [] };
}

function barsOf(topology: Topology, nics: ReadonlyMap<string, number>): Bar[] {
  const hosts = Object.values(topology.underlay.hosts).filter((host) => host.role === 'switch');
  const bars: Bar[] = [];
  let nextFree = 16;
  for (const host of hosts) {
    const xs = topology.underlay.links.flatMap(({ ends }) => {
      const far = ends[0].host === host.name ? ends[1] : ends[1].host === host.name ? ends[0] : undefined;
      const x = far && nics.get(`${far.host}:${far.device}`);
      return x === undefined ? [] : [x];
    });
    const least = textWidth(host.name, 'name') + 80;
    if (xs.length === 0) {
      bars.push({ name: host.name, level: 1, left: nextFree, right: nextFree + least, row: 0 });
      nextFree += least + 30;
      continue;
    }
    const left = Math.max(8, Math.min(...xs) - OVERHANG);
    const right = Math.max(Math.max(...xs) + OVERHANG, left + least);
    bars.push({ name: host.name, level: 0, left, right, row: 0 });
  }
  for (const bar of bars.filter((each) => each.level === 1)) spanNeighbours(topology, bar, bars);
  return bars;
}

/** A switch that joins switches spans their middles. */
function spanNeighbours(topology: Topology, bar: Bar, bars: readonly Bar[]): void {
  const middles = topology.underlay.links.flatMap(({ ends }) => {
    const names = new Set(ends.map((end) => end.host));
    if (!names.has(bar.name)) return [];
    const other = bars.find((each) => each.level === 0 && each.name !== bar.name && names.has(each.name));
    return other === undefined ? [] : [(other.left + other.right) / 2];
  });
  if (middles.length === 0) return;
  const least = bar.right - bar.left;
  bar.left = Math.max(8, Math.min(...middles) - OVERHANG);
  bar.right = Math.max(Math.max(...middles) + OVERHANG, bar.left + least);
}

/** The names of the ports that lead to hosts, at the edge where the cable is. */
function portTexts(
  topology: Topology,
  bar: Bar,
  nics: ReadonlyMap<string, number>,
  others: readonly Box[],
  y: number,
): BoxText[] {
  return topology.underlay.links.flatMap(({ ends }): BoxText[] => {
    const own = ends.find((end) => end.host === bar.name);
    const far = ends.find((end) => end.host !== bar.name);
    const id = far && `${far.host}:${far.device}`;
    const x = id === undefined ? undefined : nics.get(id);
    if (own === undefined || far === undefined || x === undefined) return [];
    const host = others.find((box) => box.id === far.host);
    const above = host?.kind === 'router' || host?.kind === 'internet';
    return [
      {
        text: fitText(own.device, 60, 'port'),
        x,
        y: above ? y + 12 : y + HEIGHT - 6,
        anchor: 'middle',
        style: 'port',
      },
    ];
  });
}
