/** What is down, or dead. */
import { expect } from 'vitest';
import { untilMember } from '../../src/targets/index.ts';
import { cloudDocument, scenarios, type Stage } from '../../src/scenario/index.ts';
import { answeredBy, ask, webServers } from './members.ts';

const needs = ['loadbalancers', 'vxlan'];

{
  const scenario = scenarios({
    cloud: 'classic-balancers',
    capability: 'load-balancing',
    pattern: 'l3-vxlan',
  });

  scenario(
    'a member that is taken out gets nothing, and one with another weight its share',
    { needs },
    async (stage) => {
      await using _ = await webServers(stage);
      await stage.api.loadBalancers.members.update('shop', 'in-turn', 'web2', { admin_state_up: false });
      expect(answeredBy(await ask(stage, 'client1', 4)).toSorted()).toEqual(['web1', 'web1', 'web3', 'web3']);
      await stage.api.loadBalancers.members.update('shop', 'in-turn', 'web2', {
        admin_state_up: true,
        weight: 2,
      });
      expect(answeredBy(await ask(stage, 'client1', 4)).toSorted()).toEqual(['web1', 'web2', 'web2', 'web3']);
    },
  );

  scenario('a listener that is down is not there, the others are', { needs }, async (stage) => {
    await using _ = await webServers(stage);
    await stage.api.loadBalancers.listeners.update('shop', 'weighted', { admin_state_up: false });
    expect(answeredBy(await ask(stage, 'client1', 1, { port: 81 }))).toEqual(['refused']);
    expect(answeredBy(await ask(stage, 'client1', 3)).toSorted()).toEqual(['web1', 'web2', 'web3']);
  });

  scenario('without members that can, the balancer itself says so', { needs }, async (stage) => {
    await using _ = await webServers(stage);
    await stage.api.loadBalancers.members.update('shop', 'far', 'far1', { admin_state_up: false });
    expect(answeredBy(await ask(stage, 'client1', 1, { port: 88 }))).toEqual(['503']);
  });
}

{
  const document = await cloudDocument('classic-balancers');
  const members = ['web1', 'web2'].map((server) => ({ server, protocol_port: 80 }));
  for (const monitor of ['HTTP', 'TCP', 'PING'] as const) {
    const scenario = scenarios({
      cloud: {
        ...document,
        loadbalancers: {
          shop: {
            vip_subnet: 'web-subnet',
            vip_address: '10.0.1.100',
            listeners: { web: { protocol: 'HTTP', protocol_port: 80, default_pool: 'web' } },
            pools: {
              web: {
                protocol: 'HTTP',
                lb_algorithm: 'ROUND_ROBIN',
                members,
                healthmonitor: { type: monitor, delay: 1, timeout: 1, max_retries: 2 },
              },
            },
          },
        },
      },
      capability: 'load-balancing',
      pattern: 'l3-vxlan',
    });

    const until = async ({ cloud }: Stage, member: string, status: 'ONLINE' | 'OFFLINE') => {
      const balancer = cloud.topology.loadbalancers['shop'];
      if (!balancer) throw new Error('no balancer');
      await untilMember(await cloud.cluster.agent(balancer.host), balancer, member, status, 10);
    };

    scenario(
      `a member that is dead by its ${monitor} monitor gets no request, and gets them again when it is back`,
      { needs },
      async (stage) => {
        // Nobody has served yet.
        for (const member of ['web1-eth0', 'web2-eth0']) await until(stage, member, 'OFFLINE');
        await using _ = await webServers(stage, ['web1']);
        {
          await using _web2 = await webServers(stage, ['web2']);
          for (const member of ['web1-eth0', 'web2-eth0']) await until(stage, member, 'ONLINE');
          expect(new Set(answeredBy(await ask(stage, 'client1', 4)))).toEqual(new Set(['web1', 'web2']));
        }
        await until(stage, 'web2-eth0', 'OFFLINE');
        expect(answeredBy(await ask(stage, 'client1', 4))).toEqual(['web1', 'web1', 'web1', 'web1']);
        await using _again = await webServers(stage, ['web2']);
        await until(stage, 'web2-eth0', 'ONLINE');
        expect(new Set(answeredBy(await ask(stage, 'client1', 4)))).toEqual(new Set(['web1', 'web2']));
      },
    );
  }
}
