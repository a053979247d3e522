import type { Owner } from '../../../state/types.ts';
import type { FloatingIp, Router, Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import { routerNamespace } from '../names.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
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
  const devices = here.ports.filter(
    (port): port is ServicePort => port.holder === 'service' && port.namespace === name,
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
  // RouterNamespace.create of neutron/agent/l3/namespaces.py, in a namespace of IPv4 alone.
  namespace.sysctls({
    'net/ipv6/conf/all/disable_ipv6': '1',
    'net/ipv6/conf/default/disable_ipv6': '1',
    'net/ipv4/conf/all/promote_secondaries': '1',
    'net/ipv4/ip_forward': '1',
    'net/ipv4/conf/all/arp_ignore': '1',
    'net/ipv4/conf/all/arp_announce': '2',
  });
  addresses(topology, parts);
  routes(topology, parts);
  wrapped(parts);
  addressScopes(parts);
  translation(topology, parts);
  if (topology.options.metadata) metadataProxy(node, parts);
};

const prefixOf = (topology: Topology, subnet: string): string =>
  topology.subnets[subnet]?.cidr.split('/')[1] ?? '32';

function addresses(topology: Topology, { namespace, inside, outside, floating }: RouterParts): void {
  for (const { tap, port } of outside === undefined ? inside : [...inside, outside]) {
    for (const { subnet, ip_address } of port.fixed_ips)
      namespace.address(tap, `${ip_address}/${prefixOf(topology, subnet)}`);
  }
  // add_floating_ip of router_info.py: the router answers for it on the network outside.
  if (outside !== undefined)
    for (const { floating_ip_address } of floating)
      namespace.address(outside.tap, `${floating_ip_address}/32`);
}

function routes(topology: Topology, { router, namespace, outside }: RouterParts): void {
  for (const { destination, nexthop } of router.routes) namespace.route({ destination, via: nexthop });
  if (outside === undefined) return;
  for (const { subnet } of outside.port.fixed_ips) {
    const via = topology.subnets[subnet]?.gateway_ip ?? undefined;
    if (via !== undefined) namespace.route({ destination: '0.0.0.0/0', via, device: outside.tap });
  }
}

/** The chains that every router has, empty ones included. */
function wrapped({ chains }: RouterParts): void {
  chains.wrap('raw', ['PREROUTING', 'OUTPUT']);
  chains.wrap('mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
  chains.wrap('nat', ['PREROUTING', 'OUTPUT', 'POSTROUTING']);
  chains.wrap('filter', ['INPUT']);
  chains.shared('filter', 'neutron-filter-top');
  for (const chain of ['FORWARD', 'OUTPUT']) {
    chains.chain('filter', chain);
    chains.kernel('filter', chain, '-j neutron-filter-top');
    chains.kernel('filter', chain, `-j ${chains.named(chain)}`);
  }
  chains.chain('filter', 'local');
  chains.kernel('filter', 'neutron-filter-top', `-j ${chains.named('local')}`);
}
