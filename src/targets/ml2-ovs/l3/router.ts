import type { Owner } from '../../../state/types.ts';
import { contains, parseAddress, parseNetwork } from '../../../topology/addresses.ts';
import type { FixedIp, FloatingIp, Router, Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import { routerNamespace } from '../names.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
import { sysctlsOf } from '../sysctls.ts';
import { AgentChains } from './chains.ts';
import { addressScopes } from './address-scopes.ts';
import { metadataProxy } from './metadata.ts';
import { translation } from './translation.ts';

/** What the parts of a router have in common. */
export interface RouterParts {
  readonly router: Router;
  readonly namespace: NamespaceBuilder;
  readonly chains: AgentChains;
  /** qr- devices, in the order of the document. */
  readonly inside: readonly ServicePort[];
  /** The qg- device; absent without a way out. */
  readonly outside?: ServicePort;
  /** Those that this router translates. */
  readonly floating: readonly FloatingIp[];
  readonly owner: Owner;
}

/** PREFIX of the L3 agent's chains (wrap_name of iptables_manager.py, from the agent's binary_name). */
const PREFIX = 'neutron-l3-agent-';

/** Every router that the L3 agent on a host holds: one that is down is held by none (get_sync_data of l3_db.py). */
export const routers = (node: NodeBuilder, topology: Topology, here: AgentHost): void => {
  for (const router of Object.values(topology.routers)) {
    if (router.hosts[0] === here.name && router.admin_state_up) legacyRouter(node, topology, here, router);
  }
};

/** LegacyRouter of neutron/agent/l3/legacy_router.py: all of a router in one namespace of one host. */
const legacyRouter = (node: NodeBuilder, topology: Topology, here: AgentHost, router: Router): void => {
  const name = routerNamespace(router.id);
  const namespace = node.namespace(name);
  // A port that is down is none of the router's (_process_internal_ports of router_info.py).
  const devices = here.ports.filter(
    (bound): bound is ServicePort =>
      bound.holder === 'service' && bound.namespace === name && bound.port.admin_state_up,
  );
  const byPort = new Map(devices.map((device) => [device.port.name, device]));
  const inside = router.interfaces.flatMap(({ port }) => byPort.get(port) ?? []);
  const gateway = router.external_gateway_info;
  const outside = gateway === null ? undefined : byPort.get(gateway.port);
  const owner: Owner = { kind: 'router', name: router.name, purpose: `router ${router.name}` };
  const parts: RouterParts = {
    router,
    namespace,
    chains: new AgentChains(namespace, PREFIX, owner),
    inside,
    ...(outside === undefined ? {} : { outside }),
    floating: Object.values(topology.floatingips).filter((one) => one.router === router.name),
    owner,
  };
  namespace.link({ device: 'lo', up: true });
  namespace.sysctls({ ...sysctlsOf({ forward: true, ipv6: false }), ...SYSCTLS });
  addresses(topology, parts);
  routes(topology, parts);
  parts.chains.lay({ nat: true });
  addressScopes(parts);
  // Before floating IPs: their rules are put in behind it.
  if (topology.options.metadata) metadataProxy(node, topology, parts);
  translation(parts);
};

/** What RouterNamespace.create and its parent write (neutron/agent/l3/namespaces.py, linux/ip_lib.py). */
const SYSCTLS = {
  'net/ipv4/conf/all/promote_secondaries': '1',
  'net/ipv4/conf/all/arp_ignore': '1',
  'net/ipv4/conf/all/arp_announce': '2',
};

const isIpv4 = ({ ip_address }: FixedIp): boolean => !ip_address.includes(':');

function addresses(topology: Topology, { namespace, inside, outside, floating }: RouterParts): void {
  for (const { tap, port } of outside === undefined ? inside : [...inside, outside]) {
    for (const { subnet, ip_address } of port.fixed_ips)
      namespace.address(tap, `${ip_address}/${topology.subnets[subnet]?.cidr.split('/')[1] ?? '32'}`);
  }
  // add_floating_ip of router_info.py: the router answers for it on the network outside.
  if (outside !== undefined)
    for (const { floating_ip_address } of floating)
      namespace.address(outside.tap, `${floating_ip_address}/32`);
}

/** Extra routes come first: one to everywhere takes the place of the gateway's (routes_updated of router_info.py). */
function routes(topology: Topology, { router, namespace, inside, outside }: RouterParts): void {
  const devices = outside === undefined ? inside : [...inside, outside];
  for (const { destination, nexthop } of router.routes) {
    const way = devices.find(({ port }) => port.fixed_ips.some((ip) => isOn(topology, ip, nexthop)));
    if (way !== undefined) namespace.route({ destination, via: nexthop, device: way.tap });
  }
  if (outside === undefined) return;
  const { tap: device, port } = outside;
  for (const { subnet } of port.fixed_ips.filter(isIpv4)) {
    const via = topology.subnets[subnet]?.gateway_ip ?? undefined;
    if (via !== undefined) namespace.route({ destination: '0.0.0.0/0', via, device });
  }
  // The network's other subnets are on the same wire (extra_subnets of external_gateway_added).
  for (const { name, network, cidr, ip_version } of Object.values(topology.subnets)) {
    if (network !== port.network || ip_version !== 4) continue;
    if (!port.fixed_ips.some(({ subnet }) => subnet === name)) namespace.route({ destination: cidr, device });
  }
}

const isOn = (topology: Topology, { subnet }: FixedIp, nexthop: string): boolean => {
  const network = parseNetwork(topology.subnets[subnet]?.cidr ?? '');
  const address = parseAddress(nexthop);
  return network !== undefined && address !== undefined && contains(network, address);
};
