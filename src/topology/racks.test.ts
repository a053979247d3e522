import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadCloud } from './documents/load.ts';
import { bottomSegment, rackOf } from './racks.ts';
import { cloudError, underlayError } from './testing/errors.ts';
import type { Allocations } from './topology.ts';

const text = readFileSync('fixtures/clouds/two-racks.yaml', 'utf8');
const underlay = readFileSync('fixtures/underlays/two-racks.yaml', 'utf8');
const cloud = (change = text, previous?: Allocations) =>
  loadCloud({ text: change, file: 'cloud.yaml' }, previous && { previous });

test('a network gets a VLAN in each rack where a port of it is bound, out of the rack’s range', async () => {
  const { networks } = await cloud();
  expect(networks['red']).toMatchObject({
    'provider:network_type': 'vxlan',
    'provider:segmentation_id': 7001,
    dynamic_segments: { rack1: 100, rack2: 200 },
  });
  expect(networks['local1']?.dynamic_segments).toEqual({ rack1: 102 });
});

test('a host is bound to the VLAN of its rack', async () => {
  const { networks, underlay: built } = await cloud();
  const { red } = networks;
  if (red === undefined) throw new TypeError('no network red');
  expect(rackOf(built, 'compute3')).toMatchObject({ vtep: 'tor2', local_ip: '172.31.9.2' });
  expect(rackOf(built, 'controller')).toBeUndefined();
  expect(bottomSegment(built, red, 'compute3')).toMatchObject({
    'provider:network_type': 'vlan',
    'provider:physical_network': 'rack2',
    'provider:segmentation_id': 200,
  });
});

test('what was chosen before stays, and ids of networks that name theirs are left out', async () => {
  const first = await cloud();
  const without = text.replace(/ {2}red:\n(?: {4}.*\n)+/u, '').replaceAll(/ {2}red.*\n(?: {4}.*\n)*/gu, '');
  const second = await cloud(without, first.allocations);
  expect(second.networks['blue']?.dynamic_segments).toEqual({ rack1: 101, rack2: 201 });
  const flat = text.replace(
    '  local1:\n    provider:network_type: vxlan\n    provider:segmentation_id: 7003',
    '  local1:\n    provider:network_type: vlan\n    provider:physical_network: rack1\n    provider:segmentation_id: 100',
  );
  expect((await cloud(flat)).networks['red']?.dynamic_segments).toEqual({ rack1: 101, rack2: 200 });
});

const vlan = (name: string, rest = text) =>
  rest.replace(
    'networks:\n',
    `networks:\n  ${name}:\n    provider:network_type: vlan\n    provider:physical_network: rack1\n`,
  );

test('no network takes the VLAN id of another in a rack, whichever of them is first', async () => {
  const first = (await cloud(vlan('plain'))).networks;
  expect(first['plain']?.['provider:segmentation_id']).toBe(100);
  expect(first['red']?.dynamic_segments).toEqual({ rack1: 101, rack2: 200 });
  const later = (await cloud(vlan('late'), (await cloud()).allocations)).networks;
  expect(later['red']?.dynamic_segments).toEqual({ rack1: 100, rack2: 200 });
  expect(later['late']?.['provider:segmentation_id']).toBe(103);
});

test('a rack that has no VLAN left for a network', async () => {
  const many = Array.from({ length: 98 }).reduce((rest: string, _, at) => vlan(`plain${at}`, rest), text);
  expect(await cloudError(many)).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_EXHAUSTED: no VLAN id is left for network "local1" in the rack of physical network "rack1"
      at cloud.yaml:307:3
      expected: no more networks in a rack than its network_vlan_ranges have ids
      try: widen network_vlan_ranges in the underlay document"
  `);
});

test('GRE does not reach racks', async () => {
  expect(
    await cloudError(text.replace('network_type: vxlan', 'network_type: gre').replace(/red2:[^]*/u, '')),
  ).toMatchInlineSnapshot(`
    "ND_HOST_NO_TUNNEL: server "red1" on network "red" (gre) is on host "compute1", which has no interface on the tunnel network
      at cloud.yaml:25:27
      expected: a host with a tunnel interface"
  `);
});

test('a third switch that ends tunnels, and a switch with another address', async () => {
  const third = underlay.replace(
    '  spine1:\n    role: switch\n',
    '  tor3:\n    role: switch\n    interfaces:\n      uplink1: { network: fabric, address: 172.31.9.3, peer: spine1 }\n  spine1:\n    role: switch\n',
  );
  expect(await underlayError(third)).toMatchInlineSnapshot(`
    "ND_UNDERLAY_RACKS: switch "tor3" is a third tunnel endpoint
      at underlay.yaml:67:44
      expected: at most two switches with an address on the tunnel network"
  `);
  expect(
    await underlayError(third.replace('fabric, address: 172.31.9.3', 'management, address: 172.31.0.9')),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_FORBIDDEN: interface uplink1 of host "tor3", a switch, has an address
      at underlay.yaml:67:39
      expected: addresses on hosts, and of switches on a network of type tunnel only"
  `);
});
