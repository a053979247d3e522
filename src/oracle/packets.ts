/** What a server's port sends, as a question to the oracle. */
import type { Constraint, Headers } from '../journey/types.ts';
import type { Seat } from './seats.ts';

interface Sent {
  /** Name of the port that sends. */
  readonly from: string;
  /** Source MAC address; default the port's own. */
  readonly src_mac?: string;
  /** VLAN id of an 802.1Q tag that the server itself puts on; 0 says a priority and no VLAN (IEEE 802.1Q, 6.9). */
  readonly vlan?: number;
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
  /** Default: the port's first fixed IPv4 address. */
  readonly sender_ip?: string;
}

/** The answer to a request, sent to the asker alone. */
export interface ArpReplyPacket extends Sent {
  readonly kind: 'arp-reply';
  /** Name of the port that asked. */
  readonly to: string;
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

const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff';
const ARP = 0x0806;
const RARP = 0x8035;
const IPV4 = 0x0800;

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
  /** What holds of the frame wherever the network does no more than switch it. */
  readonly headers: Constraint<Headers>;
}

const firstIpv4 = (seat: Seat | undefined): string | undefined =>
  seat?.port.fixed_ips.map(({ ip_address }) => ip_address).find((ip) => !ip.includes(':'));

/** The frame that a packet is; `seats` finds the port that a packet is for. */
export function frameOf(packet: L2Packet, sender: Seat, seats: readonly Seat[]): Frame {
  const src_mac = packet.src_mac ?? sender.port.mac_address;
  const own = firstIpv4(sender);
  const frame = (label: string, dst_mac: string, more: Constraint<Headers> = {}): Frame => ({
    label,
    src_mac,
    dst_mac,
    ...(packet.vlan === undefined ? {} : { vlan: packet.vlan }),
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

  const unicast = ({ to, ttl = 64, ...given }: UnicastPacket): Frame => {
    const receiver = seats.find(({ port }) => port.name === to);
    const dst_mac = given.dst_mac ?? receiver?.port.mac_address ?? BROADCAST_MAC;
    const dst_ip = given.dst_ip === undefined ? firstIpv4(receiver) : given.dst_ip;
    const label = `unicast ${given.from} to ${to ?? dst_mac}`;
    if (dst_ip === undefined || dst_ip === null) return frame(label, dst_mac);
    // Switching leaves the TTL as it was (only routers count it down: RFC 1812, 5.3.1).
    return frame(label, dst_mac, {
      ethertype: IPV4,
      dst_ip,
      ttl,
      ...(own && { src_ip: own }),
    });
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
      const { target_ip, sender_ip = own ?? '0.0.0.0' } = packet;
      const label = `arp who-has ${target_ip} tell ${sender_ip}`;
      return { ...frame(label, BROADCAST_MAC, arp('request', sender_ip, target_ip)), sender_ip, target_ip };
    }
    case 'arp-reply': {
      const asker = seats.find(({ port }) => port.name === packet.to);
      const ip = own ?? '0.0.0.0';
      const target = firstIpv4(asker) ?? '0.0.0.0';
      const to = asker?.port.mac_address ?? BROADCAST_MAC;
      return {
        ...frame(`arp ${ip} is-at ${src_mac}`, to, arp('reply', ip, target)),
        sender_ip: ip,
        target_ip: target,
      };
    }
    case 'unicast':
      break;
  }
  return unicast(packet);
}
