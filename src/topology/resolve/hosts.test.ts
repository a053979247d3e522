/** On which hosts routers, DHCP and load balancers are, and what the underlay has already. */
import { expect, test } from 'vitest';
import { defineCloud, defineUnderlay, resolveTopology } from '../index.ts';
import { errorText } from '../testing/errors.ts';
import { base, resolve } from './classic.fixture.ts';

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
