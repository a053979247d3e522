/** Routes of IP stacks. Source: RFC 1812 (longest match), Linux's ip-rule(8) (policy routing). */
import { parseNetwork } from '../topology/addresses.ts';
import { linkLocalAddress } from '../topology/ipv6.ts';
import type { Subnet, Topology } from '../topology/topology.ts';
import { inNetwork, isIpv4 } from './ip.ts';
import { type Member, membersOf } from './outsiders.ts';
import { isStandby, type Seat } from './seats.ts';
import type { Translator } from './translators.ts';

export interface Route {
  /** A network in CIDR notation. */
  readonly destination: string;
  readonly out: Member;
  /** Left out: the destination is on that network itself. */
  readonly via?: string;
  /** Policy routing: a network in CIDR notation that the source has to be of. */
  readonly from?: string;
  /** Policy routing: the order in which tables are looked up; default 0, the main one. */
  readonly table?: number;
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
  readonly translator?: Translator;
}

/** A route that leads to an address: of the first table that has one, the longest match. */
export function routeTo({ routes }: Stack, address: string, source?: string): Route | undefined {
  const fitting = routes.filter(
    ({ destination, out, from }) =>
      out.active &&
      inNetwork(destination, address) &&
      (from === undefined || (source !== undefined && inNetwork(from, source))),
  );
  const rank = ({ table = 0, destination }: Route): number =>
    (parseNetwork(destination)?.prefix ?? 0) - 1000 * table;
  return fitting.reduce<Route | undefined>(
    (best, route) => (best === undefined || rank(route) > rank(best) ? route : best),
    undefined,
  );
}

/** What a holder has plugged in and speaks by. */
export const seatsOfHolder = (topology: Topology, kind: Seat['holder']['kind'], name: string): Seat[] =>
  membersOf(topology).filter(
    (one): one is Seat =>
      one.kind !== 'outsider' &&
      one.holder.kind === kind &&
      one.holder.name === name &&
      !isStandby(one) &&
      // By these its hosts talk to each other: nothing is routed there.
      one.port.device_owner !== 'network:router_ha_interface',
  );

export const subnetsOf = (topology: Topology, seat: Seat): { subnet: Subnet; ip_address: string }[] =>
  seat.port.fixed_ips.flatMap(({ subnet: name, ip_address }) => {
    const subnet = topology.subnets[name];
    return subnet ? [{ subnet, ip_address }] : [];
  });

export const connected = (topology: Topology, seat: Seat): Route[] =>
  subnetsOf(topology, seat).map(({ subnet: { cidr } }) => ({ destination: cidr, out: seat }));

/** Everything of the version of an address. */
export const allOf = (address: string): string => (isIpv4(address) ? '0.0.0.0/0' : '::/0');

/** A device's own addresses, the one included that it makes itself for its link. */
export const addressesOf = ({ port, mac }: Seat): string[] => [
  ...port.fixed_ips.map(({ ip_address }) => ip_address),
  linkLocalAddress(mac),
];
