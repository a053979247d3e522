/** Out of a cloud with a distributed router, and into it. */
import { expect } from 'vitest';
import { stream } from '../../src/probe/index.ts';
import { guest, type Scenario, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, hostMac, mac, NETWORK_NODES, type Pattern, worn } from './places.ts';

const INTERNET = '198.51.100.10';
const WEB1 = '203.0.113.60';
const ROUTER = '203.0.113.50';

export function northSouth(scenario: Scenario, pattern: Pattern): void {
  const needs = ['distributed routers', 'floatingips', pattern.encapsulation];

  scenario(
    'a server with a floating IP goes out by its own host, past two routers, and no network node',
    { needs },
    async ({ cloud, ping, tcp }) => {
      const { outcome, request, reply } = await ping('web1', INTERNET);
      // Two of its own, and the upstream one.
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 61 });
      const inside = { src_ip: '10.0.1.11', dst_ip: INTERNET };
      const outside = { src_ip: WEB1, dst_ip: INTERNET };
      const agent = mac(cloud, 'fip-public-compute1');
      expect(request).toTravel(
        guest('web1', { ...inside, ttl: 64 }),
        tap('compute1', { ...inside, ttl: 64 }),
        service('compute1', 'in', { ...inside, ttl: 64 }),
        service('compute1', 'out', { ...outside, ttl: 63 }),
        service('compute1', 'in', { ...outside, ttl: 63 }),
        service('compute1', 'out', { ...outside, ttl: 62, src_mac: agent }),
        wire('compute1', 'tor1', { ...outside, ...bare, ttl: 62, src_mac: agent }),
        wire('tor1', 'upstream1', { ...outside, ...bare, ttl: 62, src_mac: agent }),
        wire('upstream1', 'internet1', { ...outside, ttl: 61 }),
      );
      const back = { src_ip: INTERNET, dst_ip: WEB1 };
      const home = { src_ip: INTERNET, dst_ip: '10.0.1.11' };
      expect(reply).toTravel(
        wire('internet1', 'upstream1', { ...back, ttl: 64 }),
        wire('upstream1', 'tor1', { ...back, ttl: 63, dst_mac: agent }),
        wire('tor1', 'compute1', { ...back, ...bare, ttl: 63, dst_mac: agent }),
        service('compute1', 'in', { ...back, ttl: 63 }),
        service('compute1', 'out', { ...back, ttl: 62 }),
        service('compute1', 'in', { ...back, ttl: 62 }),
        service('compute1', 'out', { ...home, ttl: 61, src_mac: mac(cloud, 'r1-web-v4') }),
        tap('compute1', { ...home, ttl: 61 }),
        guest('web1', { ...home, ttl: 61 }),
      );
      for (const node of NETWORK_NODES) {
        expect(request).not.toTouch(node);
        expect(reply).not.toTouch(node);
      }
      expect((await tcp('internet1', WEB1, { at: 'web1' })).value).toMatchObject({
        outcome: 'exchanged',
      });
    },
  );

  scenario(
    'a server without one goes out past its host’s router and the network node’s, and the answer past the latter alone',
    { needs },
    async ({ cloud, ping, tcp }) => {
      const { outcome, request, reply } = await ping('web2', INTERNET);
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
      const inside = { src_ip: '10.0.1.12', dst_ip: INTERNET };
      const outside = { src_ip: ROUTER, dst_ip: INTERNET };
      const central = mac(cloud, 'r1-web-v4-snat');
      const own = hostMac(request, 'compute2');
      const onWire = { ...inside, ...worn(pattern, 'web'), ttl: 63, src_mac: own, dst_mac: central };
      expect(request).toTravel(
        guest('web2', { ...inside, ttl: 64 }),
        tap('compute2', { ...inside, ttl: 64 }),
        service('compute2', 'in', { ...inside, ttl: 64 }),
        service('compute2', 'out', { ...inside, ttl: 63, dst_mac: central }),
        wire('compute2', 'tor1', onWire),
        wire('tor1', 'network1', onWire),
        service('network1', 'in', { ...inside, ttl: 63, src_mac: mac(cloud, 'r1-web-v4'), dst_mac: central }),
        service('network1', 'out', { ...outside, ttl: 62, src_mac: mac(cloud, 'r1-gateway') }),
        wire('network1', 'tor1', { ...outside, ...bare, ttl: 62 }),
        wire('tor1', 'upstream1', { ...outside, ttl: 62 }),
        wire('upstream1', 'internet1', { ...outside, ttl: 61 }),
      );
      const home = { src_ip: INTERNET, dst_ip: '10.0.1.12', ttl: 62, src_mac: central };
      expect(reply).toTravel(
        wire('internet1', 'upstream1', { dst_ip: ROUTER, ttl: 64 }),
        wire('upstream1', 'tor1', { dst_ip: ROUTER, ttl: 63 }),
        wire('tor1', 'network1', { dst_ip: ROUTER, ttl: 63 }),
        service('network1', 'in', { dst_ip: ROUTER, ttl: 63 }),
        service('network1', 'out', home),
        wire('network1', 'tor1', { ...home, ...worn(pattern, 'web') }),
        wire('tor1', 'compute2', { ...home, ...worn(pattern, 'web') }),
        tap('compute2', home),
        guest('web2', home),
      );
      expect((await tcp('web2', 'internet1', { destination: INTERNET })).value).toMatchObject({
        outcome: 'exchanged',
      });
    },
  );

  scenario(
    'a server that gets a floating IP leaves by its own host at once, and one that loses it by the network node',
    { needs },
    async ({ api, ping }) => {
      expect((await ping('web1', INTERNET)).request).not.toTouch('network1');
      await api.floatingIps.disassociate('web1-public');
      const central = await ping('web1', INTERNET);
      expect(central.outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
      expect(central.request).toTouch('network1');
      await api.floatingIps.associate('web1-public', { server: 'web2' });
      const own = await ping('web2', INTERNET);
      expect(own.outcome).toMatchObject({ outcome: 'reply', ttl: 61 });
      expect(own.request).not.toTouch('network1');
      expect((await ping('internet1', WEB1)).request).toArriveAt('web2');
    },
  );

  scenario(
    'a floating IP moves with its server: the agent of the new host announces it and answers for it',
    { needs },
    async ({ api, cloud, ping, watch }) => {
      expect((await ping('internet1', WEB1)).request).toTouch('compute1');
      const { journeys } = await watch('web1 moves to compute3', () =>
        api.servers.migrate('web1', { host: 'compute3' }),
      );
      const announced = journeys.filter(
        ({ headers: { arp } }) => arp?.sender_ip === WEB1 && arp.target_ip === WEB1,
      );
      expect(new Set(announced.map(({ headers }) => headers.src_mac))).toEqual(
        new Set([mac(cloud, 'fip-public-compute3')]),
      );
      const { outcome, request, reply } = await ping('internet1', WEB1);
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 61 });
      expect(request).toArriveAt('web1');
      expect(request).toTouch('compute3');
      for (const journey of [request, reply])
        for (const node of ['compute1', ...NETWORK_NODES]) expect(journey).not.toTouch(node);
    },
  );

  scenario(
    'who talks to a server by its floating IP, or across the router, is answered again after it has moved, and once',
    { needs: [...needs, 'live_migration'] },
    async ({ api, cloud, ping }) => {
      const outside = await cloud.cluster.agent('internet1');
      await using byFloating = await stream(outside, '', WEB1);
      await using byRouter = await stream(await cloud.guests(), 'db2', cloud.address('web1'));
      const both = (count: number) => Promise.all([byFloating.answered(count), byRouter.answered(count)]);
      await both(20);
      await api.servers.migrate('web1', { host: 'compute3' });
      await both(20);
      const told = await Promise.all([byFloating.stop(), byRouter.stop()]);
      expect(told.flatMap(({ duplicated }) => duplicated)).toEqual([]);
      const { request, reply } = await ping('db2', 'web1');
      expect(request).toArriveAt('web1');
      for (const journey of [request, reply])
        for (const node of ['compute1', ...NETWORK_NODES]) expect(journey).not.toTouch(node);
    },
  );
}
