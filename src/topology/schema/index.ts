/**
 * The only definition of the two documents: TypeScript types, run-time checks and the published JSON Schema come
 * from here and the files beside it. Attributes are spelled as in the OpenStack Networking (v2.0), Compute and Load
 * Balancer (v2) APIs; where those have the id of another thing, a document has its name (network_id: network). What
 * needs a second look at other parts of a document (names, ranges, addresses) is looked at in ../checks.
 */
import { z } from 'zod';
import { agentSchema, dhcpAgentsSchema, schedulingOptions } from './agents.ts';
import {
  firewallGroupSchema,
  firewallPolicySchema,
  firewallRuleSchema,
  firewallSchema,
} from './firewalls.ts';
import {
  policyActionSchema,
  policyClassifierSchema,
  policyRuleSchema,
  policyRuleSetSchema,
  policyTargetGroupSchema,
  policyTargetSchema,
} from './group-policy.ts';
import { loadBalancerSchema } from './loadbalancers.ts';
import { addressPairSchema, qosPolicySchema, trunkSchema } from './ports.ts';
import { floatingIpSchema, routerSchema } from './routers.ts';
import { securityGroupSchema } from './security-groups.ts';
import { common, descriptionSchema, fixedIpSchema, routeSchema } from './shared.ts';
import {
  cidrSchema,
  hostNameSchema,
  ipAddressSchema,
  macAddressSchema,
  mtuSchema,
  nameSchema,
} from './values.ts';
import { vipMonitorSchema, vipPoolSchema, vipSchema } from './vips.ts';

export { IP_PROTOCOLS } from './security-groups.ts';
export * from './underlay.ts';

export const addressings = ['dhcp', 'static'] as const;
export const firewallDrivers = ['noop', 'iptables_hybrid', 'openvswitch'] as const;
export const l3AgentModes = ['legacy', 'dvr', 'dvr_snat', 'dvr_no_external'] as const;
export const ipv6Modes = ['slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'] as const;
export const releases = ['juno', 'now'] as const;
export const networkTypes = ['flat', 'vlan', 'vxlan', 'gre', 'local'] as const;

const projectSchema = z
  .strictObject({
    id: common.id,
    description: descriptionSchema,
  })
  .meta({ id: 'Project', description: 'An OpenStack project (tenant).' });

const networkSchema = z
  .strictObject({
    ...common,
    admin_state_up: z.boolean().default(true).describe('false: the network carries nothing.'),
    shared: z.boolean().default(false).describe('true: other projects may use it.'),
    mtu: mtuSchema
      .optional()
      .describe('Default: the underlay MTU less the encapsulation (VXLAN 50, GRE 42 over IPv4).'),
    port_security_enabled: z.boolean().default(true).describe('Default of its ports.'),
    'provider:network_type': z
      .enum(networkTypes)
      .default('vxlan')
      .describe(
        'flat: untagged on a physical network. vlan: tagged on one. vxlan, gre: in tunnels. local: on each host alone.',
      ),
    'provider:physical_network': nameSchema
      .optional()
      .describe('A physical_network of the underlay. Needed by flat and vlan, forbidden elsewhere.'),
    'provider:segmentation_id': z
      .int()
      .min(1)
      .max(0xff_ff_ff_ff)
      .optional()
      .describe(
        'VLAN id (1 to 4094), VNI (1 to 16777215) or GRE key (1 to 4294967295). Chosen when left out.',
      ),
    'router:external': z.boolean().default(false).describe('true: a way out, for routers.'),
    dhcp_agents: dhcpAgentsSchema,
    qos_policy: nameSchema.optional().describe('Default of its ports, but not of those of routers and DHCP.'),
  })
  .meta({ id: 'Network', description: 'A virtual layer 2 network.' });

const allocationPoolSchema = z
  .strictObject({
    start: ipAddressSchema.describe('The first address.'),
    end: ipAddressSchema.describe('The last address.'),
  })
  .meta({ id: 'AllocationPool', description: 'Addresses that are handed out to ports.' });

const subnetSchema = z
  .strictObject({
    id: common.id,
    network: nameSchema.describe('The network it belongs to.'),
    cidr: cidrSchema.describe('Its addresses.'),
    gateway_ip: ipAddressSchema
      .nullable()
      .optional()
      .describe('Default: the first address. null: no gateway.'),
    enable_dhcp: z.boolean().default(false).describe('true: servers get their addresses by DHCP.'),
    allocation_pools: z
      .array(allocationPoolSchema)
      .optional()
      .describe('Default: all addresses for hosts, less the gateway.'),
    dns_nameservers: z
      .array(ipAddressSchema)
      .default([])
      .describe('Name servers that DHCP gives to servers.'),
    host_routes: z
      .array(routeSchema('HostRoute', 'A route that DHCP gives to servers.'))
      .default([])
      .describe('Routes that DHCP gives to servers.'),
    ipv6_ra_mode: z
      .enum(ipv6Modes)
      .optional()
      .describe('IPv6: what the advertisements of its router say. Default: the router advertises nothing.'),
    ipv6_address_mode: z
      .enum(ipv6Modes)
      .optional()
      .describe(
        'IPv6: how servers get addresses. slaac: made from the prefix and the MAC address. dhcpv6-stateless: likewise, the rest by DHCPv6. dhcpv6-stateful: by DHCPv6.',
      ),
  })
  .meta({ id: 'Subnet', description: 'A block of addresses on a network.' });

const portSchema = z
  .strictObject({
    id: common.id,
    network: nameSchema.describe('The network it is on.'),
    project: nameSchema.optional().describe('The project it belongs to. Default: that of the server.'),
    admin_state_up: z.boolean().default(true).describe('false: the agent leaves the port on the dead VLAN.'),
    mac_address: macAddressSchema
      .optional()
      .describe('Default: fa:16:3e and three octets derived from the id.'),
    fixed_ips: z
      .array(fixedIpSchema)
      .optional()
      .describe('Default: an address of each IP version that the network has a subnet of. []: none.'),
    port_security_enabled: z.boolean().optional().describe('Default: that of the network.'),
    security_groups: z
      .array(nameSchema)
      .optional()
      .describe(
        'Default: [default], the default group of the project; [] without port security or an address.',
      ),
    allowed_address_pairs: z
      .array(addressPairSchema)
      .default([])
      .describe('What port security lets pass beside its own addresses.'),
    qos_policy: nameSchema.optional().describe('Default: that of the network.'),
  })
  .meta({ id: 'Port', description: 'Where a network interface meets a network.' });

const serverNicSchema = z.union([
  nameSchema.describe('A network.'),
  z
    .strictObject({
      network: nameSchema.describe('A network; a port on it is made, <server>-eth<n>.'),
      fixed_ip: ipAddressSchema.optional().describe('The address on it.'),
      mac_address: macAddressSchema
        .optional()
        .describe('Default: fa:16:3e and three octets derived from the id.'),
    })
    .meta({ id: 'ServerNetwork', description: 'A network, with an address on it.' }),
  z
    .strictObject({ port: nameSchema.describe('A port of this document.') })
    .meta({ id: 'ServerPort', description: 'A port.' }),
]);

const serverSchema = z
  .strictObject({
    ...common,
    host: hostNameSchema.describe('The compute host it runs on.'),
    networks: z
      .array(serverNicSchema)
      .min(1)
      .describe('One NIC each, eth0 first: a network, a network with an address, or a port.'),
    security_groups: z
      .array(nameSchema)
      .optional()
      .describe('Groups of the ports that are made for it. Default: [default].'),
    address: z
      .enum(addressings)
      .optional()
      .describe(
        'dhcp: it asks for its addresses. static: they are set. Default: dhcp on subnets with enable_dhcp.',
      ),
  })
  .meta({ id: 'Server', description: 'A virtual machine.' });

const optionsSchema = z
  .strictObject({
    l2_population: z
      .boolean()
      .default(true)
      .describe('Tunnel endpoints and MAC addresses are announced, not learned.'),
    arp_responder: z
      .boolean()
      .default(true)
      .describe('Known ARP requests are answered on the host; needs l2_population.'),
    release: z.enum(releases).default('now').describe('Whose behaviour where releases differ.'),
    firewall_driver: z
      .enum(firewallDrivers)
      .default('noop')
      .describe('What enforces security groups. noop: nothing does. openvswitch: not with release juno.'),
    ipset: z.boolean().default(true).describe('iptables_hybrid: members of groups are kept in sets.'),
    metadata: z.boolean().default(true).describe('Servers get 169.254.169.254, by their router.'),
    enable_isolated_metadata: z
      .boolean()
      .default(false)
      .describe('Also by DHCP, on networks without a router.'),
    dhcp_agents_per_network: z
      .int()
      .min(1)
      .max(16)
      .default(1)
      .describe('Hosts with the role network or gateway that serve DHCP for a network, 1 to 16.'),
    ...schedulingOptions,
    l3_agent_modes: z
      .record(hostNameSchema, z.enum(l3AgentModes))
      .default({})
      .describe(
        'agent_mode of L3 agents, by host. Default: dvr on hosts with the role compute, else dvr_snat. dvr_no_external: floating IPs of the host are central.',
      ),
    max_l3_agents_per_router: z
      .int()
      .min(1)
      .max(16)
      .default(3)
      .describe('How many hosts hold a router with ha that names none, 1 to 16.'),
    ha_vrrp_advert_int: z
      .number()
      .min(0.01)
      .max(40)
      .default(2)
      .describe(
        'Seconds between two VRRP advertisements. Not whole: VRRP version 3, which Neutron does not offer.',
      ),
    ha_vrrp_health_check_interval: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe(
        'Seconds between two pings of the gateway by a router with ha; two lost: it gives up. 0: none.',
      ),
    ha_conntrackd_enabled: z
      .boolean()
      .default(false)
      .describe('Routers with ha tell each other of their connections. Not at Juno.'),
  })
  .meta({ id: 'Options', description: 'What neutron.conf and ml2_conf.ini would say.' });

export const cloudDocumentSchema = z
  .strictObject({
    cloud: nameSchema.describe('Name of the cloud.'),
    description: z.string().optional().describe('For people.'),
    underlay: z.string().min(1).describe('Name of a shipped underlay, or a path relative to this file.'),
    options: optionsSchema.prefault({}).describe('How the plugin works.'),
    projects: z.record(nameSchema, projectSchema).default({}).describe('By name.'),
    networks: z.record(nameSchema, networkSchema).default({}).describe('By name.'),
    subnets: z.record(nameSchema, subnetSchema).default({}).describe('By name.'),
    ports: z.record(nameSchema, portSchema).default({}).describe('By name.'),
    servers: z.record(hostNameSchema, serverSchema).default({}).describe('By name.'),
    routers: z.record(nameSchema, routerSchema).default({}).describe('By name.'),
    floatingips: z.record(nameSchema, floatingIpSchema).default({}).describe('By name.'),
    security_groups: z.record(nameSchema, securityGroupSchema).default({}).describe('By name.'),
    trunks: z.record(nameSchema, trunkSchema).default({}).describe('By name.'),
    qos_policies: z.record(nameSchema, qosPolicySchema).default({}).describe('By name.'),
    loadbalancers: z.record(nameSchema, loadBalancerSchema).default({}).describe('By name.'),
    vips: z
      .record(nameSchema, vipSchema)
      .default({})
      .describe('Load balancing as in LBaaS v1: another way to write what loadbalancers can say. By name.'),
    pools: z.record(nameSchema, vipPoolSchema).default({}).describe('Pools of vips. By name.'),
    health_monitors: z
      .record(nameSchema, vipMonitorSchema)
      .default({})
      .describe('Monitors of pools of vips. By name.'),
    agents: z.record(hostNameSchema, agentSchema).default({}).describe('By host.'),
    firewalls: z.record(nameSchema, firewallSchema).default({}).describe('By name.'),
    firewall_groups: z.record(nameSchema, firewallGroupSchema).default({}).describe('By name.'),
    firewall_policies: z.record(nameSchema, firewallPolicySchema).default({}).describe('By name.'),
    firewall_rules: z.record(nameSchema, firewallRuleSchema).default({}).describe('By name.'),
    policy_target_groups: z.record(nameSchema, policyTargetGroupSchema).default({}).describe('By name.'),
    policy_targets: z.record(nameSchema, policyTargetSchema).default({}).describe('By name.'),
    policy_rule_sets: z.record(nameSchema, policyRuleSetSchema).default({}).describe('By name.'),
    policy_rules: z.record(nameSchema, policyRuleSchema).default({}).describe('By name.'),
    policy_classifiers: z.record(nameSchema, policyClassifierSchema).default({}).describe('By name.'),
    policy_actions: z.record(nameSchema, policyActionSchema).default({}).describe('By name.'),
  })
  .meta({
    id: 'CloudDocument',
    title: 'netdojo cloud document',
    description: 'A virtual topology on an underlay.',
  });

export type Addressing = (typeof addressings)[number];
export type NetworkType = (typeof networkTypes)[number];
export type CloudDocument = z.infer<typeof cloudDocumentSchema>;
export type CloudDocumentInput = z.input<typeof cloudDocumentSchema>;
export type L3AgentMode = (typeof l3AgentModes)[number];
export type Options = CloudDocument['options'];
