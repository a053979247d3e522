/** The vocabulary of what happens to a packet. */

/**
 * guest: a server's own NIC. tap: the device by which a compute host holds it. wire: an underlay cable, seen at both
 * ends. bridge: what a switch inside a node did between two of the others. namespace: a device of a router, of DHCP or
 * of a load balancer, between the node's switch and a network namespace. external: a host beyond the cloud.
 */
export const hopKinds = ['guest', 'tap', 'bridge', 'namespace', 'wire', 'external'] as const;
export type HopKind = (typeof hopKinds)[number];

export const verdicts = [
  'delivered',
  'denied-egress',
  'denied-ingress',
  'denied-firewall',
  'no-route',
  'no-neighbour',
  'ttl-exceeded',
  'too-big',
  'misdelivered',
  'duplicated',
  'looped',
  'lost',
  'inconclusive',
] as const;
export type Verdict = (typeof verdicts)[number];

/** A place where frames are seen. */
export interface Point {
  /** Unique and readable, such as `web1:eth0`, `compute1:tap0a1b2c3d-4e`, `compute1:eth1`. */
  readonly id: string;
  readonly kind: HopKind;
  /** The server for guests, else the node. */
  readonly node: string;
  readonly device: string;
  /** For a device of a router, of DHCP or of a load balancer: its network namespace on the node. */
  readonly namespace?: string;
  /** The point at the other end of the same cable; '' for a device of a namespace that hangs on the node's switch. */
  readonly peer: string;
  /** API object at this place: the port's name for guest, tap and namespace, the link's key for wires. */
  readonly object: string;
  /** For a device of a namespace: the addresses that it has, without prefix lengths. */
  readonly addresses?: readonly string[];
  /** The node's tunnel endpoint, where it has one and that is known. */
  readonly local_ip?: string;
}

export interface Tunnel {
  readonly type: 'vxlan' | 'gre' | 'geneve';
  /** VNI or GRE key. */
  readonly id: number;
  readonly src_ip: string;
  readonly dst_ip: string;
  readonly src_mac: string;
  readonly dst_mac: string;
  /** Outer 802.1Q tag. */
  readonly vlan?: number;
  /** Outer UDP destination port; absent for GRE. */
  readonly dst_port?: number;
  readonly ttl: number;
  readonly df: boolean;
}

/** The headers of one frame, the tenant's own frame first and the tunnel around it apart. */
export interface Headers {
  readonly src_mac: string;
  readonly dst_mac: string;
  /** 802.1Q tag of the tenant's frame. */
  readonly vlan?: number;
  readonly tunnel?: Tunnel;
  readonly ethertype: number;
  /** ARP for IPv4 (RFC 826). */
  readonly arp?: {
    readonly operation: 'request' | 'reply';
    readonly sender_mac: string;
    readonly sender_ip: string;
    readonly target_mac: string;
    readonly target_ip: string;
  };
  readonly src_ip?: string;
  readonly dst_ip?: string;
  readonly ttl?: number;
  readonly df?: boolean;
  /** IP protocol number, or next header. */
  readonly protocol?: number;
  readonly src_port?: number;
  readonly dst_port?: number;
  /** Names of the flags that are set, in the order of tcpdump, such as `syn,ack`. */
  readonly tcp_flags?: string;
  /** ICMP or ICMPv6; identifier and sequence only in echo requests and replies. */
  readonly icmp?: {
    readonly type: number;
    readonly code: number;
    readonly identifier?: number;
    readonly sequence?: number;
  };
  /** Neighbour discovery of IPv6: the address that a solicitation or an advertisement is about (RFC 4861). */
  readonly nd?: { readonly target_ip: string };
  /** Only in fragments; offset in bytes. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  /** Bytes of the tenant's IP packet. */
  readonly length?: number;
}

export interface Sighting {
  readonly point: string;
  /** Seen from the device: out leaves it towards the cable, in arrives from the cable. */
  readonly direction: 'in' | 'out';
  /** Nanoseconds since the epoch; one clock for all nodes. */
  readonly time: bigint;
  readonly headers: Headers;
  /** Index into the capture. */
  readonly frame: number;
}

/** What a flow table did, as Open vSwitch explains it. */
export interface BridgeStep {
  readonly bridge: string;
  readonly table: number;
  readonly priority: number;
  readonly match: string;
  readonly actions: string;
  readonly cookie: string;
  /** In words: what asked for this flow. */
  readonly owner?: string;
}

/**
 * What else decides over a packet on a node, as far as it can be asked: a rule of iptables, a route, a neighbour, or a
 * flow or a rule that was asked for and is missing.
 */
export interface KernelStep {
  /** `filter neutron-openvswi-sg-fallback`: table and chain; `br-int table 82`; `route`; `neighbour`. */
  readonly where: string;
  /** The rule as iptables-save(8) has it, `policy`, or what was looked up. */
  readonly what: string;
  /** `DROP`, `is missing`, `via 203.0.113.1 dev qg-1`, … */
  readonly outcome: string;
  /** In words: what asked for this rule. */
  readonly owner?: string;
  /** The packet ends here, or goes astray. */
  readonly fault?: boolean;
}

/** One hop of what was observed; several `next` where the packet was copied. */
export interface Hop {
  readonly kind: HopKind;
  /** Server or node; for a wire the node that sent it. */
  readonly node: string;
  readonly device: string;
  /** Point id of the sending end for wires. */
  readonly point: string;
  /** For wires: the node at the far end. */
  readonly to?: string;
  /** For wires: point id of the far end. */
  readonly far?: string;
  /** For devices of a namespace: whose they are, such as `r1-web-subnet 10.0.1.1`. */
  readonly object?: string;
  readonly direction: 'in' | 'out';
  readonly headers: Headers;
  readonly time: bigint;
  /** Indexes of the frames that show this hop (two for a wire seen at both ends). */
  readonly frames: readonly number[];
  /** For wires: sent but not seen at the far end. */
  readonly lost?: boolean;
  /** What the bridges between this hop and the next did; filled in on demand. */
  readonly bridges?: readonly BridgeStep[];
  /** What the kernel between this hop and the next makes of it; filled in on demand. */
  readonly kernel?: readonly KernelStep[];
  /** Later hops of a loop that are left out here: a loop is shown for some rounds only. */
  readonly more?: number;
  readonly next: readonly Hop[];
}

export interface Journey {
  /** What identifies the packet, such as `icmp echo-request 1a2b/1`. */
  readonly packet: string;
  readonly verdict: Verdict;
  readonly roots: readonly Hop[];
}

/** What must hold of a header: a value, or `null` for "must be absent". Left out: anything. */
export type Constraint<T> = {
  readonly [K in keyof T]?: (T[K] extends object | undefined ? Constraint<NonNullable<T[K]>> : T[K]) | null;
};

export interface ExpectedHop {
  readonly kind: HopKind;
  readonly node: string;
  readonly device?: string;
  readonly to?: string;
  /** Seen from the device; left out: either. */
  readonly direction?: 'in' | 'out';
  readonly headers: Constraint<Headers>;
  /** Why the packet must pass here, in one line. */
  readonly because: string;
  readonly next: readonly ExpectedHop[];
}

export interface ExpectedJourney {
  readonly packet: string;
  /** What the packet's fate is called when everything below comes true. */
  readonly verdict: Verdict;
  /**
   * Point ids of those that must get a copy, exactly one for each time it was sent: guests' NICs, devices of
   * namespaces, and the NICs of external hosts.
   */
  readonly receivers?: readonly string[];
  /** Point ids of guests that get a copy by design although it is not for them, such as by flooding. */
  readonly bystanders?: readonly string[];
  /** Point ids of guests that must not see it. */
  readonly forbidden?: readonly string[];
  readonly roots: readonly ExpectedHop[];
}
