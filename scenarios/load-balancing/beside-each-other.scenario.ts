/** Several balancers in one cloud, and what a request is made of. */
import { expect } from 'vitest';
import type { CheckedJourney } from '../../src/cloud/index.ts';
import { hopsBelow } from '../../src/journey/index.ts';
import {
  cloudDocument,
  guest,
  scenarios,
  service,
  speakerOf,
  type Stage,
  tap,
  wire,
} from '../../src/scenario/index.ts';
import { http, openTcp, serve } from '../../src/probe/index.ts';
import { answeredBy, ask, webServers } from './members.ts';

const V2 = '10.0.1.100';
const V1 = '10.0.1.101';
const OTHER = '10.0.1.102';
const members = ['web1', 'web2'].map((server) => ({ server, protocol_port: 80 }));

const { floatingips: _, ...document } = await cloudDocument('classic-balancers');
const scenario = scenarios({
  cloud: {
    ...document,
    loadbalancers: {
      v2: {
        vip_subnet: 'web-subnet',
        vip_address: V2,
        listeners: {
          web: { protocol: 'HTTP', protocol_port: 80, default_pool: 'web' },
          few: { protocol: 'TCP', protocol_port: 5000, default_pool: 'echo', connection_limit: 2 },
        },
        pools: {
          web: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members },
          echo: {
            protocol: 'TCP',
            lb_algorithm: 'ROUND_ROBIN',
            members: [{ server: 'web1', protocol_port: 5000 }],
          },
        },
      },
      other: {
        vip_subnet: 'web-subnet',
        vip_address: OTHER,
        listeners: { web: { protocol: 'HTTP', protocol_port: 80, default_pool: 'web' } },
        pools: {
          web: {
            protocol: 'HTTP',
            lb_algorithm: 'ROUND_ROBIN',
            members: [{ server: 'web3', protocol_port: 80 }],
          },
        },
      },
    },
    vips: { v1: { protocol: 'HTTP', protocol_port: 80, subnet: 'web-subnet', address: V1, pool: 'web' } },
    pools: { web: { protocol: 'HTTP', lb_method: 'ROUND_ROBIN', subnet: 'web-subnet', members } },
  },
  capability: 'load-balancing',
  pattern: 'l3-vxlan',
});
const needs = ['loadbalancers', 'vxlan'];

/** One request, and what was seen of it. */
async function request({ cloud, watch }: Stage, vip: string) {
  const { agent, namespace } = await speakerOf(cloud, 'client1');
  const { value, journeys } = await watch(`client1 asks ${vip}`, () => http(agent, namespace, vip));
  const opening = (flags: string) => (src_ip: string | undefined) =>
    journeys.find(({ headers }) => headers.tcp_flags === flags && headers.src_ip === src_ip);
  return { answer: value, journeys, syn: opening('syn'), synAck: opening('syn,ack') };
}

scenario('a request is two connections, and the member’s is with the balancer', { needs }, async (stage) => {
  await using _servers = await webServers(stage, ['web1', 'web2']);
  const { answer, syn, synAck, journeys } = await request(stage, V2);
  const [server] = answeredBy([answer]);
  const member = server === 'web1' ? '10.0.1.11' : '10.0.1.12';
  const host = server === 'web1' ? 'compute1' : 'compute2';
  const tunnel = { tunnel: { type: 'vxlan', id: 7001 } } as const;

  const asks = { src_ip: '10.0.1.31', dst_ip: V2, dst_port: 80 };
  expect(syn('10.0.1.31')).toTravel(
    guest('client1', asks),
    tap('compute2', asks),
    wire('compute2', 'tor1', { ...asks, ...tunnel }),
    wire('tor1', 'gateway1', { ...asks, ...tunnel }),
    service('gateway1', 'in', asks),
  );
  const accepts = { src_ip: V2, dst_ip: '10.0.1.31', src_port: 80 };
  const back = journeys.find(({ headers }) => headers.tcp_flags === 'syn,ack' && headers.src_ip === V2);
  expect(back).toTravel(
    service('gateway1', 'out', accepts),
    wire('gateway1', 'tor1', { ...accepts, ...tunnel }),
    wire('tor1', 'compute2', { ...accepts, ...tunnel }),
    tap('compute2', accepts),
    guest('client1', accepts),
  );
  const passesOn = { src_ip: V2, dst_ip: member, dst_port: 80 };
  expect(syn(V2)).toTravel(
    service('gateway1', 'out', passesOn),
    wire('gateway1', 'tor1', { ...passesOn, ...tunnel }),
    wire('tor1', host, { ...passesOn, ...tunnel }),
    tap(host, passesOn),
    guest(server ?? '', passesOn),
  );
  const answers = { src_ip: member, dst_ip: V2, src_port: 80 };
  expect(synAck(member)).toTravel(
    guest(server ?? '', answers),
    tap(host, answers),
    wire(host, 'tor1', { ...answers, ...tunnel }),
    wire('tor1', 'gateway1', { ...answers, ...tunnel }),
    service('gateway1', 'in', answers),
  );
  expect(answer).toMatchObject({
    seen: { address: V2, headers: { 'x-forwarded-for': '10.0.1.31' } },
  });
});

/** Which way the connections of a request were opened, in words without addresses that differ between balancers. */
const openings = (journeys: readonly CheckedJourney[], vip: string): string[] =>
  journeys
    .filter(({ headers }) => headers.tcp_flags?.includes('syn'))
    .map(({ headers: { tcp_flags, src_ip, dst_ip, dst_port }, observed }) => {
      const name = (address = '') => (address === vip ? 'VIP' : address);
      const way = observed.roots.flatMap(hopsBelow).map(({ kind, node }) => `${kind} ${node}`);
      const port = tcp_flags === 'syn' ? `:${dst_port}` : '';
      return `${tcp_flags} ${name(src_ip)} → ${name(dst_ip)}${port} by ${way.join(', ')}`;
    });

scenario(
  'a VIP and its pool of LBaaS v1 do with a request what a load balancer of v2 does',
  { needs },
  async (stage) => {
    await using _servers = await webServers(stage, ['web1', 'web2']);
    const seen = async (vip: string) => {
      const ways: string[] = [];
      const answers: unknown[] = [];
      for (let at = 0; at < 4; at++) {
        const { answer, journeys } = await request(stage, vip);
        ways.push(...openings(journeys, vip));
        if (answer.outcome !== 'response') throw new Error(answer.outcome);
        const { server, address, headers } = answer.seen ?? {};
        answers.push([server, address === vip, headers?.['x-forwarded-for']]);
      }
      return {
        ways: ways.toSorted(),
        answers: answers.toSorted((a, b) => String(a).localeCompare(String(b))),
      };
    };
    const [v2, v1] = [await seen(V2), await seen(V1)];
    // Twice each member, and four packets that open the two connections of a request.
    expect(v2.answers).toEqual([
      ['web1', true, '10.0.1.31'],
      ['web1', true, '10.0.1.31'],
      ['web2', true, '10.0.1.31'],
      ['web2', true, '10.0.1.31'],
    ]);
    expect(v2.ways).toHaveLength(16);
    expect(v1).toEqual(v2);
    // As LBaaS v1 named it.
    const { id } = stage.cloud.topology.loadbalancers['v1']?.pools['web'] ?? {};
    const { stdout } = await (await stage.cloud.cluster.agent('gateway1')).run(['ip', 'netns', 'list']);
    expect(stdout).toContain(`qlbaas-${id}`);
  },
);

scenario('balancers beside each other do not mix', { needs }, async (stage) => {
  await using _servers = await webServers(stage, ['web1', 'web2', 'web3']);
  for (let at = 0; at < 2; at++) {
    expect(answeredBy(await ask(stage, 'client1', 2, { to: OTHER }))).toEqual(['web3', 'web3']);
    for (const to of [V2, V1])
      expect(answeredBy(await ask(stage, 'client2', 2, { to })).toSorted()).toEqual(['web1', 'web2']);
  }
  await stage.api.loadBalancers.update('v2', { admin_state_up: false });
  const [down] = await ask(stage, 'client1', 1, { to: V2, timeout: 1 });
  expect(down?.outcome).toBe('no-connection');
  expect(answeredBy(await ask(stage, 'client1', 1, { to: OTHER }))).toEqual(['web3']);
});

scenario('beyond its limit a listener lets connections wait', { needs }, async (stage) => {
  const { cloud, watch } = stage;
  const guests = await cloud.guests();
  await using web1 = await serve(guests, 'web1', 'tcp', 5000);
  const open = async () => {
    const opened = await openTcp(guests, 'client1', V2, 5000);
    if (opened.outcome !== 'open') throw new Error(opened.outcome);
    return opened;
  };
  const { value } = await watch('client1 connects twice', async () => [await open(), await open()] as const);
  const [first, second] = value;
  for (const one of value)
    expect((await watch('it says something', () => one.send())).value.outcome).toBe('echoed');
  const { value: third } = await watch('client1 connects once more', async () => {
    const waiting = await open();
    // The kernel has accepted it, and haproxy has not.
    expect((await waiting.send({ timeout: 0.5 })).outcome).toBe('no-answer');
    expect(web1.clients).toHaveLength(2);
    await first.reset();
    expect((await waiting.send()).outcome).toBe('echoed');
    return waiting;
  });
  expect(web1.clients).toHaveLength(3);
  for (const one of [second, third]) await watch('one ends', () => one.reset());
});
