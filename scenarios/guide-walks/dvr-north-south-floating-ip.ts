/** The guide's walk "North-south scenario 2" of distributed routers: from the Internet to a floating IPv4 address. */
import { expect } from 'vitest';
import { guest, type Scenario, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac } from './guide.ts';

const needs = ['distributed routers', 'floatingips', 'vxlan', 'firewall_driver iptables_hybrid'];

const FLOATING = '203.0.113.60';

/**
 * Where the guide and the packet differ. Step 3: the guide's provider network is VLAN 101, this one is flat and has no
 * tag to swap. Step 6: the guide says that the router's namespace "contains the instance floating IPv4 address"; that was
 * so at Juno, today a rule of NAT stands there and a route to it in the floating IP namespace. What the guide leaves out:
 * both namespaces route, so that the TTL falls by two on the compute node, each way.
 */
export function northSouthFloatingIp(scenario: Scenario): void {
  scenario(
    'from the Internet a packet for a floating IP goes to the instance’s own compute node, past two namespaces there',
    { needs },
    async ({ cloud, ping }) => {
      const { outcome, request, reply } = await ping('internet1', FLOATING);
      expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING, ttl: 61 });

      const outside = { src_ip: '198.51.100.10', dst_ip: FLOATING };
      const agent = mac(cloud, 'fip-public-compute1');
      const inside = {
        src_mac: mac(cloud, 'r1-web-v4'),
        dst_mac: mac(cloud, 'web1'),
        src_ip: '198.51.100.10',
        dst_ip: '10.0.1.11',
        ttl: 61,
      };
      expect(request).toTravel(
        // Step 1: the physical network forwards to the physical interface of the provider network.
        wire('internet1', 'upstream1', { ...outside, ...bare, ttl: 64 }),
        wire('upstream1', 'tor1', { ...outside, ...bare, dst_mac: agent, ttl: 63 }),
        wire('tor1', 'compute1', { ...outside, ...bare, dst_mac: agent, ttl: 63 }),
        // Steps 2 to 5: provider bridge, patch, br-int, to the interface in the floating IP namespace.
        service('compute1', 'in', { ...outside, ...bare, dst_mac: agent, ttl: 63 }),
        // Step 6: to the router's namespace by a pair of addresses on the DVR internal network.
        service('compute1', 'out', { ...outside, ...bare, ttl: 62 }),
        service('compute1', 'in', { ...outside, ...bare, ttl: 62 }),
        // Steps 7 and 8: DNAT, and out by the interface of the self-service network.
        service('compute1', 'out', { ...inside, ...bare }),
        // Steps 9 to 13: br-int, past the rules, to the instance.
        tap('compute1', { ...inside, ...bare }),
        guest('web1', { ...inside, ...bare }),
      );

      // "Egress traffic follows similar steps in reverse, except SNAT changes the source IPv4 address."
      const answer = { src_ip: '10.0.1.11', dst_ip: '198.51.100.10', dst_mac: inside.src_mac, ttl: 64 };
      const known = { src_ip: FLOATING, dst_ip: '198.51.100.10' };
      expect(reply).toTravel(
        guest('web1', { ...answer, ...bare }),
        tap('compute1', { ...answer, ...bare }),
        service('compute1', 'in', { ...answer, ...bare }),
        service('compute1', 'out', { ...known, ...bare, ttl: 63 }),
        service('compute1', 'in', { ...known, ...bare, ttl: 63 }),
        service('compute1', 'out', { ...known, ...bare, src_mac: agent, ttl: 62 }),
        wire('compute1', 'tor1', { ...known, ...bare, src_mac: agent, ttl: 62 }),
        wire('tor1', 'upstream1', { ...known, ...bare, src_mac: agent, ttl: 62 }),
        wire('upstream1', 'internet1', { ...known, ...bare, ttl: 61 }),
      );
      for (const node of ['network1', 'network2']) {
        expect(request).not.toTouch(node);
        expect(reply).not.toTouch(node);
      }
    },
  );

  scenario(
    'the interface in the floating IP namespace answers ARP for the floating address, and nobody else does',
    { needs },
    async ({ cloud, ping }) => {
      const { journeys } = await ping('internet1', FLOATING);
      const answers = journeys.filter(
        ({ headers: { arp } }) => arp?.operation === 'reply' && arp.sender_ip === FLOATING,
      );
      expect(answers.map(({ headers }) => headers.arp?.sender_mac)).toEqual([
        mac(cloud, 'fip-public-compute1'),
      ]);
    },
  );
}
