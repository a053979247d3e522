import { expect, test } from 'vitest';
import { echo, hop } from '../../journey/journeys.fixture.ts';
import type { Hop } from '../../journey/index.ts';
import { loadCloud } from '../../topology/index.ts';
import { isSameWayBack, wayOf } from './way.ts';

const topology = await loadCloud('fixtures/clouds/juno-routers.yaml');
const routed = { ...echo, ttl: 63 };

const cable = (place: string, far: string, next: readonly Hop[], headers = routed): Hop =>
  hop('wire', place, 3, headers, next, { far });

/** From a server on compute1 by a router there to one on compute2; the physical switch has copied it to compute3 too. */
const across = hop('guest', 'dvr-web1 eth0', 0, echo, [
  hop('tap', 'compute1 tap1', 1, echo, [
    hop('namespace', 'compute1 qr-2', 2, routed, [
      cable('compute1>tor1 eth1', 'tor1:swp1', [
        cable('tor1>compute3 swp3', 'compute3:eth1', []),
        cable('tor1>compute2 swp2', 'compute2:eth1', [
          hop('tap', 'compute2 tap2', 4, routed, [hop('guest', 'dvr-db2 eth0', 5, routed)]),
        ]),
      ]),
    ]),
  ]),
]);

test('hosts in order, cables and TTL of the branch that leads to the receiver', () => {
  const way = wayOf(topology, { roots: [across] }, ['dvr-db2:eth0']);
  expect(way).toEqual({ nodes: ['compute1', 'compute2'], wires: 2, ttl: -1 });
});

test('a receiver at the end of a cable', () => {
  const outside = cable('upstream1>internet1 eth1', 'internet1:eth0', [], { ...echo, ttl: 61 });
  const root = hop('guest', 'dvr-web1 eth0', 0, echo, [outside]);
  expect(wayOf(topology, { roots: [root] }, ['internet1:eth0'])).toEqual({
    nodes: ['compute1', 'upstream1', 'internet1'],
    wires: 1,
    ttl: -3,
  });
});

test('no way where the packet did not arrive', () => {
  expect(wayOf(topology, { roots: [across] }, ['dvr-db1:eth0'])).toBeUndefined();
  expect(wayOf(topology, { roots: [] }, [])).toBeUndefined();
});

test('the same way back is the same hosts the other way round, as many cables and as many hops', () => {
  const there = { nodes: ['compute1', 'compute2'], wires: 2, ttl: -1 };
  const back = { ...there, nodes: ['compute2', 'compute1'] };
  expect(isSameWayBack(there, back)).toBe(true);
  expect(isSameWayBack(there, there)).toBe(false);
  expect(isSameWayBack(there, { ...back, ttl: -2 })).toBe(false);
  expect(isSameWayBack(there, { ...back, wires: 4 })).toBe(false);
});
