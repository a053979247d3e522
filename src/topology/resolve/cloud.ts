/** A cloud document, checked, becomes a Topology: identifiers, addresses and segmentation ids are chosen. */
import {
  canonicalAddress,
  canonicalNetwork,
  defaultPools,
  formatAddress,
  parseAddress,
  parseNetwork,
} from '../addresses.ts';
import { isAlive } from '../declared/agents.ts';
import { declaredPorts } from '../declared/ports.ts';
import type { DocumentSource, Problems } from '../problems.ts';
import type { Addressing, CloudDocument } from '../schema/index.ts';
import type {
  Allocations,
  Network,
  Project,
  QosPolicy,
  Server,
  Subnet,
  Topology,
  Underlay,
} from '../topology.ts';
import { firewallAllocations, resolveFirewalls } from './firewalls.ts';
import { resolveFloatingIps } from './floating-ips.ts';
import { resolveGroupPolicy } from './group-policy.ts';
import { uuid5 } from './identifiers.ts';
import { allocatePairs, pairAllocations } from './link-local-pairs.ts';
import { resolveLoadBalancers } from './loadbalancers.ts';
import { allowedMtu } from './mtu.ts';
import { resolvePorts } from './ports.ts';
import { allocateDynamicSegments, dynamicAllocations } from './rack-segments.ts';
import { type IdOf, mapRecord, optional } from './resolving.ts';
import { resolveRouters } from './routers.ts';
import { resolveSecurityGroups } from './security-groups.ts';
import { allocateSegmentation } from './segmentation.ts';
import { resolveTrunks } from './trunks.ts';
import { allocateVrIds } from './virtual-router-ids.ts';

const UNDERLAY_MTU_WITHOUT_LIMIT = 1500;

export interface ResolveContext {
  readonly problems: Problems;
  readonly source: DocumentSource;
  readonly previous: Allocations;
}

/** Resolves a document that `checkCloud` has passed; pools that run dry are problems found here. */
export function resolveCloud(document: CloudDocument, underlay: Underlay, context: ResolveContext): Topology {
  const idOf: IdOf = (kind, name, given) => given ?? uuid5(`${document.cloud}/${kind}/${name}`);

  const projects = mapRecord(
    document.projects,
    (name, { id }): Project => ({ id: idOf('project', name, id), name }),
  );
  const segmentation = allocateSegmentation(document, underlay, context);
  const declared = declaredPorts(document, underlay);
  const dynamic = allocateDynamicSegments(document, underlay, declared, segmentation, context);
  const networks = mapRecord(document.networks, (name, wanted): Network => {
    const { id, project, mtu, ...rest } = wanted;
    const physical = wanted['provider:physical_network'];
    const segment = segmentation[name];
    return {
      id: idOf('network', name, id),
      name,
      ...optional('project', project),
      admin_state_up: rest.admin_state_up,
      shared: rest.shared,
      mtu: mtu ?? allowedMtu(wanted, underlay) ?? UNDERLAY_MTU_WITHOUT_LIMIT,
      port_security_enabled: rest.port_security_enabled,
      'provider:network_type': rest['provider:network_type'],
      ...optional('provider:physical_network', physical),
      ...optional('provider:segmentation_id', segment),
      ...optional('dynamic_segments', dynamic[name]),
      'router:external': rest['router:external'],
      ...optional('qos_policy', rest.qos_policy),
    };
  });
  const subnets = mapRecord(
    document.subnets,
    (name, subnet): Subnet => ({ id: idOf('subnet', name, subnet.id), ...resolveSubnet(name, subnet) }),
  );

  const { ports, allocations } = resolvePorts(
    declared,
    { document, underlay, networks, subnets, idOf },
    context,
  );
  const addressing = (port: string): Addressing =>
    ports[port]?.fixed_ips.some(({ subnet }) => subnets[subnet]?.enable_dhcp === true) ? 'dhcp' : 'static';
  const nics = Map.groupBy(declared, ({ server }) => server);
  const servers = mapRecord(
    document.servers,
    (name, { id, project, host, address }): Server => ({
      id: idOf('server', name, id),
      name,
      ...optional('project', project),
      host,
      nics: (nics.get(name) ?? [])
        .toSorted((a, b) => (a.nic ?? 0) - (b.nic ?? 0))
        .map((port) => ({
          device: `eth${port.nic ?? 0}`,
          port: port.name,
          address: address ?? addressing(port.name),
        })),
    }),
  );
  const vrIds = allocateVrIds(document, context.previous);
  const pairs = allocatePairs(document, underlay, context.previous);
  // The rest is about addresses, and some have none.
  context.problems.throwIfAny();
  const report = context.problems.reportFor(context.source);
  const resolving = { document, underlay, networks, subnets, ports, idOf, report };
  const firewalls = resolveFirewalls(document, idOf, context.previous);
  const routers = resolveRouters(resolving, vrIds, pairs);
  return {
    name: document.cloud,
    options: document.options,
    underlay,
    projects,
    networks,
    subnets,
    ports,
    servers,
    routers,
    floatingips: resolveFloatingIps({ ...resolving, routers, servers }),
    security_groups: { ...resolveSecurityGroups(document, idOf), ...resolveGroupPolicy(document, idOf) },
    trunks: resolveTrunks(resolving),
    qos_policies: mapRecord(
      document.qos_policies,
      (name, { id, project, rules }): QosPolicy => ({
        id: idOf('qos_policy', name, id),
        name,
        ...optional('project', project),
        rules,
      }),
    ),
    loadbalancers: resolveLoadBalancers({ ...resolving, routers, servers }),
    silent_hosts: Object.keys(document.agents).filter((host) => !isAlive(document, host)),
    ...firewalls,
    allocations: {
      segmentation,
      ...(Object.keys(dynamic).length === 0 ? {} : { dynamic_segment: dynamicAllocations(dynamic) }),
      ...allocations,
      ...(Object.keys(vrIds).length === 0 ? {} : { ha_vr_id: vrIds }),
      ...pairAllocations(pairs),
      ...firewallAllocations(firewalls),
    },
  };
}

function resolveSubnet(name: string, declared: CloudDocument['subnets'][string]): Omit<Subnet, 'id'> {
  const cidr = canonicalNetwork(declared.cidr);
  const network = parseNetwork(cidr);
  if (network === undefined) throw new TypeError(`subnet ${name} has not been checked`);
  const { version } = network;
  const gateway =
    declared.gateway_ip === undefined
      ? { version, value: network.first === network.last ? network.first : network.first + 1n }
      : parseAddress(declared.gateway_ip ?? '');
  const pools = defaultPools(network, gateway).map(({ first, last }) => ({
    start: formatAddress({ version, value: first }),
    end: formatAddress({ version, value: last }),
  }));
  return {
    name,
    network: declared.network,
    cidr,
    ip_version: version,
    gateway_ip: gateway === undefined ? null : formatAddress(gateway),
    enable_dhcp: declared.enable_dhcp,
    allocation_pools:
      declared.allocation_pools?.map(({ start, end }) => ({
        start: canonicalAddress(start),
        end: canonicalAddress(end),
      })) ?? pools,
    dns_nameservers: declared.dns_nameservers.map(canonicalAddress),
    ...optional('ipv6_ra_mode', declared.ipv6_ra_mode),
    ...optional('ipv6_address_mode', declared.ipv6_address_mode),
    host_routes: declared.host_routes.map(({ destination, nexthop }) => ({
      destination: canonicalNetwork(destination),
      nexthop: canonicalAddress(nexthop),
    })),
  };
}
