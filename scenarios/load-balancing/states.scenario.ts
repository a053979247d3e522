/** What is down, or dead. */
import { expect } from 'vitest';
import { hopsBelow } from '../../src/journey/index.ts';
import { http, openTcp } from '../../src/probe/index.ts';
import { cloudDocument, scenarios, speakerOf, type Stage } from '../../src/scenario/index.ts';
import { untilMember } from '../../src/targets/index.ts';
import { type CloudDocumentInput, defineCloud } from '../../src/topology/index.ts';
import { answeredBy, ask, VIP, webServers } from './members.ts';

/** Seconds from one try of a monitor to the next, and for an answer; tries that fail until a member is dead. */
const DELAY = 1;
const TIMEOUT = 1;
const RETRIES = 2;
/** Seconds in which a member must be found dead. */
const FOUND_OUT = DELAY * RETRIES + TIMEOUT;

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

  scenario(
    'a balancer that is down is not there, a pool that is down no members; both come back',
    { needs },
    async (stage) => {
      await using _ = await webServers(stage);
      const { loadBalancers } = stage.api;
      await loadBalancers.pools.update('shop', 'in-turn', { admin_state_up: false });
      expect(answeredBy(await ask(stage, 'client1', 1))).toEqual(['503']);
      expect(answeredBy(await ask(stage, 'client1', 1, { port: 88 }))).toEqual(['far1']);
      await loadBalancers.pools.update('shop', 'in-turn', { admin_state_up: true });
      await loadBalancers.update('shop', { admin_state_up: false });
      expect(answeredBy(await ask(stage, 'client1', 1, { timeout: 1 }))).toEqual(['no-connection']);
      await loadBalancers.update('shop', { admin_state_up: true });
      expect(answeredBy(await ask(stage, 'client1', 3)).toSorted()).toEqual(['web1', 'web2', 'web3']);
    },
  );

  scenario('a member comes and another goes', { needs }, async (stage) => {
    await using _ = await webServers(stage);
    const { members } = stage.api.loadBalancers;
    await members.create('shop', 'far', { server: 'web3', protocol_port: 80 });
    expect(answeredBy(await ask(stage, 'client1', 2, { port: 88 })).toSorted()).toEqual(['far1', 'web3']);
    await members.delete('shop', 'far', 'far1');
    expect(answeredBy(await ask(stage, 'client1', 2, { port: 88 }))).toEqual(['web3', 'web3']);
  });

  scenario('without members that can, the balancer itself says so', { needs }, async (stage) => {
    const guests = await stage.cloud.guests();
    await using _ = await webServers(stage);
    // Nobody speaks TCP behind this one: the connection is accepted, and ended at once.
    const { value } = await stage.watch('client1 connects', () => openTcp(guests, 'client1', VIP, 86));
    if (value.outcome !== 'open') throw new Error(value.outcome);
    expect((await stage.watch('and says something', () => value.send())).value.outcome).toBe('closed');
    await stage.api.loadBalancers.members.update('shop', 'far', 'far1', { admin_state_up: false });
    expect(answeredBy(await ask(stage, 'client1', 1, { port: 88 }))).toEqual(['503']);
  });
}

{
  const document = await cloudDocument('classic-balancers');
  const monitors = { HTTP: 80, TCP: 81, PING: 82 } as const;
  const members = ['web1', 'web2'].map((server) => ({ server, protocol_port: 80 }));
  const parts = (part: (type: keyof typeof monitors, port: number) => object) =>
    Object.fromEntries(
      (['HTTP', 'TCP', 'PING'] as const).map((type) => [type.toLowerCase(), part(type, monitors[type])]),
    );
  const scenario = scenarios({
    cloud: defineCloud({
      ...document,
      loadbalancers: {
        shop: {
          vip_subnet: 'web-subnet',
          vip_address: VIP,
          listeners: parts((type, protocol_port) => ({
            protocol: 'HTTP',
            protocol_port,
            default_pool: type.toLowerCase(),
          })),
          pools: parts((type) => ({
            protocol: 'HTTP',
            lb_algorithm: 'ROUND_ROBIN',
            members,
            healthmonitor: { type, delay: DELAY, timeout: TIMEOUT, max_retries: RETRIES },
          })),
        },
      },
    } as CloudDocumentInput),
    capability: 'load-balancing',
    pattern: 'l3-vxlan',
  });

  /** By all of the monitors. */
  const until = async ({ cloud }: Stage, member: string, status: 'ONLINE' | 'OFFLINE', seconds = 10) => {
    const balancer = cloud.topology.loadbalancers['shop'];
    if (!balancer) throw new Error('no balancer');
    const host = await cloud.cluster.agent(balancer.host);
    await Promise.all(
      Object.keys(balancer.pools).map((pool) => untilMember(host, balancer, member, status, seconds, pool)),
    );
  };

  /** So many requests to each listener: who answered, and how many connections web2 was offered meanwhile. */
  const asked = async ({ cloud, watch }: Stage, times: number) => {
    const { agent, namespace } = await speakerOf(cloud, 'client1');
    const began = performance.now();
    const { value, journeys } = await watch(`client1 asks each listener ${times} times`, async () => {
      const answers: Record<string, string[]> = {};
      for (const [type, port] of Object.entries(monitors)) {
        const own = [];
        for (let at = 0; at < times; at++) own.push(await http(agent, namespace, VIP, { port }));
        answers[type] = answeredBy(own).toSorted();
      }
      return answers;
    });
    const seconds = (performance.now() - began) / 1000;
    const offered = journeys.filter(
      ({ headers, observed }) =>
        headers.tcp_flags === 'syn' &&
        headers.dst_ip === '10.0.1.12' &&
        observed.roots.flatMap(hopsBelow).some(({ kind, node }) => kind === 'guest' && node === 'web2'),
    ).length;
    // Each monitor goes on trying, at its own pace.
    const tries = Object.keys(monitors).length * (Math.floor(seconds / DELAY) + 1);
    return { answers: value, offered, tries };
  };
  const each = (answers: readonly string[]) =>
    Object.fromEntries(Object.keys(monitors).map((type) => [type, answers]));
  const inTurn = each(['web1', 'web1', 'web1', 'web1', 'web2', 'web2', 'web2', 'web2']);

  scenario(
    'a member that is dead by its HTTP, TCP or PING monitor is found out in time and offered no request, and gets them again when it is back',
    { needs },
    async (stage) => {
      // Nobody has served yet.
      for (const member of ['web1-eth0', 'web2-eth0']) await until(stage, member, 'OFFLINE');
      expect((await asked(stage, 1)).answers).toEqual(each(['503']));
      await using _ = await webServers(stage, ['web1']);
      {
        await using _web2 = await webServers(stage, ['web2']);
        for (const member of ['web1-eth0', 'web2-eth0']) await until(stage, member, 'ONLINE');
        const alive = await asked(stage, 8);
        expect(alive.answers).toEqual(inTurn);
        // The same captures would have seen what a dead member is offered.
        expect(alive.offered).toBeGreaterThanOrEqual(12);
      }
      await until(stage, 'web2-eth0', 'OFFLINE', FOUND_OUT);
      const dead = await asked(stage, 8);
      expect(dead.answers).toEqual(each(Array.from({ length: 8 }, () => 'web1')));
      expect(dead.offered).toBeLessThanOrEqual(dead.tries);
      await using _again = await webServers(stage, ['web2']);
      await until(stage, 'web2-eth0', 'ONLINE');
      expect((await asked(stage, 8)).answers).toEqual(inTurn);
    },
  );
}
