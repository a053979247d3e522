/**
 * A distributed router with ha: what is central of it, the namespace that translates, is active on one of two hosts.
 * What is distributed asks neither.
 */
import { expect } from 'vitest';
import { stream } from '../../src/probe/index.ts';
import { scenarios, type Stage } from '../../src/scenario/index.ts';
import { linkDown } from './breaking.ts';
import {
  activeHost,
  budget,
  expectWithin,
  FAST,
  FLOATING,
  INTERNET,
  NEEDS,
  otherHost,
  type Outages,
  placeOf,
  redundant,
  untilActiveOn,
} from './redundancy.ts';

/** Of a server on a host without a way out of its own (dvr_no_external): its router translates centrally. */
const CENTRAL = '203.0.113.113';

const { routers, floatingips, ...rest } = redundant({
  ...FAST,
  l3_agent_modes: { compute2: 'dvr_no_external' },
});
const distributed = {
  ...rest,
  routers: { ...routers, r1: { ...routers?.['r1'], distributed: true } },
  floatingips: {
    ...floatingips,
    red3: { floating_network: 'public', floating_ip_address: CENTRAL, server: 'red3' },
  },
};
const scenario = scenarios({ cloud: distributed, capability: 'vrrp' });
const needs = [...NEEDS, 'distributed routers'];

/** Which way packets of each kind go while the central part is active on a host. */
async function expectWays(host: string, { ping }: Stage): Promise<void> {
  for (const [way, from, to] of [
    ['out, without a floating IP', 'blue2', INTERNET],
    ['in, by a central floating IP', 'internet1', CENTRAL],
  ] as const) {
    const { outcome, request, reply } = await ping(from, to);
    expect(outcome, way).toMatchObject({ outcome: 'reply' });
    for (const packet of [request, reply]) {
      expect(packet, way).toTouch(host);
      expect(packet, way).not.toTouch(otherHost(host));
    }
  }
  for (const [way, from, to] of [
    ['to another network', 'red1', 'blue2'],
    ['in, by a floating IP of its own host', 'internet1', FLOATING],
  ] as const) {
    const { outcome, request, reply } = await ping(from, to);
    expect(outcome, way).toMatchObject({ outcome: 'reply' });
    for (const packet of [request, reply])
      for (const node of ['network1', 'network2']) expect(packet, way).not.toTouch(node);
  }
}

scenario(
  'translation and central floating IPs of a distributed router go to the other host in time, and nothing else notices',
  { needs },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    await expectWays(host, stage);

    const guests = await cloud.guests();
    const outside = await cloud.cluster.agent('internet1');
    await using out = await stream(guests, 'blue2', INTERNET);
    await using central = await stream(outside, '', CENTRAL);
    await using across = await stream(guests, 'red1', cloud.address('blue2'));
    await using own = await stream(outside, '', FLOATING);
    const all = (count: number) =>
      Promise.all([out, central, across, own].map((one) => one.answered(count, budget(cloud) + 5)));
    await all(20);
    {
      await using _down = await linkDown(cloud, placeOf(cloud, host));
      await untilActiveOn(cloud, [other]);
      await all(20);
    }
    const bystander = await across.stop();
    const seen: Outages = {
      streams: {
        'blue2 → internet1': await out.stop(),
        'internet1 → central floating IP': await central.stop(),
      },
      bystander,
    };
    expectWithin(budget(cloud), seen);
    expect((await own.stop()).lost, 'lost on the way to a floating IP of its own host').toEqual([]);
    await expectWays(other, stage);
  },
);
