/** How a load balancer shares out, to the letter where it takes turns. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import {
  cloudDocument,
  countsOf,
  inPattern,
  routedPatterns,
  scenarios,
  turns,
} from '../../src/scenario/index.ts';
import { answeredBy, ask, FLOATING, VIP, webServers } from './members.ts';

const document = await cloudDocument('classic-balancers');

for (const pattern of routedPatterns) {
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'load-balancing',
    pattern: pattern.name,
  });
  const needs = ['loadbalancers', pattern.encapsulation];

  scenario('members take turns, each once in a cycle', { needs }, async (stage) => {
    await using _ = await webServers(stage);
    const answers = answeredBy(await ask(stage, 'client1', 6));
    expect(countsOf(answers)).toEqual(turns({ web1: 1, web2: 1, web3: 1 }, 2));
    expect(answers.slice(0, 3)).toEqual(answers.slice(3));
  });

  scenario('weights are kept exactly over a cycle', { needs }, async (stage) => {
    await using _ = await webServers(stage);
    const answers = answeredBy(await ask(stage, 'client1', 8, { port: 81 }));
    expect(countsOf(answers)).toEqual(turns({ web1: 3, web2: 1 }, 2));
  });

  scenario(
    'the internet reaches the balancer by a floating IP; members see the balancer, and are told of the client',
    { needs: [...needs, 'routers', 'floatingips'] },
    async (stage) => {
      await using _ = await webServers(stage);
      const answers = await ask(stage, 'internet1', 3, { to: FLOATING });
      expect(answeredBy(answers).toSorted()).toEqual(['web1', 'web2', 'web3']);
      for (const answer of answers) {
        if (answer.outcome !== 'response') continue;
        expect(answer.seen).toMatchObject({ address: VIP, headers: { 'x-forwarded-for': '198.51.100.10' } });
      }
    },
  );
}

const scenario = scenarios({ cloud: 'classic-balancers', capability: 'load-balancing', pattern: 'l3-vxlan' });
const needs = ['loadbalancers', 'vxlan'];

scenario(
  'a member behind a router is reached by way of it',
  { needs: [...needs, 'routers'] },
  async (stage) => {
    await using _ = await webServers(stage);
    expect(answeredBy(await ask(stage, 'client1', 2, { port: 88 }))).toEqual(['far1', 'far1']);
  },
);

scenario('by source address a client stays with one member', { needs }, async (stage) => {
  await using _ = await webServers(stage);
  for (const client of ['client1', 'client2']) {
    const answers = answeredBy(await ask(stage, client, 4, { port: 82 }));
    expect(new Set(answers).size).toBe(1);
    expect(['web1', 'web2', 'web3']).toContain(answers[0]);
  }
});

scenario('who has the fewest connections gets the next one', { needs }, async (stage) => {
  const { cloud, watch } = stage;
  const guests = await cloud.guests();
  await using web1 = await serve(guests, 'web1', 'tcp', 5000);
  await using web2 = await serve(guests, 'web2', 'tcp', 5000);
  const open = async () => {
    const { value } = await watch('client1 connects and stays', () => openTcp(guests, 'client1', VIP, 86));
    if (value.outcome !== 'open') throw new Error(value.outcome);
    expect((await watch('and says something', () => value.send())).value.outcome).toBe('echoed');
    return value;
  };
  const first = await open();
  const second = await open();
  expect([web1.clients.length, web2.clients.length]).toEqual([1, 1]);
  const third = await open();
  const [busy, idle] = web1.clients.length === 2 ? [web1, web2] : [web2, web1];
  expect([busy.clients.length, idle.clients.length]).toEqual([2, 1]);
  const fourth = await open();
  expect([web1.clients.length, web2.clients.length]).toEqual([2, 2]);
  for (const one of [first, second, third, fourth]) await watch('one is closed', () => one.reset());
});
