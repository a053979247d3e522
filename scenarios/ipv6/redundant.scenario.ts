/**
 * IPv6 behind routers with ha: the active host alone advertises, answers and leads out; of one that is distributed every
 * host advertises and routes between networks, and the active one leads out.
 */
import { describe, dissect } from 'tcpdump-parser';
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import { autoconfigure, stream } from '../../src/probe/index.ts';
import { cloudDocument, guest, scenarios, service, type Stage, tap, wire } from '../../src/scenario/index.ts';
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
import { INTERNET, NEIGHBOR_SOLICITATION, ROUTER_ADVERTISEMENT } from './networks.ts';

const { options, networks, ...rest } = await cloudDocument('juno-ipv6');
const gateway = (...addresses: string[]) => ({
  network: 'public',
  external_fixed_ips: addresses.map((ip_address) => ({ ip_address })),
});
const slaac = (network: string, cidr: string) =>
  ({ network, cidr, enable_dhcp: true, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }) as const;

/** One network behind a router that is whole on a host, and two behind one that is distributed. */
const scenario = scenarios({
  cloud: {
    ...rest,
    options: { ...options, ...FAST },
    networks: { public: { ...networks?.['public'] }, auto: {}, near: {}, far: {} },
    subnets: {
      'public-v4': { network: 'public', cidr: '203.0.113.0/24', gateway_ip: '203.0.113.1' },
      'public-v6': { network: 'public', cidr: '2001:db8:ff::/64', gateway_ip: '2001:db8:ff::1' },
      'auto-v6': slaac('auto', '2001:db8:a000:1::/64'),
      'near-v6': slaac('near', '2001:db8:b000:1::/64'),
      'far-v6': slaac('far', '2001:db8:b000:2::/64'),
    },
    routers: {
      r1: {
        ha: true,
        external_gateway_info: gateway('203.0.113.50', '2001:db8:ff::50'),
        interfaces: ['auto-v6'],
      },
      r2: {
        ha: true,
        distributed: true,
        external_gateway_info: gateway('203.0.113.51', '2001:db8:ff::51'),
        interfaces: ['near-v6', 'far-v6'],
      },
    },
    security_groups: {
      echo: { security_group_rules: [{ direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp' }] },
    },
    servers: {
      auto1: { host: 'compute1', networks: ['auto'] },
      auto2: { host: 'compute2', networks: ['auto'] },
      near1: { host: 'compute1', networks: ['near'], security_groups: ['default', 'echo'] },
      far2: { host: 'compute2', networks: ['far'] },
    },
  },
  capability: 'ipv6',
});
const needs = ['routers with ha', 'dhcp', 'vxlan'];

/** That a server learns of its router, and gets out and back, by one host and not by the other. */
async function expectRouterOn(host: string, { cloud, ping, watch }: Stage): Promise<void> {
  const guests = await cloud.guests();
  const router = linkLocalAddress(mac(cloud, 'r1-auto-v6'));
  const { value, journeys } = await watch('auto1 looks for a router', () => autoconfigure(guests, 'auto1'));
  expect(value.routers).toEqual([router]);
  const advertised = journeys.filter(({ headers }) => headers.icmp?.type === ROUTER_ADVERTISEMENT);
  expect(advertised.length).toBeGreaterThan(0);
  for (const { observed } of advertised) expect(observed.roots[0]?.node).toBe(host);

  const { outcome, request, reply } = await ping('auto2', INTERNET);
  expect(outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });
  for (const packet of [request, reply]) {
    expect(packet).toTouch(host);
    expect(packet).not.toTouch(otherHost(host));
  }
}

/** RETRANS_TIMER (s) between questions for a neighbour, of which there are MAX_MULTICAST_SOLICIT (RFC 4861, 10). */
const NEXT_QUESTION = 1;
const QUESTIONS = 3;

/**
 * What a fail-over may take (s) by IPv6. The answer to the new host's first question for a neighbour can come before its
 * kernel takes the address that keepalived has set for its own, or go to the old host, which has told of the groups that
 * it left: then it is lost, and the new host is seen to ask again.
 */
async function budgetOf(cloud: Cloud, host: string, router = 'r1'): Promise<number> {
  const capture = await cloud.capture();
  await capture.sync();
  const points = new Set(devicesOf(cloud, host, router).map((device) => `${host}:${device}`));
  const asked = capture.frames
    .filter(({ point, direction }) => direction === 'out' && points.has(point))
    .flatMap(({ bytes }) => dissect(bytes).layers)
    .flatMap((layer) =>
      layer.protocol === 'icmpv6' && layer.type === NEIGHBOR_SOLICITATION ? [layer.targetAddress] : [],
    );
  const most = Math.max(
    1,
    ...Map.groupBy(asked, (target) => target)
      .values()
      .map(({ length }) => length),
  );
  return budget(cloud) + (Math.min(most, QUESTIONS) - 1) * NEXT_QUESTION;
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
    expectWithin(await budgetOf(cloud, other), {
      streams: { 'auto2 → internet1': await out.stop() },
      bystander,
    });
    await expectRouterOn(other, stage);
  },
);

/** That a distributed router leads out and in by one host and not by the other, and between networks by neither. */
async function expectCentralOn(host: string, { cloud, ping }: Stage): Promise<void> {
  const [near, far] = [cloud.address('near1'), cloud.address('far2')];
  const central = mac(cloud, 'r2-near-v6-snat');
  const out = await ping('near1', INTERNET);
  expect(out.outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });
  const own = { src_ip: near, dst_ip: INTERNET };
  expect(out.request).toTravel(
    guest('near1', { ...own, ttl: 64 }),
    tap('compute1', { ...own, ttl: 64 }),
    service('compute1', 'in', { ...own, ttl: 64 }),
    service('compute1', 'out', { ...own, ttl: 63, dst_mac: central }),
    wire('compute1', 'tor1', { ...own, ttl: 63 }),
    wire('tor1', host, { ...own, ttl: 63 }),
    service(host, 'in', { ...own, ttl: 63, dst_mac: central }),
    service(host, 'out', { ...own, ttl: 62, src_mac: mac(cloud, 'r2-gateway') }),
    wire(host, 'tor1', { ...own, ttl: 62, vlan: null, tunnel: null }),
    wire('tor1', 'upstream1', { ...own, ttl: 62 }),
    wire('upstream1', 'internet1', { ...own, ttl: 61 }),
  );
  const inward = await ping('internet1', near);
  expect(inward.outcome).toMatchObject({ outcome: 'reply', from: near, ttl: 61 });
  for (const packet of [out.reply, inward.request]) {
    const back = { src_ip: INTERNET, dst_ip: near };
    expect(packet).toTravel(
      wire('internet1', 'upstream1', { ...back, ttl: 64 }),
      wire('upstream1', 'tor1', { ...back, ttl: 63 }),
      wire('tor1', host, { ...back, ttl: 63 }),
      service(host, 'in', { ...back, ttl: 63 }),
      service(host, 'out', { ...back, ttl: 62, src_mac: central }),
      wire(host, 'tor1', { ...back, ttl: 62 }),
      wire('tor1', 'compute1', { ...back, ttl: 62 }),
      tap('compute1', { ...back, ttl: 62 }),
      guest('near1', { ...back, ttl: 62 }),
    );
  }

  const between = await ping('far2', 'near1');
  expect(between.outcome).toMatchObject({ outcome: 'reply', from: near, ttl: 63 });
  for (const [packet, hosts, servers, there] of [
    [between.request, ['compute2', 'compute1'], ['far2', 'near1'], { src_ip: far, dst_ip: near }],
    [between.reply, ['compute1', 'compute2'], ['near1', 'far2'], { src_ip: near, dst_ip: far }],
  ] as const)
    expect(packet).toTravel(
      guest(servers[0], { ...there, ttl: 64 }),
      tap(hosts[0], { ...there, ttl: 64 }),
      service(hosts[0], 'in', { ...there, ttl: 64 }),
      service(hosts[0], 'out', { ...there, ttl: 63 }),
      wire(hosts[0], 'tor1', { ...there, ttl: 63 }),
      wire('tor1', hosts[1], { ...there, ttl: 63 }),
      tap(hosts[1], { ...there, ttl: 63 }),
      guest(servers[1], { ...there, ttl: 63 }),
    );
}

scenario(
  'of a distributed router the active host alone leads IPv6 out and in, after a fail-over the other one; between networks the sender’s host routes all the time',
  { needs: [...needs, 'distributed routers'] },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud, 'r2');
    const other = otherHost(host);
    await expectCentralOn(host, stage);

    const guests = await cloud.guests();
    const outside = await cloud.cluster.agent('internet1');
    await using out = await stream(guests, 'near1', INTERNET);
    await using into = await stream(outside, '', cloud.address('near1'));
    await using across = await stream(guests, 'far2', cloud.address('near1'));
    const all = (count: number) =>
      Promise.all([out, into, across].map((one) => one.answered(count, budget(cloud) + 5)));
    await all(20);
    {
      await using _down = await linkDown(cloud, placeOf(cloud, host, 'r2'));
      await untilActiveOn(cloud, [other], { router: 'r2' });
      await all(20);
    }
    const bystander = await across.stop();
    const streams = { 'near1 → internet1': await out.stop(), 'internet1 → near1': await into.stop() };
    expectWithin(await budgetOf(cloud, other, 'r2'), { streams, bystander });
    await expectCentralOn(other, stage);
  },
);
