/** Between two networks of a distributed router: each host routes what its own servers send. */
import { expect } from 'vitest';
import { guest, type Scenario, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, DVR_BASE_MAC, hostMac, mac, NETWORK_NODES, type Pattern, worn } from './places.ts';

export function eastWest(scenario: Scenario, pattern: Pattern): void {
  const { encapsulation } = pattern;
  const needs = ['distributed routers', encapsulation];

  scenario(
    'servers of two networks on two hosts meet without a network node, routed once, each way by the sender’s host',
    { needs },
    async ({ cloud, ping, tcp }) => {
      const { outcome, request, reply } = await ping('web1', 'db2');
      expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.12', ttl: 63 });

      const there = { src_ip: '10.0.1.11', dst_ip: '10.0.2.12' };
      const [own, other] = [hostMac(request, 'compute1'), hostMac(reply, 'compute2')];
      expect(own).toContain(DVR_BASE_MAC);
      expect(other).toContain(DVR_BASE_MAC);
      expect(own).not.toBe(other);
      const sent = { ...there, src_mac: mac(cloud, 'web1'), dst_mac: mac(cloud, 'r1-web-v4'), ttl: 64 };
      const onWire = { ...there, src_mac: own, dst_mac: mac(cloud, 'db2'), ttl: 63, ...worn(pattern, 'db') };
      const arriving = { ...there, src_mac: mac(cloud, 'r1-db-v4'), dst_mac: mac(cloud, 'db2'), ttl: 63 };
      expect(request).toTravel(
        guest('web1', { ...sent, ...bare }),
        tap('compute1', { ...sent, ...bare }),
        service('compute1', 'in', { ...sent, ...bare }),
        service('compute1', 'out', { ...arriving, ...bare }),
        wire('compute1', 'tor1', onWire),
        wire('tor1', 'compute2', onWire),
        tap('compute2', { ...arriving, ...bare }),
        guest('db2', { ...arriving, ...bare }),
      );
      const back = { src_ip: '10.0.2.12', dst_ip: '10.0.1.11', ttl: 63, dst_mac: mac(cloud, 'web1') };
      expect(reply).toTravel(
        guest('db2', { ttl: 64, dst_mac: mac(cloud, 'r1-db-v4') }),
        tap('compute2', { ttl: 64 }),
        service('compute2', 'in', { ttl: 64 }),
        service('compute2', 'out', { ...back, src_mac: mac(cloud, 'r1-web-v4') }),
        wire('compute2', 'tor1', { ...back, src_mac: other, ...worn(pattern, 'web') }),
        wire('tor1', 'compute1', { ...back, src_mac: other, ...worn(pattern, 'web') }),
        tap('compute1', { ...back, src_mac: mac(cloud, 'r1-web-v4') }),
        guest('web1', { ...back, src_mac: mac(cloud, 'r1-web-v4') }),
      );
      for (const node of NETWORK_NODES) {
        expect(request).not.toTouch(node);
        expect(reply).not.toTouch(node);
      }
      expect((await tcp('web1', 'db2', { size: 4000 })).value).toMatchObject({ outcome: 'exchanged' });
    },
  );

  scenario(
    'servers of two networks on one host meet on that host, and no wire sees anything of it',
    { needs },
    async ({ ping, tcp }) => {
      const { outcome, request, reply } = await ping('web1', 'db1');
      expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.11', ttl: 63 });
      expect(request).toTravel(
        guest('web1', { ttl: 64 }),
        tap('compute1', { ttl: 64 }),
        service('compute1', 'in', { ttl: 64 }),
        service('compute1', 'out', { ttl: 63 }),
        tap('compute1', { ttl: 63 }),
        guest('db1', { ttl: 63 }),
      );
      expect(reply).toTravel(
        guest('db1', { ttl: 64 }),
        tap('compute1', { ttl: 64 }),
        service('compute1', 'in', { ttl: 64 }),
        service('compute1', 'out', { ttl: 63 }),
        tap('compute1', { ttl: 63 }),
        guest('web1', { ttl: 63 }),
      );
      const talk = await tcp('web1', 'db1', { size: 4000 });
      expect(talk.value).toMatchObject({ outcome: 'exchanged' });
      for (const journey of talk.journeys) {
        if (journey.headers.protocol === 6) expect(journey).not.toTouch('tor1');
      }
    },
  );

  scenario(
    'every host answers for the same gateway by itself, at the same address and MAC address',
    { needs },
    async ({ cloud, ping }) => {
      for (const [server, host] of [
        ['web1', 'compute1'],
        ['web2', 'compute2'],
      ] as const) {
        for (const gateway of ['10.0.1.1', '10.0.2.1']) {
          const { outcome, request, reply } = await ping(server, gateway);
          expect(outcome).toMatchObject({ outcome: 'reply', from: gateway, ttl: 64 });
          expect(request).toTravel(
            guest(server, { dst_mac: mac(cloud, 'r1-web-v4') }),
            tap(host),
            service(host, 'in', { dst_mac: mac(cloud, 'r1-web-v4'), ttl: 64 }),
          );
          expect(reply).toTravel(service(host, 'out'), tap(host), guest(server));
        }
      }
    },
  );

  scenario(
    encapsulation === 'vlan'
      ? 'who asks for the gateway over VLANs is heard, and answered, by every host: Neutron’s flow against it lies where no frame comes'
      : 'who asks for the gateway is answered on his own host, and nobody else hears the question',
    { needs },
    async ({ cloud, whoHas }) => {
      const { request, replies } = await whoHas('web1', '10.0.1.1');
      expect(new Set(replies.map(({ headers }) => headers.arp?.sender_mac))).toEqual(
        new Set([mac(cloud, 'r1-web-v4')]),
      );
      if (encapsulation === 'vlan') {
        expect(request).toTouch('tor1');
        const answering = replies.map(({ observed }) => observed.roots[0]?.node ?? 'nowhere').toSorted();
        expect(answering).toEqual(['compute1', 'compute2', 'compute3', 'network1']);
        return;
      }
      expect(request).toTravel(guest('web1'), tap('compute1'), service('compute1', 'in'));
      expect(replies).toHaveLength(1);
      expect(replies[0]).toTravel(service('compute1', 'out'), tap('compute1'), guest('web1'));
    },
  );

  scenario(
    'a packet that has run out of hops is told so by the router of its own host',
    { needs },
    async ({ ping }) => {
      const { outcome, request } = await ping('web1', 'db2', { ttl: 1 });
      expect(outcome).toMatchObject({ outcome: 'icmp-error', from: '10.0.1.1' });
      expect(request).toTravel(guest('web1'), tap('compute1'), service('compute1', 'in', { ttl: 1 }));
    },
  );
}
