/** What routers know of the networks that they route between, and how it is said. */

import { linkLocalAddress } from '../topology/ipv6.ts';
import type { Topology } from '../topology/topology.ts';
import { type Ip, inNetwork, isIpv4, isLinkLocal, TCP } from './ip.ts';
import type { Entered } from './nat.ts';
import { addressesAt, type Member } from './outsiders.ts';
import type { Stack } from './routes.ts';

/** The networks that a stack is on. */
export const direct = ({ routes }: Stack): string[] =>
  routes.filter(({ via }) => via === undefined).map(({ destination }) => destination);

/** Where metadata requests are redirected to within the router; whoever knocks there himself is not let in. */
export const isProxy = (protocol: number | undefined, port: number | undefined): boolean =>
  protocol === TCP && port === 9697;

/** `router r1 routes it to 10.0.2.11 by r1-db-subnet`, and what it translates. */
export function routedBy({ name }: Stack, { arrived }: Entered, left: Ip, out: Member): string {
  const became = (what: string, before: string, after: string): string =>
    before === after ? '' : `, ${what} ${before} becomes ${after}`;
  const source = became('source', arrived.src_ip, left.src_ip);
  const destination = became('destination', arrived.dst_ip, left.dst_ip);
  return `${name} routes it to ${left.dst_ip} by ${out.name}${source}${destination}`;
}

export const mtuOf = (out: Member): number => (out.kind === 'outsider' ? out.carrier.mtu : out.network.mtu);

/**
 * The address by which somebody speaks on a network: one of the destination's subnet, else the first of its version; to
 * a link-local address by his own (RFC 6724, 5, rule 2).
 */
export function addressTo({ subnets }: Topology, out: Member, destination: string): string | undefined {
  if (isLinkLocal(destination)) return linkLocalAddress(out.mac);
  const version = isIpv4(destination);
  if (out.kind === 'outsider') return addressesAt(out).find((address) => isIpv4(address) === version);
  const fixed = out.port.fixed_ips.filter(({ ip_address }) => isIpv4(ip_address) === version);
  const near = fixed.find(({ subnet }) => inNetwork(subnets[subnet]?.cidr ?? '', destination));
  return (near ?? fixed[0])?.ip_address;
}
