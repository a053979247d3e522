import type { Topology } from '../../topology/topology.ts';
import { routesOf, simplified, type Way } from '../graph/route.ts';
import { pathData } from '../graph/svg.ts';
import type { Layout, XY } from '../graph/types.ts';
import type { FlatHop } from '../model.ts';

/** How a hop is drawn: the way from the hop before, and where its number stands. Absent where the drawing has no such place. */
export interface DrawnHop {
  /** SVG path data. */
  readonly path?: string;
  /** Ids of the boxes on the way. */
  readonly through?: readonly string[];
  readonly at?: XY;
}

/** Draws journeys on one drawing. */
export type JourneyDrawer = (flat: readonly FlatHop[]) => DrawnHop[];

const RADIUS = 7;
/** From the middle of a server or a tap to where numbers stand. */
const BESIDE = 51;
const SPREAD = 17;
const BESIDES: ReadonlySet<string> = new Set(['guest', 'tap', 'namespace']);

/** A drawer for the layout of a topology. */
export function journeyDrawer(topology: Topology, plan: Layout): JourneyDrawer {
  const routes = routesOf(plan);
  const peers = new Map<string, string>();
  for (const { ends } of topology.underlay.links) {
    const [a, b] = ends.map((end) => `${end.host}:${end.device}`) as [string, string];
    peers.set(a, b).set(b, a);
  }
  const servers = new Map(
    Object.values(topology.servers).flatMap(({ name, nics }) =>
      nics.map(({ device }) => [`${name}:${device}`, name]),
    ),
  );
  const endOf = ({ hop }: FlatHop) => (hop.kind === 'wire' ? (peers.get(hop.point) ?? hop.point) : hop.point);

  const route = (item: FlatHop, before: FlatHop | undefined): Way => {
    const here = item.hop.point;
    const to = before === undefined ? undefined : routes.between(endOf(before), here);
    const along = routes.between(here, endOf(item));
    return {
      points: simplified([...(to?.points ?? []), ...(along?.points ?? [])]),
      through: [...new Set([...(to?.through ?? []), ...(along?.through ?? [])])].map(
        (id) => servers.get(id) ?? id,
      ),
    };
  };
  const badge = (item: FlatHop): XY | undefined => {
    const at = routes.at(item.hop.point);
    const far = routes.at(endOf(item));
    if (at === undefined) return undefined;
    if (item.hop.kind === 'wire' && far !== undefined) return [(at[0] + far[0]) / 2, (at[1] + far[1]) / 2];
    return BESIDES.has(item.hop.kind) ? [at[0] + BESIDE, at[1]] : at;
  };

  return (flat) => {
    const used = new Map<string, number>();
    return flat.map((item) => {
      const { points, through } = route(item, flat[item.parent]);
      const place = badge(item);
      const key = place?.map(Math.round).join() ?? '';
      const times = used.get(key) ?? 0;
      used.set(key, times + 1);
      return {
        ...(points.length > 1 && { path: pathData(points, RADIUS) }),
        through,
        ...(place !== undefined && { at: [round(place[0] + times * SPREAD), round(place[1])] as const }),
      };
    });
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
