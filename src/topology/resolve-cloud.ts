/** A cloud document, checked, becomes a Topology: identifiers, addresses and segmentation ids are chosen. */
import { planAddresses } from './address-plan.ts';
import {
  canonicalAddress,
  canonicalNetwork,
  defaultPools,
  formatAddress,
  parseAddress,
  parseNetwork,
} from './addresses.ts';
import { MacAddresses, uuid5 } from './identifiers.ts';
import { allowedMtu } from './mtu.ts';
import { declaredPorts } from './ports.ts';
import type { DocumentSource, Problems } from './problems.ts';
import { resolveFloatingIps } from './resolve-floating-ips.ts';
import { resolveLoadBalancers } from './resolve-loadbalancers.ts';
import { resolveRouters } from './resolve-routers.ts';
import {
  groupsOf,
  isTrusted,
  portSecurity,
  resolveAddressPairs,
  resolveSecurityGroups,
} from './resolve-security-groups.ts';
import { resolveTrunks } from './resolve-trunks.ts';
import { type IdOf, mapRecord, optional } from './resolving.ts';
import type { Addressing, CloudDocument } from './schema.ts';
import { allocateSegmentation } from './segmentation.ts';
import type {
  Allocations,
  Network,
  Port,
  Project,
  QosPolicy,
  Server,
  Subnet,
  Topology,
  Underlay,
} from './topology.ts';

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
  const networks = mapRecord(document.networks, (name, declared): Network => {
    const { id, project, mtu, ...rest } = declared;
    const physical = declared['provider:physical_network'];
    const segment = segmentation[name];
    return {
      id: idOf('network', name, id),
      name,
      ...optional('project', project),
      admin_state_up: rest.admin_state_up,
      shared: rest.shared,
      mtu: mtu ?? allowedMtu(declared, underlay) ?? UNDERLAY_MTU_WITHOUT_LIMIT,
      port_security_enabled: rest.port_security_enabled,
      'provider:network_type': rest['provider:network_type'],
      ...optional('provider:physical_network', physical),
      ...optional('provider:segmentation_id', segment),
      'router:external': rest['router:external'],
      ...optional('qos_policy', rest.qos_policy),
    };
  });
  const subnets = mapRecord(
    document.subnets,
    (name, subnet): Subnet => ({ id: idOf('subnet', name, subnet.id), ...resolveSubnet(name, subnet) }),
  );

  const declared = declaredPorts(document, underlay);
  const plan = planAddresses(declared, Object.values(subnets), context);
  const macs = new MacAddresses();
  for (const { mac_address } of declared) if (mac_address !== undefined) macs.take(mac_address);
  const previousMacs = context.previous['mac_address'] ?? {};
  const ids = new Map(declared.map((port) => [port.name, idOf('port', port.name, port.id)]));
  const chosenMacs = new Map<string, string>();
  // Ports that ran before keep their address, also where a new one would derive the same.
  for (const { name, mac_address } of declared) {
    const before = Object.hasOwn(previousMacs, name) ? String(previousMacs[name]) : undefined;
    if (mac_address !== undefined) chosenMacs.set(name, mac_address);
    else if (before !== undefined && macs.take(before)) chosenMacs.set(name, before);
  }
  const ports: Record<string, Port> = {};
  for (const port of declared) {
    const id = ids.get(port.name) ?? '';
    const mac = chosenMacs.get(port.name) ?? macs.forPort(id);
    chosenMacs.set(port.name, mac);
    const fixed_ips = plan.fixedIps.get(port.name) ?? [];
    const networkPolicy = isTrusted(port) ? undefined : networks[port.network]?.qos_policy;
    ports[port.name] = {
      id,
      name: port.name,
      network: port.network,
      ...optional('project', port.project),
      admin_state_up: port.admin_state_up,
      mac_address: mac,
      fixed_ips,
      port_security_enabled: portSecurity(port, document),
      security_groups: groupsOf(port, fixed_ips.length > 0, document),
      allowed_address_pairs: resolveAddressPairs(port, mac),
      ...optional('qos_policy', port.qos_policy),
      ...optional('qos_network_policy', networkPolicy),
      device_owner: port.device_owner,
      ...optional('device', port.server),
      ...optional('owner', port.owner),
      ...optional('binding:host_id', port.host),
    };
  }
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
  context.problems.throwIfAny();
  const report = context.problems.reportFor(context.source);
  const resolving = { document, underlay, networks, subnets, ports, idOf, report };
  const routers = resolveRouters(resolving);
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
    security_groups: resolveSecurityGroups(document, idOf),
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
    allocations: { segmentation, address: plan.allocations, mac_address: Object.fromEntries(chosenMacs) },
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
    host_routes: declared.host_routes.map(({ destination, nexthop }) => ({
      destination: canonicalNetwork(destination),
      nexthop: canonicalAddress(nexthop),
    })),
  };
}
