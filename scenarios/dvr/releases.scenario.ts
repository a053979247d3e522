/** What shows on the wire of the release: Juno's distributed routers and today's. */
import { expect } from 'vitest';
import { traceroute } from '../../src/probe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';
import { document } from './places.ts';

const INTERNET = '198.51.100.10';
const needs = ['distributed routers', 'floatingips', 'vxlan'];

for (const [release, link] of [
  ['juno', '169.254.30.1'],
  ['now', '169.254.64.1'],
] as const) {
  const scenario = scenarios({
    cloud: { ...document, options: { ...document.options, release } },
    capability: 'dvr',
    pattern: release,
  });

  scenario(
    'who traces the way out of a floating IP sees his gateway, the link-local address of his host’s way out, and the world',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const { value } = await watch('web1 traces the way to the internet', () =>
        traceroute(guests, 'web1', INTERNET, { last: 5 }),
      );
      expect(value.map((hop) => ('from' in hop ? hop.from : hop.outcome))).toEqual([
        '10.0.1.1',
        link,
        '203.0.113.1',
        INTERNET,
      ]);
    },
  );

  scenario(
    'who traces the way out without a floating IP sees his gateway, the snat- namespace, and the world',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const central = cloud.topology.ports['r1-web-v4-snat']?.fixed_ips[0]?.ip_address;
      const { value } = await watch('web2 traces the way to the internet', () =>
        traceroute(guests, 'web2', INTERNET, { last: 5 }),
      );
      expect(value.map((hop) => ('from' in hop ? hop.from : hop.outcome))).toEqual([
        '10.0.1.1',
        central,
        '203.0.113.1',
        INTERNET,
      ]);
    },
  );

  const deaf = scenarios({
    cloud: {
      ...document,
      cloud: 'dvr-without-l2-population',
      options: { ...document.options, release, l2_population: false, arp_responder: false },
    },
    capability: 'dvr',
    pattern: release,
  });
  deaf(
    release === 'juno'
      ? 'without L2 population a host that has no such server hands a copy to every server of the subnet'
      : 'without L2 population every host gets a copy over the tunnels, and throws away what is for none of its servers',
    { needs },
    async ({ cloud, ping }) => {
      await cloud.forget();
      // Each host knows its own servers and no other's: more than the oracle can be told.
      const { outcome, request } = await ping('web1', 'db2', { oracle: 'off' });
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      expect(request).toTouch('compute3');
      // db1 is on the sender's host, whose own bridge floods as well.
      expect(request).toArriveAt(...(release === 'juno' ? ['db1', 'db2', 'db3'] : ['db1', 'db2']));
    },
  );
}
