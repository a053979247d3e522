/** What was seen, as a question to the oracle: who sent it, and what it is. Pure. */
import type { Headers, Point, Sighting } from '../journey/index.ts';
import type { AnyPacket, IpPacket } from '../oracle/index.ts';
import type { Topology } from '../topology/index.ts';

/** Who sent a packet first: a port by its name, or a machine outside the cloud. */
interface Sender {
  readonly from: string;
  /** Of machines outside: the NIC. */
  readonly device?: string;
  /** Of what is in a namespace: its host. */
  readonly host?: string;
}

const IPV4 = 0x08_00;
const IPV6 = 0x86_dd;
const ARP = 0x08_06;
const RARP = 0x80_35;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** Who can have sent a packet that was first seen so; undefined where nobody starts packets. */
export function senderOf(topology: Topology, point: Point, direction: 'in' | 'out'): Sender | undefined {
  if (direction !== 'out') return undefined;
  if (point.kind === 'guest') return topology.ports[point.object] ? { from: point.object } : undefined;
  if (point.kind === 'namespace') {
    return topology.ports[point.object] ? { from: point.object, host: point.node } : undefined;
  }
  if (point.kind !== 'wire') return undefined;
  const { hosts, networks } = topology.underlay;
  const host = hosts[point.node];
  if (host?.role !== 'router' && host?.role !== 'internet' && host?.role !== 'baremetal') return undefined;
  const nic = host.interfaces.find(({ device }) => device === point.device);
  const [network] = nic?.networks ?? [];
  const type = network === undefined ? undefined : networks[network]?.type;
  if (type === undefined || type === 'management' || type === 'tunnel') return undefined;
  return { from: point.node, device: point.device };
}

/** What a sender sent. */
export function question(topology: Topology, sender: Sender, headers: Headers): AnyPacket {
  const { arp, src_mac, dst_mac, vlan, ethertype } = headers;
  const sent = { ...sender, src_mac, ...(vlan === undefined ? {} : { vlan }) };
  if (ethertype === ARP && arp) {
    const { operation, sender_ip, target_ip } = arp;
    if (operation === 'reply') return { kind: 'arp-reply', ...sent, dst_mac, sender_ip, target_ip };
    if (sender_ip === target_ip && dst_mac === BROADCAST)
      return { kind: 'gratuitous-arp', ...sent, sender_ip };
    return { kind: 'arp-request', ...sent, dst_mac, target_ip, sender_ip };
  }
  const ip = ethertype === IPV4 || ethertype === IPV6 ? ipPacket(sent, headers) : undefined;
  if (ip) return ip;
  if (dst_mac === BROADCAST) return { kind: ethertype === RARP ? 'rarp' : 'broadcast', ...sent };
  const to = portWith(topology, sender.from, dst_mac);
  return {
    kind: 'unicast',
    ...sent,
    dst_mac,
    dst_ip: headers.dst_ip ?? null,
    ...(to === undefined ? {} : { to }),
    ...(headers.ttl === undefined ? {} : { ttl: headers.ttl }),
  };
}

function ipPacket(
  sent: Sender & { readonly src_mac: string; readonly vlan?: number },
  headers: Headers,
): IpPacket | undefined {
  const { dst_mac, src_ip, dst_ip, protocol, src_port, dst_port, icmp, nd, tcp_flags, ttl, df, length } =
    headers;
  if (src_ip === undefined || dst_ip === undefined || protocol === undefined) return undefined;
  return {
    kind: 'ip',
    ...sent,
    dst_mac,
    src_ip,
    dst_ip,
    protocol,
    ...(src_port === undefined ? {} : { src_port }),
    ...(dst_port === undefined ? {} : { dst_port }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(nd === undefined ? {} : { nd }),
    ...(tcp_flags === undefined ? {} : { tcp_flags }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(df === undefined ? {} : { df }),
    ...(length === undefined ? {} : { length }),
  };
}

/** The server's port of the sender's network that has an address; for texts. */
function portWith({ ports }: Topology, from: string, mac: string): string | undefined {
  const network = ports[from]?.network;
  return Object.values(ports).find(
    (port) => port.network === network && port.mac_address === mac && port.device !== undefined,
  )?.name;
}

/** What somebody outside the cloud put on a cable that leads to a host, as a question to the oracle. */
export function arrival(
  topology: Topology,
  point: Point,
  { direction, headers }: Sighting,
): AnyPacket | undefined {
  const { hosts, networks, links } = topology.underlay;
  const ends = links.find(({ key }) => key === point.object)?.ends ?? [];
  const here = ends.find(({ host, device }) => host === point.node && device === point.device);
  const carries = here?.networks.some((name) => networks[name]?.physical_network !== undefined);
  if (!carries || direction !== 'out' || hosts[point.node]?.role !== 'switch') return undefined;
  const { src_mac, dst_mac, vlan } = headers;
  const { node: from, device } = point;
  return { kind: 'from-wire', from, device, src_mac, dst_mac, ...(vlan === undefined ? {} : { vlan }) };
}
