/** Routers, floating IPs, security groups, trunks and load balancers: what is made of what a document says. */
import { expect, test } from 'vitest';
import { loadCloud } from '../index.ts';
import { base, portsOf, resolve } from './classic.fixture.ts';

test('the ports of the demo', async () => {
  expect(portsOf(await loadCloud('fixtures/clouds/classic-demo.yaml'))).toEqual([
    'web1-eth0 | compute:nova | 10.0.1.11 | compute1 | web',
    'web2-eth0 | compute:nova | 10.0.1.12 | compute2 | web',
    'db1-eth0 | compute:nova | 10.0.2.11 | compute2 | db',
    'r1-web-subnet | network:router_interface | 10.0.1.1 | gateway1 | -',
    'r1-db-subnet | network:router_interface | 10.0.2.1 | gateway1 | -',
    'r1-gateway | network:router_gateway | 203.0.113.100 | gateway1 | -',
    'dhcp-web-1 | network:dhcp | 10.0.1.2 | gateway1 | -',
    'dhcp-db-1 | network:dhcp | 10.0.2.2 | gateway1 | -',
    'shop-vip | neutron:LOADBALANCERV2 | 10.0.1.100 | gateway1 | web',
    'web1-floating | network:floatingip | 203.0.113.110 | unbound | -',
    'shop-floating | network:floatingip | 203.0.113.120 | unbound | -',
  ]);
});

test('a router, a floating IP, a rule and a load balancer of the demo in full', async () => {
  const cloud = await loadCloud('fixtures/clouds/classic-demo.yaml');
  expect(cloud.routers['r1']).toEqual({
    id: '3f93208d-fe72-524c-a8e2-be7633feb60b',
    name: 'r1',
    project: 'shop',
    admin_state_up: true,
    external_gateway_info: {
      network: 'public',
      enable_snat: true,
      external_fixed_ips: [{ subnet: 'public-subnet', ip_address: '203.0.113.100' }],
      port: 'r1-gateway',
    },
    routes: [],
    distributed: false,
    ha: false,
    interfaces: [
      {
        port: 'r1-web-subnet',
        network: 'web',
        fixed_ips: [{ subnet: 'web-subnet', ip_address: '10.0.1.1' }],
      },
      { port: 'r1-db-subnet', network: 'db', fixed_ips: [{ subnet: 'db-subnet', ip_address: '10.0.2.1' }] },
    ],
    hosts: ['gateway1'],
  });
  expect(cloud.floatingips['shop']).toEqual({
    id: '91370978-79b9-56a5-aefb-dcd8023800a1',
    name: 'shop',
    project: 'shop',
    floating_network: 'public',
    floating_ip_address: '203.0.113.120',
    floating_port: 'shop-floating',
    port: 'shop-vip',
    fixed_ip_address: '10.0.1.100',
    router: 'r1',
    port_forwardings: [],
  });
  expect(cloud.security_groups['db']?.security_group_rules.at(-1)).toEqual({
    id: expect.any(String) as string,
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: 'tcp',
    port_range_min: 5432,
    port_range_max: 5432,
    remote_ip_prefix: null,
    remote_group: 'web',
  });
  const { host, vip_address, vip_port, listeners, pools } = cloud.loadbalancers['shop'] ?? {};
  expect([host, vip_address, vip_port]).toEqual(['gateway1', '10.0.1.100', 'shop-vip']);
  expect(listeners?.['http']).toMatchObject({
    default_pool: 'web',
    connection_limit: -1,
    insert_headers: {},
  });
  expect(
    pools?.['web']?.members.map(({ address, subnet, port, weight }) => [address, subnet, port, weight]),
  ).toEqual([
    ['10.0.1.11', 'web-subnet', 'web1-eth0', 1],
    ['10.0.1.12', 'web-subnet', 'web2-eth0', 1],
  ]);
  expect(pools?.['web']?.healthmonitor).toMatchObject({
    type: 'HTTP',
    http_method: 'GET',
    url_path: '/',
    expected_codes: '200',
  });
  expect(cloud.servers['web1']?.nics).toEqual([{ device: 'eth0', port: 'web1-eth0', address: 'dhcp' }]);
});

test('what holds a port that is no server’s is not its device', async () => {
  const { ports } = await loadCloud('fixtures/clouds/classic-demo.yaml');
  expect(Object.values(ports).map(({ device, owner }) => device ?? `${owner?.kind} ${owner?.name}`)).toEqual([
    'web1',
    'web2',
    'db1',
    'router r1',
    'router r1',
    'router r1',
    'network web',
    'network db',
    'loadbalancer shop',
    'floatingip web1',
    'floatingip shop',
  ]);
});

test('groups: the default ones, those of a project, canonical rules and egress', () => {
  const { security_groups, ports } = resolve({
    ...base,
    projects: { shop: {} },
    security_groups: {
      web: {
        project: 'shop',
        security_group_rules: [
          { direction: 'ingress', ethertype: 'IPv6', protocol: 'icmp' },
          { direction: 'ingress', protocol: 6, port_range_min: 80, port_range_max: 81 },
          { direction: 'ingress', protocol: 200, remote_group: 'default' },
        ],
      },
      shut: {
        security_group_rules: [{ direction: 'egress', protocol: 'udp', remote_ip_prefix: '10.0.0.0/8' }],
      },
    },
    ports: {
      own: { network: 'red', project: 'shop', security_groups: ['default', 'web', 'web'] },
      none: { network: 'red', security_groups: [] },
      off: { network: 'red', port_security_enabled: false },
      bare: { network: 'red', fixed_ips: [] },
      plain: { network: 'red' },
    },
  });
  const said = (name: string) =>
    security_groups[name]?.security_group_rules.map((rule) =>
      [rule.direction, rule.ethertype, rule.protocol, rule.port_range_min, rule.remote_group].join(' '),
    );
  expect(Object.keys(security_groups)).toEqual(['default', 'shop/default', 'web', 'shut']);
  expect(said('shop/default')).toEqual([
    'egress IPv4   ',
    'egress IPv6   ',
    'ingress IPv4   shop/default',
    'ingress IPv6   shop/default',
  ]);
  expect(said('web')).toEqual([
    'egress IPv4   ',
    'egress IPv6   ',
    'ingress IPv6 ipv6-icmp  ',
    'ingress IPv4 tcp 80 ',
    'ingress IPv4 200  shop/default',
  ]);
  expect(said('shut')).toEqual(['egress IPv4 udp  ']);
  expect(Object.values(ports).map((port) => port.security_groups)).toEqual([
    ['shop/default', 'web'],
    [],
    [],
    [],
    ['default'],
  ]);
});

test('rules keep their ids when others come and go', () => {
  const ids = (...ports: number[]) => {
    const security_group_rules = ports.map((port) => ({
      direction: 'ingress' as const,
      protocol: 'tcp' as const,
      port_range_min: port,
      port_range_max: port,
    }));
    const rules = resolve({ security_groups: { web: { security_group_rules } } }).security_groups['web'];
    return new Map(rules?.security_group_rules.map((rule) => [rule.port_range_min, rule.id]));
  };
  expect(ids(80, 443).get(443)).toBe(ids(443).get(443));
});

test('a floating IP for a server takes the NIC that can be reached, by the router that is its gateway', () => {
  const { floatingips } = resolve({
    ...base,
    ports: { second: { network: 'blue' } },
    servers: { web1: { host: 'compute1', networks: ['red', 'blue'] } },
    routers: {
      side: { external_gateway_info: { network: 'public' }, interfaces: [{ port: 'second' }] },
      main: { external_gateway_info: { network: 'public' }, interfaces: ['beyond'] },
    },
    floatingips: {
      f1: { floating_network: 'public', server: 'web1' },
      free: { floating_network: 'public' },
    },
  });
  expect(floatingips['f1']).toMatchObject({
    port: 'web1-eth1',
    fixed_ip_address: '10.0.2.3',
    router: 'main',
  });
  expect(floatingips['free']).not.toHaveProperty('router');
  expect(floatingips['free']).not.toHaveProperty('port');
});

test('port forwardings', () => {
  const { floatingips } = resolve({
    ...base,
    servers: { web1: { host: 'compute1', networks: ['red'] } },
    routers: { r1: { external_gateway_info: { network: 'public' }, interfaces: ['inside'] } },
    floatingips: {
      f1: {
        floating_network: 'public',
        port_forwardings: [
          { protocol: 'tcp', external_port: 2222, internal_port: 22, server: 'web1' },
          { protocol: 'udp', external_port: 53, internal_port: 53, internal_port_name: 'web1-eth0' },
        ],
      },
    },
  });
  expect(floatingips['f1']?.router).toBe('r1');
  expect(floatingips['f1']?.port_forwardings).toMatchObject([
    {
      protocol: 'tcp',
      external_port: 2222,
      internal_port: 22,
      internal_port_name: 'web1-eth0',
      internal_ip_address: '10.0.1.2',
    },
    {
      protocol: 'udp',
      external_port: 53,
      internal_port: 53,
      internal_port_name: 'web1-eth0',
      internal_ip_address: '10.0.1.2',
    },
  ]);
});

test('trunks, QoS policies and address pairs', () => {
  const { ports, trunks, qos_policies } = resolve({
    ...base,
    networks: { ...base.networks, red: { qos_policy: 'gold' } },
    ports: {
      parent: { network: 'red', mac_address: 'fa:16:3e:00:00:01', qos_policy: 'slow' },
      child: {
        network: 'blue',
        mac_address: 'fa:16:3e:00:00:02',
        allowed_address_pairs: [
          { ip_address: '10.0.2.50' },
          { ip_address: 'FD00::/64', mac_address: 'fa:16:3e:00:00:09' },
        ],
      },
    },
    servers: { web1: { host: 'compute2', networks: [{ port: 'parent' }, 'red'] } },
    routers: { r1: { interfaces: ['inside'] } },
    trunks: { t1: { port: 'parent', sub_ports: [{ port: 'child', segmentation_id: 7 }] } },
    qos_policies: {
      gold: { rules: [{ type: 'dscp_marking', dscp_mark: 46 }] },
      slow: { rules: [{ type: 'bandwidth_limit', max_kbps: 1000 }] },
    },
  });
  expect(trunks['t1']).toMatchObject({
    port: 'parent',
    sub_ports: [{ port: 'child', segmentation_type: 'vlan', segmentation_id: 7 }],
  });
  expect(ports['child']).toMatchObject({
    device_owner: 'trunk:subport',
    owner: { kind: 'trunk', name: 't1' },
    'binding:host_id': 'compute2',
    allowed_address_pairs: [
      { ip_address: '10.0.2.50', mac_address: 'fa:16:3e:00:00:02' },
      { ip_address: 'fd00::/64', mac_address: 'fa:16:3e:00:00:09' },
    ],
  });
  expect(ports['child']).not.toHaveProperty('device');
  const policies = ['parent', 'web1-eth1', 'r1-inside'].map((name) => [
    ports[name]?.qos_policy,
    ports[name]?.qos_network_policy,
  ]);
  expect(policies).toEqual([
    ['slow', 'gold'],
    [undefined, 'gold'],
    [undefined, undefined],
  ]);
  expect(qos_policies['slow']?.rules).toEqual([
    { type: 'bandwidth_limit', max_kbps: 1000, max_burst_kbps: 0, direction: 'egress' },
  ]);
});
