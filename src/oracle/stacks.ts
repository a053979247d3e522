/**
 * The IP stacks that packets meet: of routers, of services, of servers and of machines outside, with their addresses
 * and routes. Source: the OpenStack Networking API (routers, extra routes, subnets' gateway_ip and host_routes), RFC
 * 1812 (longest match), RFC 3442 (what DHCP tells a server), RFC 4291 (2.8: which addresses a node has).
 */
import { parseNetwork } from '../topology/addresses.ts';
import type { FloatingIp, Router, Subnet, Topology } from '../topology/topology.ts';
import { inNetwork, isIpv4, linkLocalOf } from './ip.ts';
import { ipOf, type Member, membersOf, type Outsider } from './outsiders.ts';
import { isStandby, type Seat } from './seats.ts';

interface Route {
  /** A network in CIDR notation. */
  readonly destination: string;
  readonly out: Member;
  /** Left out: the destination is on that network itself. */
  readonly via?: string;
}

export interface Stack {
  /** `router r1`, `host upstream1`. */
  readonly name: string;
  /** Passes on what is not for itself. */
  readonly forwards: boolean;
  /** Its own addresses. */
  readonly addresses: readonly string[];
  readonly routes: readonly Route[];
  /** Of routers of the cloud. */
  readonly router?: Router;
}

/** The address of the metadata service (RFC 3927 link-local, as Amazon's EC2 has it). */
export const METADATA_IP = '169.254.169.254';

/** The stack behind a device. */
export function stackOf(topology: Topology, member: Member): Stack {
  if (member.kind === 'outsider') return outside(topology, member);
  switch (member.holder.kind) {
    case 'router':
      return routerStack(topology, member.holder.name);
    case 'server':
      return serverStack(topology, member.holder.name);
    case 'dhcp':
    case 'loadbalancer':
      break;
  }
  return serviceStack(topology, member);
}

/** A route that leads to an address, the longest match first. */
export function routeTo({ routes }: Stack, address: string): Route | undefined {
  const prefix = ({ destination }: Route): number => parseNetwork(destination)?.prefix ?? 0;
  return routes
    .filter(({ destination, out }) => out.active && inNetwork(destination, address))
    .reduce<Route | undefined>(
      (best, route) => (best === undefined || prefix(route) > prefix(best) ? route : best),
      undefined,
    );
}

const seatsOfHolder = (topology: Topology, kind: Seat['holder']['kind'], name: string): Seat[] =>
  membersOf(topology).filter(
    (one): one is Seat =>
      one.kind !== 'outsider' &&
      one.holder.kind === kind &&
      one.holder.name === name &&
      !isStandby(one) &&
      // By these its hosts talk to each other: nothing is routed there.
      one.port.device_owner !== 'network:router_ha_interface',
  );

const subnetsOf = (topology: Topology, seat: Seat): { subnet: Subnet; ip_address: string }[] =>
  seat.port.fixed_ips.flatMap(({ subnet: name, ip_address }) => {
    const subnet = topology.subnets[name];
    return subnet ? [{ subnet, ip_address }] : [];
  });

const connected = (topology: Topology, seat: Seat): Route[] =>
  subnetsOf(topology, seat).map(({ subnet: { cidr } }) => ({ destination: cidr, out: seat }));

/** Everything of the version of an address. */
const allOf = (address: string): string => (isIpv4(address) ? '0.0.0.0/0' : '::/0');

/** A device's own addresses, the one included that it makes itself for its link. */
const addressesOf = ({ port, mac }: Seat): string[] => [
  ...port.fixed_ips.map(({ ip_address }) => ip_address),
  linkLocalOf(mac),
];

function routerStack(topology: Topology, name: string): Stack {
  const router = topology.routers[name];
  const seats = seatsOfHolder(topology, 'router', name);
  const gateway = gatewaySeat(topology, router);
  const direct = seats.flatMap((seat) => connected(topology, seat));
  // Every subnet of the external network is on it, whether or not the router has an address there (extra_subnets).
  const beside = Object.values(topology.subnets).flatMap((subnet): Route[] =>
    gateway && subnet.network === gateway.network.name ? [{ destination: subnet.cidr, out: gateway }] : [],
  );
  const extra = (router?.routes ?? []).flatMap(({ destination, nexthop }): Route[] => {
    const out = direct.find((route) => inNetwork(route.destination, nexthop))?.out;
    return out ? [{ destination, via: nexthop, out }] : [];
  });
  const out = gateway ? waysOut(topology, gateway) : [];
  return {
    name: `router ${name}`,
    forwards: true,
    addresses: [
      ...seats.flatMap(addressesOf),
      ...floatingIpsOf(topology, name).map(({ floating_ip_address }) => floating_ip_address),
    ],
    routes: [...direct, ...beside, ...extra, ...out],
    ...(router && { router }),
  };
}

/** By the first subnet of each version that names a gateway. */
function waysOut(topology: Topology, gateway: Seat): Route[] {
  const ways = subnetsOf(topology, gateway).flatMap(({ subnet: { gateway_ip } }): Route[] =>
    gateway_ip === null ? [] : [{ destination: allOf(gateway_ip), via: gateway_ip, out: gateway }],
  );
  return ways.filter(
    (way, at) => ways.findIndex(({ destination }) => destination === way.destination) === at,
  );
}

/** The port by which a router leaves the cloud. */
export function gatewaySeat(topology: Topology, router: Router | undefined): Seat | undefined {
  const port = router?.external_gateway_info?.port;
  if (port === undefined) return undefined;
  return seatsOfHolder(topology, 'router', router?.name ?? '').find((seat) => seat.port.name === port);
}

/** Floating IPs that a router stands for. */
export const floatingIpsOf = ({ floatingips }: Topology, router: string): FloatingIp[] =>
  Object.values(floatingips).filter(
    (one) => one.router === router && (one.port !== undefined || one.port_forwardings.length > 0),
  );

/** As a server has it that asked DHCP: host_routes before the gateway (RFC 3442). */
function serverStack(topology: Topology, name: string): Stack {
  const seats = seatsOfHolder(topology, 'server', name);
  const routes = seats.flatMap((seat) => [
    ...connected(topology, seat),
    ...subnetsOf(topology, seat).flatMap(({ subnet, ip_address }): Route[] => [
      ...subnet.host_routes
        .filter(({ nexthop }) => nexthop !== ip_address)
        .map(({ destination, nexthop }) => ({ destination, via: nexthop, out: seat })),
      ...metadataRoute(topology, seat, subnet),
      ...(subnet.gateway_ip !== null && subnet.gateway_ip !== ip_address
        ? [{ destination: allOf(subnet.gateway_ip), via: subnet.gateway_ip, out: seat }]
        : []),
    ]),
  ]);
  const addresses = seats.flatMap(addressesOf);
  return { name: `server ${name}`, forwards: false, addresses, routes };
}

/** On a network without a router DHCP itself serves metadata, and says so by a route (enable_isolated_metadata). */
function metadataRoute(topology: Topology, seat: Seat, subnet: Subnet): Route[] {
  if (!servesMetadata(topology, subnet)) return [];
  const dhcp = membersOf(topology).find(
    (one): one is Seat =>
      one.kind !== 'outsider' && one.holder.kind === 'dhcp' && one.network === seat.network,
  );
  const via = dhcp?.port.fixed_ips.find((ip) => ip.subnet === subnet.name)?.ip_address;
  return via === undefined ? [] : [{ destination: `${METADATA_IP}/32`, via, out: seat }];
}

function servesMetadata({ options, routers }: Topology, subnet: Subnet): boolean {
  if (!options.enable_isolated_metadata || !subnet.enable_dhcp) return false;
  const fixed = Object.values(routers).flatMap(({ interfaces }) =>
    interfaces.flatMap(({ fixed_ips }) => fixed_ips),
  );
  // get_isolated_subnets of Neutron's dhcp.py: a router that has the gateway's address.
  return !fixed.some((ip) => ip.subnet === subnet.name && ip.ip_address === subnet.gateway_ip);
}

/** DHCP and load balancers: their own subnets, and the gateway for answers to whoever is further away. */
function serviceStack(topology: Topology, seat: Seat): Stack {
  const subnets = subnetsOf(topology, seat);
  // Every DHCP namespace has the address then, whether or not a router serves the network (dhcp.py of Neutron).
  const isolated = seat.holder.kind === 'dhcp' && topology.options.enable_isolated_metadata;
  return {
    name: `${seat.holder.kind} ${seat.holder.name}`,
    forwards: false,
    addresses: [...addressesOf(seat), ...(isolated ? [METADATA_IP] : [])],
    routes: [
      ...connected(topology, seat),
      ...subnets.flatMap(({ subnet: { gateway_ip } }): Route[] =>
        gateway_ip === null ? [] : [{ destination: allOf(gateway_ip), via: gateway_ip, out: seat }],
      ),
    ],
  };
}

function outside(topology: Topology, { host, forwards }: Outsider): Stack {
  const nics = membersOf(topology).filter(
    (one): one is Outsider => one.kind === 'outsider' && one.host === host,
  );
  return {
    name: `host ${host}`,
    forwards,
    addresses: nics.flatMap(({ address, mac }) => [ipOf(address) ?? [], linkLocalOf(mac)].flat()),
    routes: nics.flatMap((out): Route[] => [
      ...(out.address === undefined ? [] : [{ destination: out.address, out }]),
      ...(out.gateway_ip === undefined
        ? []
        : [{ destination: allOf(out.gateway_ip), via: out.gateway_ip, out }]),
    ]),
  };
}

/**
 * Who answers for an address on a segment, by ARP or neighbour discovery: each for its own addresses, the gateway for
 * floating IPs as well.
 */
export function ownerOfIp(topology: Topology, segment: string, address: string): Member | undefined {
  return membersOf(topology).find((member) => {
    if (member.segment !== segment || !member.active || isStandby(member)) return false;
    if (linkLocalOf(member.mac) === address) return true;
    if (member.kind === 'outsider') return ipOf(member.address) === address;
    if (member.port.fixed_ips.some(({ ip_address }) => ip_address === address)) return true;
    if (member.holder.kind !== 'router') return false;
    const router = topology.routers[member.holder.name];
    if (router?.external_gateway_info?.port !== member.port.name) return false;
    return floatingIpsOf(topology, router.name).some((one) => one.floating_ip_address === address);
  });
}
