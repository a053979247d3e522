import type { Layout, Line, XY } from './types.ts';

/** How a path runs on a drawing: from place to place along the lines that are drawn. */
export interface Routes {
  /** The points of the way between two capture points or boxes; undefined where the drawing joins them not. */
  between(from: string, to: string): Way | undefined;
  /** Where a capture point is. */
  at(point: string): XY | undefined;
}

export interface Way {
  readonly points: readonly XY[];
  /** Ids of the places on the way, both ends included. */
  readonly through: readonly string[];
}

interface Edge {
  readonly to: string;
  readonly points: readonly XY[];
}

/** The ways on a drawing. Shortest in number of lines; the same question has the same answer. */
export function routesOf(plan: Layout): Routes {
  const edges = new Map<string, Edge[]>();
  const places = new Map<string, XY>();
  const add = (from: string, to: string, points: readonly XY[]) => {
    const list = edges.get(from) ?? [];
    list.push({ to, points });
    edges.set(from, list);
  };
  for (const line of plan.lines) {
    add(line.from, line.to, line.points);
    add(line.to, line.from, line.points.toReversed());
    remember(places, line);
  }
  for (const box of plan.boxes)
    if (!places.has(box.id) || box.kind === 'tap' || box.kind === 'nic')
      places.set(box.id, [box.x + box.w / 2, box.y + box.h / 2]);

  const memory = new Map<string, Way | undefined>();
  const between = (from: string, to: string) => {
    const key = `${from} ${to}`;
    if (!memory.has(key)) memory.set(key, search(edges, from, to));
    return memory.get(key);
  };
  return { between, at: (point) => places.get(point) };
}

function remember(places: Map<string, XY>, line: Line): void {
  const [first, last] = [line.points[0], line.points.at(-1)];
  if (first !== undefined && !places.has(line.from)) places.set(line.from, first);
  if (last !== undefined && !places.has(line.to)) places.set(line.to, last);
}

function search(edges: ReadonlyMap<string, readonly Edge[]>, from: string, to: string): Way | undefined {
  if (from === to) return { points: [], through: [from] };
  const came = new Map<string, { before: string; edge: Edge }>();
  const todo = [from];
  for (let index = 0; index < todo.length; index++) {
    const here = todo[index] as string;
    for (const edge of edges.get(here) ?? []) {
      if (edge.to === from || came.has(edge.to)) continue;
      came.set(edge.to, { before: here, edge });
      if (edge.to === to) return wayTo(came, to);
      todo.push(edge.to);
    }
  }
  return undefined;
}

function wayTo(came: ReadonlyMap<string, { before: string; edge: Edge }>, to: string): Way {
  const parts: (readonly XY[])[] = [];
  const through = [to];
  for (let step = came.get(to); step !== undefined; step = came.get(step.before)) {
    parts.unshift(step.edge.points);
    through.unshift(step.before);
  }
  return { points: simplified(parts.flat()), through };
}

/** Without points that add nothing: repeated ones, and those in the middle of a straight line. */
export function simplified(points: readonly XY[]): XY[] {
  const kept: XY[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last !== undefined && same(last, point)) continue;
    const before = kept.at(-2);
    if (before !== undefined && last !== undefined && straightOn(before, last, point)) kept.pop();
    kept.push(point);
  }
  return kept;
}

function same(a: XY, b: XY): boolean {
  return Math.abs(a[0] - b[0]) < 0.01 && Math.abs(a[1] - b[1]) < 0.01;
}

/** True where b lies on the way from a to c, so that it does not turn. */
function straightOn(a: XY, b: XY, c: XY): boolean {
  const upright =
    Math.abs(a[0] - b[0]) < 0.01 && Math.abs(b[0] - c[0]) < 0.01 && (b[1] - a[1]) * (c[1] - b[1]) >= 0;
  const level =
    Math.abs(a[1] - b[1]) < 0.01 && Math.abs(b[1] - c[1]) < 0.01 && (b[0] - a[0]) * (c[0] - b[0]) >= 0;
  return upright || level;
}
