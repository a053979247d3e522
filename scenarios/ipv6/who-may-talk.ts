/** What security groups let pass of IPv6, on one host and across hosts. */
import { expect } from 'vitest';
import type { Scenario } from '../../src/scenario/index.ts';

export function whoMayTalk(scenario: Scenario, needs: readonly string[]): void {
  scenario(
    'servers of the default group reach each other by IPv6, and nobody else reaches them',
    { needs },
    async ({ ping }) => {
      expect((await ping('client1', 'client2')).outcome).toMatchObject({
        outcome: 'reply',
        from: '2001:db8:1::12',
        ttl: 64,
      });
      for (const to of ['client1', 'client2']) {
        const { outcome, verdict, request } = await ping('web1', to, { timeout: 0.3 });
        expect(outcome.outcome).toBe('no-reply');
        expect(verdict).toBe('denied-ingress');
        expect(request).not.toTouch(to);
      }
    },
  );

  scenario(
    'neighbours are found without a rule for it, and a stranger gets no further than that',
    { needs },
    async ({ ping }) => {
      const { journeys, verdict } = await ping('db1', 'client2', { timeout: 0.3 });
      expect(verdict).toBe('denied-ingress');
      const asked = journeys.find(({ title }) => title.includes('neighbour-solicitation'));
      expect(asked?.observed.verdict).toBe('delivered');
      expect(asked).toTouch('client2');
      const answered = journeys.find(({ title }) => title.includes('neighbour-advertisement'));
      expect(answered).toArriveAt('db1');
    },
  );

  scenario(
    'a range of ports is open over IPv6 from its first to its last, and not one further',
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
    'a service open to everybody is reached by IPv6; a rule for IPv4 opens nothing',
    { needs },
    async ({ tcp }) => {
      for (const server of ['web1', 'web2']) {
        expect((await tcp('client1', server, { port: 80 })).value).toMatchObject({ outcome: 'exchanged' });
        const closed = await tcp('client1', server, { port: 22, timeout: 0.3 });
        expect(closed.value.outcome).toBe('no-connection');
      }
    },
  );

  scenario('members of a remote group come in by IPv6, others do not', { needs }, async ({ edit, tcp }) => {
    const port = 5432;
    for (const to of ['db1', 'db2']) {
      expect((await tcp('web1', to, { port })).value).toMatchObject({ outcome: 'exchanged' });
      const { value } = await tcp('client1', to, { port, timeout: 0.3 });
      expect(value.outcome).toBe('no-connection');
    }
    await edit(({ servers }) => {
      Object.assign(servers['client1'] ?? {}, { security_groups: ['default', 'web'] });
    });
    expect((await tcp('client1', 'db2', { port })).value).toMatchObject({ outcome: 'exchanged' });
  });

  scenario(
    'a type of ICMPv6 passes from the addresses that the rule names, and from no other',
    { needs },
    async ({ ping }) => {
      expect((await ping('client1', 'web1')).outcome).toMatchObject({ outcome: 'reply' });
      expect((await ping('client1', 'web2')).outcome).toMatchObject({ outcome: 'reply' });
      const { verdict, request } = await ping('db1', 'web1', { timeout: 0.3 });
      expect(verdict).toBe('denied-ingress');
      expect(request).not.toTouch('web1');
    },
  );

  scenario('an ICMPv6 error about an allowed packet finds its way back', { needs }, async ({ udp }) => {
    for (const server of ['web1', 'web2']) {
      // Nobody listens there: the server says so, by type 1, code 4 (RFC 4443, 3.1).
      const { outcome, journeys } = await udp('client1', server, 5005, { reply: true, timeout: 0.5 });
      expect(outcome).toMatchObject({ outcome: 'error', errno: 'ECONNREFUSED' });
      const error = journeys.find(({ headers }) => headers.icmp?.type === 1);
      expect(error?.headers.icmp).toEqual({ type: 1, code: 4 });
      expect(error).toArriveAt('client1');
    }
  });

  scenario('what no egress rule allows never leaves its own host', { needs }, async ({ udp, tcp }) => {
    const { verdict, request } = await udp('mute1', 'web2', 5000);
    expect(verdict).toBe('denied-egress');
    expect(request).not.toTouch('tor1');
    expect((await tcp('mute1', 'web2', { port: 80 })).value).toMatchObject({ outcome: 'exchanged' });
  });
}
