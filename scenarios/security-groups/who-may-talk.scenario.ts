/** What security groups let pass, on one host and across hosts. */
import { expect } from 'vitest';
import { withEachDriver } from './drivers.ts';

await withEachDriver('classic-groups', (scenario, needs) => {
  scenario(
    'servers of the default group reach each other, and nobody else reaches them',
    { needs },
    async ({ ping }) => {
      for (const to of ['client2']) {
        expect((await ping('client1', to)).outcome).toMatchObject({ outcome: 'reply' });
      }
      for (const to of ['client1', 'client2']) {
        const { outcome, verdict, request } = await ping('web1', to, { timeout: 0.3 });
        expect(outcome.outcome).toBe('no-reply');
        expect(verdict).toBe('denied-ingress');
        expect(request).not.toTouch(to);
      }
    },
  );

  scenario(
    'a range of ports is open from its first to its last, and not one further',
    { needs },
    async ({ udp }) => {
      for (const server of ['web1', 'web2']) {
        for (const port of [5000, 5004, 5009])
          expect((await udp('client1', server, port)).verdict).toBe('delivered');
        for (const port of [4999, 5010])
          expect((await udp('client1', server, port)).verdict).toBe('denied-ingress');
      }
    },
  );

  scenario(
    'a service open to everybody is reached, its neighbour port is not',
    { needs },
    async ({ tcp }) => {
      for (const server of ['web1', 'web2']) {
        expect((await tcp('client1', server, { port: 80 })).value).toMatchObject({ outcome: 'exchanged' });
        const closed = await tcp('client1', server, { port: 81, timeout: 0.3 });
        expect(closed.value.outcome).toBe('no-connection');
      }
    },
  );

  scenario('members of a remote group may come in, others may not', { needs }, async ({ tcp }) => {
    for (const to of ['db1', 'db2']) {
      const port = 5432;
      expect((await tcp('web1', to, { port })).value).toMatchObject({ outcome: 'exchanged' });
      const { value } = await tcp('client1', to, { port, timeout: 0.3 });
      expect(value.outcome).toBe('no-connection');
    }
  });

  scenario(
    'a server that joins a remote group may come in from then on, and no more when it has left',
    { needs },
    async ({ api, edit, tcp }) => {
      const port = 5432;
      const attempt = async () => (await tcp('client1', 'db2', { port, timeout: 0.3 })).value.outcome;
      expect(await attempt()).toBe('no-connection');
      await edit(({ servers }) => {
        Object.assign(servers['client1'] ?? {}, { security_groups: ['default', 'web'] });
      });
      expect(await attempt()).toBe('exchanged');
      await edit(({ servers }) => {
        Object.assign(servers['client1'] ?? {}, { security_groups: ['default'] });
      });
      expect(await attempt()).toBe('no-connection');
      expect(api).toBeDefined();
    },
  );

  scenario(
    'echo requests pass from the addresses that the rule names, and from no other',
    { needs },
    async ({ ping }) => {
      expect((await ping('client1', 'web1')).verdict).toBe('delivered');
      expect((await ping('client1', 'web2')).outcome).toMatchObject({ outcome: 'reply' });
      const { verdict, request } = await ping('db1', 'web1', { timeout: 0.3 });
      expect(verdict).toBe('denied-ingress');
      expect(request).not.toTouch('web1');
    },
  );

  scenario('what no egress rule allows never leaves its own host', { needs }, async ({ ping, tcp }) => {
    const { verdict, request } = await ping('mute1', 'web2', { timeout: 0.3 });
    expect(verdict).toBe('denied-egress');
    expect(request).not.toTouch('tor1');
    expect((await tcp('mute1', 'web2', { port: 80 })).value).toMatchObject({ outcome: 'exchanged' });
  });

  scenario('an error about an allowed packet finds its way back', { needs }, async ({ udp }) => {
    for (const server of ['web1', 'web2']) {
      // Nobody listens there: the server says so.
      const { outcome } = await udp('client1', server, 5005, { reply: true, timeout: 0.5 });
      expect(outcome).toMatchObject({ outcome: 'error', errno: 'ECONNREFUSED' });
    }
  });

  scenario(
    'a connection that is refused is refused at once, on one host too',
    { needs },
    async ({ watch, cloud }) => {
      const { tcp } = await import('../../src/probe/index.ts');
      const guests = await cloud.guests();
      for (const server of ['web1', 'web2']) {
        const { value } = await watch(`client1 connects to ${server}, where nobody listens`, () =>
          tcp(guests, 'client1', cloud.address(server), 80, { timeout: 1 }),
        );
        expect(value.outcome).toBe('refused');
      }
    },
  );
});
