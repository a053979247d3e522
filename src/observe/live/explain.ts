/** What the bridges between two hops did: asked of the switches themselves, after the fact. */
import { dissect, split } from 'tcpdump-parser';
import type { Cluster } from '../../engine/index.ts';
import { isNetdojoError } from '../../errors/index.ts';
import type { BridgeStep, Hop, Journey, KernelStep } from '../../journey/index.ts';
import { cookieIndex, type NodeState } from '../../state/index.ts';
import { type ConnectionState, connectionState } from '../connections.ts';
import type { CapturedFrame } from '../correlate.ts';
import { missingFlows } from '../missing-flows.ts';
import { pointId } from '../points.ts';
import { parseTrace } from '../trace.ts';
import { bridgedSteps, namespaceSteps } from './kernel.ts';
import { hybridPortsOf, type SwitchPort, switchPortOf } from './places.ts';

interface Arrival {
  readonly at: SwitchPort;
  readonly bytes: Uint8Array;
  readonly hop: Hop;
}

/**
 * The journey with `bridges` filled in where a frame came into a switch, by a cable or out of a namespace, and `kernel`
 * where it came into a namespace or to a firewall of iptables. Open vSwitch is asked what it does with the
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

  const portOf = (hop: Hop): SwitchPort | undefined => {
    if (hop.kind === 'namespace') {
      const port = hop.direction === 'out' ? cluster.state.nodes[hop.node]?.ports[hop.device] : undefined;
      return port && { node: hop.node, bridge: port.bridge, device: port.name };
    }
    const here = ends.get(hop.point);
    if (!here) return undefined;
    const far = here.wire.ends.find((end) => end !== here.end);
    const end = hop.direction === 'in' ? here.end : hop.kind === 'wire' ? far : undefined;
    return end && switchPortOf(cluster.state, end);
  };

  const arrivalOf = (hop: Hop): Arrival | undefined => {
    const at = portOf(hop);
    const frame = frames[hop.frames.at(-1) ?? -1];
    return at && frame && !hop.lost ? { at, bytes: frame.bytes, hop } : undefined;
  };

  const visit = async (hop: Hop): Promise<Hop> => {
    const arrival = arrivalOf(hop);
    const [bridges, kernel, next] = await Promise.all([
      arrival ? traceArrival(cluster, arrival, ownerOf) : undefined,
      kernelAt(cluster, hop, arrival?.at),
      Promise.all(hop.next.map(visit)),
    ]);
    const missing = bridges && arrival ? await missingOn(cluster, arrival.at.node, bridges) : [];
    const asked = [...missing, ...kernel];
    return {
      ...hop,
      next,
      ...(bridges && bridges.length > 0 ? { bridges } : {}),
      ...(asked.length > 0 ? { kernel: asked } : {}),
    };
  };
  return { ...journey, roots: await Promise.all(journey.roots.map(visit)) };
}

/** What went wrong is told even where nobody can be asked any more why; `notes` say that it could not be. */
export async function explainIfPossible(
  cluster: Cluster,
  journey: Journey,
  frames: readonly CapturedFrame[],
): Promise<{ readonly journey: Journey; readonly notes: readonly string[] }> {
  try {
    return { journey: await explain(cluster, journey, frames), notes: [] };
  } catch (error) {
    if (!isNetdojoError(error)) throw error;
    return { journey, notes: [`who decided so could not be found out: ${error.message}`] };
  }
}

/** A namespace that the packet came to; or a bridge with a firewall, on the way in from the server or out to it. */
async function kernelAt(cluster: Cluster, hop: Hop, at: SwitchPort | undefined): Promise<KernelStep[]> {
  if (hop.kind === 'namespace' && hop.direction === 'in') return namespaceSteps(cluster, hop);
  if (!at) return [];
  const { headers } = hop;
  const ports = hybridPortsOf(cluster.state, at.node);
  const out = hop.kind === 'tap' && ports.find(({ tap }) => tap === hop.device);
  const left = out ? await bridgedSteps(cluster, at.node, headers, { in: out.tap, out: out.inner }) : [];
  if (left.some(({ fault }) => fault)) return left;
  const to = ports.find(({ mac_address }) => mac_address === headers.dst_mac);
  return to
    ? [...left, ...(await bridgedSteps(cluster, at.node, headers, { in: to.inner, out: to.tap }))]
    : left;
}

async function missingOn(
  cluster: Cluster,
  node: string,
  steps: readonly BridgeStep[],
): Promise<KernelStep[]> {
  const state = cluster.state.nodes[node];
  if (!state) return [];
  const agent = await cluster.agent(node);
  const bridges = new Set(steps.map(({ bridge }) => bridge).filter((bridge) => state.bridges[bridge]));
  const dumps = await Promise.all(
    [...bridges].map(async (bridge): Promise<[string, string]> => {
      const argv = ['ovs-ofctl', '-O', 'OpenFlow14', '--no-stats', 'dump-flows', bridge];
      const { stdout } = await agent.request<{ stdout: string }>('run', { argv });
      return [bridge, stdout];
    }),
  );
  return missingFlows(state, steps, new Map(dumps));
}

type OwnerOf = (cookie: string) => string | undefined;

async function traceArrival(
  cluster: Cluster,
  { at: { node, bridge, device }, bytes, hop }: Arrival,
  ownerOf: OwnerOf,
): Promise<BridgeStep[]> {
  const state = cluster.state.nodes[node];
  const port = state?.ports[device];
  if (!state || !port) return [];
  const agent = await cluster.agent(node);
  const unixctl = (method: string, parameters: readonly string[]): Promise<string> =>
    agent.request('unixctl', { method, parameters });
  const tracks = Object.values(state.flows).some(({ actions }) => actions.includes('ct('));
  const connection = tracks
    ? connectionState(await unixctl('dpctl/dump-conntrack', []), hop.headers)
    : undefined;
  const trace = (on: string, flow: string, frame: Uint8Array): Promise<string> =>
    unixctl('ofproto/trace', [on, flow, ...ctNext(connection), Buffer.from(frame).toString('hex')]);

  const outer = parseTrace(await trace(bridge, `in_port=${port.ofport}`, bytes), ownerOf);
  const inner = tunnelArrival(state, bytes);
  if (!inner) return outer;
  return [...outer, ...parseTrace(await trace(inner.bridge, inner.flow, inner.bytes), ownerOf)];
}

/** A frame may be looked at on its way out of one port and into another of the same node: each takes one option. */
const ctNext = (state: ConnectionState | undefined): string[] =>
  state === undefined ? [] : Array.from({ length: 4 }, () => ['--ct-next', state]).flat();

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
