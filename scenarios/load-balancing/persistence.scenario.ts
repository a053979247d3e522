/** How a client stays with its member. */
import { expect } from 'vitest';
import { serveHttp } from '../../src/probe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';
import { answeredBy, ask, webServers } from './members.ts';

const scenario = scenarios({ cloud: 'classic-balancers', capability: 'load-balancing', pattern: 'l3-vxlan' });
const needs = ['loadbalancers', 'vxlan'];

scenario('by the cookie that the balancer gives, and without it in turn', { needs }, async (stage) => {
  await using _ = await webServers(stage);
  const [first] = await ask(stage, 'client1', 1, { port: 83 });
  if (first?.outcome !== 'response') throw new Error(first?.outcome);
  const { SRV = '' } = first.cookies;
  expect(SRV).not.toBe('');
  const stuck = answeredBy(await ask(stage, 'client1', 3, { port: 83, cookies: { SRV } }));
  expect(new Set(stuck)).toEqual(new Set([first.seen?.server]));
  expect(new Set(answeredBy(await ask(stage, 'client1', 2, { port: 83 })))).toEqual(
    new Set(['web1', 'web2']),
  );
});

scenario('by the address of the client', { needs }, async (stage) => {
  await using _ = await webServers(stage);
  const one = answeredBy(await ask(stage, 'client1', 4, { port: 85 }));
  const other = answeredBy(await ask(stage, 'client2', 4, { port: 85 }));
  expect(new Set(one).size).toBe(1);
  expect(new Set(other).size).toBe(1);
  // Each was given the next in turn.
  expect(other[0]).not.toBe(one[0]);
});

scenario('by a cookie of the application', { needs }, async (stage) => {
  const { cloud } = stage;
  const guests = await cloud.guests();
  const answers = (session: string) => ({ '': { headers: { 'Set-Cookie': `SESSION=${session}` } } });
  await using _web1 = await serveHttp(guests, 'web1', { answers: answers('one') });
  await using _web2 = await serveHttp(guests, 'web2', { answers: answers('two') });
  const [first] = await ask(stage, 'client1', 1, { port: 84 });
  if (first?.outcome !== 'response') throw new Error(first?.outcome);
  const { SESSION = '' } = first.cookies;
  const again = answeredBy(await ask(stage, 'client1', 3, { port: 84, cookies: { SESSION } }));
  expect(new Set(again)).toEqual(new Set([first.seen?.server]));
});
