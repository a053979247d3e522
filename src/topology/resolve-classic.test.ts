/** Routers, floating IPs, security groups, DHCP, trunks and load balancers: what is made of what a document says. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, parseAddress, parseNetwork } from './addresses.ts';
import { defineCloud, defineUnderlay, loadCloud, loadUnderlay, resolveTopology } from './index.ts';
import type { Allocations, CloudDocumentInput, Topology } from './index.ts';
import { resolveOnUnderlay } from './resolve.ts';
import { errorText } from './testing.ts';

const underlay = await loadUnderlay('neutron-reference');

type Parts = Omit<CloudDocumentInput, 'cloud' | 'underlay'>;

function resolve(document: Parts, previous?: Allocations): Topology {
  const cloud = defineCloud({ cloud: 'test', underlay: 'neutron-reference', ...document });
  return resolveOnUnderlay(cloud, underlay, { previous });
}

const external = {
  'provider:network_type': 'flat',
  'provider:physical_network': 'external',
  'router:external': true,
} as const;

const base = {
  networks: { public: external, red: {}, blue: {} },
  subnets: {
    outside: { network: 'public', cidr: '203.0.113.0/24' },
    inside: { network: 'red', cidr: '10.0.1.0/24' },
    beyond: { network: 'blue', cidr: '10.0.2.0/24' },
  },
} satisfies Parts;

const portsOf = ({ ports }: Topology) =>
  Object.values(ports).map((port) =>
    [
      port.name,
      port.device_owner || 'nobody',
      port.fixed_ips.map(({ ip_address }) => ip_address).join(' ') || '-',
      port['binding:host_id'] ?? 'unbound',
      port.security_groups.join(' ') || '-',
    ].join(' | '),
  );

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

test('DHCP: two agents for a network, and servers that ask', () => {
  const cloud = resolve({
    ...base,
    subnets: { ...base.subnets, inside: { ...base.subnets.inside, enable_dhcp: true } },
    options: { dhcp_agents_per_network: 2 },
    servers: {
      asks: { host: 'compute1', networks: ['red', 'blue'] },
      knows: { host: 'compute1', networks: ['red'], address: 'static' },
      hopes: { host: 'compute1', networks: ['blue'], address: 'dhcp' },
    },
  });
  const agents = Object.values(cloud.ports).filter(({ device_owner }) => device_owner === 'network:dhcp');
  expect(agents.map((port) => [port.name, port['binding:host_id'], port.owner?.name])).toEqual([
    ['dhcp-red-1', 'network1', 'red'],
    ['dhcp-red-2', 'network2', 'red'],
  ]);
  expect(Object.values(cloud.servers).map(({ nics }) => nics.map(({ address }) => address))).toEqual([
    ['dhcp', 'static'],
    ['static'],
    ['dhcp'],
  ]);
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

test('routers on hosts: named ones, highly available ones, distributed ones', () => {
  const { routers, ports } = resolve({
    ...base,
    routers: {
      named: { hosts: ['network2'], interfaces: ['inside'] },
      both: { ha: true, hosts: ['network2', 'network1'], interfaces: ['beyond'] },
      all: { distributed: true, external_gateway_info: { network: 'public' }, interfaces: [] },
    },
  });
  expect(Object.values(routers).map(({ hosts }) => hosts)).toEqual([
    ['network2'],
    ['network2', 'network1'],
    ['network1'],
  ]);
  expect(ports['both-beyond']).toMatchObject({
    device_owner: 'network:ha_router_replicated_interface',
    'binding:host_id': 'network2',
  });
});

test('an underlay without hosts for routers, DHCP and load balancers', async () => {
  const small = defineUnderlay({
    underlay: 'small',
    networks: { tunnel: { type: 'tunnel', cidr: '172.31.1.0/24' } },
    hosts: {
      compute1: {
        role: 'compute',
        interfaces: { eth0: { network: 'tunnel', address: '172.31.1.1', peer: 'sw1' } },
      },
      sw1: { role: 'switch' },
    },
  });
  const cloud = defineCloud({
    cloud: 'test',
    underlay: 'small',
    networks: { red: {} },
    subnets: { inside: { network: 'red', cidr: '10.0.1.0/24', enable_dhcp: true } },
    routers: { r1: {} },
    loadbalancers: { lb1: { vip_subnet: 'inside' } },
  });
  expect(await errorText((async () => resolveTopology(cloud, small))())).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 3 errors
      ND_AGENT_NONE: routers.r1: router "r1" needs a host, and underlay "small" has none for it
        expected: a host with the role network or gateway
      ND_AGENT_NONE: subnets.inside.enable_dhcp: DHCP of subnet "inside" needs a host, and underlay "small" has none for it
        expected: a host with the role network or gateway
      ND_AGENT_NONE: loadbalancers.lb1: load balancer "lb1" needs a host, and underlay "small" has none for it
        expected: a host with the role network or gateway"
  `);
});

test('a router on a host that one of its networks does not reach', async () => {
  const networks = ['tunnel', 'external'] as const;
  const cut = defineUnderlay({
    underlay: 'cut',
    networks: {
      tunnel: { type: 'tunnel', cidr: '172.31.1.0/24' },
      external: { type: 'external', physical_network: 'external' },
    },
    hosts: {
      ...Object.fromEntries(
        networks.map((network, index) => [
          `net${index + 1}`,
          {
            role: 'network' as const,
            interfaces: {
              eth0: {
                network,
                peer: 'sw1',
                ...(network === 'tunnel' ? { address: `172.31.1.${index + 1}` } : {}),
              },
            },
          },
        ]),
      ),
      sw1: { role: 'switch' },
    },
  });
  const cloud = defineCloud({
    cloud: 'test',
    underlay: 'cut',
    ...base,
    routers: {
      r1: { external_gateway_info: { network: 'public' }, interfaces: ['inside'] },
      r2: { external_gateway_info: { network: 'public' }, hosts: ['net1'] },
      r3: { external_gateway_info: { network: 'public' } },
    },
  });
  expect(await errorText((async () => resolveTopology(cloud, cut))())).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors
      ND_HOST_NO_PHYSICAL_NETWORK: routers.r1: router "r1" on network "public" (flat) is on host "net1", which has no interface on physical network "external"
        expected: a host with an interface on underlay network "external"
      ND_HOST_NO_PHYSICAL_NETWORK: routers.r2.hosts.0: router "r2" on network "public" (flat) is on host "net1", which has no interface on physical network "external"
        expected: a host with an interface on underlay network "external""
  `);
});

test('addresses of bare metal and of physical routers are theirs', async () => {
  const physical = defineUnderlay({
    underlay: 'metal',
    networks: {
      trunk: { type: 'vlan', physical_network: 'physnet1', network_vlan_ranges: ['100:199'] },
    },
    hosts: {
      compute1: { role: 'compute', interfaces: { eth0: { network: 'trunk', peer: 'sw1' } } },
      metal1: {
        role: 'baremetal',
        interfaces: {
          eth0: {
            network: 'trunk',
            peer: 'sw1',
            vlan: 101,
            address: '10.3.0.2/24',
            gateway_ip: '10.3.0.1',
          },
        },
      },
      gate1: {
        role: 'router',
        interfaces: {
          eth0: {
            network: 'trunk',
            peer: 'sw1',
            vlans: [
              { vlan: 101, address: '10.3.0.1/24' },
              { vlan: 102, address: '10.4.0.1/24' },
            ],
          },
        },
      },
      sw1: { role: 'switch' },
    },
  });
  const cloud = (address?: string) =>
    resolveTopology(
      defineCloud({
        cloud: 'test',
        underlay: 'metal',
        networks: {
          vlan: {
            'provider:network_type': 'vlan',
            'provider:physical_network': 'physnet1',
            'provider:segmentation_id': 101,
          },
        },
        subnets: { v4: { network: 'vlan', cidr: '10.3.0.0/24' } },
        servers: {
          web1: {
            host: 'compute1',
            networks: [{ network: 'vlan', ...(address === undefined ? {} : { fixed_ip: address }) }],
          },
        },
      }),
      physical,
    );
  const { ports, underlay: resolved } = cloud();
  expect(ports['web1-eth0']?.fixed_ips).toEqual([{ subnet: 'v4', ip_address: '10.3.0.3' }]);
  expect(resolved.hosts['metal1']?.interfaces).toMatchObject([
    { device: 'eth0', networks: ['trunk'], vlan: 101, address: '10.3.0.2/24', gateway_ip: '10.3.0.1' },
  ]);
  expect(resolved.hosts['gate1']?.interfaces[0]?.vlans).toEqual([
    { vlan: 101, address: '10.3.0.1/24' },
    { vlan: 102, address: '10.4.0.1/24' },
  ]);
  expect(await errorText((async () => cloud('10.3.0.2'))())).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: servers.web1.networks.0.fixed_ip: the address 10.3.0.2 of server "web1" is already that of interface eth0 of host "metal1" of the underlay
      expected: each address once on a network"
  `);
});

/** Clouds without mistakes: networks behind routers, some with DHCP, with floating IPs and load balancers. */
const clouds = fc
  .record({
    networks: fc.array(
      fc.record({ dhcp: fc.boolean(), router: fc.option(fc.nat(2)), balancer: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
    servers: fc.uniqueArray(fc.record({ number: fc.nat(20), network: fc.nat(4), floating: fc.boolean() }), {
      maxLength: 10,
      selector: ({ number }) => number,
    }),
    agents: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ networks, servers, agents }): Parts => {
    const routed = networks.flatMap(({ router }, index) => (router === null ? [] : [{ router, index }]));
    const placed = servers.map((server) => ({ ...server, network: server.network % networks.length }));
    return {
      options: { dhcp_agents_per_network: agents },
      networks: {
        public: external,
        ...Object.fromEntries(networks.map((_, index) => [`net${index}`, {}])),
      },
      subnets: {
        outside: { network: 'public', cidr: '203.0.113.0/24' },
        ...Object.fromEntries(
          networks.map(({ dhcp }, index) => [
            `sub${index}`,
            { network: `net${index}`, cidr: `10.0.${index}.0/24`, enable_dhcp: dhcp },
          ]),
        ),
      },
      servers: Object.fromEntries(
        placed.map(({ number, network }) => [
          `s${number}`,
          { host: `compute${1 + (number % 3)}`, networks: [`net${network}`] },
        ]),
      ),
      routers: Object.fromEntries(
        [...Map.groupBy(routed, ({ router }) => router)].map(([router, own]) => [
          `r${router}`,
          {
            external_gateway_info: { network: 'public' },
            interfaces: own.map(({ index }) => `sub${index}`),
          },
        ]),
      ),
      floatingips: Object.fromEntries(
        placed
          .filter(({ floating, network }) => floating && networks[network]?.router !== null)
          .map(({ number }) => [`f${number}`, { floating_network: 'public', server: `s${number}` }]),
      ),
      loadbalancers: Object.fromEntries(
        networks.flatMap(({ balancer }, index) =>
          balancer
            ? [
                [
                  `lb${index}`,
                  {
                    vip_subnet: `sub${index}`,
                    pools: {
                      pool: {
                        protocol: 'TCP' as const,
                        lb_algorithm: 'ROUND_ROBIN' as const,
                        members: placed
                          .filter(({ network }) => network === index)
                          .map(({ number }) => ({ server: `s${number}`, protocol_port: 80 })),
                      },
                    },
                  },
                ],
              ]
            : [],
        ),
      ),
    };
  });

test('whatever there is, each address and MAC address is there once, inside its subnet', () => {
  fc.assert(
    fc.property(clouds, (document) => {
      const { ports, subnets } = resolve(document);
      const all = Object.values(ports);
      const macs = all.map(({ network, mac_address }) => `${network} ${mac_address}`);
      expect(new Set(macs).size).toBe(macs.length);
      const addresses = all.flatMap(({ network, fixed_ips }) =>
        fixed_ips.map(({ ip_address }) => `${network} ${ip_address}`),
      );
      expect(new Set(addresses).size).toBe(addresses.length);
      expect(addresses).not.toContain('public 203.0.113.1');
      for (const { network, fixed_ips } of all) {
        for (const { subnet, ip_address } of fixed_ips) {
          const range = parseNetwork(subnets[subnet]?.cidr ?? '');
          const address = parseAddress(ip_address);
          expect(subnets[subnet]?.network).toBe(network);
          expect(range && address && contains(range, address)).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('every name leads somewhere, and every port of a service to a host', () => {
  fc.assert(
    fc.property(clouds, (document) => {
      const cloud = resolve(document);
      for (const port of Object.values(cloud.ports)) {
        expect(cloud.networks).toHaveProperty([port.network]);
        for (const group of port.security_groups) expect(cloud.security_groups).toHaveProperty([group]);
        const host = port['binding:host_id'] ?? 'unbound';
        const known =
          port.device_owner === 'network:floatingip' ? ['unbound'] : Object.keys(cloud.underlay.hosts);
        expect(known).toContain(host);
        expect(port.device === undefined).toBe(port.owner !== undefined);
        expect(port.device_owner.startsWith('network:') && port.port_security_enabled).toBe(false);
      }
      for (const { port, router, fixed_ip_address } of Object.values(cloud.floatingips)) {
        expect(cloud.ports[port ?? '']?.fixed_ips[0]?.ip_address).toBe(fixed_ip_address);
        const subnet = cloud.ports[port ?? '']?.fixed_ips[0]?.subnet;
        const joined = cloud.routers[router ?? '']?.interfaces.flatMap(({ fixed_ips }) => fixed_ips);
        expect(joined?.some((own) => own.subnet === subnet)).toBe(true);
      }
      for (const { pools } of Object.values(cloud.loadbalancers)) {
        for (const member of pools['pool']?.members ?? [])
          expect(cloud.ports).toHaveProperty([member.port ?? '']);
      }
    }),
    { numRuns: 60 },
  );
});

test('services that come and go leave the addresses of servers alone, and those that stay keep theirs', () => {
  fc.assert(
    fc.property(clouds, clouds, (first, second) => {
      const { networks, subnets, servers } = first;
      const plain = resolve({ networks, subnets, servers });
      const full = resolve(first, plain.allocations);
      for (const [name, { fixed_ips, mac_address }] of Object.entries(plain.ports)) {
        if (plain.ports[name]?.device_owner === 'network:dhcp') continue;
        expect(full.ports[name]).toMatchObject({ fixed_ips, mac_address });
      }
      const after = resolve(second, full.allocations);
      for (const [name, port] of Object.entries(after.ports)) {
        const before = full.ports[name];
        if (before?.network !== port.network || before.fixed_ips.length === 0) continue;
        expect(port.mac_address).toBe(before.mac_address);
        expect(port.fixed_ips).toEqual(before.fixed_ips);
      }
      expect(resolve(second, after.allocations)).toEqual(after);
    }),
    { numRuns: 40 },
  );
});
