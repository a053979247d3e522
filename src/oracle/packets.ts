/** What somebody sends, as a question to the oracle. */
import type { Constraint, Headers } from '../journey/types.ts';
import type { Tuple } from './connections.ts';
import { headersOfIp, IPV4, IPV6, type Ip, isIpv4, nameOfIp } from './ip.ts';
import type { Member } from './outsiders.ts';

export interface Sent {
  /** Name of the port that sends, or of a host outside the cloud. */
  readonly from: string;
  /** For a host outside: the NIC. Default: the one that leads to the destination. */
  readonly device?: string;
  /** Which of the hosts that have the port (those of distributed routers are on several). */
  readonly host?: string;
  /** Source MAC address; default the port's own. */
  readonly src_mac?: string;
  /**
   * VLAN id of an 802.1Q tag that a server itself puts on; 0 says a priority and no VLAN (IEEE 802.1Q, 6.9). For a host
   * outside: the VLAN in which it sends, where it sends tagged.
   */
  readonly vlan?: number;
}

/** An IP packet of either version. */
export interface IpPacket extends Sent {
  readonly kind: 'ip';
  /** Default: the MAC address of the next hop, by the sender's routes. */
  readonly dst_mac?: string;
  readonly src_ip: string;
  readonly dst_ip: string;
  readonly protocol: number;
  readonly src_port?: number;
  readonly dst_port?: number;
  readonly icmp?: NonNullable<Ip['icmp']>;
  /** Neighbour solicitations and advertisements: the address that they are about. */
  readonly nd?: NonNullable<Ip['nd']>;
  readonly tcp_flags?: string;
  /** Default 64. */
  readonly ttl?: number;
  /** The packet must not be cut up. */
  readonly df?: boolean;
  /** Bytes of the packet. */
  readonly length?: number;
  /** ICMP errors: the packet that they are about, as its sender would see it come back. */
  readonly quoted?: Tuple;
}

/** A frame for one MAC address. `to` names the port that has it; otherwise dst_mac says it. */
export interface UnicastPacket extends Sent {
  readonly kind: 'unicast';
  readonly to?: string;
  readonly dst_mac?: string;
  /** For IP packets: the destination, by default the first fixed IPv4 address of `to`. null: no IP packet. */
  readonly dst_ip?: string | null;
  /** TTL with which an IP packet is sent; default 64. */
  readonly ttl?: number;
}

/** A frame for a MAC address that no bridge has learned, whoever has it. */
export interface UnknownUnicastPacket extends Sent {
  readonly kind: 'unknown-unicast';
  readonly dst_mac: string;
}

/** A broadcast that is no ARP. */
export interface BroadcastPacket extends Sent {
  readonly kind: 'broadcast';
}

export interface ArpRequestPacket extends Sent {
  readonly kind: 'arp-request';
  readonly target_ip: string;
  /** A kernel that wants to be sure of a neighbour asks it alone (RFC 1122, 2.3.2.1). Default: everybody. */
  readonly dst_mac?: string;
  /** Default: the port's first fixed IPv4 address. */
  readonly sender_ip?: string;
}

/** The answer to a request, sent to the asker alone. */
export interface ArpReplyPacket extends Sent {
  readonly kind: 'arp-reply';
  /** Name of the port that asked. */
  readonly to?: string;
  /** Default: the address of `to`. */
  readonly dst_mac?: string;
  readonly target_ip?: string;
  /** Default: the port's first fixed IPv4 address. */
  readonly sender_ip?: string;
}

/** An ARP request by which a port announces its own address (RFC 5227, 3), as after a failover. */
export interface GratuitousArpPacket extends Sent {
  readonly kind: 'gratuitous-arp';
  /** Default: the port's first fixed IPv4 address. */
  readonly sender_ip?: string;
}

/** A RARP broadcast (RFC 903), as QEMU sends one when a guest has moved. */
export interface RarpPacket extends Sent {
  readonly kind: 'rarp';
}

export type L2Packet =
  | UnicastPacket
  | UnknownUnicastPacket
  | BroadcastPacket
  | ArpRequestPacket
  | ArpReplyPacket
  | GratuitousArpPacket
  | RarpPacket;

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff';
const ARP = 0x0806;
const RARP = 0x8035;

/** A packet with everything decided that its sender decides. */
export interface Frame {
  readonly label: string;
  readonly src_mac: string;
  readonly dst_mac: string;
  /** For ARP: the address that the sender says it has, and the one that it asks for. */
  readonly sender_ip?: string;
  readonly target_ip?: string;
  /** VLAN id of the server's own tag. */
  readonly vlan?: number;
  /** What routers and filters look at. */
  readonly ip?: Ip;
  /** What holds of the frame wherever the network does no more than switch it. */
  readonly headers: Constraint<Headers>;
}

const firstIpv4 = (member: Member | undefined): string | undefined => {
  if (member?.kind === 'outsider') return member.address?.split('/')[0];
  return member?.port.fixed_ips.map(({ ip_address }) => ip_address).find(isIpv4);
};

/** The frame in which an IP packet travels on one network. */
export function ipFrame(
  ip: Ip,
  src_mac: string,
  dst_mac: string,
  vlan?: number,
  label = nameOfIp(ip),
): Frame {
  return {
    label,
    src_mac,
    dst_mac,
    ...(vlan === undefined ? {} : { vlan }),
    ip,
    headers: { src_mac, dst_mac, ...headersOfIp(ip) },
  };
}

/** The frame that a packet is; `to` is the port that it is for. */
export function frameOf(packet: L2Packet, sender: Member, to: Member | undefined): Frame {
  const src_mac = packet.src_mac ?? sender.mac;
  const own = firstIpv4(sender);
  // What an outsider sends in a VLAN of its network is no tag of its own.
  const vlan = sender.kind === 'outsider' ? undefined : packet.vlan;
  const frame = (label: string, dst_mac: string, more: Constraint<Headers> = {}): Frame => ({
    label,
    src_mac,
    dst_mac,
    ...(vlan === undefined ? {} : { vlan }),
    headers: { src_mac, dst_mac, ...more },
  });
  const arp = (
    operation: 'request' | 'reply',
    sender_ip: string,
    target_ip: string,
  ): Constraint<Headers> => ({
    ethertype: ARP,
    arp: { operation, sender_mac: src_mac, sender_ip, target_ip },
  });

  const unicast = ({ ttl = 64, ...given }: UnicastPacket): Frame => {
    const dst_mac = given.dst_mac ?? to?.mac ?? BROADCAST_MAC;
    const dst_ip = given.dst_ip === undefined ? firstIpv4(to) : given.dst_ip;
    const label = `unicast ${given.from} to ${given.to ?? dst_mac}`;
    if (dst_ip === undefined || dst_ip === null) return frame(label, dst_mac);
    // Switching leaves the TTL as it was (only routers count it down: RFC 1812, 5.3.1).
    if (!isIpv4(dst_ip)) return frame(label, dst_mac, { ethertype: IPV6, dst_ip, ttl });
    if (own !== undefined) {
      return ipFrame({ src_ip: own, dst_ip, ttl }, src_mac, dst_mac, vlan, label);
    }
    return frame(label, dst_mac, { ethertype: IPV4, dst_ip, ttl });
  };

  switch (packet.kind) {
    case 'broadcast':
      return frame(`broadcast from ${packet.from}`, BROADCAST_MAC);
    case 'rarp':
      return frame(`rarp ${src_mac}`, BROADCAST_MAC, { ethertype: RARP });
    case 'unknown-unicast':
      return frame(`unicast ${packet.from} to ${packet.dst_mac}`, packet.dst_mac);
    case 'gratuitous-arp': {
      const ip = packet.sender_ip ?? own ?? '0.0.0.0';
      return {
        ...frame(`arp announce ${ip}`, BROADCAST_MAC, arp('request', ip, ip)),
        sender_ip: ip,
        target_ip: ip,
      };
    }
    case 'arp-request': {
      const { target_ip, sender_ip = own ?? '0.0.0.0', dst_mac = BROADCAST_MAC } = packet;
      const label = `arp who-has ${target_ip} tell ${sender_ip}`;
      return { ...frame(label, dst_mac, arp('request', sender_ip, target_ip)), sender_ip, target_ip };
    }
    case 'arp-reply': {
      const ip = packet.sender_ip ?? own ?? '0.0.0.0';
      const target = packet.target_ip ?? firstIpv4(to) ?? '0.0.0.0';
      const dst_mac = packet.dst_mac ?? to?.mac ?? BROADCAST_MAC;
      return {
        ...frame(`arp ${ip} is-at ${src_mac}`, dst_mac, arp('reply', ip, target)),
        sender_ip: ip,
        target_ip: target,
      };
    }
    case 'unicast':
      break;
  }
  return unicast(packet);
}
