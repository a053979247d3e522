import { hopsBelow, type Verdict } from '../journey/index.ts';
import type { PredictOptions } from '../oracle/index.ts';
import {
  ping,
  type PingOptions,
  type PingOutcome,
  udp,
  type UdpOptions,
  type UdpOutcome,
} from '../probe/index.ts';
import type { Topology } from '../topology/index.ts';
import { check, type Check, type CheckedJourney } from './check.ts';
import type { Cloud, Observed } from './cloud.ts';

/** A probe, and the whole way of every packet that it brought about. */
export interface Exchange<Outcome> extends Check {
  readonly outcome: Outcome;
  /** What became of the packet that was to be sent; `no-neighbour` when ARP got no answer and it never left. */
  readonly verdict: Verdict;
  /** The packet that was to be sent. */
  readonly request?: CheckedJourney;
  readonly reply?: CheckedJourney;
  readonly observed: Observed<Outcome>;
}

export interface SendOptions extends PredictOptions {
  readonly from: string;
  /** A server, a machine outside, or an address. */
  readonly to: string;
}

const isAddress = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text) || text.includes(':');

/** Address that `to` stands for: of a machine outside such as internet1, or of the NIC on the sender's network where the server has one there. */
export function destinationOf(cloud: Cloud, from: string, to: string): string {
  if (isAddress(to)) return to;
  const outside = outsideAddress(cloud, to);
  if (outside !== undefined) return outside;
  const nics = cloud.topology.servers[from]?.nics ?? [];
  const networks = new Set(nics.map((nic) => cloud.topology.ports[nic.port]?.network));
  const nic = cloud.server(to).nics.find((one) => networks.has(cloud.topology.ports[one.port]?.network));
  return cloud.address(to, nic?.device);
}

/** The address of a machine of the underlay that is no part of the cloud. */
function outsideAddress({ topology: { underlay } }: Cloud, name: string): string | undefined {
  const host = underlay.hosts[name];
  if (host === undefined || !OUTSIDE.has(host.role)) return undefined;
  return host.interfaces.find(({ address }) => address !== undefined)?.address?.split('/')[0];
}

/** Who sends: a server, or a machine of the underlay that is no part of the cloud, such as internet1. */
export interface Speaker {
  readonly agent: Awaited<ReturnType<Cloud['guests']>>;
  /** On the agent's node; '' is the node's own. */
  readonly namespace: string;
  /** Names by which journeys tell what it sent. */
  readonly names: ReadonlySet<string>;
}

const OUTSIDE: ReadonlySet<string> = new Set(['router', 'internet', 'baremetal']);

/** @throws NetdojoError ND_SERVER_UNKNOWN */
export async function speakerOf(cloud: Cloud, name: string): Promise<Speaker> {
  const role = cloud.topology.underlay.hosts[name]?.role;
  if (role !== undefined && OUTSIDE.has(role))
    return { agent: await cloud.cluster.agent(name), namespace: '', names: new Set([name]) };
  const names = new Set(cloud.server(name).nics.map((nic) => nic.port));
  return { agent: await cloud.guests(), namespace: name, names };
}

async function exchange<Outcome>(
  cloud: Cloud,
  options: PredictOptions,
  act: () => Promise<Outcome>,
  is: {
    request: (journey: CheckedJourney) => boolean;
    reply: (journey: CheckedJourney) => boolean;
    /** Whoever gets the request owes a reply. */
    owed?: boolean;
  },
): Promise<Exchange<Outcome>> {
  const observed = await cloud.observe(act);
  const { activeRouters } = cloud;
  const result = check(cloud.topology, observed.observation, { activeRouters, ...options });
  const request = result.journeys.find(is.request);
  const reply = result.journeys.find(is.reply);
  const findings = is.owed && request && !reply ? silences(cloud.topology, request) : [];
  return {
    ...result,
    findings,
    ok: result.ok && findings.length === 0,
    outcome: observed.value,
    verdict:
      observed.observation.dropped > 0 ? 'inconclusive' : (request?.observed.verdict ?? 'no-neighbour'),
    observed,
    ...(request ? { request } : {}),
    ...(reply ? { reply } : {}),
  };
}

/** Who got a request for an address of his own and said nothing; what a kernel answers the oracle is not asked. */
function silences({ servers, ports, underlay }: Topology, { title, observed }: CheckedJourney): string[] {
  const arrivals = observed.roots.flatMap(hopsBelow).flatMap(({ kind, direction, node, to, headers }) => {
    const who = kind === 'guest' && direction === 'in' ? node : kind === 'wire' ? to : undefined;
    return who === undefined ? [] : [{ who, dst_ip: headers.dst_ip }];
  });
  const owns = (who: string): (string | undefined)[] => [
    ...(servers[who]?.nics ?? []).flatMap(
      ({ port }) => ports[port]?.fixed_ips.map(({ ip_address }) => ip_address) ?? [],
    ),
    ...(OUTSIDE.has(underlay.hosts[who]?.role ?? '') ? (underlay.hosts[who]?.interfaces ?? []) : []).flatMap(
      ({ address, ipv6_address }) => [address?.split('/')[0], ipv6_address?.split('/')[0]],
    ),
  ];
  const silent = arrivals.filter(({ who, dst_ip }) => dst_ip !== undefined && owns(who).includes(dst_ip));
  return [...new Set(silent.map(({ who }) => who))].map(
    (who) =>
      `${who} got ${title} and did not answer\n  try: netdojo exec ${who} -- ip route, and ip address there`,
  );
}

/** What is for the oracle, and what is for the probe. */
function parted<Options extends PredictOptions>(
  options: Options,
): [PredictOptions, Omit<Options, keyof PredictOptions>] {
  const { known, claimed, learnedHosts, activeRouters, connections, neighbours, ...probe } = options;
  const predict = { known, claimed, learnedHosts, activeRouters, connections, neighbours };
  const given = Object.entries(predict).filter(([, value]) => value !== undefined);
  return [Object.fromEntries(given), probe];
}

const isEcho = ({ icmp, protocol }: CheckedJourney['headers'], four: number, six: number): boolean =>
  icmp?.type === (protocol === 58 ? six : four);

/** One ICMP echo by the server's own kernel. */
export async function sendPing(
  cloud: Cloud,
  options: SendOptions & PingOptions,
): Promise<Exchange<PingOutcome>> {
  const { from, to, ...rest } = options;
  const [predict, probe] = parted(rest);
  const destination = destinationOf(cloud, from, to);
  const { agent, namespace, names } = await speakerOf(cloud, from);
  return exchange(cloud, predict, () => ping(agent, namespace, destination, probe), {
    request: ({ headers, from: by }) => isEcho(headers, 8, 128) && by !== undefined && names.has(by),
    reply: ({ headers }) => isEcho(headers, 0, 129),
    owed: true,
  });
}

/** One datagram by the server's own kernel; nobody needs to listen. */
export async function sendUdp(
  cloud: Cloud,
  options: SendOptions & UdpOptions & { readonly port: number },
): Promise<Exchange<UdpOutcome>> {
  const { from, to, port, ...rest } = options;
  const [predict, probe] = parted(rest);
  const destination = destinationOf(cloud, from, to);
  const { agent, namespace } = await speakerOf(cloud, from);
  const udpPacket = (journey: CheckedJourney): boolean => journey.headers.protocol === 17;
  return exchange(cloud, predict, () => udp(agent, namespace, destination, port, probe), {
    request: (journey) => udpPacket(journey) && journey.headers.dst_port === port,
    reply: (journey) => udpPacket(journey) && journey.headers.src_port === port,
  });
}
