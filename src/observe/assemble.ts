/** Sightings of one packet → the tree of its hops. */
import type { Hop, Point, Sighting } from '../journey/types.ts';
import { link, type Seen } from './link.ts';
import type { Points } from './points.ts';

/** How often a path may leave through the same device before the rest of a loop is counted instead of shown. */
const LOOP_ROUNDS = 8;

/**
 * The trees of hops that the sightings of one packet show, one for each time that it was sent (or first seen), in the
 * order of time. What crosses an underlay cable is one hop, `lost` when the far end never saw it; at a guest's cable
 * the NIC and the tap are a hop each, and so is each passing of a namespace's device. The order of the sightings does not matter.
 */
export function assemble(sightings: readonly Sighting[], points: Points): Hop[] {
  const children = new Map<Seen, Seen[]>();
  const roots: Seen[] = [];
  const all = link(sightings, points);
  for (const one of all) {
    if (!one.parent) roots.push(one);
    else {
      const siblings = children.get(one.parent);
      if (siblings) siblings.push(one);
      else children.set(one.parent, [one]);
    }
  }
  breakCycles(all, roots, children);
  return roots.map((root) => hopOf(root, children));
}

/**
 * Missing sightings and inverted stamps can make a circle of causes. It has no root; its earliest sighting becomes one.
 */
function breakCycles(all: readonly Seen[], roots: Seen[], children: Map<Seen, Seen[]>): void {
  const reached = new Set<Seen>();
  const reach = (root: Seen): void => {
    const todo = [root];
    for (let one = todo.pop(); one; one = todo.pop()) {
      reached.add(one);
      todo.push(...(children.get(one) ?? []));
    }
  };
  for (const root of roots) reach(root);
  if (reached.size === all.length) return;
  for (const one of all) {
    if (reached.has(one)) continue;
    if (one.parent) {
      const siblings = children.get(one.parent) ?? [];
      children.set(
        one.parent,
        siblings.filter((sibling) => sibling !== one),
      );
    }
    roots.push(one);
    reach(one);
  }
  roots.sort((a, b) => (a.sighting.time < b.sighting.time ? -1 : 1));
}

function hopOf(root: Seen, children: ReadonlyMap<Seen, readonly Seen[]>): Hop {
  const rounds = new Map<string, number>();

  const make = (seen: Seen): Hop => {
    const { sighting, point } = seen;
    const wire = point.kind === 'wire';
    // A wire whose sending end saw nothing is known by its far end alone.
    const orphan = wire && sighting.direction === 'in';
    const far = wire && !orphan ? arrivalOf(seen, children) : undefined;
    const next = wire && !orphan ? (far ? (children.get(far) ?? []) : []) : (children.get(seen) ?? []);
    const round = `${point.id} ${sighting.direction}`;
    const count = (rounds.get(round) ?? 0) + 1;
    rounds.set(round, count);
    const cut = count >= LOOP_ROUNDS && next.length > 0;
    const hops = cut ? [] : next.map(make);
    rounds.set(round, count - 1);
    return {
      kind: point.kind,
      ...(orphan
        ? { ...end(point.peer), point: point.peer, to: point.node, direction: 'out' as const }
        : { node: point.node, device: point.device, point: point.id, direction: sighting.direction }),
      ...(wire && (orphan ? { far: point.id } : { to: end(point.peer).node, far: point.peer })),
      ...(point.kind === 'namespace' && { object: whose(point) }),
      headers: sighting.headers,
      time: sighting.time,
      frames: far ? [sighting.frame, far.sighting.frame] : [sighting.frame],
      ...(wire && !orphan && !far && { lost: true }),
      ...(cut && { more: countBelow(next, children) }),
      next: hops,
    };
  };
  return make(root);
}

function arrivalOf(seen: Seen, children: ReadonlyMap<Seen, readonly Seen[]>): Seen | undefined {
  return children.get(seen)?.[0];
}

/** A router's gateway may have hundreds of floating IPs: only the first address, which is the port's own. */
function whose({ object, addresses: [first, ...more] = [] }: Point): string {
  if (first === undefined) return object;
  return more.length === 0 ? `${object} ${first}` : `${object} ${first} (+${more.length})`;
}

/** A point's id is its place and its device. */
function end(id: string): { readonly node: string; readonly device: string } {
  const colon = id.lastIndexOf(':');
  return { node: id.slice(0, colon), device: id.slice(colon + 1) };
}

function countBelow(from: readonly Seen[], children: ReadonlyMap<Seen, readonly Seen[]>): number {
  const todo = [...from];
  let count = 0;
  for (let one = todo.pop(); one; one = todo.pop()) {
    count++;
    todo.push(...(children.get(one) ?? []));
  }
  return count;
}
