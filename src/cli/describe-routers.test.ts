import { expect, test } from 'vitest';
import { targetNamed } from '../targets/index.ts';
import { loadCloud } from '../topology/index.ts';
import { floatingIpsJson, floatingIpTable, routersJson, routerTable } from './describe-routers.ts';

const plain = { paint: (_: unknown, text: string) => text };

const topology = await loadCloud('fixtures/clouds/vrrp-routed.yaml');
const { state } = targetNamed('ml2-ovs').compile(topology);
const told = (active: Readonly<Record<string, readonly string[]>>): string =>
  routerTable(routersJson(topology, state, active), plain).replaceAll(/-[-0-9a-f]{36}/gu, '-…');

test('routers with their kind, where they are active, and their namespaces', () => {
  expect(told({ r1: ['network1'], r2: ['network2'] })).toMatchInlineSnapshot(`
    "ROUTER  KIND  HOSTS              ACTIVE
    r1      ha    network1 network2  network1
    r2      ha    network1 network2  network2

    NAMESPACE                                     ROUTER  ON
    qrouter-…  r1      network1 network2
    qrouter-…  r2      network1 network2"
  `);
});

test('a router that is active on two hosts, or on none, is marked', () => {
  expect(told({ r1: ['network1', 'network2'], r2: [] })).toMatchInlineSnapshot(`
    "ROUTER  KIND  HOSTS              ACTIVE
    r1      ha    network1 network2  network1 network2: not one alone
    r2      ha    network1 network2  nowhere

    NAMESPACE                                     ROUTER  ON
    qrouter-…  r1      network1 network2
    qrouter-…  r2      network1 network2"
  `);
});

test('floating IPs, and what they stand for', () => {
  expect(floatingIpTable(floatingIpsJson(topology), plain)).toMatchInlineSnapshot(`
    "FLOATING IP    FOR        PORT       ROUTER
    203.0.113.110  10.0.1.11  red1-eth0  r1"
  `);
});
