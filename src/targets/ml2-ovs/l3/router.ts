import type { AddressState, Owner, RouteState } from '../../../state/types.ts';
import { contains, parseAddress, parseNetwork } from '../../../topology/addresses.ts';
import type { FixedIp, FloatingIp, Router, Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import { firewalls } from '../fwaas/index.ts';
import { isCentralFloatingIp } from '../../../topology/distributed.ts';
import { routerNamespace, snatNamespace } from '../names.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
import { ipv6Sysctls, sysctlsOf } from '../sysctls.ts';
import { AgentChains } from './chains.ts';
import { addressScopes } from './address-scopes.ts';
import { HA_SYSCTLS, haReplica } from './ha-router.ts';
import { advertisements } from './radvd.ts';
import { metadataProxy } from './metadata.ts';
import { translation } from './translation.ts';

/** What the parts of a router have in common. */
export interface RouterParts {
  readonly router: Router;
  readonly namespace: NamespaceBuilder;
  readonly chains: AgentChains;
  /** qr- or sg- devices, in the order of the document. */
  readonly inside: readonly ServicePort[];
  /** The qg- device; absent without a way out. */
  readonly outside?: ServicePort;
  /** Those that this router translates. */
  readonly floating: readonly FloatingIp[];
  readonly owner: Owner;
}

/** PREFIX of the L3 agent's chains (wrap_name of iptables_manager.py, from the agent's binary_name). */
export const PREFIX = 'neutron-l3-agent-';

/**
 * What the L3 agent on a host holds of routers in one place: one that is down is held by none (get_sync_data of
 * l3_db.py), of a distributed one what is central of it.
 */
export const routers = (node: NodeBuilder, topology: Topology, here: AgentHost): void => {
  for (const router of Object.values(topology.routers)) {
    if (!router.hosts.includes(here.name) || !router.admin_state_up) continue;
    if (!router.distributed || router.external_gateway_info) centralRouter(node, topology, here, router);
  }
};

/**
 * LegacyRouter of neutron/agent/l3/legacy_router.py, all of a router in one namespace of one host, or HaRouter of
 * ha_router.py, the same in a namespace of each host, with addresses and routes in the hands of keepalived. Of a
 * distributed router DvrEdgeRouter of dvr_edge_router.py: the namespace that translates what has no floating IP.
 */
const centralRouter = (node: NodeBuilder, topology: Topology, here: AgentHost, router: Router): void => {
  const name = router.distributed ? snatNamespace(router.id) : routerNamespace(router.id);
  const namespace = node.namespace(name);
  // A port that is down is none of the router's (_process_internal_ports of router_info.py).
  const devices = here.ports.filter(
    (bound): bound is ServicePort =>
      bound.holder === 'service' && bound.namespace === name && bound.port.admin_state_up,
  );
  const byPort = new Map(devices.map((device) => [device.port.name, device]));
  const inside = (router.snat_ports ?? router.interfaces).flatMap(({ port }) => byPort.get(port) ?? []);
  const gateway = router.external_gateway_info;
  const outside = gateway === null ? undefined : byPort.get(gateway.port);
  const owner: Owner = { kind: 'router', name: router.name, purpose: `router ${router.name}` };
  const parts: RouterParts = {
    router,
    namespace,
    chains: new AgentChains(namespace, PREFIX, owner),
    inside,
    ...(outside === undefined ? {} : { outside }),
    floating: Object.values(topology.floatingips).filter(
      (one) => one.router === router.name && (!router.distributed || isCentralFloatingIp(topology, one)),
    ),
    owner,
  };
  namespace.link({ device: 'lo', up: true });
  const { vrrp } = router;
  namespace.sysctls({
    ...l3Sysctls(devices),
    ...(router.distributed ? SNAT_SYSCTLS : {}),
    ...(vrrp === undefined ? {} : HA_SYSCTLS),
  });
  const ha = vrrp && byPort.get(vrrp.ports.find(({ host }) => host === here.name)?.port ?? '');
  const addresses = addressesOf(topology, parts);
  const routes = routesOf(topology, parts);
  const told = outside && isTold(outside, addresses, routes) ? outside : undefined;
  if (vrrp && ha)
    haReplica(node, topology, { ...parts, vrrp, namespaceName: name, ha, addresses, routes, told });
  else {
    for (const { device, cidr } of addresses) namespace.address(device, cidr);
    for (const route of routes) namespace.route(route);
    if (told) namespace.sysctls({ [`net/ipv6/conf/${told.tap}/accept_ra`]: '2' });
  }
  parts.chains.lay({ nat: true });
  addressScopes(parts);
  // Before floating IPs: their rules are put in behind it.
  if (topology.options.metadata && !router.distributed) metadataProxy(node, topology, parts);
  translation(parts);
  firewalls(topology, parts);
  if (!vrrp && !router.distributed) advertisements(node, topology, parts, name);
};

/** _configure_ipv6_params_on_gw: where no gateway is known for IPv6, the advertisements outside tell the way. */
const isTold = (
  outside: ServicePort,
  addresses: readonly AddressState[],
  routes: readonly RouteState[],
): boolean =>
  addresses.some(({ cidr }) => cidr.includes(':')) &&
  !routes.some(({ destination, device }) => destination === '::/0' && device === outside.tap);

/** What RouterNamespace.create and its parent write (neutron/agent/l3/namespaces.py, linux/ip_lib.py). */
export const l3Sysctls = (devices: readonly ServicePort[]): Record<string, string> => {
  const ipv6 = devices.some(({ port }) => port.fixed_ips.some((ip) => !isIpv4(ip)));
  return {
    ...sysctlsOf({ forward: true, ipv6 }),
    ...(ipv6 ? ipv6Sysctls(devices) : {}),
    'net/ipv4/conf/all/promote_secondaries': '1',
    'net/ipv4/conf/all/arp_ignore': '1',
    'net/ipv4/conf/all/arp_announce': '2',
  };
};

/** SnatNamespace.create of dvr_snat_ns.py: no connection is taken over in the middle. */
const SNAT_SYSCTLS = {
  'net/ipv4/ip_nonlocal_bind': '1',
  'net/netfilter/nf_conntrack_tcp_loose': '0',
};

export const isIpv4 = ({ ip_address }: Pick<FixedIp, 'ip_address'>): boolean => !ip_address.includes(':');

function addressesOf(topology: Topology, { inside, outside, floating }: RouterParts): AddressState[] {
  const devices = outside === undefined ? inside : [...inside, outside];
  const own = devices.flatMap(({ tap: device, port }) =>
    port.fixed_ips.map(({ subnet, ip_address }) => ({
      device,
      cidr: `${ip_address}/${topology.subnets[subnet]?.cidr.split('/')[1] ?? '32'}`,
    })),
  );
  if (outside === undefined) return own;
  // add_floating_ip of router_info.py: the router answers for it on the network outside.
  const { tap: device } = outside;
  return [...own, ...floating.map((one) => ({ device, cidr: `${one.floating_ip_address}/32` }))];
}

/** Extra routes come first: one to everywhere takes the place of the gateway's (routes_updated of router_info.py). */
export function routesOf(topology: Topology, { router, inside, outside }: RouterParts): RouteState[] {
  const devices = outside === undefined ? inside : [...inside, outside];
  const extra = router.routes.flatMap(({ destination, nexthop }): RouteState[] => {
    const way = devices.find(({ port }) => port.fixed_ips.some((ip) => isOn(topology, ip, nexthop)));
    return way === undefined ? [] : [{ destination, via: nexthop, device: way.tap }];
  });
  if (outside === undefined) return extra;
  const { tap: device, port } = outside;
  const away = port.fixed_ips.flatMap(({ subnet, ip_address }): RouteState[] => {
    const via = topology.subnets[subnet]?.gateway_ip ?? undefined;
    const destination = isIpv4({ ip_address }) ? '0.0.0.0/0' : '::/0';
    return via === undefined ? [] : [{ destination, via, device }];
  });
  // The network's other subnets are on the same wire (extra_subnets of external_gateway_added).
  const beside = Object.values(topology.subnets).flatMap(
    ({ name, network, cidr, ip_version }): RouteState[] => {
      const spoken = ip_version === 4 || devices.some((one) => one.port.fixed_ips.some((ip) => !isIpv4(ip)));
      if (network !== port.network || !spoken) return [];
      return port.fixed_ips.some(({ subnet }) => subnet === name) ? [] : [{ destination: cidr, device }];
    },
  );
  const first = new Map<string, RouteState>();
  for (const route of [...extra, ...away, ...beside])
    if (!first.has(route.destination)) first.set(route.destination, route);
  return [...first.values()];
}

export const isOn = (topology: Topology, { subnet }: FixedIp, nexthop: string): boolean => {
  const network = parseNetwork(topology.subnets[subnet]?.cidr ?? '');
  const address = parseAddress(nexthop);
  return network !== undefined && address !== undefined && contains(network, address);
};
