import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, parseAddress, rangeOf } from '../addresses.ts';
import type { Allocations, CloudDocumentInput, Topology } from '../index.ts';
import {
  defineCloud,
  defineUnderlay,
  loadCloud,
  resolveTopology,
  toYaml,
  type UnderlayDocument,
} from '../index.ts';
import { errorText } from '../testing/errors.ts';

const underlay: UnderlayDocument = defineUnderlay({
  underlay: 'small',
  networks: {
    tunnel: { type: 'tunnel', cidr: '172.31.1.0/24' },
    trunk: {
      type: 'vlan',
      physical_network: 'physnet1',
      network_vlan_ranges: ['100:102', '200:200'],
      mtu: 9000,
    },
  },
  hosts: {
    compute1: {
      role: 'compute',
      interfaces: {
        eth1: { network: 'tunnel', address: '172.31.1.11', peer: 'tor1' },
        eth2: { network: 'trunk', peer: 'tor1' },
      },
    },
    compute2: {
      role: 'compute',
      interfaces: {
        eth1: { network: 'tunnel', address: '172.31.1.12', peer: 'tor2' },
        eth2: { network: 'trunk', peer: 'tor2' },
      },
    },
    tor1: { role: 'switch', interfaces: { swp2: { networks: ['tunnel', 'trunk'], peer: 'tor2' } } },
    tor2: { role: 'switch' },
  },
});

function resolve(document: Omit<CloudDocumentInput, 'cloud' | 'underlay'>, previous?: Allocations): Topology {
  return resolveTopology(defineCloud({ cloud: 'test', underlay: 'small', ...document }), underlay, {
    previous,
  });
}

const addressesOf = ({ ports }: Topology) =>
  Object.fromEntries(
    Object.values(ports).map(({ name, fixed_ips }) => [name, fixed_ips.map(({ ip_address }) => ip_address)]),
  );

test.each(['l2-demo', 'l2-four-types', 'classic-demo'])(
  'the cloud %s is resolved alike in every run',
  async (name) => {
    const topology = await loadCloud(`fixtures/clouds/${name}.yaml`);
    expect(await loadCloud(`fixtures/clouds/${name}.yaml`)).toEqual(topology);
    expect(JSON.parse(JSON.stringify(topology))).toEqual(topology);
    expect(await loadCloud(`fixtures/clouds/${name}.yaml`, { previous: topology.allocations })).toEqual(
      topology,
    );
  },
);

test('one port in full', async () => {
  const { ports, servers } = await loadCloud('fixtures/clouds/l2-demo.yaml');
  expect(ports['web1-eth0']).toEqual({
    id: '53981ed7-d7e9-5fdb-a4b8-4d30155d94d6',
    name: 'web1-eth0',
    network: 'red',
    project: 'shop',
    admin_state_up: true,
    mac_address: 'fa:16:3e:62:9e:3e',
    fixed_ips: [{ subnet: 'red-subnet', ip_address: '10.0.1.11' }],
    port_security_enabled: true,
    security_groups: ['shop/default'],
    allowed_address_pairs: [],
    device_owner: 'compute:nova',
    device: 'web1',
    'binding:host_id': 'compute1',
  });
  expect(servers['web1']?.nics).toEqual([{ device: 'eth0', port: 'web1-eth0', address: 'static' }]);
});

test('cables, switch ports and switch VLANs in document order', () => {
  const { links, hosts, networks } = resolve({}).underlay;
  expect(links.map(({ key, mtu, ends }) => [key, mtu, ends[1].networks.join()])).toEqual([
    ['compute1:eth1--tor1:swp1', 1500, 'tunnel'],
    ['compute1:eth2--tor1:swp3', 9000, 'trunk'],
    ['compute2:eth1--tor2:swp1', 1500, 'tunnel'],
    ['compute2:eth2--tor2:swp2', 9000, 'trunk'],
    ['tor1:swp2--tor2:swp3', 9000, 'tunnel,trunk'],
  ]);
  expect(Object.values(networks).map(({ name, switchVlan, bridge }) => [name, switchVlan, bridge])).toEqual([
    ['tunnel', 4001, undefined],
    ['trunk', 4002, 'br-physnet1'],
  ]);
  expect(hosts['compute1']?.local_ip).toBe('172.31.1.11');
  expect(hosts['tor1']?.interfaces.map(({ device }) => device)).toEqual(['swp1', 'swp3', 'swp2']);
  expect(new Set(links.flatMap(({ ends }) => ends.map(({ mac_address }) => mac_address))).size).toBe(10);
});

test('a cable between two hosts is one link', async () => {
  const { underlay: physical } = await loadCloud('fixtures/clouds/l2-demo.yaml');
  const keys = physical.links.map(({ key }) => key);
  expect(keys.filter((key) => key.includes('internet1'))).toEqual(['upstream1:eth1--internet1:eth0']);
});

test('MTU and segmentation ids that are left out', () => {
  const { networks } = resolve({
    networks: {
      a: {},
      b: { 'provider:segmentation_id': 1 },
      c: { 'provider:network_type': 'gre' },
      d: { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' },
      e: {
        'provider:network_type': 'vlan',
        'provider:physical_network': 'physnet1',
        'provider:segmentation_id': 100,
      },
      f: { 'provider:network_type': 'flat', 'provider:physical_network': 'physnet1' },
      g: { 'provider:network_type': 'local' },
    },
  });
  expect(
    Object.values(networks).map((network) => [
      network.name,
      network.mtu,
      network['provider:segmentation_id'],
    ]),
  ).toEqual([
    ['a', 1450, 2],
    ['b', 1450, 1],
    ['c', 1458, 1],
    ['d', 9000, 101],
    ['e', 9000, 100],
    ['f', 9000, undefined],
    ['g', 1500, undefined],
  ]);
});

test('segmentation ids stay when the document changes', () => {
  const before = resolve({ networks: { a: {}, b: {} } });
  const after = resolve(
    { networks: { new: {}, b: {}, x: { 'provider:segmentation_id': 1 } } },
    before.allocations,
  );
  expect(after.allocations['segmentation']).toEqual({ new: 3, b: 2, x: 1 });
});

test('addresses: explicit ones first, then the first that is free, from subnet to subnet', () => {
  const topology = resolve({
    networks: { net: {} },
    subnets: {
      small: {
        network: 'net',
        cidr: '10.0.0.0/29',
        allocation_pools: [{ start: '10.0.0.3', end: '10.0.0.4' }],
      },
      more: { network: 'net', cidr: '10.0.1.0/24', gateway_ip: null },
      six: { network: 'net', cidr: 'FD00:0::/64' },
    },
    ports: {
      free: { network: 'net' },
      none: { network: 'net', fixed_ips: [] },
      two: { network: 'net', fixed_ips: [{ subnet: 'more' }, { subnet: 'more' }] },
    },
    servers: {
      a: { host: 'compute1', networks: [{ network: 'net', fixed_ip: '10.0.0.3' }] },
      b: { host: 'compute1', networks: ['net', { port: 'none' }, { port: 'two' }] },
    },
  });
  expect(addressesOf(topology)).toEqual({
    free: ['10.0.0.4', 'fd00::2'],
    none: [],
    two: ['10.0.1.1', '10.0.1.2'],
    'a-eth0': ['10.0.0.3'],
    'b-eth0': ['10.0.1.3', 'fd00::3'],
  });
  expect(topology.servers['b']?.nics.map(({ port }) => port)).toEqual(['b-eth0', 'none', 'two']);
  expect(topology.allocations['address']).toEqual({
    'free/small': '10.0.0.4',
    'free/six': 'fd00::2',
    'two/more': '10.0.1.1',
    'two/more#2': '10.0.1.2',
    'a-eth0/small': '10.0.0.3',
    'b-eth0/more': '10.0.1.3',
    'b-eth0/six': 'fd00::3',
  });
});

test('an address of before that another port asks for by name is given up', () => {
  const network = { networks: { net: {} }, subnets: { v4: { network: 'net', cidr: '10.0.0.0/24' } } };
  const before = resolve({ ...network, ports: { a: { network: 'net' } } });
  const ports = { a: { network: 'net' }, b: { network: 'net', fixed_ips: [{ ip_address: '10.0.0.2' }] } };
  expect(addressesOf(resolve({ ...network, ports }, before.allocations))).toEqual({
    a: ['10.0.0.3'],
    b: ['10.0.0.2'],
  });
});

const clouds = fc
  .uniqueArray(fc.nat(30), { maxLength: 12 })
  .map((numbers) => numbers.map((number) => `s${number}`));
const pool = { start: '10.0.0.10', end: '10.0.0.40' };

function cloudOf(servers: readonly string[], previous?: Allocations): Topology {
  return resolve(
    {
      networks: { net: {} },
      subnets: { v4: { network: 'net', cidr: '10.0.0.0/24', allocation_pools: [pool] } },
      servers: Object.fromEntries(servers.map((name) => [name, { host: 'compute1', networks: ['net'] }])),
    },
    previous,
  );
}

test('addresses are unique, in the pool, and stay whatever happens to other servers', () => {
  const range = rangeOf(pool.start, pool.end);
  fc.assert(
    fc.property(clouds, clouds, (first, second) => {
      const before = cloudOf(first);
      const after = cloudOf(second, before.allocations);
      const addresses = Object.values(addressesOf(after)).flat();
      expect(addresses).toHaveLength(second.length);
      expect(new Set(addresses).size).toBe(addresses.length);
      for (const text of addresses) {
        const address = parseAddress(text);
        expect(range && address && contains(range, address)).toBe(true);
      }
      for (const name of second.filter((each) => first.includes(each))) {
        const port = `${name}-eth0`;
        expect(after.ports[port]).toEqual(before.ports[port]);
      }
      // What is gone leaves nothing behind.
      expect(Object.keys(after.allocations['address'] ?? {}).toSorted()).toEqual(
        second.map((name) => `${name}-eth0/v4`).toSorted(),
      );
      expect(new Set(Object.values(after.ports).map(({ mac_address }) => mac_address)).size).toBe(
        second.length,
      );
    }),
    { numRuns: 60 },
  );
});

test('errors of a document in TypeScript name the path', async () => {
  const bad = async () => resolve({ networks: { red: { mtu: 10 } } });
  expect(await errorText(bad())).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: networks.red.mtu: network "red": mtu is 10
      expected: at least 576"
  `);
  const worse = async () =>
    resolve({ networks: { red: { mtu: 1500 } }, servers: { a: { host: 'compute9', networks: ['red'] } } });
  expect(await errorText(worse())).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors
      ND_MTU_TOO_LARGE: networks.red.mtu: the MTU 1500 of network "red" (vxlan) is more than the underlay carries
        expected: at most 1450 (1500 less 50 of VXLAN)
        try: mtu: 1450
      ND_HOST_UNKNOWN: servers.a.host: server "a" refers to host "compute9", which does not exist
        expected: one of compute1, compute2
        try: compute1"
  `);
});

test('servers on hosts without tunnels', async () => {
  const cloud = defineCloud({
    cloud: 'test',
    underlay: 'small',
    networks: { red: {} },
    servers: { a: { host: 'compute1', networks: ['red'] } },
  });
  const tunnel = { type: 'tunnel', cidr: '172.31.1.0/24' } as const;
  const cut = defineUnderlay({
    underlay: 'cut',
    networks: { tunnel },
    hosts: { compute1: { role: 'compute' } },
  });
  expect(await errorText((async () => resolveTopology(cloud, cut))())).toMatchInlineSnapshot(`
    "ND_HOST_NO_TUNNEL: servers.a.networks.0: server "a" on network "red" (vxlan) is on host "compute1", which has no interface on the tunnel network
      expected: a host with a tunnel interface"
  `);
  const none = defineUnderlay({ underlay: 'none', networks: {}, hosts: { compute1: { role: 'compute' } } });
  expect(await errorText((async () => resolveTopology(cloud, none))())).toMatchInlineSnapshot(`
    "ND_UNDERLAY_NO_TUNNEL: networks.red.provider:network_type: network "red" is of type vxlan, and underlay "none" has no tunnel network
      expected: type flat, vlan or local, or an underlay with a network of type tunnel"
  `);
});

test('a document in TypeScript and its YAML give the same cloud', async () => {
  const document = defineCloud({
    cloud: 'test',
    underlay: 'demo-cluster',
    networks: { red: { 'provider:segmentation_id': 9 } },
    subnets: { v4: { network: 'red', cidr: '10.0.0.0/24' } },
    servers: { web1: { host: 'compute1', networks: ['red'] } },
  });
  const text = toYaml(document);
  expect(await loadCloud({ text, file: 'cloud.yaml' })).toEqual(await loadCloud(document));
  expect(text.split('\n').slice(0, 2)).toEqual(['cloud: test', 'underlay: demo-cluster']);
});
