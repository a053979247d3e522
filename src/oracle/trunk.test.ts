import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ExpectedHop, ExpectedJourney } from '../journey/types.ts';
import {
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  underlayDocumentSchema,
} from '../topology/index.ts';
import type { AnyPacket } from './predict.ts';
import { predict } from './predict.ts';

const read = (path: string): unknown => parse(readFileSync(`fixtures/${path}.yaml`, 'utf8'));
const topology: Topology = resolveTopology(
  cloudDocumentSchema.parse(read('clouds/classic-ports')),
  underlayDocumentSchema.parse(read('underlays/demo-cluster')),
);
const macOf = (port: string): string => topology.ports[port]?.mac_address ?? '';
const own = (packet: AnyPacket): ExpectedJourney => {
  const [journey] = predict(topology, packet);
  if (!journey) throw new TypeError('no journey');
  return journey;
};

const EVERYONE = 'ff:ff:ff:ff:ff:ff';

const wearing = ({ kind, node, headers, next }: ExpectedHop): string[] => [
  `${kind} ${node} ${headers.vlan ?? '-'} ${typeof headers.tunnel === 'object' ? (headers.tunnel?.id ?? '-') : '-'}`,
  ...next.flatMap(wearing),
];

test('an untagged frame is the parent’s', () => {
  const journey = own({ kind: 'unicast', from: 'vnf1-amber', to: 'amber2-eth0' });
  expect(journey).toMatchObject({ verdict: 'delivered', receivers: ['amber2:eth0'] });
  expect(journey.roots.flatMap(wearing)).toEqual([
    'guest vnf1 - -',
    'tap compute1 - -',
    'wire compute1 101 -',
    'wire tor1 101 -',
    'tap compute2 - -',
    'guest amber2 - -',
  ]);
});

test('the tag of a subport leads into its network, and another trunk’s subport there gets it with a tag of its own', () => {
  const frame = { kind: 'unicast', from: 'vnf1-amber', src_mac: macOf('vnf1-green'), vlan: 100 } as const;
  const journey = own({ ...frame, to: 'vnf2-green' });
  expect(journey).toMatchObject({ verdict: 'delivered', receivers: ['vnf2:eth0'] });
  expect(journey.roots.flatMap(wearing)).toEqual([
    'guest vnf1 100 -',
    'tap compute1 100 -',
    'wire compute1 - 7002',
    'wire tor1 - 7002',
    'tap compute2 200 -',
    'guest vnf2 200 -',
  ]);
});

test('a broadcast of a subport’s reaches its network, and its own NIC gets nothing back', () => {
  const journey = own({
    kind: 'broadcast',
    from: 'vnf1-amber',
    src_mac: macOf('vnf1-green'),
    vlan: 100,
  });
  expect(journey.receivers?.toSorted()).toEqual(['green1:eth0', 'green2:eth0', 'vnf2:eth0']);
  expect(journey.forbidden).toContain('amber2:eth0');
});

test('a subport keeps to its own address, not to its parent’s', () => {
  const as = (src_mac: string): string =>
    own({ kind: 'unicast', from: 'vnf1-amber', to: 'green2-eth0', vlan: 100, src_mac }).verdict;
  expect(as(macOf('vnf1-green'))).toBe('delivered');
  expect(as(macOf('vnf1-amber'))).toBe('denied-egress');
});

test('any other tag leads nowhere', () => {
  const journey = own({ kind: 'unicast', from: 'vnf1-amber', dst_mac: EVERYONE, vlan: 31 });
  expect(journey.verdict).toBe('denied-egress');
  expect(journey.roots[0]?.next[0]?.because).toBe('trunk vnf1 has no subport with VLAN 31');
});
