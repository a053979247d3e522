import { expect, test } from 'vitest';
import { wires } from './frames.fixture.ts';
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
