/** What captures would hold if an expectation came true. */
import type { Constraint, ExpectedHop, ExpectedJourney, Headers, Sighting } from '../journey/types.ts';
import { type Points, pointsOf } from '../observe/points.ts';
import { GUESTS, type WireState } from '../state/index.ts';
import type { Topology } from '../topology/topology.ts';
import { seatsOf } from './seats.ts';

/** All capture points of a topology: its cables and the devices of its namespaces. */
export function allPoints(topology: Topology): Points {
  const wires: Record<string, WireState> = {};
  const ownerOf = (name: string) => ({ kind: 'port', name, purpose: 'test' }) as const;
  for (const { key, ends } of topology.underlay.links) {
    const [first, second] = ends.map(({ host, device }) => ({ node: host, namespace: '', device }));
    if (first && second)
      wires[key] = { key, kind: 'underlay', ends: [first, second], mtu: 1500, owner: ownerOf(key) };
  }
  const seats = seatsOf(topology);
  for (const { kind, port, holder, device, host, tap, tag } of seats) {
    if (kind !== 'guest' || tag !== undefined) continue;
    wires[port.name] = {
      key: port.name,
      kind: 'guest',
      ends: [
        { node: GUESTS, namespace: holder.name, device },
        { node: host, namespace: '', device: tap },
      ],
      mtu: 1500,
      owner: ownerOf(port.name),
    };
  }
  const localIps = Object.values(topology.underlay.hosts).flatMap(({ name, local_ip }) =>
    local_ip === undefined ? [] : [[name, local_ip] as const],
  );
  const points = new Map(pointsOf(wires, Object.fromEntries(localIps)));
  for (const { kind, point, port, holder, host, device, link, segment } of seats) {
    if (kind === 'guest') continue;
    const namespace = `${holder.kind}-${holder.name}`;
    const far = link && seats.find((one) => one.segment === segment && one.link !== link);
    const peer = far?.point ?? '';
    points.set(point, { id: point, kind, node: host, device, namespace, peer, object: port.name });
  }
  return points;
}

/** Headers that fulfil a constraint; `also` fills in what it leaves open. */
function fulfil(constraint: Constraint<Headers>, also: Partial<Headers>): Headers {
  const filled = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, inner]) => inner !== null && inner !== undefined)
            .map(([name, inner]) => [name, filled(inner)]),
        )
      : value;
  return { ethertype: 0x88b6, ...also, ...(filled(constraint) as object) } as Headers;
}

/** The sightings of a journey, beginning at a time in nanoseconds. */
export function sightingsOf(
  journey: Pick<ExpectedJourney, 'roots'>,
  points: Points,
  also: Partial<Headers> = {},
  start = 0n,
): Sighting[] {
  const sightings: Sighting[] = [];
  let time = start;
  const see = (point: string, direction: 'in' | 'out', headers: Headers): void => {
    sightings.push({ point, direction, time, headers, frame: sightings.length });
  };
  // Breadth first: all copies are in flight at the same time.
  let level: readonly ExpectedHop[] = journey.roots;
  while (level.length > 0) {
    for (const hop of level) {
      time += 1000n;
      const id = `${hop.node}:${hop.device}`;
      const headers = fulfil(hop.headers, also);
      see(id, hop.direction ?? 'out', headers);
      if (hop.kind !== 'wire') continue;
      time += 100n;
      see(points.get(id)?.peer ?? 'nowhere', 'in', headers);
    }
    level = level.flatMap(({ next }) => next);
  }
  return sightings;
}
