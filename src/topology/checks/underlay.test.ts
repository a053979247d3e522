/** The exact text of what can be wrong with the meaning of an underlay document. */
import { expect, test } from 'vitest';
import { underlayError } from '../testing/errors.ts';

const TUNNEL = '  tunnel: { type: tunnel, cidr: 172.31.1.0/24 }';

const underlay = (networks: string, hosts: string) =>
  `underlay: test\nnetworks:\n${networks}\nhosts:${hosts === '' ? ' {}' : `\n${hosts}`}\n`;

test('an underlay without mistakes', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`""`);
});

test('an address where a network is meant', async () => {
  expect(
    await underlayError(underlay('  a: { type: management, cidr: 10.0.0.1/24 }', '')),
  ).toMatchInlineSnapshot(`
    "ND_CIDR_HOST_BITS: 10.0.0.1/24 of network "a" is an address in a network, not a network
      at underlay.yaml:3:32
      expected: a network, with zeros after the prefix
      try: 10.0.0.0/24"
  `);
});

test('a gateway outside its network', async () => {
  expect(
    await underlayError(underlay('  a: { type: management, cidr: 10.0.0.0/24, gateway_ip: 10.0.1.1 }', '')),
  ).toMatchInlineSnapshot(`
    "ND_GATEWAY_OUTSIDE: the gateway 10.0.1.1 of network "a" is outside 10.0.0.0/24
      at underlay.yaml:3:57
      expected: an address in 10.0.0.0/24"
  `);
});

test('a gateway of a network without a cidr', async () => {
  expect(
    await underlayError(underlay('  a: { type: management, gateway_ip: 10.0.1.1 }', '')),
  ).toMatchInlineSnapshot(`
    "ND_GATEWAY_OUTSIDE: the gateway 10.0.1.1 of network "a" is outside its cidr, which is not given
      at underlay.yaml:3:38
      expected: an address in the cidr of the network"
  `);
});

test('overlapping networks', async () => {
  expect(
    await underlayError(
      underlay(
        '  a: { type: management, cidr: 10.0.0.0/24 }\n  b: { type: tunnel, cidr: 10.0.0.128/25 }',
        '',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_UNDERLAY_OVERLAP: network "b" (10.0.0.128/25) overlaps network "a" (10.0.0.0/24)
      at underlay.yaml:4:28
      expected: an address plan in which every address is on one network"
  `);
});

test('two tunnel networks', async () => {
  expect(
    await underlayError(
      underlay('  a: { type: tunnel, cidr: 10.0.0.0/24 }\n  b: { type: tunnel, cidr: 10.0.1.0/24 }', ''),
    ),
  ).toMatchInlineSnapshot(`
    "ND_UNDERLAY_TUNNELS: "b" is a second tunnel network
      at underlay.yaml:4:14
      expected: at most one network of type tunnel"
  `);
});

test('VLAN ranges on a tunnel network', async () => {
  expect(
    await underlayError(
      underlay('  a: { type: tunnel, cidr: 10.0.0.0/24, network_vlan_ranges: ["1:5"] }', ''),
    ),
  ).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_FORBIDDEN: network "a" is of type tunnel and has network_vlan_ranges
      at underlay.yaml:3:41
      expected: network_vlan_ranges only on networks of type vlan or external"
  `);
});

test('a bridge without a physical network', async () => {
  expect(await underlayError(underlay('  a: { type: external, bridge: br-ex }', ''))).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_FORBIDDEN: network "a" has bridge but no physical_network
      at underlay.yaml:3:24
      expected: a physical_network"
  `);
});

test('a trunk without a physical network', async () => {
  expect(await underlayError(underlay('  a: { type: vlan }', ''))).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_MISSING: network "a" is of type vlan and has no physical_network
      at underlay.yaml:3:3
      expected: physical_network: the label that provider networks refer to"
  `);
});

test('a physical network twice', async () => {
  expect(
    await underlayError(
      underlay(
        '  a: { type: vlan, physical_network: p1 }\n  b: { type: vlan, physical_network: p1, bridge: br-b }',
        '',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_PHYSICAL_NETWORK_TWICE: physical_network "p1" of network "b" is already that of network "a"
      at underlay.yaml:4:38
      expected: a label of its own for each network"
  `);
});

test('a bridge that hosts have anyway', async () => {
  expect(
    await underlayError(underlay('  a: { type: vlan, physical_network: tun }', '')),
  ).toMatchInlineSnapshot(`
    "ND_DEVICE_NAME_CLASH: network "a" has the bridge br-tun, which every host has for itself
      at underlay.yaml:3:38
      expected: another name than br-int and br-tun"
  `);
});

test('a bridge of two networks', async () => {
  expect(
    await underlayError(
      underlay(
        '  a: { type: vlan, physical_network: p1 }\n  b: { type: vlan, physical_network: p2, bridge: br-p1 }',
        '',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DEVICE_NAME_CLASH: the bridge br-p1 of network "b" is already that of network "a"
      at underlay.yaml:4:50
      expected: a bridge of its own for each physical network"
  `);
});

test('a bridge with a long name', async () => {
  expect(
    await underlayError(underlay('  a: { type: vlan, physical_network: the-first-floor }', '')),
  ).toMatchInlineSnapshot(`
    "ND_DEVICE_NAME_LENGTH: network "a" has the bridge br-the-first-floor, whose name is too long
      at underlay.yaml:3:38
      expected: at most 15 characters
      try: bridge: a shorter name"
  `);
});

test('a VLAN range out of bounds', async () => {
  expect(
    await underlayError(
      underlay('  a: { type: vlan, physical_network: p1, network_vlan_ranges: ["100:4001"] }', ''),
    ),
  ).toMatchInlineSnapshot(`
    "ND_VLAN_RANGE: the VLAN range "100:4001" of network "a" is not possible
      at underlay.yaml:3:64
      expected: "first:last" within 1:4000 (the switches use those above for themselves)"
  `);
});

test('a VLAN range that begins at 0', async () => {
  expect(
    await underlayError(
      underlay('  a: { type: vlan, physical_network: p1, network_vlan_ranges: ["0:10"] }', ''),
    ),
  ).toMatchInlineSnapshot(`
    "ND_VLAN_RANGE: the VLAN range "0:10" of network "a" is not possible
      at underlay.yaml:3:64
      expected: "first:last" within 1:4000 (the switches use those above for themselves)"
  `);
});

test('a VLAN range that ends before it begins', async () => {
  expect(
    await underlayError(
      underlay('  a: { type: vlan, physical_network: p1, network_vlan_ranges: ["20:10"] }', ''),
    ),
  ).toMatchInlineSnapshot(`
    "ND_VLAN_RANGE: the VLAN range "20:10" of network "a" ends before it begins
      at underlay.yaml:3:64
      expected: "first:last" within 1:4000 (the switches use those above for themselves)"
  `);
});

test('overlapping VLAN ranges', async () => {
  expect(
    await underlayError(
      underlay('  a: { type: vlan, physical_network: p1, network_vlan_ranges: ["1:10", "10:20"] }', ''),
    ),
  ).toMatchInlineSnapshot(`
    "ND_VLAN_RANGE: the VLAN range "10:20" of network "a" overlaps "1:10"
      at underlay.yaml:3:72
      expected: each VLAN id once"
  `);
});
