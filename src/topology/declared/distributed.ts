/**
 * Distributed routers: which hosts hold them, and which ports they have beside their interfaces. Source: the
 * administration guide, "Open vSwitch: High availability using DVR", and l3_dvr_db.py of Neutron.
 */
import { named } from '../names.ts';
import { l3AgentMode } from '../distributed.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { dhcpHosts, hostOfLoadBalancer, hostsOfRouter, networksOfRouter, vipPortName } from './agents.ts';

type Document = CloudDocument;
type DeclaredRouter = Document['routers'][string];

export const centralSnatPortName = (router: string, subnet: string): string => `${router}-${subnet}-snat`;
export const fipAgentPortName = (network: string, host: string): string => `fip-${network}-${host}`;

/** Networks between which a router stands, without the one that it leaves by. */
export const insideOf = (router: DeclaredRouter, document: Document): string[] =>
  networksOfRouter({ ...router, external_gateway_info: undefined }, document);

export function networkOfNic(
  nic: Document['servers'][string]['networks'][number],
  { ports }: Document,
): string {
  if (typeof nic === 'string') return nic;
  return 'port' in nic ? (named(ports, nic.port)?.network ?? '') : nic.network;
}

/**
 * Hosts that hold a distributed router: those with a port that it serves on one of its networks (is_dvr_serviced of
 * neutron/common/utils.py: of servers, DHCP and load balancers), and those of what is central of it.
 */
export function distributedHosts(router: DeclaredRouter, document: Document, underlay: Underlay): string[] {
  const inside = new Set(insideOf(router, document));
  const serves = (network: string): boolean => inside.has(network);
  const subports = new Map(
    Object.values(document.trunks).map(({ port, sub_ports }) => [
      port,
      sub_ports.map((each) => named(document.ports, each.port)?.network ?? ''),
    ]),
  );
  const ofServers = Object.values(document.servers).flatMap(({ host, networks }) =>
    networks.some(
      (nic) =>
        serves(networkOfNic(nic, document)) ||
        (typeof nic === 'object' && 'port' in nic && (subports.get(nic.port) ?? []).some(serves)),
    )
      ? [host]
      : [],
  );
  const leased = Object.values(document.subnets).filter(
    ({ network, enable_dhcp }) => enable_dhcp && serves(network),
  );
  const ofDhcp = leased.flatMap(({ network }) => dhcpHosts(network, document, underlay));
  const ofBalancers = Object.values(document.loadbalancers).flatMap((balancer) => {
    const network = named(document.subnets, balancer.vip_subnet)?.network;
    if (network === undefined || !serves(network)) return [];
    return hostOfLoadBalancer(balancer, document, underlay) ?? [];
  });
  const central = router.external_gateway_info ? hostsOfRouter(router, document, underlay) : [];
  const wanted = new Set([...ofServers, ...ofDhcp, ...ofBalancers, ...central]);
  return Object.values(underlay.hosts)
    .filter((host) => wanted.has(host.name) && l3AgentMode(document.options, host) !== 'legacy')
    .map(({ name }) => name);
}

/**
 * Hosts that are on an external network by a port of their own, for the floating IPs of their servers: today all that
 * hold a distributed router which leaves by it, at Juno those that have a floating IP.
 */
export function fipAgentHosts(network: string, document: Document, underlay: Underlay): string[] {
  const leaving = Object.values(document.routers).filter(
    ({ distributed, external_gateway_info: outside }) => distributed && outside?.network === network,
  );
  const holding = new Set(leaving.flatMap((router) => distributedHosts(router, document, underlay)));
  const needed =
    document.options.release === 'juno' ? hostsWithFloatingIps(network, document, underlay) : holding;
  return Object.values(underlay.hosts)
    .filter((host) => {
      if (!holding.has(host.name) || !needed.has(host.name)) return false;
      return ['dvr', 'dvr_snat'].includes(l3AgentMode(document.options, host));
    })
    .map(({ name }) => name);
}

function hostsWithFloatingIps(network: string, document: Document, underlay: Underlay): Set<string> {
  const hosts = Object.values(document.floatingips).flatMap(({ floating_network, server, port }) => {
    if (floating_network !== network) return [];
    if (server !== undefined) return named(document.servers, server)?.host ?? [];
    return port === undefined ? [] : (hostOfPort(port, document, underlay) ?? []);
  });
  return new Set(hosts);
}

/** Where a port of a server, of a load balancer or of a trunk is plugged in (get_vm_port_hostid of l3_dvr_db.py). */
function hostOfPort(port: string, document: Document, underlay: Underlay): string | undefined {
  const holder = Object.entries(document.servers).find(([name, { networks }]) =>
    networks.some((nic, index) =>
      typeof nic === 'object' && 'port' in nic ? nic.port === port : `${name}-eth${index}` === port,
    ),
  );
  if (holder !== undefined) return holder[1].host;
  const balancer = Object.entries(document.loadbalancers).find(([name]) => vipPortName(name) === port);
  if (balancer !== undefined) return hostOfLoadBalancer(balancer[1], document, underlay);
  const trunk = Object.values(document.trunks).find(({ sub_ports }) =>
    sub_ports.some((one) => one.port === port),
  );
  return trunk === undefined || trunk.port === port ? undefined : hostOfPort(trunk.port, document, underlay);
}
