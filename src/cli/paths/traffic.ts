/** Which packets show the ways that a router gives: between servers behind it, and between them and the internet. Pure. */
import type { Router, Topology } from '../../topology/index.ts';

export type Traffic =
  | 'east-west, same host'
  | 'east-west, across hosts'
  | 'north-south, floating IP'
  | 'north-south, SNAT'
  | 'IPv6 east-west, same host'
  | 'IPv6 east-west, across hosts'
  | 'IPv6 north-south';

/** An echo that is to be sent. */
export interface Trip {
  readonly traffic: Traffic;
  readonly router: Router;
  /** A server. */
  readonly from: string;
  /** A server, or a machine on the internet. */
  readonly to: string;
  readonly address: string;
}

/** An address that a server has on a subnet of the router. */
interface Seat {
  readonly server: string;
  readonly host: string;
  readonly network: string;
  readonly port: string;
  readonly address: string;
}

type Ends = Pick<Trip, 'from' | 'to' | 'address'>;

/** A router with the seats behind it. */
interface Behind {
  readonly topology: Topology;
  readonly router: Router;
  /** Those of one IP version. */
  readonly seats: readonly Seat[];
}

const sameHost = ({ seats }: Behind): Ends | undefined =>
  pair(seats, (one, other) => one.host === other.host);

const across = ({ seats }: Behind): Ends | undefined => pair(seats, (one, other) => one.host !== other.host);

function byFloatingIp({ topology, router, seats }: Behind): Ends | undefined {
  const seat = seats.find((one) => hasFloatingIp(topology, router, one));
  return outwards(topology, seat, 4);
}

function bySnat({ topology, router, seats }: Behind): Ends | undefined {
  if (!router.external_gateway_info?.enable_snat) return undefined;
  const seat = seats.find((one) => !hasFloatingIp(topology, router, one));
  return outwards(topology, seat, 4);
}

function byIPv6({ topology, router, seats }: Behind): Ends | undefined {
  const outside = router.external_gateway_info?.external_fixed_ips ?? [];
  if (!outside.some(({ ip_address }) => isIPv6(ip_address))) return undefined;
  return outwards(topology, seats[0], 6);
}

/** In the order of the table. */
const TRAFFIC: readonly (readonly [Traffic, 4 | 6, (behind: Behind) => Ends | undefined])[] = [
  ['east-west, same host', 4, sameHost],
  ['east-west, across hosts', 4, across],
  ['north-south, floating IP', 4, byFloatingIp],
  ['north-south, SNAT', 4, bySnat],
  ['IPv6 east-west, same host', 6, sameHost],
  ['IPv6 east-west, across hosts', 6, across],
  ['IPv6 north-south', 6, byIPv6],
];

/** One trip for each kind of traffic and each router, in this order, where there are such servers. */
export function tripsIn(topology: Topology): Trip[] {
  const routers = Object.values(topology.routers);
  return TRAFFIC.flatMap(([traffic, version, choose]) =>
    routers.flatMap((router): Trip[] => {
      const ends = choose({ topology, router, seats: seatsBehind(topology, router, version) });
      return ends ? [{ traffic, router, ...ends }] : [];
    }),
  );
}

const isIPv6 = (address: string): boolean => address.includes(':');

function seatsBehind({ servers, ports }: Topology, { interfaces }: Router, version: 4 | 6): Seat[] {
  const subnets = new Set(interfaces.flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet }) => subnet)));
  return Object.values(servers).flatMap(({ name: server, host, nics }) =>
    nics.flatMap(({ port: name }) => {
      const { network = '', fixed_ips = [] } = ports[name] ?? {};
      return fixed_ips
        .filter(({ subnet, ip_address }) => subnets.has(subnet) && isIPv6(ip_address) === (version === 6))
        .map(({ ip_address }) => ({ server, host, network, port: name, address: ip_address }));
    }),
  );
}

/** The first two on different networks that stand as they should. */
function pair(seats: readonly Seat[], stand: (one: Seat, other: Seat) => boolean): Ends | undefined {
  for (const one of seats) {
    const other = seats.find(
      (seat) => seat.server !== one.server && seat.network !== one.network && stand(one, seat),
    );
    if (other) return { from: one.server, to: other.server, address: other.address };
  }
  return undefined;
}

const hasFloatingIp = ({ floatingips }: Topology, router: Router, { port, address }: Seat): boolean =>
  Object.values(floatingips).some(
    (one) => one.router === router.name && one.port === port && one.fixed_ip_address === address,
  );

/** From a server to the first machine on the internet. */
function outwards({ underlay }: Topology, seat: Seat | undefined, version: 4 | 6): Ends | undefined {
  const machine = Object.values(underlay.hosts).find(({ role }) => role === 'internet');
  const [nic] = machine?.interfaces ?? [];
  const address = (version === 4 ? nic?.address : nic?.ipv6_address)?.split('/')[0];
  if (!seat || !machine || address === undefined) return undefined;
  return { from: seat.server, to: machine.name, address };
}
