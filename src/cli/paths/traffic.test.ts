import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type CloudDocumentInput, loadCloud } from '../../topology/index.ts';
import { tripsIn } from './traffic.ts';

const routers = await loadCloud('fixtures/clouds/juno-routers.yaml');

const told = (topology: typeof routers): string =>
  tripsIn(topology)
    .map(({ traffic, router, from, to, address }) => `${traffic}: ${router.name}: ${from} → ${to} ${address}`)
    .join('\n');

test('a trip for each kind of traffic and each router', () => {
  expect(told(routers)).toMatchInlineSnapshot(`
    "east-west, same host: legacy: legacy-web1 → legacy-db1 10.1.2.2
    east-west, same host: dvr: dvr-web1 → dvr-db1 10.2.2.2
    east-west, same host: dvr-ha: dvr-ha-web1 → dvr-ha-db1 10.3.2.2
    east-west, across hosts: legacy: legacy-web1 → legacy-db2 10.1.2.3
    east-west, across hosts: dvr: dvr-web1 → dvr-db2 10.2.2.3
    east-west, across hosts: dvr-ha: dvr-ha-web1 → dvr-ha-db2 10.3.2.3
    north-south, floating IP: legacy: legacy-web1 → internet1 198.51.100.10
    north-south, floating IP: dvr: dvr-web1 → internet1 198.51.100.10
    north-south, floating IP: dvr-ha: dvr-ha-web1 → internet1 198.51.100.10
    north-south, SNAT: legacy: legacy-db1 → internet1 198.51.100.10
    north-south, SNAT: dvr: dvr-db1 → internet1 198.51.100.10
    north-south, SNAT: dvr-ha: dvr-ha-db1 → internet1 198.51.100.10
    IPv6 east-west, same host: legacy: legacy-web1 → legacy-db1 2001:db8:a000:2:f816:3eff:feff:fe88
    IPv6 east-west, same host: dvr: dvr-web1 → dvr-db1 2001:db8:b000:2:f816:3eff:fefc:7360
    IPv6 east-west, same host: dvr-ha: dvr-ha-web1 → dvr-ha-db1 2001:db8:c000:2:f816:3eff:fe17:c24d
    IPv6 east-west, across hosts: legacy: legacy-web1 → legacy-db2 2001:db8:a000:2:f816:3eff:fe42:21d7
    IPv6 east-west, across hosts: dvr: dvr-web1 → dvr-db2 2001:db8:b000:2:f816:3eff:fe4b:cbe3
    IPv6 east-west, across hosts: dvr-ha: dvr-ha-web1 → dvr-ha-db2 2001:db8:c000:2:f816:3eff:fe5d:3d0
    IPv6 north-south: legacy: legacy-web1 → internet1 2001:db8:fe::10
    IPv6 north-south: dvr: dvr-web1 → internet1 2001:db8:fe::10
    IPv6 north-south: dvr-ha: dvr-ha-web1 → internet1 2001:db8:fe::10"
  `);
});

test('none where nobody could go', async () => {
  const document = parse(readFileSync('fixtures/clouds/juno-routers.yaml', 'utf8')) as CloudDocumentInput;
  const { legacy } = document.routers ?? {};
  const { 'legacy-db1': db1, 'legacy-web1': web1 } = document.servers ?? {};
  if (!legacy || !db1 || !web1) throw new Error('juno-routers has a router legacy with two servers');
  const alone = { ...document, routers: { legacy }, servers: { 'legacy-db1': db1 }, floatingips: {} };
  expect(told(await loadCloud(alone))).toMatchInlineSnapshot(`
    "north-south, SNAT: legacy: legacy-db1 → internet1 198.51.100.10
    IPv6 north-south: legacy: legacy-db1 → internet1 2001:db8:fe::10"
  `);
  expect(told(await loadCloud({ ...alone, servers: {} }))).toBe('');
  const noWayOut = { ...legacy, external_gateway_info: null };
  const inside = {
    ...alone,
    routers: { legacy: noWayOut },
    servers: { 'legacy-db1': db1, 'legacy-web1': web1 },
  };
  expect(told(await loadCloud(inside))).toMatchInlineSnapshot(`
    "east-west, same host: legacy: legacy-db1 → legacy-web1 10.1.1.2
    IPv6 east-west, same host: legacy: legacy-db1 → legacy-web1 2001:db8:a000:1:f816:3eff:feeb:9431"
  `);
});

test('none in a cloud without routers', async () => {
  expect(tripsIn(await loadCloud('fixtures/clouds/l2-demo.yaml'))).toEqual([]);
});
