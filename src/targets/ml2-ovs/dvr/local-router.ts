/** DvrLocalRouter of neutron/agent/l3/dvr_local_router.py: what each host holds of a distributed router. */
import type { Owner } from '../../../state/types.ts';
import { isCentralFloatingIp } from '../../../topology/distributed.ts';
import type { ServicePort } from '../bindings.ts';
import { localFirewalls } from '../fwaas/index.ts';
import { addressScopes } from '../l3/address-scopes.ts';
import { metadataProxy } from '../l3/metadata.ts';
import { advertisements } from '../l3/radvd.ts';
import { isIpv4, l3Sysctls, type RouterParts, routesOf } from '../l3/router.ts';
import { routerNamespace } from '../names.ts';
import { FIP_TABLE, type FipNamespace, linkToFip, type RouterOnHost } from './fip-namespace.ts';
import { floatingIpPriority, tableOf } from './rule-numbers.ts';
import { hostAddress, localFloatingIps, MOVING_OWNERS } from './served.ts';

export interface LocalRouter extends RouterOnHost {
  /** The host's way out; absent where it has none of its own. */
  readonly fip?: FipNamespace;
}

export function localRouter(local: LocalRouter): void {
  const { topology, router, parts, fip } = local;
  const { namespace, inside } = parts;
  namespace.link({ device: 'lo', up: true });
  namespace.sysctls({
    ...l3Sysctls(inside),
    // external_gateway_added: else servers would be told to go to sg- themselves.
    ...(router.external_gateway_info ? { 'net/ipv4/conf/all/send_redirects': '0' } : {}),
  });
  for (const { tap, port } of inside)
    for (const { subnet, ip_address } of port.fixed_ips)
      namespace.address(tap, `${ip_address}/${topology.subnets[subnet]?.cidr.split('/')[1] ?? '32'}`);
  for (const route of routesOf(topology, parts)) namespace.route(route);
  for (const device of inside) {
    neighbours(local, device);
    redirect(local, device);
  }
  const link = fip && router.external_gateway_info ? linkToFip(local, fip) : undefined;
  const juno = topology.options.release === 'juno';
  const own = localFloatingIps(topology, router, local.here.name);
  const translates = link !== undefined && (own.length > 0 || holdsCentral(local));
  parts.chains.lay({ nat: true, floating: juno || translates });
  if (translates) untranslatedWithin(parts, link.rfp);
  addressScopes(parts, link?.rfp);
  if (topology.options.metadata) metadataProxy(local.node, topology, parts);
  advertisements(local.node, topology, parts, routerNamespace(router.id));
  if (!link) return;
  floating(local, link.rfp);
  // At Juno only with floating IPs on the host (dist_fip_count).
  if (!juno || own.length > 0) localFirewalls(topology, parts);
}

/**
 * The L3 agent hears of floating IPs of its own host and, where the router is central, of central ones, which it
 * translates in snat- (_handle_router_snat_rules asks only whether there are any).
 */
const holdsCentral = ({ topology, router, here }: LocalRouter): boolean =>
  router.hosts.includes(here.name) &&
  Object.values(topology.floatingips).some(
    (one) =>
      one.router === router.name && one.fixed_ip_address !== undefined && isCentralFloatingIp(topology, one),
  );

/** _prevent_snat_for_internal_traffic_rule. */
function untranslatedWithin({ chains, owner, router }: RouterParts, rfp: string): void {
  const purpose = `router ${router.name}: between its own networks nothing is translated`;
  const text = `! -o ${rfp} -m conntrack ! --ctstate DNAT -j ACCEPT`;
  chains.add('nat', 'POSTROUTING', text, { ...owner, purpose });
}

/**
 * _set_subnet_arp_info: addresses of all ports are told, since answers to what one host's router asks could go to
 * another's.
 */
function neighbours({ topology, router, parts }: LocalRouter, { tap: device, port: own }: ServicePort): void {
  const subnets = new Set(own.fixed_ips.map(({ subnet }) => subnet));
  for (const port of Object.values(topology.ports)) {
    if (port.network !== own.network || port.name === own.name) continue;
    const central =
      port.device_owner === 'network:router_centralized_snat' && port.owner?.name === router.name;
    if (!central && MOVING_OWNERS.has(port.device_owner)) continue;
    for (const { subnet, ip_address } of port.fixed_ips)
      if (subnets.has(subnet))
        parts.namespace.neighbour({ device, ip_address, mac_address: port.mac_address });
    for (const pair of port.allowed_address_pairs) {
      const ip_address = hostAddress(pair.ip_address);
      if (ip_address !== undefined && own.fixed_ips.some((ip) => isIpv4(ip) === isIpv4({ ip_address })))
        parts.namespace.neighbour({ device, ip_address, mac_address: pair.mac_address });
    }
  }
}

/** _snat_redirect_modify: what comes from a subnet and goes out without a floating IP goes by its central port. */
function redirect({ topology, router, parts }: LocalRouter, { tap: device, port }: ServicePort): void {
  const { namespace } = parts;
  for (const { subnet, ip_address } of port.fixed_ips) {
    const central = router.snat_ports
      ?.flatMap(({ fixed_ips }) => fixed_ips)
      .find((one) => one.subnet === subnet);
    if (central === undefined) continue;
    const prefix = topology.subnets[subnet]?.cidr.split('/')[1] ?? '32';
    const from = `${ip_address}/${prefix}`;
    const table = tableOf(from);
    const destination = isIpv4({ ip_address }) ? '0.0.0.0/0' : '::/0';
    namespace.route({ destination, via: central.ip_address, device, table });
    namespace.rule({ priority: table, from, table });
    namespace.sysctls({ [`net/ipv4/conf/${device}/send_redirects`]: '0' });
  }
}

/** floating_ip_added_dist and floating_forward_rules. */
function floating({ topology, router, here, pools, parts }: LocalRouter, rfp: string): void {
  const { chains, namespace } = parts;
  const own = localFloatingIps(topology, router, here.name);
  for (const { name, floating_ip_address: address, fixed_ip_address: fixed } of own) {
    if (fixed === undefined) continue;
    const owner = (what: string): Owner => ({
      kind: 'floatingip',
      name,
      purpose: `floating IP ${address}: ${what}`,
    });
    const priority = floatingIpPriority(pools, here.name, address);
    namespace.rule({ priority, from: fixed, table: FIP_TABLE });
    const translated = `-j DNAT --to-destination ${fixed}`;
    if (topology.options.release === 'juno') {
      // The address was on the device itself, and translated wherever it was asked for.
      namespace.address(rfp, `${address}/32`);
      for (const chain of ['PREROUTING', 'OUTPUT'])
        chains.add('nat', chain, `-d ${address}/32 ${translated}`, owner(`to ${fixed}`));
    } else chains.add('nat', 'PREROUTING', `-d ${address}/32 -i ${rfp} ${translated}`, owner(`to ${fixed}`));
    const outward = `-s ${fixed}/32 -j SNAT --to-source ${address} --random-fully`;
    chains.add('nat', 'float-snat', outward, owner(`from ${fixed}`));
  }
}
