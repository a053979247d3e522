/**
 * What IPv6 needs before anything else works: neighbours, routers and multicast listeners (RFC 4861, 4862, 3810).
 * Source: Neutron's administration guide on IPv6 and its lists of ICMPv6 types that pass whatever the rules say
 * (ICMPV6_ALLOWED_INGRESS_TYPES and its like): a server may look for neighbours and routers, and speak for its own
 * addresses alone; it is no router.
 */

import { linkLocalAddress } from '../topology/ipv6.ts';
import type { Topology } from '../topology/topology.ts';
import { ICMPV6, type Ip, inNetwork, isUnspecified } from './ip.ts';
import type { Seat } from './seats.ts';

const LISTENER_QUERY = 130;
const LISTENER_REPORT = 131;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
const LISTENER_REPORT_2 = 143;

const ASKS: ReadonlySet<number> = new Set([LISTENER_QUERY, ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION]);
/** From nobody's address: duplicate address detection and what goes before it (RFC 4862, 5.4.2). */
const FROM_NOWHERE: ReadonlySet<number> = new Set([
  LISTENER_REPORT,
  NEIGHBOUR_SOLICITATION,
  LISTENER_REPORT_2,
]);
const COMES_IN: ReadonlySet<number> = new Set([
  LISTENER_QUERY,
  ROUTER_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  NEIGHBOUR_ADVERTISEMENT,
]);

const typeOf = ({ protocol, icmp }: Ip): number | undefined => (protocol === ICMPV6 ? icmp?.type : undefined);

/** Whether it is the port's to say: its fixed addresses, its allowed pairs, and link-local ones of their MACs. */
export function speaksFor(
  { fixed_ips, mac_address, allowed_address_pairs }: Seat['port'],
  ip: string,
): boolean {
  const macs = [mac_address, ...allowed_address_pairs.map((pair) => pair.mac_address)];
  return (
    fixed_ips.some(({ ip_address }) => ip_address === ip) ||
    macs.some((mac) => linkLocalAddress(mac) === ip) ||
    allowed_address_pairs.some(({ ip_address }) => inNetwork(ip_address, ip))
  );
}

/** What becomes of such a packet at the port of the server that sends it: it passes, or why not; undefined for others. */
export function discoveryOut(
  { options }: Topology,
  { port, name }: Seat,
  src_mac: string,
  ip: Ip,
): string | undefined {
  const type = typeOf(ip);
  if (type === undefined) return undefined;
  if (type === ROUTER_ADVERTISEMENT) return `port security: ${name} is no port of a router`;
  if (type === NEIGHBOUR_ADVERTISEMENT) {
    // The hybrid driver looks at who sends as well, as of every packet.
    const target = ip.nd?.target_ip ?? '';
    if (!speaksFor(port, target)) return `port security: ${target} is not an address of port ${name}`;
    return options.firewall_driver === 'openvswitch' ? 'passes' : undefined;
  }
  if (isUnspecified(ip.src_ip) && FROM_NOWHERE.has(type)) {
    // The openvswitch driver lets servers ask from their own addresses only (_initialize_egress_ipv6_icmp).
    if (options.firewall_driver !== 'openvswitch' && inNetwork('ff02::/16', ip.dst_ip)) return 'passes';
    return `the ${options.firewall_driver} firewall lets nothing out of port ${name} that comes from ${ip.src_ip}`;
  }
  const own = src_mac === port.mac_address && speaksFor(port, ip.src_ip);
  return ASKS.has(type) && own ? 'passes' : undefined;
}

/** What every server may be told. */
export function discoveryIn(ip: Ip): boolean {
  const type = typeOf(ip);
  return type !== undefined && COMES_IN.has(type);
}

/** ICMPv6 that is neither an error nor an echo begins and continues no connection. */
export function isUntracked(ip: Ip): boolean {
  const type = typeOf(ip);
  return type !== undefined && type > 129;
}
