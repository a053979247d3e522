/** Floating IPs of a distributed router among themselves: which address the target sees, and who is on the way. */
import { expect } from 'vitest';
import type { Scenario } from '../../src/scenario/index.ts';
import { arrivalAt, DB1, NETWORK_NODES, type Pattern } from './places.ts';

const [WEB1, DB2] = ['203.0.113.60', '203.0.113.61'] as const;
const FLOATING = '203.0.113.50';

export function floatingIps(scenario: Scenario, { encapsulation }: Pattern): void {
  const needs = ['distributed routers', 'floatingips', encapsulation];

  /** From, to, who gets it, from which address, with which TTL, and whether the switch sees it. */
  const ways = [
    ['a server on another host by floating IP', 'web1', DB2, 'db2', WEB1, 60, true],
    ['a server on the same host by floating IP', 'web1', DB1, 'db1', WEB1, 61, false],
    ['a server of its own network by floating IP', 'db1', DB2, 'db2', DB1, 60, true],
    ['itself by its own floating IP', 'web1', WEB1, 'web1', WEB1, 61, false],
  ] as const;
  for (const [title, from, to, at, source, ttl, switched] of ways) {
    scenario(
      `a server with a floating IP reaches ${title}, seen as its own floating IP, and no network node is on the way`,
      { needs },
      async ({ ping }) => {
        const { outcome, request, reply } = await ping(from, to);
        expect(outcome).toMatchObject({ outcome: 'reply', from: to, ttl });
        expect(request).toArriveAt(at);
        const last = arrivalAt(request, at);
        expect(last).toMatchObject({ src_ip: source, ttl });
        for (const journey of [request, reply]) {
          for (const node of NETWORK_NODES) expect(journey).not.toTouch(node);
          if (switched) expect(journey).toTouch('tor1');
          else expect(journey).not.toTouch('tor1');
        }
      },
    );
  }

  scenario(
    'a server without a floating IP reaches one as the router’s address, by the network node',
    { needs },
    async ({ ping }) => {
      const { outcome, request } = await ping('web2', WEB1);
      expect(outcome).toMatchObject({ outcome: 'reply', from: WEB1, ttl: 61 });
      expect(request).toTouch('network1');
      // Two routers on the way out, and two on the way in.
      expect(arrivalAt(request, 'web1')).toMatchObject({ src_ip: FLOATING, ttl: 60 });
    },
  );

  scenario(
    'between their own addresses servers with floating IPs stay inside, and see those addresses',
    { needs },
    async ({ ping }) => {
      const { outcome, request } = await ping('web1', 'db2');
      expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.12', ttl: 63 });
      expect(arrivalAt(request, 'db2')).toMatchObject({ src_ip: '10.0.1.11', ttl: 63 });
      expect(request).not.toTouch('upstream1');
    },
  );
}
