/**
 * What security groups and port security let pass at the port of a server. Source: the OpenStack Networking API
 * (security groups, their rules, port security, allowed address pairs) and Neutron's administration guide on them:
 * what no rule allows is denied; answers to what was allowed pass; DHCP works without a rule, and a server is no DHCP
 * server. What IPv6 needs to work at all is in neighbour-discovery.ts.
 */

import { protocolName } from '../journey/label.ts';
import { linkLocalAddress } from '../topology/ipv6.ts';
import { IP_PROTOCOLS } from '../topology/schema/security-groups.ts';
import type { SecurityGroup, SecurityGroupRule, Topology } from '../topology/topology.ts';
import { type Connection, canBegin, invert, type Tracker, tupleOf } from './connections.ts';
import { ICMP, ICMPV6, type Ip, inNetwork, isIcmpError, isIpv4, UDP } from './ip.ts';
import { discoveryIn, discoveryOut, isUntracked } from './neighbour-discovery.ts';
import type { Member } from './outsiders.ts';
import type { Frame } from './packets.ts';
import type { Seat } from './seats.ts';
import { isFlooded } from './semantics.ts';

type Way = 'ingress' | 'egress';

/**
 * Ports with port security, which ports of routers and DHCP never have. The hybrid driver filters on the bridge between
 * a guest and its host, and so has no place to filter the port of a load balancer.
 */
function isFiltered({ options }: Topology, member: Member): member is Seat {
  if (member.kind === 'outsider' || !member.port.port_security_enabled) return false;
  const driver = options.firewall_driver;
  return driver === 'openvswitch' || (driver === 'iptables_hybrid' && member.kind === 'guest');
}

const ARP = 0x0806;
const RARP = 0x8035;
const IPV6 = 0x86dd;

/** Why a frame does not get out of a port, if it does not. */
export function refusedOut(
  topology: Topology,
  member: Member,
  frame: Frame,
  tracker: Tracker,
): string | undefined {
  const { ip } = frame;
  if (!isFiltered(topology, member)) return undefined;
  const { port } = member;
  if (!ip) {
    const { ethertype } = frame.headers;
    const known = ethertype === ARP || ethertype === RARP || ethertype === IPV6;
    if (known || topology.options.firewall_driver !== 'openvswitch') return undefined;
    return `the firewall lets IP, ARP and RARP out of port ${port.name}, and nothing else`;
  }
  const discovery = discoveryOut(topology, member, frame.src_mac, ip);
  if (discovery !== undefined) return discovery === 'passes' ? undefined : discovery;
  const dhcp = isDhcp(ip);
  const asking = dhcp === 'client' && ip.src_ip === '0.0.0.0' && frame.src_mac === member.mac;
  if (!asking && !allowedAddress(member, frame.src_mac, ip.src_ip)) {
    return `port security: ${ip.src_ip} at ${frame.src_mac} is not an address of port ${port.name}`;
  }
  if (dhcp === 'client') return undefined;
  if (dhcp === 'server') return `port security: ${port.name} is no port of a DHCP server`;
  return refused(topology, member, 'egress', ip, tracker, letsOut(topology, ip));
}

/** The hybrid driver lets a server send all ICMPv6 whatever the rules say (_add_fixed_egress_rules of Neutron). */
const letsOut = ({ options }: Topology, { protocol }: Ip): boolean =>
  options.firewall_driver === 'iptables_hybrid' && protocol === ICMPV6;

/** Why a frame does not get in at a port, if it does not. */
export function refusedIn(
  topology: Topology,
  member: Member,
  frame: Frame,
  tracker: Tracker,
): string | undefined {
  const { ip } = frame;
  if (!isFiltered(topology, member) || !ip) return undefined;
  // The openvswitch driver looks at what is for a port's own address; what is for many goes past it.
  if (topology.options.firewall_driver === 'openvswitch' && isFlooded(frame)) return undefined;
  if (isDhcp(ip) === 'server' || discoveryIn(ip)) return undefined;
  return refused(topology, member, 'ingress', ip, tracker);
}

/** The ports of RFC 2131, 4.1, and of RFC 8415, 7.2. */
function isDhcp({ protocol, src_ip, src_port, dst_port }: Ip): 'client' | 'server' | undefined {
  if (protocol !== UDP) return undefined;
  const [client, server] = isIpv4(src_ip) ? [68, 67] : [546, 547];
  if (src_port === client && dst_port === server) return 'client';
  return src_port === server && dst_port === client ? 'server' : undefined;
}

/** The port's own pairs of MAC and IP address, and those that it is allowed beside them. */
function allowedAddress({ port }: Seat, mac: string, ip: string): boolean {
  if (mac === port.mac_address && ownAddresses(port).includes(ip)) return true;
  return port.allowed_address_pairs.some(
    (pair) => pair.mac_address === mac && inNetwork(pair.ip_address, ip),
  );
}

/** The port's fixed ones, and the one that its server makes itself for the link (RFC 4862, 5.3). */
const ownAddresses = ({ fixed_ips, mac_address }: Seat['port']): string[] => [
  ...fixed_ips.map(({ ip_address }) => ip_address),
  linkLocalAddress(mac_address),
];

function refused(
  topology: Topology,
  seat: Seat,
  way: Way,
  ip: Ip,
  tracker: Tracker,
  free = false,
): string | undefined {
  const groups = seat.port.security_groups.flatMap((name) => topology.security_groups[name] ?? []);
  const allows = (packet: Ip, direction: Way): boolean =>
    (free && direction === way) || groups.some((group) => allowedBy(topology, group, packet, direction));
  const reason = denial(groups, ip, way);
  if (groups.some(({ stateful }) => !stateful)) return allows(ip, way) ? undefined : reason;
  if (isUntracked(ip)) {
    const { name } = seat.port;
    if (topology.options.firewall_driver === 'openvswitch')
      return `the firewall lets through port ${name} what belongs to a connection, and ICMPv6 type ${ip.icmp?.type} to none`;
    return allows(ip, way) ? undefined : reason;
  }

  const zone = `port ${seat.port.name}`;
  const marks = topology.options.firewall_driver === 'openvswitch';
  // The iptables drivers delete the connections that a change of rules cuts; a packet is then the first of another.
  const kept = (connection: Connection): boolean =>
    marks || allows({ ...connection.original, ttl: 0, ...icmpOf(connection) }, wayOf(connection, seat));
  const tuple = tupleOf(ip);
  const found = isIcmpError(ip) ? tracker.findQuoted(zone, ip, kept) : tracker.find(zone, tuple, kept);
  if (found && (isIcmpError(ip) || found.direction === 'reply')) {
    return found.connection.denied ? `${reason}, and what it answers is cut` : undefined;
  }
  if (!found && !canBegin(ip)) return `${reason}, and it answers nothing`;
  if (!allows(ip, way)) {
    // The openvswitch driver marks the connection, and from then on its answers are cut as well.
    if (found) tracker.replace(found.connection, { ...found.connection, denied: true });
    return reason;
  }
  if (!found) tracker.add({ zone, original: tuple, reply: invert(tuple) });
  // A rule has come back: with its flows the driver forgets what it has marked.
  else if (found.connection.denied) {
    const { denied: _, ...connection } = found.connection;
    tracker.replace(found.connection, connection);
  }
  return undefined;
}

const icmpOf = ({ original }: Connection): Pick<Ip, 'icmp'> =>
  original.protocol === ICMP || original.protocol === ICMPV6
    ? { icmp: { type: original.protocol === ICMP ? 8 : 128, code: 0 } }
    : {};

const wayOf = ({ original }: Connection, seat: Seat): Way =>
  [...ownAddresses(seat.port), ...seat.port.allowed_address_pairs.map(({ ip_address }) => ip_address)].some(
    (address) => inNetwork(address, original.src_ip),
  )
    ? 'egress'
    : 'ingress';

function allowedBy(topology: Topology, group: SecurityGroup, ip: Ip, way: Way): boolean {
  const far = way === 'ingress' ? ip.src_ip : ip.dst_ip;
  return group.security_group_rules.some(
    (rule) =>
      rule.direction === way &&
      rule.ethertype === (isIpv4(ip.dst_ip) ? 'IPv4' : 'IPv6') &&
      speaks(rule, ip) &&
      (rule.remote_ip_prefix === null || inNetwork(rule.remote_ip_prefix, far)) &&
      (rule.remote_group === null || isMember(topology, rule.remote_group, far)),
  );
}

/** Protocols that have ports. */
const PORTED: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

function speaks({ protocol, port_range_min: min, port_range_max: max }: SecurityGroupRule, ip: Ip): boolean {
  if (protocol === null) return true;
  const number = (IP_PROTOCOLS as Readonly<Record<string, number>>)[protocol] ?? Number(protocol);
  if (number !== ip.protocol) return false;
  // For ICMP they are the type and the code.
  if (number === ICMP || number === ICMPV6)
    return (min === null || ip.icmp?.type === min) && (max === null || ip.icmp?.code === max);
  if (!PORTED.has(number) || min === null || ip.dst_port === undefined) return true;
  return min <= ip.dst_port && ip.dst_port <= (max ?? min);
}

/** Addresses of the ports of a group, and those that they are allowed beside their own. */
function isMember({ ports }: Topology, group: string, address: string): boolean {
  return Object.values(ports).some(
    (port) =>
      port.security_groups.includes(group) &&
      (port.fixed_ips.some(({ ip_address }) => ip_address === address) ||
        port.allowed_address_pairs.some(({ ip_address }) => inNetwork(ip_address, address))),
  );
}

function denial(groups: readonly SecurityGroup[], ip: Ip, way: Way): string {
  const names = groups.map(({ name }) => name).join(', ');
  const none =
    groups.length === 0
      ? 'the port has no security group, and nothing'
      : `no rule of ${groups.length === 1 ? 'group' : 'groups'} ${names}`;
  const { protocol, icmp, dst_port, src_ip, dst_ip } = ip;
  const name = protocol === undefined ? 'ip' : protocolName(protocol);
  const what = icmp
    ? `${name} type ${icmp.type} code ${icmp.code}`
    : dst_port === undefined
      ? name
      : `${name} ${dst_port}`;
  return `${none} lets ${what} ${way === 'ingress' ? `from ${src_ip} in` : `to ${dst_ip} out`}`;
}
