/**
 * Distributed routers: which hosts hold them, and which ports they have beside their interfaces. Source: the
 * administration guide, "Open vSwitch: High availability using DVR", and l3_dvr_db.py of Neutron.
 */
import { createHash } from 'node:crypto';
import { agentHosts, dhcpHosts, hostOfLoadBalancer, hostsOfRouter, networksOfRouter } from './agents.ts';
import { checkReach } from './check-reach.ts';
import { named } from './checks.ts';
import { oneOf } from './nearest.ts';
import type { Path, Report } from './problems.ts';
import type { CloudDocument, L3AgentMode } from './schema.ts';
import type { FloatingIp, Port, Topology, Underlay, UnderlayHost } from './topology.ts';

type Document = CloudDocument;
type DeclaredRouter = Document['routers'][string];

export const centralSnatPortName = (router: string, subnet: string): string => `${router}-${subnet}-snat`;
export const fipAgentPortName = (network: string, host: string): string => `fip-${network}-${host}`;

/** agent_mode of a host's L3 agent: as the options say, or what its role is there for. */
export function l3AgentMode(
  { l3_agent_modes }: Pick<Document['options'], 'l3_agent_modes'>,
  { name, role }: Pick<UnderlayHost, 'name' | 'role'>,
): L3AgentMode {
  return named(l3_agent_modes, name) ?? (role === 'compute' ? 'dvr' : 'dvr_snat');
}

/** dvr_base_mac with its last three octets, one for each host (Neutron's server draws them at random). */
export function dvrHostMac(host: string): string {
  const digits = createHash('sha256').update(`dvr ${host}`).digest('hex').slice(0, 6);
  return `fa:16:3f:${digits.match(/../gu)?.join(':')}`;
}

/** Networks between which a router stands, without the one that it leaves by. */
const insideOf = (router: DeclaredRouter, document: Document): string[] =>
  networksOfRouter({ ...router, external_gateway_info: undefined }, document);

function networkOfNic(nic: Document['servers'][string]['networks'][number], { ports }: Document): string {
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
  const needed = document.options.release === 'juno' ? hostsWithFloatingIps(network, document) : holding;
  return Object.values(underlay.hosts)
    .filter((host) => {
      if (!holding.has(host.name) || !needed.has(host.name)) return false;
      return ['dvr', 'dvr_snat'].includes(l3AgentMode(document.options, host));
    })
    .map(({ name }) => name);
}

function hostsWithFloatingIps(network: string, document: Document): Set<string> {
  const hosts = Object.values(document.floatingips).flatMap(({ floating_network, server, port }) => {
    if (floating_network !== network) return [];
    const holder =
      server === undefined
        ? Object.entries(document.servers).find(
            ([name, { networks }]) =>
              networks.some((nic) => typeof nic === 'object' && 'port' in nic && nic.port === port) ||
              networks.some((_, index) => `${name}-eth${index}` === port),
          )?.[1]
        : named(document.servers, server);
    return holder === undefined ? [] : [holder.host];
  });
  return new Set(hosts);
}

/** What a document may not say of distributed routers and of the agents that hold routers. */
export function checkDistributed(document: Document, underlay: Underlay, report: Report): void {
  checkModes(document, underlay, report);
  for (const [name, router] of Object.entries(document.routers)) {
    if (router.distributed) checkRouter(name, router, document, underlay, report);
    else checkCentralMode(name, router, document, underlay, report);
  }
}

function checkModes({ options }: Document, underlay: Underlay, report: Report): void {
  for (const [host, mode] of Object.entries(options.l3_agent_modes)) {
    const path = ['options', 'l3_agent_modes', host];
    const declared = named(underlay.hosts, host);
    if (declared === undefined || !['compute', 'network', 'gateway'].includes(declared.role)) {
      const known = Object.values(underlay.hosts).flatMap((each) =>
        ['compute', 'network', 'gateway'].includes(each.role) ? [each.name] : [],
      );
      report(path, 'key', {
        code: 'ND_L3_AGENT_MODE',
        message:
          declared === undefined
            ? `there is no host "${host}" that could have an L3 agent`
            : `host "${host}" has the role ${declared.role} and no L3 agent`,
        expected: oneOf(known),
      });
    } else if (options.release === 'juno' && mode === 'dvr_no_external') {
      report(path, 'value', {
        code: 'ND_RELEASE',
        message: 'release juno has no agent_mode dvr_no_external',
        expected: 'dvr, dvr_snat or legacy',
      });
    }
  }
}

function checkCentralMode(
  name: string,
  router: DeclaredRouter,
  document: Document,
  underlay: Underlay,
  report: Report,
): void {
  for (const host of hostsOfRouter(router, document, underlay)) {
    // A host that has no agents at all is said by itself.
    const declared = agentHosts(underlay).find((each) => each.name === host);
    const mode = declared && l3AgentMode(document.options, declared);
    if (mode === undefined || mode === 'legacy' || mode === 'dvr_snat') continue;
    report(['options', 'l3_agent_modes', host], 'value', {
      code: 'ND_L3_AGENT_MODE',
      message: `router "${name}" is on host "${host}", whose L3 agent in mode ${mode} holds distributed routers only`,
      expected: 'legacy or dvr_snat',
    });
  }
}

function checkRouter(
  name: string,
  router: DeclaredRouter,
  document: Document,
  underlay: Underlay,
  report: Report,
): void {
  const path = ['routers', name];
  const subject = `router "${name}"`;
  const outside = router.external_gateway_info;
  const inside = insideOf(router, document);
  for (const network of inside) {
    const type = named(document.networks, network)?.['provider:network_type'];
    if (document.options.release === 'juno' && type !== undefined && type !== 'vxlan' && type !== 'gre')
      report([...path, 'distributed'], 'value', {
        code: 'ND_RELEASE',
        message: `${subject} is distributed and on network "${network}" (${type}): at Juno they route between tunnelled networks only`,
        expected: 'networks of type vxlan or gre, or a later release',
      });
  }
  if (outside) {
    for (const host of hostsOfRouter(router, document, underlay)) {
      const declared = agentHosts(underlay).find((each) => each.name === host);
      if (declared === undefined || l3AgentMode(document.options, declared) === 'dvr_snat') continue;
      report([...path, 'hosts'], 'value', {
        code: 'ND_L3_AGENT_MODE',
        message: `what is central of ${subject} is on host "${host}", whose L3 agent is not in mode dvr_snat`,
        expected: centralHosts(document, underlay),
      });
    }
    checkWaysOut({ subject, path, network: outside.network }, router, document, underlay, report);
  }
  for (const [server, { host, networks }] of Object.entries(document.servers)) {
    const declared = named(underlay.hosts, host);
    if (declared === undefined || l3AgentMode(document.options, declared) !== 'legacy') continue;
    if (!networks.some((nic) => inside.includes(networkOfNic(nic, document)))) continue;
    report(['options', 'l3_agent_modes', host], 'value', {
      code: 'ND_L3_AGENT_MODE',
      message: `server "${server}" is on host "${host}", whose L3 agent in mode legacy holds nothing of distributed ${subject}`,
      expected: 'dvr, dvr_snat or dvr_no_external',
    });
  }
}

const centralHosts = ({ options }: Document, underlay: Underlay): string => {
  const hosts = agentHosts(underlay).filter((host) => l3AgentMode(options, host) === 'dvr_snat');
  return hosts.length === 0 ? 'a host in mode dvr_snat' : oneOf(hosts.map(({ name }) => name));
};

function checkWaysOut(
  { subject, path, network }: { readonly subject: string; readonly path: Path; readonly network: string },
  router: DeclaredRouter,
  document: Document,
  underlay: Underlay,
  report: Report,
): void {
  const holding = distributedHosts(router, document, underlay);
  for (const host of fipAgentHosts(network, document, underlay)) {
    if (!holding.includes(host)) continue;
    const each = { subject: `${subject} (agent_mode dvr)`, path: [...path, 'distributed'] };
    checkReach(document, { host, network }, underlay, each, report);
  }
}

/**
 * Whether a floating IP of a distributed router is translated in its snat- namespace (DVR_SNAT_BOUND in Neutron): what
 * it stands for is plugged in nowhere, or on a host without a way out of its own.
 */
export function isCentralFloatingIp(topology: Topology, { router: name, port }: FloatingIp): boolean {
  const router = topology.routers[name ?? ''];
  if (router === undefined || !router.distributed) return false;
  const host = hostOf(topology, topology.ports[port ?? '']);
  const mode = host && l3AgentMode(topology.options, host);
  return mode !== 'dvr' && mode !== 'dvr_snat';
}

const hostOf = ({ underlay }: Topology, port: Port | undefined): UnderlayHost | undefined =>
  underlay.hosts[port?.['binding:host_id'] ?? ''];
