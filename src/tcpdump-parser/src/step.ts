/** What to read next. Numbers, so that protocols need not import each other (an Ethernet frame can lie inside a GRE packet inside an Ethernet frame). */
export const STEP = {
  done: 0,
  ethernet: 1,
  vlan: 2,
  llc: 3,
  arp: 4,
  ipv4: 5,
  ipv6: 6,
  icmp: 7,
  icmpv6: 8,
  igmp: 9,
  tcp: 10,
  udp: 11,
  sctp: 12,
  vxlan: 13,
  gre: 14,
  geneve: 15,
  dhcp: 16,
  dhcpv6: 17,
  dns: 18,
  vrrp: 19,
  http: 20,
  hopByHop: 21,
  destinationOptions: 22,
  routing: 23,
  fragment: 24,
  stp: 25,
  sll: 26,
  sll2: 27,
  ip: 28,
} as const;

export type Step = (typeof STEP)[keyof typeof STEP];

/** What an EtherType announces (IEEE 802 numbers). */
export function etherTypeStep(etherType: number): Step {
  switch (etherType) {
    case 0x0800:
      return STEP.ipv4;
    case 0x86dd:
      return STEP.ipv6;
    case 0x0806:
      return STEP.arp;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
      return STEP.vlan;
    case 0x6558:
      return STEP.ethernet;
    default:
      return STEP.done;
  }
}

/** What an IP protocol number announces (IANA protocol-numbers). The extension headers only mean something inside IPv6. */
export function ipProtocolStep(nextProtocol: number, insideIpv6: boolean): Step {
  switch (nextProtocol) {
    case 6:
      return STEP.tcp;
    case 17:
      return STEP.udp;
    case 1:
      return insideIpv6 ? STEP.done : STEP.icmp;
    case 58:
      return insideIpv6 ? STEP.icmpv6 : STEP.done;
    case 2:
      return insideIpv6 ? STEP.done : STEP.igmp;
    case 4:
      return STEP.ipv4;
    case 41:
      return STEP.ipv6;
    case 47:
      return STEP.gre;
    case 112:
      return STEP.vrrp;
    case 132:
      return STEP.sctp;
    case 0:
      return insideIpv6 ? STEP.hopByHop : STEP.done;
    case 43:
      return insideIpv6 ? STEP.routing : STEP.done;
    case 44:
      return insideIpv6 ? STEP.fragment : STEP.done;
    case 60:
      return insideIpv6 ? STEP.destinationOptions : STEP.done;
    default:
      return STEP.done;
  }
}
