/** Where copies go of what a distributed router sends to a host that nobody knows the way to: Juno's way and today's. */
import { expect } from 'vitest';
import { scenarios } from '../../src/scenario/index.ts';
import { document, NETWORK_NODES } from './places.ts';

const needs = ['distributed routers', 'vxlan'];

for (const release of ['juno', 'now'] as const) {
  const scenario = scenarios({
    cloud: {
      ...document,
      cloud: 'dvr-without-l2-population',
      options: { ...document.options, release, l2_population: false, arp_responder: false },
    },
    capability: 'dvr',
    pattern: release,
  });
  scenario(
    release === 'juno'
      ? 'without L2 population a host that has no such server hands a copy to every server of the subnet'
      : 'without L2 population every host gets a copy over the tunnels, and throws away what is for none of its servers',
    { needs },
    async ({ cloud, ping }) => {
      await cloud.forget();
      // Each host knows its own servers and no other's: more than the oracle can be told.
      const { outcome, request } = await ping('web1', 'db2', { oracle: 'off' });
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      for (const other of ['compute3', ...NETWORK_NODES]) expect(request).toTouch(other);
      // db1 is on the sender's host, whose own bridge floods as well.
      expect(request).toArriveAt(...(release === 'juno' ? ['db1', 'db2', 'db3'] : ['db1', 'db2']));
    },
  );
}
