/**
 * A Topology is what the documents mean once every name is resolved and every default, identifier and address is
 * chosen. It is plain data: it can be stored, compared and sent.
 */
import type { HostRole, NetworkType, Options, UnderlayNetworkType } from './schema.ts';

export interface UnderlayNetwork {
  readonly name: string;
  readonly type: UnderlayNetworkType;
  readonly cidr?: string;
  readonly gateway_ip?: string;
  readonly mtu: number;
  readonly physical_network?: string;
  readonly network_vlan_ranges: readonly string[];
  /** OVS bridge that holds the uplink on hosts; only where physical_network is set. */
  readonly bridge?: string;
  /** VLAN id by which the underlay's switches keep this network apart from others (4001 and up). */
  readonly switchVlan: number;
}

export interface UnderlayInterface {
  readonly host: string;
  /** Device name in the host, such as eth0 (hosts) or swp3 (switches). */
  readonly device: string;
  /** Networks carried: one for hosts, one or more between switches. */
  readonly networks: readonly string[];
  /** Address with prefix length, such as 172.31.1.11/24. */
  readonly address?: string;
  readonly mac_address: string;
}

/** One cable. The first end is the host's (or, between switches, the one that declared it). */
export interface UnderlayLink {
  readonly key: string;
  readonly ends: readonly [UnderlayInterface, UnderlayInterface];
  readonly mtu: number;
}

export interface UnderlayHost {
  readonly name: string;
  readonly role: HostRole;
  /** Address on the tunnel network, without prefix length (Neutron's local_ip). */
  readonly local_ip?: string;
  readonly interfaces: readonly UnderlayInterface[];
}

export interface Underlay {
  readonly name: string;
  readonly networks: Readonly<Record<string, UnderlayNetwork>>;
  readonly hosts: Readonly<Record<string, UnderlayHost>>;
  readonly links: readonly UnderlayLink[];
}

export interface Project {
  readonly id: string;
  readonly name: string;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  readonly shared: boolean;
  readonly mtu: number;
  readonly port_security_enabled: boolean;
  readonly 'provider:network_type': NetworkType;
  readonly 'provider:physical_network'?: string;
  /** Absent for flat and local networks. */
  readonly 'provider:segmentation_id'?: number;
  readonly 'router:external': boolean;
}

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[];
  readonly dns_nameservers: readonly string[];
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[];
}

export interface FixedIp {
  readonly subnet: string;
  readonly ip_address: string;
}

export interface Port {
  readonly id: string;
  /** As named in the document, or <server>-eth<n> for a port made for a server. */
  readonly name: string;
  readonly network: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  readonly mac_address: string;
  readonly fixed_ips: readonly FixedIp[];
  readonly port_security_enabled: boolean;
  readonly device_owner: 'compute:nova' | '';
  /** Server that holds the port, by name. */
  readonly device?: string;
  /** The server's host (binding:host_id); absent while unbound. */
  readonly 'binding:host_id'?: string;
}

export interface ServerNic {
  /** Device name in the guest: eth0, eth1, … */
  readonly device: string;
  readonly port: string;
}

export interface Server {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly host: string;
  readonly nics: readonly ServerNic[];
}

/**
 * Choices that must not change while a cloud runs, however its document is edited: segmentation ids, addresses,
 * local VLAN ids, OpenFlow port numbers. Keyed by pool, then by the thing's name.
 */
export type Allocations = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

export interface Topology {
  readonly name: string;
  readonly options: Options;
  readonly underlay: Underlay;
  readonly projects: Readonly<Record<string, Project>>;
  readonly networks: Readonly<Record<string, Network>>;
  readonly subnets: Readonly<Record<string, Subnet>>;
  readonly ports: Readonly<Record<string, Port>>;
  readonly servers: Readonly<Record<string, Server>>;
  readonly allocations: Allocations;
}
