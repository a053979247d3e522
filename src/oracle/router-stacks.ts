/**
 * The IP stacks of routers of the cloud. Source: the OpenStack Networking API (routers, extra routes), RFC 1812; for
 * distributed ones Neutron's administration guide, "Open vSwitch: High availability using DVR": a part on every host
 * routes between the networks inside; what a server with a floating IP sends goes out on its own host, by a namespace
 * that all routers of the host share; what others send goes to the snat- namespace of the network node.
 */
import type { Router, Topology } from '../topology/topology.ts';
import { hostOfFloatingIp } from './distributed.ts';
import { inNetwork } from './ip.ts';
import { membersOf } from './outsiders.ts';
import { addressesOf, allOf, connected, type Route, type Stack, seatsOfHolder, subnetsOf } from './routes.ts';
import type { Seat } from './seats.ts';
import {
  centralTranslator,
  floatingIpsOf,
  gatewaySeat,
  partTranslator,
  translatorOf,
} from './translators.ts';

/** A router that is on one host at a time. */
export function routerStack(topology: Topology, name: string): Stack {
  const router = topology.routers[name];
  const seats = seatsOfHolder(topology, 'router', name);
  const stack = leading(topology, `router ${name}`, router, seats);
  return router ? { ...stack, translator: translatorOf(topology, router) } : stack;
}

/** What is central of a distributed router. */
export function snatStack(topology: Topology, name: string): Stack {
  const router = topology.routers[name];
  const seats = seatsOfHolder(topology, 'snat', name);
  const stack = leading(topology, `snat of router ${name}`, router, seats);
  if (!router) return stack;
  const translator = centralTranslator(topology, router);
  const central = translator.floatingIps.map(({ floating_ip_address }) => floating_ip_address);
  const own = seats.flatMap((seat) => addressesOf(seat));
  return { ...stack, addresses: [...own, ...central], translator };
}

/** A router with a way out of the cloud. */
function leading(
  topology: Topology,
  name: string,
  router: Router | undefined,
  seats: readonly Seat[],
): Stack {
  const gateway = gatewaySeat(topology, router);
  const direct = seats.flatMap((seat) => connected(topology, seat));
  const beside = gateway ? subnetsBeside(topology, gateway) : [];
  const out = gateway ? waysOut(topology, gateway) : [];
  return {
    name,
    forwards: true,
    addresses: [
      ...seats.flatMap((seat) => addressesOf(seat)),
      ...floatingIpsOf(topology, router?.name ?? '').map(({ floating_ip_address }) => floating_ip_address),
    ],
    routes: [...direct, ...beside, ...extraRoutes(router, direct), ...out],
  };
}

/** Every subnet of the external network is on it, whether or not the router has an address there (extra_subnets). */
const subnetsBeside = ({ subnets }: Topology, out: Seat): Route[] =>
  Object.values(subnets).flatMap(({ network, cidr }): Route[] =>
    network === out.network.name ? [{ destination: cidr, out }] : [],
  );

/** By the first subnet of each version that names a gateway. */
function waysOut(topology: Topology, gateway: Seat): Route[] {
  const ways = subnetsOf(topology, gateway).flatMap(({ subnet: { gateway_ip } }): Route[] =>
    gateway_ip === null ? [] : [{ destination: allOf(gateway_ip), via: gateway_ip, out: gateway }],
  );
  return ways.filter(
    (way, at) => ways.findIndex(({ destination }) => destination === way.destination) === at,
  );
}

const extraRoutes = (router: Router | undefined, direct: readonly Route[]): Route[] =>
  (router?.routes ?? []).flatMap(({ destination, nexthop }): Route[] => {
    const out = direct.find((route) => inNetwork(route.destination, nexthop))?.out;
    return out ? [{ destination, via: nexthop, out }] : [];
  });

const seatsOn = (topology: Topology, kind: 'router' | 'fip', name: string, host: string): Seat[] =>
  seatsOfHolder(topology, kind, name).filter((seat) => seat.host === host);

/** The part of a distributed router on a host. */
export function partStack(topology: Topology, name: string, host: string): Stack {
  const router = topology.routers[name];
  const seats = seatsOn(topology, 'router', name, host);
  const inside = seats.filter(({ link }) => link === undefined);
  const link = seats.find((seat) => seat.link !== undefined);
  const direct = inside.flatMap((seat) => connected(topology, seat));
  const translator = router && partTranslator(topology, router, host);
  const via = link && farEndOf(topology, link)?.port.fixed_ips[0]?.ip_address;
  // Floating IPs are looked up after the networks inside, and before the way to the snat- namespace.
  const floating = (translator?.floatingIps ?? []).flatMap(({ fixed_ip_address: from }): Route[] =>
    link && via !== undefined && from !== undefined
      ? [{ destination: allOf(from), from: `${from}/32`, via, out: link, table: 1 }]
      : [],
  );
  return {
    name: `router ${name} on ${host}`,
    forwards: true,
    addresses: seats.flatMap((seat) => addressesOf(seat)),
    routes: [...direct, ...extraRoutes(router, direct), ...floating, ...toSnat(topology, router, inside)],
    ...(translator && { translator }),
  };
}

const farEndOf = (topology: Topology, link: Seat): Seat | undefined =>
  membersOf(topology).find(
    (one): one is Seat => one.kind !== 'outsider' && one.segment === link.segment && one !== link,
  );

/** Whoever has no floating IP leaves by the snat- namespace, which has an address on every subnet inside. */
function toSnat({ subnets }: Topology, router: Router | undefined, inside: readonly Seat[]): Route[] {
  return (router?.snat_ports ?? []).flatMap(({ fixed_ips }) =>
    fixed_ips.flatMap(({ subnet, ip_address }): Route[] => {
      const from = subnets[subnet]?.cidr;
      const out = inside.find(({ port }) => port.fixed_ips.some((one) => one.subnet === subnet));
      return from !== undefined && out
        ? [{ destination: allOf(ip_address), from, via: ip_address, out, table: 2 }]
        : [];
    }),
  );
}

/** Where the floating IPs of a host lead out, and what is for them in. */
export function externalStack(topology: Topology, network: string, host: string): Stack {
  const seats = seatsOn(topology, 'fip', network, host);
  const outside = seats.find(({ link }) => link === undefined);
  const hosted = Object.values(topology.floatingips).filter(
    (one) =>
      topology.routers[one.router ?? '']?.distributed === true &&
      one.floating_network === network &&
      hostOfFloatingIp(topology, one) === host,
  );
  const floating = hosted.flatMap((one): Route[] => {
    const part = seatsOn(topology, 'router', one.router ?? '', host).find(({ link }) => link !== undefined);
    const out = part && farEndOf(topology, part);
    const via = part?.port.fixed_ips[0]?.ip_address;
    return out && via !== undefined ? [{ destination: `${one.floating_ip_address}/32`, via, out }] : [];
  });
  const direct = outside ? connected(topology, outside) : [];
  const juno = topology.options.release === 'juno';
  const extra = hosted.flatMap(({ floating_ip_address, router }) =>
    juno
      ? []
      : extraRoutes(topology.routers[router ?? ''], direct).map((way) => ({
          ...way,
          from: `${floating_ip_address}/32`,
        })),
  );
  return {
    name: `floating IPs of ${network} on ${host}`,
    forwards: true,
    addresses: seats.flatMap((seat) => addressesOf(seat)),
    routes: [
      ...(outside ? subnetsBeside(topology, outside) : []),
      ...floating,
      // Only what comes from a router is let out, by its own routes first (a table for each fpr-).
      ...extra,
      ...(outside ? waysOut(topology, outside).map((way) => ({ ...way, from: way.destination })) : []),
    ],
  };
}
