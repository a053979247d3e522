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
}
