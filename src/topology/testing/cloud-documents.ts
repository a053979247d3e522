/** Arbitrary cloud documents. */
import * as fc from 'fast-check';
import { firewallActions, firewallProtocols } from '../schema/firewalls.ts';
import { actionTypes, classifierDirections, classifierProtocols } from '../schema/group-policy.ts';
import { type CloudDocumentInput, firewallDrivers, networkTypes, releases } from '../schema/index.ts';
import { balancedProtocols, lbAlgorithms, monitorTypes, persistenceTypes } from '../schema/loadbalancers.ts';
import { dscpMarks } from '../schema/ports.ts';
import { forwardedProtocols } from '../schema/routers.ts';
import { directions, ethertypes } from '../schema/security-groups.ts';
import { addresses, cidrs, hostNames, ipv4, macs, mapping, mtus, names, optional } from './values.ts';

const groups = fc.array(fc.oneof(names, fc.constant('default')), { maxLength: 2 });
const tcpPorts = fc.integer({ min: 1, max: 65_535 });

const routers = fc.record(
  {
    admin_state_up: fc.boolean(),
    external_gateway_info: fc.option(
      fc.record(
        {
          network: names,
          enable_snat: fc.boolean(),
          external_fixed_ips: fc.array(fc.record({ subnet: names, ip_address: addresses }, optional), {
            maxLength: 2,
          }),
        },
        { requiredKeys: ['network'] },
      ),
    ),
    routes: fc.array(fc.record({ destination: cidrs, nexthop: addresses }), { maxLength: 2 }),
    distributed: fc.boolean(),
    ha: fc.boolean(),
    interfaces: fc.array(fc.oneof(names, fc.record({ subnet: names }), fc.record({ port: names })), {
      maxLength: 3,
    }),
    hosts: fc.array(hostNames, { minLength: 1, maxLength: 2 }),
  },
  optional,
);

const floatingips = fc.record(
  {
    floating_network: names,
    floating_ip_address: ipv4,
    port: fc.oneof(names, fc.constantFrom('web1-eth0', 'red-vip', 'a-gateway')),
    server: hostNames,
    fixed_ip_address: addresses,
    port_forwardings: fc.array(
      fc.record(
        {
          protocol: fc.constantFrom(...forwardedProtocols),
          external_port: tcpPorts,
          internal_port: tcpPorts,
          internal_port_name: names,
          server: hostNames,
          internal_ip_address: addresses,
        },
        { requiredKeys: ['protocol', 'external_port', 'internal_port'] },
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['floating_network'] },
);

const ranges = fc.option(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 65_535 })));
const rules = fc.record(
  {
    direction: fc.constantFrom(...directions),
    ethertype: fc.constantFrom(...ethertypes),
    protocol: fc.option(
      fc.oneof(fc.constantFrom('tcp' as const, 'icmp' as const, 'ipv6-icmp' as const), fc.nat(255)),
    ),
    port_range_min: ranges,
    port_range_max: ranges,
    remote_ip_prefix: fc.option(cidrs),
    remote_group: fc.option(fc.oneof(names, fc.constant('default'))),
  },
  { requiredKeys: ['direction'] },
);

const qosRules = fc.oneof(
  fc.record({
    type: fc.constant('dscp_marking' as const),
    dscp_mark: fc.constantFrom(...dscpMarks),
  }),
  fc.record(
    {
      type: fc.constant('bandwidth_limit' as const),
      max_kbps: fc.integer({ min: 1, max: 1_000_000 }),
      max_burst_kbps: fc.nat(1000),
      direction: fc.constantFrom(...directions),
    },
    { requiredKeys: ['type', 'max_kbps'] },
  ),
);

const balanced = fc.constantFrom(...balancedProtocols);
const seconds = fc.integer({ min: 1, max: 5 });
const loadbalancers = fc.record(
  {
    vip_subnet: names,
    vip_address: addresses,
    vip_security_groups: groups,
    host: hostNames,
    listeners: mapping(
      names,
      fc.record(
        {
          protocol: balanced,
          protocol_port: tcpPorts,
          default_pool: names,
          connection_limit: fc.integer({ min: -1, max: 9 }),
          insert_headers: fc.record({ 'X-Forwarded-For': fc.boolean() }, optional),
        },
        { requiredKeys: ['protocol', 'protocol_port'] },
      ),
    ),
    pools: mapping(
      names,
      fc.record(
        {
          protocol: balanced,
          lb_algorithm: fc.constantFrom(...lbAlgorithms),
          session_persistence: fc.record(
            {
              type: fc.constantFrom(...persistenceTypes),
              cookie_name: fc.constant('SID'),
            },
            { requiredKeys: ['type'] },
          ),
          members: fc.array(
            fc.record(
              {
                server: hostNames,
                address: addresses,
                protocol_port: tcpPorts,
                weight: fc.nat(256),
                subnet: names,
              },
              { requiredKeys: ['protocol_port'] },
            ),
            { maxLength: 2 },
          ),
          healthmonitor: fc.record(
            {
              type: fc.constantFrom(...monitorTypes),
              delay: seconds,
              timeout: seconds,
              max_retries: fc.integer({ min: 1, max: 10 }),
              http_method: fc.constant('HEAD' as const),
              url_path: fc.constant('/x'),
              expected_codes: fc.constantFrom('200', '200,202', '200-204'),
            },
            { requiredKeys: ['type', 'delay', 'timeout', 'max_retries'] },
          ),
        },
        { requiredKeys: ['protocol', 'lb_algorithm'] },
      ),
    ),
  },
  { requiredKeys: ['vip_subnet'] },
);

const vips = fc.record(
  {
    admin_state_up: fc.boolean(),
    protocol: balanced,
    protocol_port: tcpPorts,
    subnet: names,
    address: addresses,
    pool: names,
    session_persistence: fc.record(
      { type: fc.constantFrom(...persistenceTypes), cookie_name: fc.constant('SID') },
      { requiredKeys: ['type'] },
    ),
    connection_limit: fc.integer({ min: -1, max: 9 }),
  },
  { requiredKeys: ['protocol', 'protocol_port', 'subnet', 'pool'] },
);

const vipPools = fc.record(
  {
    protocol: balanced,
    lb_method: fc.constantFrom(...lbAlgorithms),
    subnet: names,
    members: fc.array(
      fc.record(
        { server: hostNames, address: addresses, protocol_port: tcpPorts, weight: fc.nat(256) },
        { requiredKeys: ['protocol_port'] },
      ),
      { maxLength: 2 },
    ),
    health_monitors: fc.array(names, { maxLength: 2 }),
    host: hostNames,
  },
  { requiredKeys: ['protocol', 'lb_method', 'subnet'] },
);

const vipMonitors = fc.record(
  {
    type: fc.constantFrom(...monitorTypes),
    delay: seconds,
    timeout: seconds,
    max_retries: fc.integer({ min: 1, max: 10 }),
    admin_state_up: fc.boolean(),
    url_path: fc.constant('/x'),
  },
  { requiredKeys: ['type', 'delay', 'timeout', 'max_retries'] },
);

const firewallPorts = fc.option(fc.oneof(tcpPorts, fc.constantFrom('80', '5000:5009', '9:1')));
const firewallRules = fc.record(
  {
    project: names,
    shared: fc.boolean(),
    protocol: fc.option(fc.constantFrom(...firewallProtocols)),
    ip_version: fc.constantFrom(4 as const, 6 as const),
    source_ip_address: fc.option(fc.oneof(addresses, cidrs)),
    destination_ip_address: fc.option(fc.oneof(addresses, cidrs)),
    source_port: firewallPorts,
    destination_port: firewallPorts,
    action: fc.constantFrom(...firewallActions),
    enabled: fc.boolean(),
  },
  optional,
);

/** Of the right shape; its meaning may be wrong. */
export const cloudDocuments: fc.Arbitrary<CloudDocumentInput> = fc.record(
  {
    cloud: names,
    description: fc.string(),
    underlay: fc.constantFrom('demo-cluster', 'neutron-reference', 'demo'),
    options: fc.record(
      {
        l2_population: fc.boolean(),
        arp_responder: fc.boolean(),
        release: fc.constantFrom(...releases),
        firewall_driver: fc.constantFrom(...firewallDrivers),
        ipset: fc.boolean(),
        metadata: fc.boolean(),
        enable_isolated_metadata: fc.boolean(),
        dhcp_agents_per_network: fc.integer({ min: 1, max: 16 }),
        allow_automatic_l3agent_failover: fc.boolean(),
        allow_automatic_dhcp_failover: fc.boolean(),
      },
      optional,
    ),
    projects: mapping(names, fc.record({ id: fc.uuid(), description: fc.string() }, optional)),
    networks: mapping(
      names,
      fc.record(
        {
          id: fc.uuid(),
          project: names,
          admin_state_up: fc.boolean(),
          mtu: mtus,
          'provider:network_type': fc.constantFrom(...networkTypes),
          'provider:physical_network': fc.constantFrom('physnet1', 'external', 'red'),
          'provider:segmentation_id': fc.integer({ min: 1, max: 4_294_967_295 }),
          'router:external': fc.boolean(),
          dhcp_agents: fc.array(hostNames, { minLength: 1, maxLength: 2 }),
          qos_policy: names,
        },
        optional,
      ),
    ),
    subnets: mapping(
      names,
      fc.record(
        {
          network: names,
          cidr: cidrs,
          gateway_ip: fc.option(addresses),
          enable_dhcp: fc.boolean(),
          allocation_pools: fc.array(fc.record({ start: ipv4, end: ipv4 }), { maxLength: 3 }),
          dns_nameservers: fc.array(addresses, { maxLength: 2 }),
          host_routes: fc.array(fc.record({ destination: cidrs, nexthop: addresses }), { maxLength: 2 }),
        },
        { requiredKeys: ['network', 'cidr'] },
      ),
    ),
    ports: mapping(
      names,
      fc.record(
        {
          network: names,
          mac_address: macs,
          fixed_ips: fc.array(fc.record({ subnet: names, ip_address: addresses }, optional), {
            maxLength: 3,
          }),
          port_security_enabled: fc.boolean(),
          security_groups: groups,
          allowed_address_pairs: fc.array(
            fc.record(
              { ip_address: fc.oneof(addresses, cidrs), mac_address: macs },
              { requiredKeys: ['ip_address'] },
            ),
            { maxLength: 2 },
          ),
          qos_policy: names,
        },
        { requiredKeys: ['network'] },
      ),
    ),
    servers: mapping(
      hostNames,
      fc.record(
        {
          host: hostNames,
          security_groups: groups,
          address: fc.constantFrom('dhcp' as const, 'static' as const),
          networks: fc.array(
            fc.oneof(
              names,
              fc.record(
                { network: names, fixed_ip: addresses, mac_address: macs },
                { requiredKeys: ['network'] },
              ),
              fc.record({ port: names }),
            ),
            { minLength: 1, maxLength: 3 },
          ),
        },
        { requiredKeys: ['host', 'networks'] },
      ),
    ),
    routers: mapping(names, routers),
    floatingips: mapping(names, floatingips),
    security_groups: mapping(
      fc.oneof(names, fc.constant('default')),
      fc.record(
        { project: names, stateful: fc.boolean(), security_group_rules: fc.array(rules, { maxLength: 3 }) },
        optional,
      ),
    ),
    trunks: mapping(
      names,
      fc.record(
        {
          port: names,
          sub_ports: fc.array(
            fc.record({ port: names, segmentation_id: fc.integer({ min: 1, max: 4094 }) }),
            { maxLength: 2 },
          ),
        },
        { requiredKeys: ['port'] },
      ),
    ),
    qos_policies: mapping(names, fc.record({ rules: fc.array(qosRules, { maxLength: 3 }) }, optional)),
    loadbalancers: mapping(names, loadbalancers),
    vips: mapping(names, vips),
    pools: mapping(names, vipPools),
    health_monitors: mapping(names, vipMonitors),
    agents: mapping(hostNames, fc.record({ alive: fc.boolean() }, optional)),
    firewalls: mapping(
      names,
      fc.record(
        { admin_state_up: fc.boolean(), firewall_policy: names, routers: fc.array(names, { maxLength: 2 }) },
        { requiredKeys: ['firewall_policy'] },
      ),
    ),
    firewall_groups: mapping(
      names,
      fc.record(
        {
          admin_state_up: fc.boolean(),
          ingress_firewall_policy: fc.option(names),
          egress_firewall_policy: fc.option(names),
          ports: fc.array(fc.oneof(names, fc.constantFrom('a-red', 'a-gateway')), { maxLength: 2 }),
        },
        optional,
      ),
    ),
    firewall_policies: mapping(
      names,
      fc.record({ shared: fc.boolean(), firewall_rules: fc.array(names, { maxLength: 3 }) }, optional),
    ),
    firewall_rules: mapping(names, firewallRules),
    policy_target_groups: mapping(
      names,
      fc.record(
        {
          subnets: fc.array(names, { minLength: 1, maxLength: 2 }),
          provided_policy_rule_sets: fc.array(names, { maxLength: 2 }),
          consumed_policy_rule_sets: fc.array(names, { maxLength: 2 }),
        },
        { requiredKeys: ['subnets'] },
      ),
    ),
    policy_targets: mapping(
      names,
      fc.record(
        { policy_target_group: names, port: names, server: hostNames },
        { requiredKeys: ['policy_target_group'] },
      ),
    ),
    policy_rule_sets: mapping(
      names,
      fc.record({ policy_rules: fc.array(names, { maxLength: 2 }) }, optional),
    ),
    policy_rules: mapping(
      names,
      fc.record(
        {
          enabled: fc.boolean(),
          policy_classifier: names,
          policy_actions: fc.array(names, { maxLength: 1 }),
        },
        { requiredKeys: ['policy_classifier'] },
      ),
    ),
    policy_classifiers: mapping(
      names,
      fc.record(
        {
          protocol: fc.option(fc.constantFrom(...classifierProtocols)),
          port_range: firewallPorts,
          direction: fc.constantFrom(...classifierDirections),
        },
        { requiredKeys: ['direction'] },
      ),
    ),
    policy_actions: mapping(names, fc.record({ action_type: fc.constantFrom(...actionTypes) }, optional)),
  },
  { requiredKeys: ['cloud', 'underlay'], noNullPrototype: true },
);
