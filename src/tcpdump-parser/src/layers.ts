import type { Arp, ArpSpec } from './protocols/arp.ts';
import type { Ethernet, EthernetSpec } from './protocols/ethernet.ts';
import type { Geneve, GeneveSpec } from './protocols/geneve.ts';
import type { Gre, GreSpec } from './protocols/gre.ts';
import type { Icmp, IcmpSpec } from './protocols/icmp.ts';
import type { Ipv4, Ipv4Spec } from './protocols/ipv4.ts';
import type { Ipv6, Ipv6Spec } from './protocols/ipv6.ts';
import type { Tcp, TcpSpec } from './protocols/tcp.ts';
import type { Udp, UdpSpec } from './protocols/udp.ts';
import type { Vlan, VlanSpec } from './protocols/vlan.ts';
import type { Vxlan, VxlanSpec } from './protocols/vxlan.ts';

/** A header of any protocol; `protocol` tells which. */
export type Layer = Arp | Ethernet | Geneve | Gre | Icmp | Ipv4 | Ipv6 | Tcp | Udp | Vlan | Vxlan;

/** The names that `protocol` can have. */
export type Protocol = Layer['protocol'];

/** The layer class of a protocol. */
export type LayerOf<P extends Protocol> = Extract<Layer, { readonly protocol: P }>;

/** A header to write. Every {@link Layer} is one too, so a dissected packet can be encoded again. */
export type LayerSpec =
  | ArpSpec
  | EthernetSpec
  | GeneveSpec
  | GreSpec
  | IcmpSpec
  | Ipv4Spec
  | Ipv6Spec
  | TcpSpec
  | UdpSpec
  | VlanSpec
  | VxlanSpec;

/** What the encoder takes for a protocol. */
export type SpecOf<P extends Protocol> = Extract<LayerSpec, { readonly protocol: P }>;
