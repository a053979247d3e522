/** The exact text of what can be wrong with the options, networks and subnets of a cloud document. */
import { expect, test } from 'vitest';
import { cloudError, cloudWith } from '../testing/errors.ts';

const networks = (lines: string) => cloudWith({ networks: `networks:\n${lines}`, subnets: '', servers: '' });
const subnets = (lines: string) => cloudWith({ subnets: `subnets:\n${lines}`, servers: '' });

test('a cloud without mistakes', async () => {
  expect(await cloudError(cloudWith({}))).toBe('');
});

test('an underlay that does not exist', async () => {
  expect(await cloudError('cloud: test\nunderlay: demo-clutser\n')).toMatchInlineSnapshot(`
    "ND_UNDERLAY_UNKNOWN: there is no underlay "demo-clutser"
      at cloud.yaml:2:11
      expected: one of demo-cluster, neutron-distributed, neutron-redundant, neutron-reference, provider-cluster, two-racks, or a path such as ./demo-clutser.yaml
      try: demo-cluster"
  `);
});

test('an underlay file that does not exist', async () => {
  expect(await cloudError('cloud: test\nunderlay: ./nowhere.yaml\n')).toMatchInlineSnapshot(`
    "ND_UNDERLAY_UNKNOWN: the underlay nowhere.yaml does not exist
      at cloud.yaml:2:11
      expected: a path relative to this document, or the name of a shipped underlay"
  `);
});

test('arp_responder without l2_population', async () => {
  expect(await cloudError(cloudWith({ options: 'options:\n  l2_population: false' }))).toMatchInlineSnapshot(`
    "ND_ARP_RESPONDER: arp_responder (which is on unless said otherwise) needs l2_population, which is off
      at cloud.yaml:12:3
      expected: both on, or arp_responder off as well
      try: arp_responder: false"
  `);
});

test('a project that does not exist', async () => {
  expect(
    await cloudError(
      cloudWith({
        projects: 'projects:\n  shop: {}',
        networks: 'networks:\n  red: { project: shpo }\n  blue: {}',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_PROJECT_UNKNOWN: network "red" refers to project "shpo", which does not exist
      at cloud.yaml:4:19
      expected: shop
      try: shop"
  `);
});

test('two things with one id', async () => {
  expect(
    await cloudError(
      networks(
        `  red: { id: 6a1cf6a4-2f0e-4c58-9a43-2b1f1d8f8b11 }\n  blue: { id: 6A1CF6A4-2f0e-4c58-9a43-2b1f1d8f8b11 }`,
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ID_TWICE: the id of "blue" is already that of "red"
      at cloud.yaml:5:15
      expected: networks with ids of their own"
  `);
});

test('a type that needs a physical network', async () => {
  expect(await cloudError(networks('  red: { provider:network_type: flat }'))).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_MISSING: network "red" is of type flat and has no provider:physical_network
      at cloud.yaml:4:3
      expected: one of physnet1, external
      try: provider:physical_network: physnet1"
  `);
});

test('a type that has no physical network', async () => {
  expect(
    await cloudError(networks('  red: { provider:network_type: gre, provider:physical_network: physnet1 }')),
  ).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_FORBIDDEN: network "red" is of type gre and has a provider:physical_network
      at cloud.yaml:4:38
      expected: a physical network only for the types flat and vlan"
  `);
});

test('a physical network that does not exist', async () => {
  expect(
    await cloudError(networks('  red: { provider:network_type: vlan, provider:physical_network: physnet2 }')),
  ).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_UNKNOWN: network "red" is on physical network "physnet2", which underlay "demo-cluster" does not have
      at cloud.yaml:4:66
      expected: one of physnet1, external
      try: physnet1"
  `);
});

test('a segmentation id where there is none', async () => {
  expect(
    await cloudError(
      networks(
        '  red: { provider:network_type: flat, provider:physical_network: physnet1, provider:segmentation_id: 5 }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_FORBIDDEN: network "red" is of type flat and has a provider:segmentation_id
      at cloud.yaml:4:76
      expected: a segmentation id only for the types vlan, vxlan and gre"
  `);
});

test('a VNI out of range', async () => {
  expect(await cloudError(networks('  red: { provider:segmentation_id: 16777216 }'))).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_RANGE: 16777216 of network "red" is not a VNI
      at cloud.yaml:4:36
      expected: a VNI from 1 to 16777215"
  `);
});

test('a VLAN id out of range', async () => {
  expect(
    await cloudError(
      networks(
        '  red: { provider:network_type: vlan, provider:physical_network: physnet1, provider:segmentation_id: 4095 }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_RANGE: 4095 of network "red" is not a VLAN id
      at cloud.yaml:4:102
      expected: a VLAN id from 1 to 4094"
  `);
});

test('a GRE key out of range', async () => {
  expect(
    await cloudError(networks('  red: { provider:network_type: gre, provider:segmentation_id: 4294967296 }')),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: network "red": provider:segmentation_id is 4294967296
      at cloud.yaml:4:64
      expected: at most 4294967295"
  `);
});

test('a VLAN id outside the ranges of the physical network', async () => {
  expect(
    await cloudError(
      networks(
        '  red: { provider:network_type: vlan, provider:physical_network: physnet1, provider:segmentation_id: 200 }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_RANGE: VLAN id 200 of network "red" is outside what physical network "physnet1" carries
      at cloud.yaml:4:102
      expected: a VLAN id in 100:199"
  `);
});

test('two networks of one VNI', async () => {
  expect(
    await cloudError(
      networks('  red: { provider:segmentation_id: 7 }\n  blue: { provider:segmentation_id: 7 }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_TWICE: network "blue" (VNI 7) is the same segment as network "red"
      at cloud.yaml:5:37
      expected: a segment of its own for each network"
  `);
});

test('two networks of one VLAN id', async () => {
  expect(
    await cloudError(
      networks(
        '  red: &vlan { provider:network_type: vlan, provider:physical_network: physnet1, provider:segmentation_id: 100 }\n  blue: *vlan',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_TWICE: network "blue" (VLAN id 100 on physical network "physnet1") is the same segment as network "red"
      at cloud.yaml:4:108
      expected: a segment of its own for each network"
  `);
});

test('two untagged networks on one physical network', async () => {
  expect(
    await cloudError(
      networks(
        '  red: { provider:network_type: flat, provider:physical_network: physnet1 }\n  blue: { provider:network_type: flat, provider:physical_network: physnet1 }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_TWICE: network "blue" (untagged on physical network "physnet1") is the same segment as network "red"
      at cloud.yaml:5:67
      expected: a segment of its own for each network"
  `);
});

test('an MTU that VXLAN cannot carry', async () => {
  expect(await cloudError(networks('  red: { mtu: 1500 }'))).toMatchInlineSnapshot(`
    "ND_MTU_TOO_LARGE: the MTU 1500 of network "red" (vxlan) is more than the underlay carries
      at cloud.yaml:4:15
      expected: at most 1450 (1500 less 50 of VXLAN)
      try: mtu: 1450"
  `);
});

test('an MTU that GRE cannot carry', async () => {
  expect(
    await cloudError(networks('  red: { provider:network_type: gre, mtu: 1459 }')),
  ).toMatchInlineSnapshot(`
    "ND_MTU_TOO_LARGE: the MTU 1459 of network "red" (gre) is more than the underlay carries
      at cloud.yaml:4:43
      expected: at most 1458 (1500 less 42 of GRE)
      try: mtu: 1458"
  `);
});

test('an MTU that the physical network cannot carry', async () => {
  expect(
    await cloudError(
      networks('  red: { provider:network_type: flat, provider:physical_network: physnet1, mtu: 1501 }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_MTU_TOO_LARGE: the MTU 1501 of network "red" (flat) is more than the underlay carries
      at cloud.yaml:4:81
      expected: at most 1500
      try: mtu: 1500"
  `);
});

test('more VLAN networks than VLAN ids', async () => {
  expect(
    await cloudError(
      networks(
        Array.from(
          { length: 101 },
          (_, i) => `  n${i}: { provider:network_type: vlan, provider:physical_network: physnet1 }`,
        ).join('\n'),
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_EXHAUSTED: no VLAN id is left for network "n100" on physical network "physnet1"
      at cloud.yaml:104:3
      expected: no more VLAN networks than its network_vlan_ranges have ids
      try: widen network_vlan_ranges in the underlay document"
  `);
});

test('a subnet on a network that does not exist', async () => {
  expect(await cloudError(subnets('  red-v4: { network: rde, cidr: 10.0.1.0/24 }'))).toMatchInlineSnapshot(`
    "ND_NETWORK_UNKNOWN: subnet "red-v4" refers to network "rde", which does not exist
      at cloud.yaml:7:22
      expected: one of red, blue
      try: red"
  `);
});

test('an address where a network is meant', async () => {
  expect(await cloudError(subnets('  red-v4: { network: red, cidr: 10.0.1.5/24 }'))).toMatchInlineSnapshot(`
    "ND_CIDR_HOST_BITS: 10.0.1.5/24 of subnet "red-v4" is an address in a network, not a network
      at cloud.yaml:7:33
      expected: a network, with zeros after the prefix
      try: 10.0.1.0/24"
  `);
});

test('an address where a route leads', async () => {
  expect(
    await cloudError(
      subnets(
        '  red-v4: { network: red, cidr: 10.0.1.0/24, host_routes: [{ destination: 10.9.0.1/16, nexthop: 10.0.1.1 }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_CIDR_HOST_BITS: 10.9.0.1/16 of a route of subnet "red-v4" is an address in a network, not a network
      at cloud.yaml:7:75
      expected: a network, with zeros after the prefix
      try: 10.9.0.0/16"
  `);
});

test('overlapping subnets on a network', async () => {
  expect(
    await cloudError(
      subnets(
        '  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  red-more: { network: red, cidr: 10.0.0.0/16 }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SUBNET_OVERLAP: subnet "red-more" (10.0.0.0/16) overlaps subnet "red-v4" (10.0.1.0/24) on network "red"
      at cloud.yaml:8:35
      expected: subnets of one network apart from each other"
  `);
});

test('a gateway outside its subnet', async () => {
  expect(
    await cloudError(subnets('  red-v4: { network: red, cidr: 10.0.1.0/24, gateway_ip: 10.0.2.1 }')),
  ).toMatchInlineSnapshot(`
    "ND_GATEWAY_OUTSIDE: the gateway 10.0.2.1 of subnet "red-v4" is outside 10.0.1.0/24
      at cloud.yaml:7:58
      expected: an address in 10.0.1.0/24, or null for no gateway"
  `);
});

test('a gateway that is the broadcast address', async () => {
  expect(
    await cloudError(subnets('  red-v4: { network: red, cidr: 10.0.1.0/24, gateway_ip: 10.0.1.255 }')),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the gateway 10.0.1.255 of subnet "red-v4" is the broadcast address
      at cloud.yaml:7:58
      expected: another address in 10.0.1.0/24"
  `);
});

test('an allocation pool outside its subnet', async () => {
  expect(
    await cloudError(
      subnets(
        '  red-v4: { network: red, cidr: 10.0.1.0/24, allocation_pools: [{ start: 10.0.1.10, end: 10.0.1.255 }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_POOL_OUTSIDE: the allocation pool 10.0.1.10 to 10.0.1.255 of subnet "red-v4" is not within the addresses for hosts of 10.0.1.0/24
      at cloud.yaml:7:65
      expected: addresses in 10.0.1.0/24, without its network and broadcast address"
  `);
});

test('an allocation pool that ends before it begins', async () => {
  expect(
    await cloudError(
      subnets(
        '  red-v4: { network: red, cidr: 10.0.1.0/24, allocation_pools: [{ start: 10.0.1.10, end: 10.0.1.9 }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_POOL: the allocation pool 10.0.1.10 to 10.0.1.9 of subnet "red-v4" ends before it begins
      at cloud.yaml:7:65
      expected: the first address in start, the last in end, of one IP version"
  `);
});

test('overlapping allocation pools', async () => {
  expect(
    await cloudError(
      subnets(
        '  red-v4: { network: red, cidr: 10.0.1.0/24, allocation_pools: [{ start: 10.0.1.10, end: 10.0.1.19 }, { start: 10.0.1.19, end: 10.0.1.29 }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_POOL_OVERLAP: the allocation pool 10.0.1.19 to 10.0.1.29 of subnet "red-v4" overlaps 10.0.1.10 to 10.0.1.19
      at cloud.yaml:7:103
      expected: pools apart from each other"
  `);
});

test('an allocation pool that holds the gateway', async () => {
  expect(
    await cloudError(
      subnets(
        '  red-v4: { network: red, cidr: 10.0.1.0/24, gateway_ip: 10.0.1.1, allocation_pools: [{ start: 10.0.1.1, end: 10.0.1.9 }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_POOL_GATEWAY: the allocation pool 10.0.1.1 to 10.0.1.9 of subnet "red-v4" holds the gateway 10.0.1.1
      at cloud.yaml:7:87
      expected: pools without the gateway"
  `);
});
