/** FipNamespace of neutron/agent/l3/dvr_fip_ns.py: a host's own way out, for the floating IPs of its servers. */
import type { Owner, WireState } from '../../../state/types.ts';
import { formatAddress, parseNetwork } from '../../../topology/addresses.ts';
import type { Router, Topology } from '../../../topology/topology.ts';
import type { ServicePort } from '../bindings.ts';
import { AgentChains } from '../l3/chains.ts';
import { isIpv4, isOn, l3Sysctls, PREFIX, type RouterParts } from '../l3/router.ts';
import { bridgeMac, routerDevice, routerNamespace } from '../names.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
import type { Pools } from '../pools.ts';
import type { DvrHost } from './bridges.ts';
import { tableOf } from './rule-numbers.ts';
import { localFloatingIps } from './served.ts';

/** FIP_RT_TBL: the way to the fip- namespace, in routers. */
export const FIP_TABLE = 16;

/** A distributed router on one of its hosts. */
export interface RouterOnHost {
  readonly node: NodeBuilder;
  readonly topology: Topology;
  readonly here: DvrHost;
  readonly pools: Pools;
  readonly router: Router;
  readonly parts: RouterParts;
}

export interface FipNamespace {
  readonly name: string;
  readonly namespace: NamespaceBuilder;
  /** The fg- device. */
  readonly gateway: ServicePort;
  /** Cables to routers, as they come. */
  readonly wires: WireState[];
}

/** The namespace itself: create and _create_gateway_port. */
export function fipNamespaceOf(
  node: NodeBuilder,
  topology: Topology,
  gateway: ServicePort,
  wires: WireState[],
): FipNamespace {
  const { namespace: name, tap, port, network } = gateway;
  const namespace = node.namespace(name);
  const owner: Owner = {
    kind: 'host',
    name: node.name,
    purpose: `floating IPs of host ${node.name} on network ${network.name}`,
  };
  namespace.link({ device: 'lo', up: true });
  namespace.sysctls({
    ...l3Sysctls([]),
    'net/ipv4/ip_nonlocal_bind': '1',
    [`net/ipv4/neigh/${tap}/proxy_delay`]: '1',
    [`net/ipv4/conf/${tap}/proxy_arp`]: '1',
  });
  for (const { subnet, ip_address } of port.fixed_ips.filter(isIpv4))
    namespace.address(tap, `${ip_address}/${topology.subnets[subnet]?.cidr.split('/')[1] ?? '32'}`);
  for (const { name: subnet, network: of, cidr, ip_version } of Object.values(topology.subnets)) {
    if (of !== network.name || ip_version !== 4) continue;
    if (!port.fixed_ips.some((ip) => ip.subnet === subnet))
      namespace.route({ destination: cidr, device: tap });
  }
  const chains = new AgentChains(namespace, PREFIX, owner);
  chains.lay({ nat: true });
  chains.add('raw', 'PREROUTING', '-j CT --notrack', {
    ...owner,
    purpose: 'floating IPs are translated by the routers: no connections here',
  });
  return { name, namespace, gateway, wires };
}

/** create_rtr_2_fip_link, and the routes to floating IPs. */
export function linkToFip(on: RouterOnHost, fip: FipNamespace): { readonly rfp: string } {
  const { node, topology, here, router, parts } = on;
  const rfp = routerDevice('rfp-', router.id);
  const fpr = routerDevice('fpr-', router.id);
  const { mtu } = fip.gateway.network;
  const pair = pairOn(router, here.name);
  const macs = { rfp: bridgeMac(rfp, node.name), fpr: bridgeMac(fpr, node.name) };
  fip.wires.push({
    key: `plug:${node.name}:${rfp}`,
    kind: 'plug',
    ends: [
      { node: node.name, namespace: routerNamespace(router.id), device: rfp, mac_address: macs.rfp },
      { node: node.name, namespace: fip.name, device: fpr, mac_address: macs.fpr },
    ],
    mtu,
    owner: { kind: 'router', name: router.name, purpose: `${rfp} to ${fpr} on host ${node.name}` },
  });
  parts.namespace.link({ device: rfp, mtu, mac_address: macs.rfp, up: true });
  fip.namespace.link({ device: fpr, mtu, mac_address: macs.fpr, up: true });
  parts.namespace.address(rfp, `${pair.router}/31`);
  fip.namespace.address(fpr, `${pair.fip}/31`);
  parts.namespace.neighbour({ device: rfp, ip_address: pair.fip, mac_address: macs.fpr });
  fip.namespace.neighbour({ device: fpr, ip_address: pair.router, mac_address: macs.rfp });
  parts.namespace.route({ destination: '0.0.0.0/0', via: pair.fip, device: rfp, table: FIP_TABLE });

  const { tap, port } = fip.gateway;
  // At Juno the way out was the same for all routers (agent_gateway_added of its l3_agent.py).
  const juno = topology.options.release === 'juno';
  const table = juno ? undefined : tableOf(pair.fip);
  const own = table === undefined ? {} : { table };
  // update_routing_table: a router's own routes to the outside, of which one to everywhere comes before the gateway's.
  for (const { destination, nexthop } of juno ? [] : router.routes)
    if (port.fixed_ips.some((ip) => isOn(topology, ip, nexthop)))
      fip.namespace.route({ destination, via: nexthop, device: tap, ...own });
  for (const { subnet } of port.fixed_ips.filter(isIpv4)) {
    const via = topology.subnets[subnet]?.gateway_ip;
    if (via) fip.namespace.route({ destination: '0.0.0.0/0', via, device: tap, ...own });
  }
  if (table !== undefined) fip.namespace.rule({ priority: table, iif: fpr, table });
  for (const { floating_ip_address } of localFloatingIps(topology, router, here.name))
    fip.namespace.route({ destination: `${floating_ip_address}/32`, via: pair.router, device: fpr });
  return { rfp };
}

/** The addresses of the cable between a router and the fip- namespace of a host. */
function pairOn(
  { name, link_local_pairs: pairs = {} }: Router,
  host: string,
): { readonly router: string; readonly fip: string } {
  const pair = parseNetwork(pairs[host] ?? '');
  if (pair === undefined) throw new TypeError(`router ${name} has no pair of addresses on ${host}`);
  const at = (value: bigint): string => formatAddress({ version: pair.version, value });
  return { router: at(pair.first), fip: at(pair.last) };
}
