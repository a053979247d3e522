/**
 * The IP stacks that packets meet: of routers, of services, of servers and of machines outside, with their addresses
 * and routes. Source: the OpenStack Networking API (subnets' gateway_ip and host_routes), RFC 3442 (what DHCP tells a
 * server), RFC 4291 (2.8: which addresses a node has).
 */

import { linkLocalAddress } from '../topology/ipv6.ts';
import type { Subnet, Topology } from '../topology/topology.ts';
import { inNetwork } from './ip.ts';
import { addressesAt, type Member, membersOf, type Outsider } from './outsiders.ts';
import { externalStack, partStack, routerStack, snatStack } from './router-stacks.ts';
import { addressesOf, allOf, connected, type Route, type Stack, seatsOfHolder, subnetsOf } from './routes.ts';
import { isNear, isStandby, type Seat } from './seats.ts';
import { proxiedBy } from './translators.ts';

/** The address of the metadata service (RFC 3927 link-local, as Amazon's EC2 has it). */
export const METADATA_IP = '169.254.169.254';

/** The stack behind a device. */
export function stackOf(topology: Topology, member: Member): Stack {
  if (member.kind === 'outsider') return outside(topology, member);
  switch (member.holder.kind) {
    case 'router': {
      const distributed = topology.routers[member.holder.name]?.distributed === true;
      return (distributed ? partStack : routerStack)(topology, member.holder.name, member.host);
    }
    case 'snat':
      return snatStack(topology, member.holder.name);
    case 'fip':
      return externalStack(topology, member.holder.name, member.host);
    case 'server':
      return serverStack(topology, member.holder.name);
    case 'dhcp':
    case 'loadbalancer':
      break;
  }
  return serviceStack(topology, member);
}

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
  const direct = nics.flatMap((out): Route[] =>
    [out.address, out.ipv6_address].flatMap((destination) =>
      destination === undefined ? [] : [{ destination, out }],
    ),
  );
  return {
    name: `host ${host}`,
    forwards,
    addresses: nics.flatMap((nic) => [...addressesAt(nic), linkLocalAddress(nic.mac)]),
    routes: [
      ...direct,
      ...(topology.underlay.hosts[host]?.routes ?? []).flatMap(({ destination, nexthop }): Route[] => {
        const out = direct.find((route) => inNetwork(route.destination, nexthop))?.out;
        return out ? [{ destination, via: nexthop, out }] : [];
      }),
      ...nics.flatMap((out): Route[] =>
        [out.gateway_ip, out.ipv6_gateway_ip].flatMap((via) =>
          via === undefined ? [] : [{ destination: allOf(via), via, out }],
        ),
      ),
    ],
  };
}

/**
 * Who answers a member for an address, by ARP or neighbour discovery: each for its own addresses, routers for floating
 * IPs as well.
 */
export function ownerOfIp(topology: Topology, asker: Member, address: string): Member | undefined {
  return membersOf(topology).find((member) => {
    if (member.segment !== asker.segment || !member.active) return false;
    if (isStandby(member) || !isNear(asker, member)) return false;
    if (linkLocalAddress(member.mac) === address) return true;
    if (member.kind === 'outsider') return addressesAt(member).includes(address);
    if (member.port.fixed_ips.some(({ ip_address }) => ip_address === address)) return true;
    return proxiedBy(topology, member).some(({ floating_ip_address }) => floating_ip_address === address);
  });
}
