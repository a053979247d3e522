/** Security groups of servers behind a distributed router: what is routed on the way is filtered as ever. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';
import { eachDriver } from '../security-groups/drivers.ts';
import { document, NETWORK_NODES } from './places.ts';

const WEB1 = '203.0.113.60';

const HTTP = {
  direction: 'ingress',
  protocol: 'tcp',
  port_range_min: 80,
  port_range_max: 80,
  remote_group: 'clients',
} as const;

const { servers = {} } = document;
const guarded: CloudDocumentInput = {
  ...document,
  security_groups: {
    clients: { project: 'tenant' },
    stores: {
      project: 'tenant',
      security_group_rules: [{ direction: 'ingress', protocol: 'icmp', remote_group: 'clients' }, HTTP],
    },
    published: {
      project: 'tenant',
      security_group_rules: [{ direction: 'ingress', protocol: 'icmp' }],
    },
  },
  servers: Object.fromEntries(
    Object.entries(servers).map(([name, server]) => {
      const groups = { web1: ['clients', 'published'], web2: ['published'] }[name] ?? ['stores'];
      return [name, { ...server, security_groups: groups }] as const;
    }),
  ),
};

eachDriver(
  guarded,
  (scenario, needs) => {
    scenario(
      'behind a distributed router a group lets in whom it names, by the address of the server itself, and nobody else',
      { needs: [...needs, 'distributed routers'] },
      async ({ ping, tcp }) => {
        for (const to of ['db1', 'db2']) {
          const { outcome, request } = await ping('web1', to);
          expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
          for (const node of NETWORK_NODES) expect(request).not.toTouch(node);
          expect((await tcp('web1', to, { port: 80 })).value).toMatchObject({ outcome: 'exchanged' });
          const refused = await ping('web2', to, { timeout: 0.3 });
          expect(refused.outcome.outcome).not.toBe('reply');
          expect(refused.verdict).toBe('denied-ingress');
        }
      },
    );

    scenario(
      'a floating IP lets in what the server’s group lets in, and answers come back past it',
      { needs: [...needs, 'distributed routers', 'floatingips'] },
      async ({ ping, tcp }) => {
        expect((await ping('internet1', WEB1)).outcome).toMatchObject({ outcome: 'reply', from: WEB1 });
        const refused = await tcp('internet1', WEB1, { at: 'web1', timeout: 0.4 });
        expect(refused.value.outcome).not.toBe('exchanged');
        // What a server begins itself is answered, with a floating IP and without.
        expect((await tcp('web1', 'internet1', { destination: '198.51.100.10' })).value).toMatchObject({
          outcome: 'exchanged',
        });
        expect((await tcp('db3', 'internet1', { destination: '198.51.100.10' })).value).toMatchObject({
          outcome: 'exchanged',
        });
      },
    );

    scenario(
      'a connection through a distributed router is cut when the rule that let it in goes, and what stays allowed is not',
      { needs: [...needs, 'distributed routers'] },
      async ({ api, cloud, ping, watch }) => {
        const guests = await cloud.guests();
        await using _server = await serve(guests, 'db2', 'tcp', 80);
        const { value: talk } = await watch('web1 connects to db2', () =>
          openTcp(guests, 'web1', cloud.address('db2'), 80, { timeout: 1 }),
        );
        if (talk.outcome !== 'open') throw new Error(`web1 does not reach db2: ${talk.outcome}`);
        await using connection = talk;
        const say = async (title: string, timeout = 1) =>
          (await watch(title, () => connection.send({ timeout }))).value.outcome;
        expect(await say('web1 says something')).toBe('echoed');
        await api.securityGroups.rules.delete('stores', HTTP);
        expect(await say('the rule is gone', 0.4)).toBe('no-answer');
        expect((await ping('web1', 'db2')).outcome).toMatchObject({ outcome: 'reply' });
      },
    );
  },
  'dvr',
);
