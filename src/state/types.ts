/**
 * What must exist, as plain data with stable keys. A target compiles a Topology to a CloudState; starting, changing,
 * healing and breaking a cloud are differences between two of them.
 */

/** What asked for a piece of state: the API object, or the infrastructure itself. */
export interface Owner {
  readonly kind:
    | 'port'
    | 'network'
    | 'subnet'
    | 'server'
    | 'router'
    | 'floatingip'
    | 'security_group'
    | 'security_group_rule'
    | 'loadbalancer'
    | 'firewall'
    | 'firewall_rule'
    | 'trunk'
    | 'qos_policy'
    | 'host'
    | 'link'
    | 'infrastructure';
  readonly name: string;
  /** One line in words: what this piece is there for. */
  readonly purpose: string;
}

export interface AddressState {
  readonly device: string;
  /** With prefix length. */
  readonly cidr: string;
}

export interface RouteState {
  readonly destination: string;
  readonly via?: string;
  readonly device?: string;
  readonly table?: number;
}

export interface NeighbourState {
  readonly device: string;
  readonly ip_address: string;
  readonly mac_address: string;
}

/** One of the namespace's own rules of policy routing (ip-rule(8)); the kernel's three are not among them. */
export interface RuleState {
  readonly priority: number;
  /** Network in CIDR notation. */
  readonly from?: string;
  readonly to?: string;
  readonly iif?: string;
  readonly table: number;
}

export interface NetfilterRule {
  /** In the syntax of iptables-save(8), without `-A` and the chain. */
  readonly text: string;
  readonly owner: Owner;
}

/** A chain of iptables with all its rules. */
export interface NetfilterChainState {
  readonly family: 'ipv4' | 'ipv6';
  readonly table: 'raw' | 'mangle' | 'nat' | 'filter';
  readonly chain: string;
  /** Only of the chains that the kernel itself has, such as PREROUTING. */
  readonly policy?: 'ACCEPT' | 'DROP';
  readonly rules: readonly NetfilterRule[];
}

/** A set of ipset(8). */
export interface IpsetState {
  readonly name: string;
  readonly type: 'hash:net';
  readonly family: 'inet' | 'inet6';
  readonly members: readonly string[];
  readonly owner: Owner;
}

/** A device as it must be set. Without a type, something else makes it: an OVS internal port, the end of a wire. */
export interface LinkState {
  readonly device: string;
  /** A Linux bridge, which comes and goes with this piece of state. */
  readonly type?: 'bridge';
  /** The Linux bridge that it is a port of. */
  readonly master?: string;
  readonly mtu?: number;
  readonly mac_address?: string;
  readonly up: boolean;
  /** Off where the other end is a port of Open vSwitch: it does not complete partial checksums. */
  readonly offloads?: 'off';
}

export interface NamespaceState {
  /** '' is the node's own namespace. */
  readonly name: string;
  readonly links: Readonly<Record<string, LinkState>>;
  readonly addresses: Readonly<Record<string, AddressState>>;
  readonly routes: Readonly<Record<string, RouteState>>;
  readonly neighbours: Readonly<Record<string, NeighbourState>>;
  /** Below /proc/sys, such as net/ipv4/ip_forward; to be written in this order. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Keyed by priority and what else tells one from another. */
  readonly rules: Readonly<Record<string, RuleState>>;
  /** Keyed `family table chain`. */
  readonly netfilter: Readonly<Record<string, NetfilterChainState>>;
  readonly ipsets: Readonly<Record<string, IpsetState>>;
}

export interface BridgeState {
  readonly name: string;
  readonly fail_mode: 'secure' | 'standalone';
  /** Includes hwaddr: the address of the bridge's own port, which an Interface row cannot set. */
  readonly other_config: Readonly<Record<string, string>>;
  readonly owner: Owner;
}

export interface RateState {
  readonly rate_kbps: number;
  /** Kilobits of a burst; 0 leaves it to the switch. */
  readonly burst_kbps: number;
}

export interface OvsPortState {
  readonly name: string;
  readonly bridge: string;
  /** '' is a system device (the end of a wire). */
  readonly type: '' | 'internal' | 'patch' | 'vxlan' | 'gre' | 'geneve';
  /** OpenFlow port number, unique in the bridge; 65534 for the bridge's own port, which bears its name. */
  readonly ofport: number;
  readonly tag?: number;
  readonly vlan_mode?: 'access' | 'trunk' | 'native-tagged' | 'native-untagged';
  readonly trunks?: readonly number[];
  readonly options: Readonly<Record<string, string>>;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly mac_address?: string;
  readonly mtu?: number;
  /** A limit for what leaves by the port; of a server's port, for what goes to the server. */
  readonly shaping?: RateState;
  /** A limit for what comes in by it. */
  readonly policing?: RateState;
  /** Internal ports only: the network namespace into which the device goes; absent for the node's own. */
  readonly namespace?: string;
  readonly owner: Owner;
}

export interface FlowState {
  readonly bridge: string;
  readonly table: number;
  readonly priority: number;
  /** In ovs-ofctl's syntax, fields in a fixed order; '' matches everything. */
  readonly match: string;
  readonly actions: string;
  /** Leads back to the owner; 64-bit hexadecimal with 0x. */
  readonly cookie: string;
  readonly owner: Owner;
}

/** A tunnel neighbour of Open vSwitch's own table, so that the first packet over a tunnel is not lost. */
export interface TunnelNeighbourState {
  readonly bridge: string;
  readonly ip_address: string;
  readonly mac_address: string;
}

/** A file of the node. */
export interface FileState {
  readonly path: string;
  readonly text: string;
  /** Permissions; default 0o644. */
  readonly mode?: number;
  readonly owner: Owner;
}

/** A daemon that stays in the foreground. */
export interface ProcessState {
  /** Unique in the node. */
  readonly name: string;
  /** '' is the node's own. */
  readonly namespace: string;
  readonly argv: readonly string[];
  /** Paths of files that it reads: when one changes, it is told so in the way that `reload` says. */
  readonly files: readonly string[];
  readonly reload: 'hup' | 'restart';
  /** It is ended by SIGKILL, with all that it started: asked to end, it would say so to others. Default: it is asked. */
  readonly stop?: 'kill';
  /** It is told at most once in so many seconds. */
  readonly reload_interval?: number;
  /** It is up when it listens here. */
  readonly ready?: { readonly protocol: 'tcp' | 'udp'; readonly port: number };
  /** It has read its files, at its start or when told to, when it answers the question at its Unix socket with these words. */
  readonly settled?: { readonly socket: string; readonly question: string; readonly words: string };
  readonly owner: Owner;
}

export interface NodeState {
  readonly namespaces: Readonly<Record<string, NamespaceState>>;
  readonly bridges: Readonly<Record<string, BridgeState>>;
  readonly ports: Readonly<Record<string, OvsPortState>>;
  /** Keyed `bridge table=N priority=N match`. */
  readonly flows: Readonly<Record<string, FlowState>>;
  readonly tunnelNeighbours: Readonly<Record<string, TunnelNeighbourState>>;
  /** Keyed by path. */
  readonly files: Readonly<Record<string, FileState>>;
  readonly processes: Readonly<Record<string, ProcessState>>;
}

export interface WireEnd {
  /** A node, or GUESTS for the namespace of a server. */
  readonly node: string;
  /** '' is the node's own namespace. */
  readonly namespace: string;
  readonly device: string;
  readonly mac_address?: string;
  /** Name of the OVS bridge whose port the device is; absent for a device that the kernel's stack uses. */
  readonly bridge?: string;
}

/** A cable: a veth pair between two namespaces. */
export interface WireState {
  readonly key: string;
  /** guest: a server's NIC and its tap. underlay: a physical cable. plug: both ends in one node; no capture point. */
  readonly kind: 'guest' | 'underlay' | 'plug';
  readonly ends: readonly [WireEnd, WireEnd];
  readonly mtu: number;
  readonly owner: Owner;
}

/** The pseudo node in which the servers' namespaces live, so that a server outlives a move to another host. */
export const GUESTS = 'guests';

export interface CloudState {
  /** Includes GUESTS. */
  readonly nodes: Readonly<Record<string, NodeState>>;
  readonly wires: Readonly<Record<string, WireState>>;
}

export const emptyNamespace = (name: string): NamespaceState => ({
  name,
  links: {},
  addresses: {},
  routes: {},
  neighbours: {},
  sysctls: {},
  rules: {},
  netfilter: {},
  ipsets: {},
});

export const emptyNode = (): NodeState => ({
  namespaces: {},
  bridges: {},
  ports: {},
  flows: {},
  tunnelNeighbours: {},
  files: {},
  processes: {},
});

export const emptyCloud = (): CloudState => ({ nodes: {}, wires: {} });
