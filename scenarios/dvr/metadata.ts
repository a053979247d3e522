/** Metadata behind a distributed router: the part on the server's own host answers. */
import { expect } from 'vitest';
import { http } from '../../src/probe/index.ts';
import type { Scenario } from '../../src/scenario/index.ts';
import { NETWORK_NODES } from './places.ts';

const METADATA = '169.254.169.254';
/** Nothing of it leaves the host, whatever carries the networks between hosts. */
export function metadata(scenario: Scenario): void {
  scenario(
    'a server’s metadata come from its own host, which says whose they are, with a floating IP and without',
    { needs: ['distributed routers', 'metadata'] },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      for (const server of ['web1', 'web2', 'db1']) {
        const { value, journeys } = await watch(`${server} asks for its metadata`, () =>
          http(guests, server, METADATA),
        );
        expect(value, `what ${server} hears`).toMatchObject({ outcome: 'response', status: 200 });
        const said: unknown = value.outcome === 'response' ? JSON.parse(value.body) : undefined;
        expect(said).toMatchObject({
          'x-forwarded-for': cloud.address(server),
          'x-neutron-router-id': cloud.topology.routers['r1']?.id,
        });
        const asked = journeys.filter(
          ({ headers }) => headers.src_ip === METADATA || headers.dst_ip === METADATA,
        );
        expect(asked.length).toBeGreaterThan(0);
        for (const journey of asked)
          for (const node of ['tor1', ...NETWORK_NODES]) expect(journey).not.toTouch(node);
      }
    },
  );
}
