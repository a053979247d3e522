import type { Arp, ArpSpec } from './protocols/arp.ts';
import type { Dhcp } from './protocols/dhcp.ts';
import type { DhcpSpec } from './protocols/dhcp-encode.ts';
import type { Dhcpv6, Dhcpv6Spec } from './protocols/dhcpv6.ts';
import type { Dns, DnsSpec } from './protocols/dns.ts';
import type { Ethernet, EthernetSpec } from './protocols/ethernet.ts';
import type { Geneve, GeneveSpec } from './protocols/geneve.ts';
import type { Gre, GreSpec } from './protocols/gre.ts';
import type { Http, HttpSpec } from './protocols/http.ts';
import type { Icmp, IcmpSpec } from './protocols/icmp.ts';
import type { Icmpv6 } from './protocols/icmpv6.ts';
import type { Icmpv6Spec } from './protocols/icmpv6-encode.ts';
import type { Igmp, IgmpSpec } from './protocols/igmp.ts';
import type { Ipv4, Ipv4Spec } from './protocols/ipv4.ts';
import type { Ipv6, Ipv6Spec } from './protocols/ipv6.ts';
import type { Ipv6Fragment, Ipv6FragmentSpec } from './protocols/ipv6-fragment.ts';
import type { Ipv6DestinationOptions, Ipv6HopByHop, Ipv6OptionsSpec } from './protocols/ipv6-options.ts';
import type { Ipv6Routing, Ipv6RoutingSpec } from './protocols/ipv6-routing.ts';
import type { LinuxCooked, LinuxCookedSpec } from './protocols/linux-cooked.ts';
import type { Llc, LlcSpec } from './protocols/llc.ts';
import type { Sctp, SctpSpec } from './protocols/sctp.ts';
import type { Stp, StpSpec } from './protocols/stp.ts';
import type { Tcp, TcpSpec } from './protocols/tcp.ts';
import type { Udp, UdpSpec } from './protocols/udp.ts';
import type { Vlan, VlanSpec } from './protocols/vlan.ts';
import type { Vrrp, VrrpSpec } from './protocols/vrrp.ts';
import type { Vxlan, VxlanSpec } from './protocols/vxlan.ts';

/** A header of any protocol; `protocol` tells which. */
export type Layer =
  | Arp
  | Dhcp
  | Dhcpv6
  | Dns
  | Ethernet
  | Geneve
  | Gre
  | Http
  | Icmp
  | Icmpv6
  | Igmp
  | Ipv4
  | Ipv6
  | Ipv6DestinationOptions
  | Ipv6Fragment
  | Ipv6HopByHop
  | Ipv6Routing
  | LinuxCooked
  | Llc
  | Sctp
  | Stp
  | Tcp
  | Udp
  | Vlan
  | Vrrp
  | Vxlan;

/** The names that `protocol` can have. */
export type Protocol = Layer['protocol'];

/** The layer class of a protocol. */
export type LayerOf<P extends Protocol> = Extract<Layer, { readonly protocol: P }>;

/** A header to write: a protocol and those of its fields that shall not have their default. */
export type LayerSpec =
  | ArpSpec
  | DhcpSpec
  | Dhcpv6Spec
  | DnsSpec
  | EthernetSpec
  | GeneveSpec
  | GreSpec
  | HttpSpec
  | IcmpSpec
  | Icmpv6Spec
  | IgmpSpec
  | Ipv4Spec
  | Ipv6FragmentSpec
  | Ipv6OptionsSpec
  | Ipv6RoutingSpec
  | Ipv6Spec
  | LinuxCookedSpec
  | LlcSpec
  | SctpSpec
  | StpSpec
  | TcpSpec
  | UdpSpec
  | VlanSpec
  | VrrpSpec
  | VxlanSpec;

/** What the encoder takes for a protocol. */
export type SpecOf<P extends Protocol> = LayerSpec extends infer S
  ? S extends { readonly protocol: infer Q }
    ? P extends Q
      ? S
      : never
    : never
  : never;
