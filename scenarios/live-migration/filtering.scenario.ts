/** A server with security groups moves, and its rules with it. */
import { expect } from 'vitest';
import { serve, stream } from '../../src/probe/index.ts';
import { withEachDriver } from '../security-groups/drivers.ts';
import { datagramsTo, expectWithinBudget, framesDuring } from './watching.ts';

const OPEN = 5001;
const CLOSED = 4999;

await withEachDriver('classic-groups', (scenario, needs) => {
  for (const client of ['client1', 'client2']) {
    const where = client === 'client1' ? 'on the host that it leaves' : 'on the host that it comes to';
    scenario(
      `while a server moves nothing forbidden comes to it, not for a moment, from a server ${where}`,
      { needs: ['live_migration', ...needs] },
      async ({ api, cloud, udp }) => {
        const guests = await cloud.guests();
        const to = cloud.address('web1');
        await using _open = await serve(guests, 'web1', 'udp', OPEN);
        await using closed = await serve(guests, 'web1', 'udp', CLOSED);
        // Who talks already knows the other's address: a kernel may send its first packet, kept back until then, second.
        expect((await udp(client, 'web1', OPEN, { reply: true })).outcome.outcome).toBe('reply');
        const frames = await framesDuring(cloud, async () => {
          await using allowed = await stream(guests, client, to, { protocol: 'udp', port: OPEN });
          await using forbidden = await stream(guests, client, to, {
            protocol: 'udp',
            port: CLOSED,
            interval: 0.002,
          });
          await using others = await stream(guests, 'client1', cloud.address('web2'));
          await allowed.answered(20);
          await api.servers.migrate('web1', { host: 'compute2' });
          await allowed.answered(20);
          const { sent } = await forbidden.stop(0);
          expect(sent).toBeGreaterThan(100);
          expectWithinBudget(`${client}, by what is allowed`, await allowed.stop(), await others.stop());
        });
        expect(datagramsTo(frames, 'web1', OPEN)).toBeGreaterThan(40);
        expect(datagramsTo(frames, 'web1', CLOSED), 'forbidden datagrams at the NIC of web1').toBe(0);
        expect(closed.clients).toEqual([]);
        expect((await udp(client, 'web1', CLOSED)).verdict).toBe('denied-ingress');
      },
    );
  }
});
