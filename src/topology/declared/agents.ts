/** Which hosts are cabled to what carries a network, and which of them hold routers, DHCP and load balancers. */
import { l3AgentMode } from '../distributed.ts';
import { named } from '../names.ts';
import { reachesByRack } from '../racks.ts';
import { tunnelNetwork } from '../resolve/mtu.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay, UnderlayHost, UnderlayNetwork } from '../topology.ts';

type DeclaredNetwork = CloudDocument['networks'][string];
type DeclaredRouter = CloudDocument['routers'][string];

/** What a host lacks to have ports on a network: an interface on the tunnel network, or on a physical one. */
export function lackOf(
  host: UnderlayHost,
  network: DeclaredNetwork,
  underlay: Underlay,
): 'tunnel' | UnderlayNetwork | undefined {
  const type = network['provider:network_type'];
  if (type === 'vxlan' || type === 'gre') {
    if (reachesByRack(underlay, host.name, type)) return undefined;
    return host.local_ip !== undefined || tunnelNetwork(underlay) === undefined ? undefined : 'tunnel';
  }
  const physical = network['provider:physical_network'];
  if (type === 'local' || physical === undefined) return undefined;
  const carrier = Object.values(underlay.networks).find(
    (candidate) => candidate.physical_network === physical,
  );
  if (carrier === undefined || host.interfaces.some(({ networks }) => networks.includes(carrier.name)))
    return undefined;
  return carrier;
}

/** Hosts that hold routers, DHCP and load balancers, in document order. */
export function agentHosts(underlay: Underlay): UnderlayHost[] {
  return Object.values(underlay.hosts).filter(({ role }) => role === 'network' || role === 'gateway');
}

/** Whether the agents of a host report. */
export const isAlive = ({ agents }: Pick<CloudDocument, 'agents'>, host: string): boolean =>
  named(agents, host)?.alive ?? true;

type Fits = (host: UnderlayHost) => boolean;

/** Hosts whose agents report, and that are cabled to what carries all of the networks. */
export function candidates(
  networks: readonly string[],
  document: CloudDocument,
  underlay: Underlay,
  fits: Fits = () => true,
): string[] {
  const reaches = reaching(networks, document, underlay);
  return agentHosts(underlay)
    .filter((host) => isAlive(document, host.name) && fits(host) && reaches(host))
    .map(({ name }) => name);
}

/**
 * Hosts for something that names none, best first: those that fit and reach all the networks, then others, for which it
 * is told what they lack. Silent ones only where nobody else fits: nothing new reaches them.
 */
function bestFirst(
  networks: readonly string[],
  document: CloudDocument,
  underlay: Underlay,
  fits: Fits = () => true,
): string[] {
  const reaches = reaching(networks, document, underlay);
  const best = candidates(networks, document, underlay, fits);
  const hosts = agentHosts(underlay)
    .filter(({ name }) => best.length === 0 || isAlive(document, name))
    .map((host) => ({ name: host.name, rank: Number(fits(host)) * 2 + Number(reaches(host)) }));
  return hosts.toSorted((a, b) => b.rank - a.rank).map(({ name }) => name);
}

function reaching(networks: readonly string[], document: CloudDocument, underlay: Underlay): Fits {
  const declared = networks.flatMap((name) => named(document.networks, name) ?? []);
  return (host) => declared.every((network) => lackOf(host, network, underlay) === undefined);
}

/** Whether a host's L3 agent is in a mode that holds a router; of a distributed one what is central of it. */
export const holdsRouter =
  ({ distributed }: DeclaredRouter, { options }: CloudDocument): Fits =>
  (host) => {
    const mode = l3AgentMode(options, host);
    return mode === 'dvr_snat' || (mode === 'legacy' && !distributed);
  };

/** The networks that a router is on, by its interfaces and its gateway. */
export function networksOfRouter(router: DeclaredRouter, document: CloudDocument): string[] {
  const inside = router.interfaces.flatMap((declared) => {
    if (typeof declared === 'object' && 'port' in declared)
      return named(document.ports, declared.port)?.network ?? [];
    const subnet = typeof declared === 'string' ? declared : declared.subnet;
    return named(document.subnets, subnet)?.network ?? [];
  });
  const outside = router.external_gateway_info?.network;
  return [...new Set(outside === undefined ? inside : [...inside, outside])];
}

/**
 * Hosts of a router: those that it names, or the best one. With ha as many as the options say, of those whose agents
 * report and that reach all its networks (max_l3_agents_per_router of neutron.conf).
 */
export function hostsOfRouter(
  router: DeclaredRouter,
  document: CloudDocument,
  underlay: Underlay,
): readonly string[] {
  if (router.hosts !== undefined) return router.hosts;
  const networks = networksOfRouter(router, document);
  const fits = holdsRouter(router, document);
  const [best] = bestFirst(networks, document, underlay, fits);
  if (best === undefined) return [];
  if (!router.ha) return [best];
  const others = candidates(networks, document, underlay, fits).filter((name) => name !== best);
  return [best, ...others].slice(0, document.options.max_l3_agents_per_router);
}

export const vipPortName = (loadBalancer: string) => `${loadBalancer}-vip`;

/** Host of a load balancer: the one that it names, or the best one. */
export function hostOfLoadBalancer(
  { host, vip_subnet }: Pick<CloudDocument['loadbalancers'][string], 'host' | 'vip_subnet'>,
  document: CloudDocument,
  underlay: Underlay,
): string | undefined {
  if (host !== undefined) return host;
  const network = named(document.subnets, vip_subnet)?.network;
  return bestFirst(network === undefined ? [] : [network], document, underlay)[0];
}

/** Hosts that serve DHCP for a network: those that it names, or as many as the options say where there are as many. */
export function dhcpHosts(network: string, document: CloudDocument, underlay: Underlay): readonly string[] {
  const declared = named(document.networks, network)?.dhcp_agents;
  if (declared !== undefined) return declared;
  return bestFirst([network], document, underlay).slice(0, document.options.dhcp_agents_per_network);
}
