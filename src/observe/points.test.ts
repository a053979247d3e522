import { expect, test } from 'vitest';
import { GUESTS } from '../state/index.ts';
import { serviceNode, wires } from './frames.fixture.ts';
import { pointsOf } from './points.ts';

test('both ends of every cable, each with its peer', () => {
  const points = pointsOf(wires);
  expect(points.size).toBe(12);
  expect(points.get('web1:eth0')).toEqual({
    id: 'web1:eth0',
    kind: 'guest',
    node: 'web1',
    device: 'eth0',
    peer: 'compute1:tap11111111-11',
    object: 'web1-eth0',
  });
  expect(points.get('compute1:tap11111111-11')).toMatchObject({
    kind: 'tap',
    node: 'compute1',
    peer: 'web1:eth0',
  });
  expect(points.get('tor1:swp1')).toMatchObject({
    kind: 'wire',
    peer: 'compute1:eth1',
    object: 'compute1:eth1--tor1:swp1',
  });
  for (const point of points.values()) expect(points.get(point.peer)?.peer).toBe(point.id);
});

test('devices of namespaces, with whose they are and their addresses', () => {
  const node = serviceNode({ 'qrouter-1': { 'qr-a': '10.0.1.1' }, 'qdhcp-1': { 'tap-d': '10.0.1.2' } });
  const points = pointsOf({}, {}, { network1: node });
  expect([...points.keys()]).toEqual(['network1:qr-a', 'network1:tap-d']);
  expect(points.get('network1:qr-a')).toEqual({
    id: 'network1:qr-a',
    kind: 'namespace',
    node: 'network1',
    device: 'qr-a',
    namespace: 'qrouter-1',
    peer: '',
    object: 'port of qr-a',
    addresses: ['10.0.1.1'],
  });
});

test('a plug inside a node is no point, nor is an internal port of the node itself', () => {
  const [plug] = Object.values(wires);
  const { ports } = serviceNode({ 'qrouter-1': { 'qr-a': '10.0.1.1' } });
  const { namespace: _, ...own } = ports['qr-a'] as Required<(typeof ports)[string]>;
  const points = pointsOf(
    { plug: { ...(plug as NonNullable<typeof plug>), kind: 'plug' } },
    {},
    { network1: { ports: { 'qr-a': own }, namespaces: {} }, [GUESTS]: { ports: {}, namespaces: {} } },
  );
  expect(points.size).toBe(0);
});
