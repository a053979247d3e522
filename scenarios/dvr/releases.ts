/** What shows on the wire of the release: Juno's distributed routers and today's. */
import { expect } from 'vitest';
import { traceroute } from '../../src/probe/index.ts';
import type { Scenario } from '../../src/scenario/index.ts';
import { arrivalAt } from './places.ts';

const INTERNET = '198.51.100.10';
const needs = ['distributed routers', 'floatingips', 'vxlan'];

/** The first address of the way from a router's part on a host to the one with the floating IPs. */
const LINK = { juno: '169.254.30.1', now: '169.254.64.1' } as const;

export function asReleased(scenario: Scenario, release: keyof typeof LINK): void {
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
        LINK[release],
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

  scenario(
    release === 'juno'
      ? 'what a server sends to a floating IP of its own host is translated at once: a server without one is seen as itself'
      : 'what a server sends to a floating IP of its own host leaves first: a server without one goes by the network node',
    { needs },
    async ({ ping }) => {
      const [OWN, DB2, ROUTER] = ['203.0.113.60', '203.0.113.61', '203.0.113.50'];
      const itself = await ping('web1', OWN);
      expect(itself.outcome).toMatchObject({ outcome: 'reply', from: OWN });
      expect(itself.request).not.toTouch('tor1');
      const own = arrivalAt(itself.request, 'web1');
      const { outcome, request } = await ping('web2', DB2);
      expect(outcome).toMatchObject({ outcome: 'reply', from: DB2 });
      const other = arrivalAt(request, 'db2');
      if (release === 'juno') {
        expect(own).toMatchObject({ src_ip: OWN, ttl: 63 });
        expect(other).toMatchObject({ src_ip: '10.0.1.12', ttl: 63 });
        expect(request).not.toTouch('tor1');
      } else {
        expect(own).toMatchObject({ src_ip: OWN, ttl: 61 });
        expect(other).toMatchObject({ src_ip: ROUTER, ttl: 60 });
        expect(request).toTouch('network1');
      }
    },
  );
}
