/** What the bridges between two hops did: asked of the switches themselves, after the fact. */
import { split, dissect } from 'tcpdump-parser';
import type { Cluster } from '../../engine/index.ts';
import type { BridgeStep, Hop, Journey } from '../../journey/index.ts';
import { cookieIndex, type NodeState, type WireEnd } from '../../state/index.ts';
import type { CapturedFrame } from '../correlate.ts';
import { pointId } from '../points.ts';
import { parseTrace } from '../trace.ts';

interface Arrival {
  readonly end: WireEnd;
  readonly bridge: string;
  readonly bytes: Uint8Array;
}

/**
 * The journey with `bridges` filled in where a frame came into a switch. Open vSwitch is asked what it does with the
 * frame now: what it has learned since, it takes into account, and nothing is sent or learned by asking.
 *
 * @throws NetdojoError ND_NODE_COMMAND, ND_NODE_LOST
 */
export async function explain(
  cluster: Cluster,
  journey: Journey,
  frames: readonly CapturedFrame[],
): Promise<Journey> {
  const owners = cookieIndex(cluster.state);
  const ownerOf = (cookie: string): string | undefined => owners.get(cookie)?.purpose;
  const ends = new Map(
    Object.values(cluster.state.wires).flatMap((wire) =>
      wire.ends.map((end) => [pointId(end), { end, wire }] as const),
    ),
  );

  const arrivalOf = (hop: Hop): Arrival | undefined => {
    const here = ends.get(hop.point);
    if (!here) return undefined;
    const far = here.wire.ends.find((end) => end !== here.end);
    const end = hop.direction === 'in' ? here.end : hop.kind === 'wire' ? far : undefined;
    const frame = frames[hop.frames.at(-1) ?? -1];
    if (!end?.bridge || !frame || hop.lost) return undefined;
    return { end, bridge: end.bridge, bytes: frame.bytes };
  };

  const visit = async (hop: Hop): Promise<Hop> => {
    const arrival = arrivalOf(hop);
    const [bridges, next] = await Promise.all([
      arrival ? traceArrival(cluster, arrival, ownerOf) : undefined,
      Promise.all(hop.next.map(visit)),
    ]);
    return { ...hop, next, ...(bridges && bridges.length > 0 ? { bridges } : {}) };
  };
  return { ...journey, roots: await Promise.all(journey.roots.map(visit)) };
}

type OwnerOf = (cookie: string) => string | undefined;

async function traceArrival(
  cluster: Cluster,
  { end, bridge, bytes }: Arrival,
  ownerOf: OwnerOf,
): Promise<BridgeStep[]> {
  const state = cluster.state.nodes[end.node];
  const port = state?.ports[end.device];
  if (!state || !port) return [];
  const agent = await cluster.agent(end.node);
  const trace = (at: string, flow: string, frame: Uint8Array): Promise<string> =>
    agent.request('unixctl', {
      method: 'ofproto/trace',
      parameters: [at, flow, Buffer.from(frame).toString('hex')],
    });

  const outer = parseTrace(await trace(bridge, `in_port=${port.ofport}`, bytes), ownerOf);
  const inner = tunnelArrival(state, bytes);
  if (!inner) return outer;
  return [...outer, ...parseTrace(await trace(inner.bridge, inner.flow, inner.bytes), ownerOf)];
}

/** The frame inside a tunnel that ends at this node, and the tunnel port out of which it comes. */
function tunnelArrival(
  state: NodeState,
  bytes: Uint8Array,
): { bridge: string; flow: string; bytes: Uint8Array } | undefined {
  const [outside, inside] = split(dissect(bytes));
  const carrier = outside?.tunnel;
  const ip = outside?.layers.find((layer) => layer.protocol === 'ipv4');
  if (!carrier || !inside || ip?.protocol !== 'ipv4') return undefined;
  const id =
    carrier.protocol === 'gre'
      ? carrier.key
      : carrier.protocol === 'vxlan' || carrier.protocol === 'geneve'
        ? carrier.vni
        : undefined;
  const port = Object.values(state.ports).find(
    ({ type, options }) =>
      type === carrier.protocol &&
      options['remote_ip'] === ip.source &&
      options['local_ip'] === ip.destination,
  );
  const start = inside.layers[0]?.offset;
  if (!port || id === undefined || start === undefined) return undefined;
  return {
    bridge: port.bridge,
    flow: `in_port=${port.ofport},tun_id=${id},tun_src=${ip.source},tun_dst=${ip.destination}`,
    bytes: bytes.subarray(start),
  };
}
