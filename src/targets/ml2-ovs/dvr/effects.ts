/** What the L3 agents do once on the hosts of a distributed router: addresses announced, connections ended. */
import type { FloatingIp, Port, Router, Topology } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { endConnections } from '../l3/effects.ts';
import { isIpv4 } from '../l3/router.ts';
import { fipNamespace, routerDevice, routerNamespace } from '../names.ts';
import { localFloatingIps } from './served.ts';

/** Of what is central of such routers l3/effects.ts tells. */
export const distributedEffects = (before: Topology, after: Topology): Effect[] =>
  Object.values(after.routers).flatMap((router) => {
    const was = before.routers[router.name];
    return [
      ...(was === undefined ? [] : ended(before, after, was, router)),
      ...announced(was === undefined ? undefined : { topology: before, router: was }, after, router),
    ];
  });

/** Hosts on which the agents have been told of the router: of one that is down none. */
const hostsOf = ({ distributed, admin_state_up, distributed_hosts }: Router): readonly string[] =>
  distributed && admin_state_up ? (distributed_hosts ?? []) : [];

/** The port by which a host answers for its floating IPs of the router. */
const agentGateway = (
  topology: Topology,
  { external_gateway_info: gateway }: Router,
  host: string,
): Port | undefined =>
  Object.values(topology.ports).find(
    (port) =>
      port.device_owner === 'network:floatingip_agent_gateway' &&
      port.network === gateway?.network &&
      port['binding:host_id'] === host,
  );

const fipPlace = (topology: Topology, host: string, { network }: Port) => ({
  node: host,
  namespace: fipNamespace(topology.networks[network]?.id ?? ''),
});

/** An announcement, and what tells it from others. */
type Announcement = Extract<Effect, { kind: 'announce' }>;

const announcement = (
  place: { readonly node: string; readonly namespace: string },
  port: Port,
  ip_address: string,
  because: string,
): Announcement => {
  const device = routerDevice(
    port.device_owner === 'network:floatingip_agent_gateway' ? 'fg-' : 'qr-',
    port.id,
  );
  return { kind: 'announce', ...place, device, mac_address: port.mac_address, ip_address, because };
};

/**
 * All that a router would announce: its interfaces on each host (_internal_network_added of router_info.py), what
 * br-tun keeps from leaving it; fg- (_update_gateway_route of dvr_fip_ns.py) and floating IPs
 * (floating_ip_added_dist of dvr_local_router.py).
 */
const announcementsOf = (topology: Topology, router: Router): Announcement[] =>
  hostsOf(router).flatMap((host) => {
    const namespace = routerNamespace(router.id);
    const inside = router.interfaces.flatMap(({ port: name }) => {
      const port = topology.ports[name];
      if (!port?.admin_state_up) return [];
      return port.fixed_ips
        .filter(isIpv4)
        .map(({ ip_address }) =>
          announcement(
            { node: host, namespace },
            port,
            ip_address,
            `${ip_address} of port ${name} is on router ${router.name} of host ${host}`,
          ),
        );
    });
    const gateway = agentGateway(topology, router, host);
    if (gateway === undefined) return inside;
    const place = fipPlace(topology, host, gateway);
    const own = gateway.fixed_ips.map(({ ip_address }) =>
      announcement(place, gateway, ip_address, `${ip_address} of port ${gateway.name} is on host ${host}`),
    );
    const floating = localFloatingIps(topology, router, host).map(({ name, floating_ip_address: address }) =>
      announcement(place, gateway, address, `${address} of floating IP ${name} is on host ${host}`),
    );
    return [...inside, ...own, ...floating];
  });

function announced(
  was: { readonly topology: Topology; readonly router: Router } | undefined,
  after: Topology,
  router: Router,
): Effect[] {
  const keyOf = ({ node, namespace, device, mac_address, ip_address }: Announcement): string =>
    [node, namespace, device, mac_address, ip_address].join(' ');
  const known = new Set(was === undefined ? [] : announcementsOf(was.topology, was.router).map(keyOf));
  return announcementsOf(after, router).filter((one) => !known.has(keyOf(one)));
}

/**
 * Floating IPs that a host lets go. Neutron looks for their connections in the fip- namespace, where none are tracked
 * (remove_floating_ip of dvr_local_router.py), so those of the router stand until they time out. At Juno the address
 * was the router's, and so were the connections that were ended (_remove_floating_ip of its l3_agent.py).
 */
function ended(before: Topology, after: Topology, was: Router, router: Router): Effect[] {
  if (was.id !== router.id) return [];
  const remaining = new Set(hostsOf(router));
  return hostsOf(was).flatMap((host) => {
    const gateway = agentGateway(after, router, host);
    if (!remaining.has(host) || gateway === undefined) return [];
    const juno = after.options.release === 'juno';
    const place = juno
      ? { node: host, namespace: routerNamespace(router.id) }
      : fipPlace(after, host, gateway);
    const left = new Set(localFloatingIps(after, router, host).map(addressOf));
    return localFloatingIps(before, was, host)
      .map(addressOf)
      .filter((address) => !left.has(address))
      .flatMap((address) =>
        endConnections(
          place,
          address,
          `${address} is no longer a floating IP of router ${router.name} on host ${host}`,
        ),
      );
  });
}

const addressOf = ({ floating_ip_address }: FloatingIp): string => floating_ip_address;
