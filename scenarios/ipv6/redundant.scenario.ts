/** IPv6 behind a router with ha: the active host alone advertises, answers and leads out. */
import { describe, dissect } from 'tcpdump-parser';
import { expect } from 'vitest';
import { autoconfigure, stream } from '../../src/probe/index.ts';
import { cloudDocument, scenarios, type Stage } from '../../src/scenario/index.ts';
import { linkLocalAddress } from '../../src/topology/index.ts';
import { mac } from '../dvr/places.ts';
import { linkDown } from '../vrrp/breaking.ts';
import {
  activeHost,
  budget,
  devicesOf,
  expectWithin,
  FAST,
  otherHost,
  placeOf,
  untilActiveOn,
} from '../vrrp/redundancy.ts';
import { INTERNET, ROUTER_ADVERTISEMENT } from './networks.ts';

const { routers, options, ...rest } = await cloudDocument('juno-ipv6');
const { hosts: _, ...r1 } = routers?.['r1'] ?? {};
const scenario = scenarios({
  cloud: { ...rest, options: { ...options, ...FAST }, routers: { r1: { ...r1, ha: true } } },
  capability: 'ipv6',
});
const needs = ['routers with ha', 'dhcp', 'vxlan'];

/** Which nodes packets touch is what the story is about. */
const JUDGE = { oracle: 'off' } as const;

/** That a server learns of its router, and gets out and back, by one host and not by the other. */
async function expectRouterOn(host: string, { cloud, ping, watch }: Stage): Promise<void> {
  const guests = await cloud.guests();
  const router = linkLocalAddress(mac(cloud, 'r1-auto-v6'));
  const { value, journeys } = await watch(
    'auto1 looks for a router',
    () => autoconfigure(guests, 'auto1'),
    JUDGE,
  );
  expect(value.routers).toEqual([router]);
  const advertised = journeys.filter(({ headers }) => headers.icmp?.type === ROUTER_ADVERTISEMENT);
  expect(advertised.length).toBeGreaterThan(0);
  for (const { observed } of advertised) expect(observed.roots[0]?.node).toBe(host);

  const { outcome, request, reply } = await ping('auto2', INTERNET, JUDGE);
  expect(outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });
  for (const packet of [request, reply]) {
    expect(packet).toTouch(host);
    expect(packet).not.toTouch(otherHost(host));
  }
}

scenario(
  'a standby hears what is said to all by IPv6, and says nothing inside or outside',
  { needs },
  async ({ cloud, ping, watch }) => {
    const standby = otherHost(await activeHost(cloud));
    const guests = await cloud.guests();
    // Where duplicates and routers are looked for, whoever listens on the network answers.
    const asked = await watch('auto1 looks for duplicates and a router', () =>
      autoconfigure(guests, 'auto1', { detect: true }),
    );
    const { outcome, observed } = await ping('auto2', INTERNET);
    expect(outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });
    const devices = devicesOf(cloud, standby).filter((device) => /^q[rg]-/u.test(device));
    const points = new Set(devices.map((device) => `${standby}:${device}`));
    const frames = [...asked.frames, ...observed.frames].filter(({ point }) => points.has(point));
    expect(frames.filter(({ direction }) => direction === 'in').length, 'heard').toBeGreaterThan(0);
    const said = frames.filter(({ direction }) => direction === 'out');
    expect(said.map(({ point, bytes }) => `${point}: ${describe(dissect(bytes))}`)).toEqual([]);
  },
);

scenario(
  'the active host alone is the IPv6 router, and after a fail-over the other one is, at the same address',
  { needs },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    await expectRouterOn(host, stage);

    const guests = await cloud.guests();
    await using out = await stream(guests, 'auto2', INTERNET);
    await using beside = await stream(guests, 'auto1', cloud.address('auto2'));
    const both = (count: number) =>
      Promise.all([out, beside].map((one) => one.answered(count, budget(cloud) + 5)));
    await both(20);
    {
      await using _down = await linkDown(cloud, placeOf(cloud, host));
      await untilActiveOn(cloud, [other]);
      await both(20);
    }
    const bystander = await beside.stop();
    expectWithin(budget(cloud), { streams: { 'auto2 → internet1': await out.stop() }, bystander });
    await expectRouterOn(other, stage);
  },
);
