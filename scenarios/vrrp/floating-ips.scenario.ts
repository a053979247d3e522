/** A router with ha that is changed while it works. */
import { expect } from 'vitest';
import { ping, stream } from '../../src/probe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';
import { activeHost, FAST, FLOATING, holders, NEEDS, redundant, statesOf } from './redundancy.ts';

/** Ten addresses of one server. */
const INSIDE = Array.from({ length: 10 }, (_, at) => `10.0.2.${30 + at}`);
const OUTSIDE = Array.from({ length: 10 }, (_, at) => `203.0.113.${130 + at}`);

const { servers, ...rest } = redundant(FAST);
const withMany = {
  ...rest,
  ports: { many: { network: 'blue', fixed_ips: INSIDE.map((ip_address) => ({ ip_address })) } },
  servers: { ...servers, blue9: { host: 'compute1', networks: [{ port: 'many' }] } },
};
const scenario = scenarios({ cloud: withMany, capability: 'vrrp' });

scenario(
  'ten floating IPs that come one after the other cost no host its place and no connection a packet',
  { needs: ['floatingips', ...NEEDS] },
  async ({ api, cloud, watch }) => {
    const host = await activeHost(cloud);
    const hosts = holders(cloud);
    const states = () => Promise.all(hosts.map((node) => statesOf(cloud, node)));
    const before = await states();

    const outside = await cloud.cluster.agent('internet1');
    await using talk = await stream(outside, '', FLOATING);
    await talk.answered(20);
    for (const [at, fixed_ip_address] of INSIDE.entries()) {
      const floating_ip_address = OUTSIDE[at] ?? '';
      const to = { port: 'many', fixed_ip_address };
      await api.floatingIps.create(`more${at}`, { floating_network: 'public', floating_ip_address, ...to });
    }
    await talk.answered(20);
    const { lost, duplicated, reordered } = await talk.stop();
    expect(await states(), `states of VRRP of ${hosts.join(' and ')}`).toEqual(before);
    expect(await activeHost(cloud)).toBe(host);
    expect({ lost, duplicated, reordered }, 'packets meanwhile').toEqual({
      lost: [],
      duplicated: [],
      reordered: [],
    });
    const { value, journeys } = await watch('a ping of each', () =>
      Promise.all(OUTSIDE.map((address) => ping(outside, '', address))),
    );
    expect(value).toMatchObject(OUTSIDE.map((from) => ({ outcome: 'reply', from })));
    const requests = journeys.filter(({ headers }) => headers.icmp?.type === 8);
    expect(requests).toHaveLength(OUTSIDE.length);
    for (const request of requests) expect(request).toTouch(host);
  },
);
