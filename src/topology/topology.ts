/**
 * A Topology is what the documents mean once every name is resolved and every default, identifier and address is
 * chosen. It is plain data: it can be stored, compared and sent.
 */
import type {
  Addressing,
  CloudDocument,
  HostRole,
  NetworkType,
  Options,
  UnderlayNetworkType,
} from './schema/index.ts';

export interface UnderlayNetwork {
  readonly name: string;
  readonly type: UnderlayNetworkType;
  readonly cidr?: string;
  readonly gateway_ip?: string;
  /** Its IPv6 addresses beside those of cidr. */
  readonly ipv6_cidr?: string;
  readonly ipv6_gateway_ip?: string;
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
  /** IPv6 address with prefix length, beside `address`. */
  readonly ipv6_address?: string;
  /** Bare metal: the VLAN of the switch's access port; absent where it is on the untagged network. */
  readonly vlan?: number;
  /** Bare metal: its default gateway. */
  readonly gateway_ip?: string;
  /** Routers: addresses (with prefix length) in VLANs of the network. */
  readonly vlans?: readonly { readonly vlan: number; readonly address: string }[];
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
  /** Routers: routes beside those to their own networks. */
  readonly routes: readonly Route[];
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
  /** VLAN ids by which racks carry it (hierarchical port binding), by physical network; absent where none does. */
  readonly dynamic_segments?: Readonly<Record<string, number>>;
  readonly 'router:external': boolean;
  readonly qos_policy?: string;
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
  /** Only IPv6: what the router says of the subnet; absent where it says nothing. */
  readonly ipv6_ra_mode?: Ipv6Mode;
  /** Only IPv6: how servers get their addresses; absent where they are set. */
  readonly ipv6_address_mode?: Ipv6Mode;
}

export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

export interface FixedIp {
  readonly subnet: string;
  readonly ip_address: string;
}

/** Whom a port serves; '' for a port that nothing holds. */
export type DeviceOwner =
  | ''
  | 'compute:nova'
  | 'network:dhcp'
  | 'network:floatingip'
  | 'network:router_gateway'
  | 'network:router_interface'
  | 'network:router_interface_distributed'
  | 'network:router_centralized_snat'
  | 'network:floatingip_agent_gateway'
  | 'network:ha_router_replicated_interface'
  | 'network:router_ha_interface'
  | 'neutron:LOADBALANCERV2'
  | 'neutron:LOADBALANCER'
  | 'trunk:subport';

export interface AllowedAddressPair {
  /** An address, or a network in CIDR notation. */
  readonly ip_address: string;
  readonly mac_address: string;
}

export interface Port {
  readonly id: string;
  /**
   * As named in the document, or made: <server>-eth<n>, <router>-<subnet>, <router>-gateway, dhcp-<network>-<n>,
   * <loadbalancer or vip>-vip, <floatingip>-floating.
   */
  readonly name: string;
  readonly network: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  readonly mac_address: string;
  readonly fixed_ips: readonly FixedIp[];
  /** Always false for ports of routers, DHCP and floating IPs, as in Neutron. */
  readonly port_security_enabled: boolean;
  /** Keys of Topology.security_groups; empty without port security or an address. */
  readonly security_groups: readonly string[];
  readonly allowed_address_pairs: readonly AllowedAddressPair[];
  /** Its own policy, which takes the place of its network's. */
  readonly qos_policy?: string;
  /** Its network's policy; absent for ports of routers, DHCP and floating IPs. */
  readonly qos_network_policy?: string;
  readonly device_owner: DeviceOwner;
  /** Server that holds the port, by name. */
  readonly device?: string;
  /** What else holds the port (`device` is for servers only): for DHCP the network that is served. */
  readonly owner?: PortOwner;
  /** The host where it is plugged in (binding:host_id); absent while unbound. */
  readonly 'binding:host_id'?: string;
}

export interface PortOwner {
  /** A host holds the port by which its fip- namespace is on an external network. */
  readonly kind: 'router' | 'network' | 'floatingip' | 'loadbalancer' | 'trunk' | 'host';
  readonly name: string;
}

export interface ServerNic {
  /** Device name in the guest: eth0, eth1, … */
  readonly device: string;
  readonly port: string;
  /** How the guest gets the addresses of the port: by asking, or they are set. */
  readonly address: Addressing;
}

export interface Server {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly host: string;
  readonly nics: readonly ServerNic[];
}

export interface Route {
  readonly destination: string;
  readonly nexthop: string;
}

export interface ExternalGatewayInfo {
  readonly network: string;
  readonly enable_snat: boolean;
  readonly external_fixed_ips: readonly FixedIp[];
  /** The port on that network. */
  readonly port: string;
}

export interface RouterInterface {
  readonly port: string;
  readonly network: string;
  readonly fixed_ips: readonly FixedIp[];
}

export interface Router {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  readonly external_gateway_info: ExternalGatewayInfo | null;
  readonly routes: readonly Route[];
  readonly distributed: boolean;
  readonly ha: boolean;
  /** In document order. */
  readonly interfaces: readonly RouterInterface[];
  /**
   * Hosts that hold it (of a distributed router what is central of it); more than one only with ha. The first has its
   * ports bound.
   */
  readonly hosts: readonly string[];
  /** Only distributed: hosts that route, in the order of the underlay. */
  readonly distributed_hosts?: readonly string[];
  /**
   * Only distributed routers with a way out, by host: the network of two addresses between the router's part there and
   * the host's way out for floating IPs. The router has the first.
   */
  readonly link_local_pairs?: Readonly<Record<string, string>>;
  /** Only with ha. */
  readonly vrrp?: RouterVrrp;
  /** Only distributed routers with a way out: the ports of their snat- namespace, one for each subnet inside. */
  readonly snat_ports?: readonly RouterInterface[];
}

export interface RouterVrrp {
  /** The virtual router's number on the HA network, 1 to 254 (Neutron's ha_vr_id). */
  readonly ha_vr_id: number;
  /** The project's HA network, by name. */
  readonly network: string;
  /** One on each of the router's hosts, in their order. */
  readonly ports: readonly { readonly host: string; readonly port: string }[];
}

export interface PortForwarding {
  readonly id: string;
  readonly protocol: 'tcp' | 'udp';
  readonly external_port: number;
  readonly internal_port: number;
  /** The API's internal_port_id, by name. */
  readonly internal_port_name: string;
  readonly internal_ip_address: string;
}

export interface FloatingIp {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly floating_network: string;
  readonly floating_ip_address: string;
  /** The unbound port that holds the address on the external network. */
  readonly floating_port: string;
  /** The port it stands for; absent while it stands for none. */
  readonly port?: string;
  readonly fixed_ip_address?: string;
  /** The router that translates; absent while there is nothing to translate. */
  readonly router?: string;
  readonly port_forwardings: readonly PortForwarding[];
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly description?: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** A name of IP_PROTOCOLS (one for each number) or a number in digits; null: any. */
  readonly protocol: string | null;
  /** For ICMP the type. */
  readonly port_range_min: number | null;
  /** For ICMP the code. */
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  /** Key of Topology.security_groups. */
  readonly remote_group: string | null;
}

export interface SecurityGroup {
  readonly id: string;
  /** The key: as named in the document; `default` and `<project>/default` for the groups that exist anyway. */
  readonly name: string;
  readonly project?: string;
  readonly stateful: boolean;
  readonly is_default: boolean;
  readonly security_group_rules: readonly SecurityGroupRule[];
}

export interface SubPort {
  readonly port: string;
  readonly segmentation_type: 'vlan';
  readonly segmentation_id: number;
}

export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  readonly port: string;
  readonly sub_ports: readonly SubPort[];
}

export interface QosPolicy {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly rules: readonly QosRule[];
}

export type QosRule = CloudDocument['qos_policies'][string]['rules'][number];

export interface Listener {
  readonly id: string;
  readonly name: string;
  readonly admin_state_up: boolean;
  readonly protocol: 'TCP' | 'HTTP';
  readonly protocol_port: number;
  /** Key of the load balancer's pools. */
  readonly default_pool: string | null;
  /** -1: no limit. */
  readonly connection_limit: number;
  readonly insert_headers: {
    readonly 'X-Forwarded-For'?: boolean | undefined;
    readonly 'X-Forwarded-Port'?: boolean | undefined;
    readonly 'X-Forwarded-Proto'?: boolean | undefined;
  };
}

export interface Member {
  readonly id: string;
  readonly address: string;
  readonly protocol_port: number;
  readonly weight: number;
  readonly subnet: string;
  readonly admin_state_up: boolean;
  /** The port with the address, where there is one. */
  readonly port?: string;
}

export interface SessionPersistence {
  readonly type: 'SOURCE_IP' | 'HTTP_COOKIE' | 'APP_COOKIE';
  /** Only APP_COOKIE. */
  readonly cookie_name?: string;
}

export interface HealthMonitor {
  readonly id: string;
  readonly type: 'TCP' | 'HTTP' | 'PING';
  readonly delay: number;
  readonly timeout: number;
  readonly max_retries: number;
  readonly admin_state_up: boolean;
  /** Only HTTP, and there always; as are the next two. */
  readonly http_method?: string;
  readonly url_path?: string;
  readonly expected_codes?: string;
}

export interface Pool {
  readonly id: string;
  readonly name: string;
  readonly admin_state_up: boolean;
  readonly protocol: 'TCP' | 'HTTP';
  readonly lb_algorithm: 'ROUND_ROBIN' | 'LEAST_CONNECTIONS' | 'SOURCE_IP';
  readonly session_persistence: SessionPersistence | null;
  readonly members: readonly Member[];
  readonly healthmonitor: HealthMonitor | null;
}

export interface LoadBalancer {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  readonly vip_subnet: string;
  readonly vip_address: string;
  readonly vip_port: string;
  readonly host: string;
  readonly listeners: Readonly<Record<string, Listener>>;
  readonly pools: Readonly<Record<string, Pool>>;
}

/** What a rule of a firewall is about; null is any. */
export interface FirewallRule {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | null;
  readonly ip_version: 4 | 6;
  /** In CIDR notation. */
  readonly source_ip_address: string | null;
  readonly destination_ip_address: string | null;
  /** First and last. */
  readonly source_port: readonly [number, number] | null;
  readonly destination_port: readonly [number, number] | null;
  readonly action: 'allow' | 'deny' | 'reject';
  readonly enabled: boolean;
}

export interface FirewallPolicy {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  /** Keys of Topology.firewall_rules, in the order in which they are asked. */
  readonly firewall_rules: readonly string[];
}

/** Firewall as a Service v1. */
export interface Firewall {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  /** It is up, or has been since it is there. */
  readonly has_begun: boolean;
  readonly firewall_policy: string;
  readonly routers: readonly string[];
}

/** Firewall as a Service v2. */
export interface FirewallGroup {
  readonly id: string;
  readonly name: string;
  readonly project?: string;
  readonly admin_state_up: boolean;
  /** It is up, or has been since it is there. */
  readonly has_begun: boolean;
  readonly ingress_firewall_policy: string | null;
  readonly egress_firewall_policy: string | null;
  /** Of routers, inside. */
  readonly ports: readonly string[];
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
  readonly routers: Readonly<Record<string, Router>>;
  readonly floatingips: Readonly<Record<string, FloatingIp>>;
  /** Those of the document, and a default group for each project. */
  readonly security_groups: Readonly<Record<string, SecurityGroup>>;
  readonly trunks: Readonly<Record<string, Trunk>>;
  readonly qos_policies: Readonly<Record<string, QosPolicy>>;
  readonly loadbalancers: Readonly<Record<string, LoadBalancer>>;
  /** Hosts whose agents no longer report: what changes does not reach them. */
  readonly silent_hosts: readonly string[];
  readonly firewalls: Readonly<Record<string, Firewall>>;
  readonly firewall_groups: Readonly<Record<string, FirewallGroup>>;
  readonly firewall_policies: Readonly<Record<string, FirewallPolicy>>;
  readonly firewall_rules: Readonly<Record<string, FirewallRule>>;
  readonly allocations: Allocations;
}
