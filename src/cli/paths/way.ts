/** What a packet's journey comes to in a table: hosts touched, cables crossed, hops that the receiver counts. Pure. */
import type { Hop, Journey } from '../../journey/index.ts';
import type { Topology } from '../../topology/index.ts';

export interface Way {
  /** Hosts in the order in which the packet touched them; physical switches are left out. */
  readonly nodes: readonly string[];
  /** Cables crossed, those to and from a physical switch each. */
  readonly wires: number;
  /** What became of the TTL (of the hop limit) between sender and receiver: 0, or less. */
  readonly ttl: number;
}

/** The way to the first of the receivers that got the packet; undefined where none did. */
export function wayOf(
  topology: Topology,
  { roots }: Pick<Journey, 'roots'>,
  receivers: readonly string[],
): Way | undefined {
  const hops = wayTo(roots, new Set(receivers));
  const [first] = hops;
  const last = hops.at(-1);
  if (first?.headers.ttl === undefined || last?.headers.ttl === undefined) return undefined;
  const places = hops.flatMap((hop) => (hop.to === undefined ? [hop.node] : [hop.node, hop.to]));
  const hosts = places.map((place) => topology.servers[place]?.host ?? place);
  const nodes = hosts.filter((host) => topology.underlay.hosts[host]?.role !== 'switch');
  return {
    nodes: nodes.filter((node, at) => node !== nodes[at - 1]),
    wires: hops.filter(({ kind }) => kind === 'wire').length,
    ttl: last.headers.ttl - first.headers.ttl,
  };
}

/** The branch that ends at a receiver; empty where none does. */
function wayTo(hops: readonly Hop[], receivers: ReadonlySet<string>): Hop[] {
  for (const hop of hops) {
    const below = wayTo(hop.next, receivers);
    if (below.length > 0) return [hop, ...below];
    if (receivers.has(hop.far ?? hop.point)) return [hop];
  }
  return [];
}

/** Whether a reply took the same way back. */
export const isSameWayBack = (there: Way, back: Way): boolean =>
  there.wires === back.wires &&
  there.ttl === back.ttl &&
  there.nodes.join(' ') === back.nodes.toReversed().join(' ');
