/** A server behind a router moves while others talk to it across that router. */
import { expect } from 'vitest';
import { openTcp, serve, stream } from '../../src/probe/index.ts';
import {
  cloudDocument,
  cutOff,
  guest,
  inPattern,
  routedPatterns,
  scenarios,
  service,
  tap,
  wire,
} from '../../src/scenario/index.ts';
import { expectWithinBudget } from './watching.ts';

const FLOATING = '203.0.113.110';
const document = await cloudDocument('classic-routed');

for (const pattern of routedPatterns) {
  const needs = ['live_migration', 'routers', 'floatingips', pattern.encapsulation];
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'live-migration',
    pattern: pattern.name,
  });

  scenario(
    'a connection from outside by a floating IP survives the move of its server',
    { needs },
    async ({ api, cloud }) => {
      const outside = await cloud.cluster.agent('internet1');
      await using server = await serve(await cloud.guests(), 'red1', 'tcp', 80);
      const talk = await openTcp(outside, '', FLOATING, 80, { timeout: 1 });
      if (talk.outcome !== 'open') throw new Error(`internet1 does not reach ${FLOATING}: ${talk.outcome}`);
      await using _connection = talk;
      expect((await talk.send()).outcome).toBe('echoed');
      const [, meanwhile] = await Promise.all([
        api.servers.migrate('red1', { host: 'compute2' }),
        talk.send({ timeout: 5 }),
      ]);
      expect(meanwhile.outcome).toBe('echoed');
      expect((await talk.send()).outcome).toBe('echoed');
      expect(server.clients).toHaveLength(1);
    },
  );

  scenario(
    'who talks to a server by its floating IP or by its router misses it for a moment when it moves',
    { needs },
    async ({ api, cloud, ping }) => {
      const outside = await cloud.cluster.agent('internet1');
      const guests = await cloud.guests();
      await using byFloating = await stream(outside, '', FLOATING);
      await using byRouter = await stream(guests, 'blue2', cloud.address('red1'));
      await using others = await stream(guests, 'blue1', cloud.address('blue2'));
      const both = (count: number) => Promise.all([byFloating.answered(count), byRouter.answered(count)]);
      await both(20);
      await api.servers.migrate('red1', { host: 'compute2' });
      await both(20);
      const bystander = await others.stop();
      expectWithinBudget('internet1, by the floating IP', await byFloating.stop(), bystander);
      expectWithinBudget('blue2, by the router', await byRouter.stop(), bystander);
      expect((await ping('blue2', 'red1')).request).toArriveAt('red1');
    },
  );

  scenario(
    'after the move the router sends straight to the new host, and nothing comes to the old one',
    { needs },
    async ({ api, ping }) => {
      expect((await ping('internet1', FLOATING)).request).toTouch('compute1');
      await api.servers.migrate('red1', { host: 'compute2' });
      const { outcome, request, reply } = await ping('internet1', FLOATING);
      expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING });
      expect(request).toTravel(
        wire('internet1', 'upstream1'),
        wire('upstream1', 'tor1'),
        wire('tor1', 'gateway1'),
        service('gateway1', 'in', { dst_ip: FLOATING }),
        service('gateway1', 'out', { dst_ip: '10.0.1.11' }),
        wire('gateway1', 'tor1'),
        wire('tor1', 'compute2'),
        tap('compute2'),
        guest('red1'),
      );
      expect(reply).not.toTouch('compute1');
    },
  );

  scenario(
    'a server whose host has died runs again on another, and answers by its floating IP',
    { needs },
    async ({ api, cloud, ping }) => {
      expect((await ping('internet1', FLOATING)).request).toTouch('compute1');
      // What the oracle says supposes that every host lives: while one is dead, the story judges by itself.
      const judge = { oracle: 'off', timeout: 0.5 } as const;
      await using _dead = await cutOff(cloud, 'compute1');
      expect((await ping('internet1', FLOATING, judge)).outcome.outcome).not.toBe('reply');
      await api.servers.migrate('red1', { host: 'compute2' });
      const { outcome, request, reply } = await ping('internet1', FLOATING, judge);
      expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING });
      expect(request).toArriveAt('red1');
      expect(request).toTouch('compute2');
      expect(request).not.toTouch('compute1');
      expect(reply).toTouch('upstream1');
    },
  );
}
