/** The guide's walk "East-west scenario 1" of distributed routers: two networks of one router, two compute nodes. */
import { expect } from 'vitest';
import { hopsBelow } from '../../src/journey/index.ts';
import { guest, type Scenario, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, vxlan } from './guide.ts';

const needs = ['distributed routers', 'vxlan', 'firewall_driver iptables_hybrid'];

/**
 * Where the guide and the packet differ: compute node 1, step 11, the guide wraps the packet "using VNI 101", which in
 * its pictures is network 1's; the packet is on network 2 by then and bears that network's number. Step 9: it is br-tun,
 * not br-int, that changes the internal tag into a tunnel id. What the guide leaves out: on the wire the source MAC
 * address is one of the sender's host, which host 2 replaces by the gateway's of network 2; and the TTL.
 */
export function eastWestTwoNetworks(scenario: Scenario): void {
  scenario(
    'between networks of a distributed router each compute node routes what its own server sends',
    { needs },
    async ({ cloud, ping, tagsOnWires }) => {
      const { outcome, request, reply } = await ping('web1', 'db2');
      expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.12', ttl: 63 });

      const hostMac = (journey: typeof request): string | undefined =>
        journey?.observed.roots.flatMap(hopsBelow).find(({ kind }) => kind === 'wire')?.headers.src_mac;
      const ip = { src_ip: '10.0.1.11', dst_ip: '10.0.2.12' };
      const sent = { ...ip, src_mac: mac(cloud, 'web1'), dst_mac: mac(cloud, 'r1-web-v4'), ttl: 64 };
      const routed = { ...ip, src_mac: mac(cloud, 'r1-db-v4'), dst_mac: mac(cloud, 'db2'), ttl: 63 };
      const own = hostMac(request) ?? '';
      expect(own).toMatch(/^fa:16:3f:/);
      const overlay = { ...routed, src_mac: own, ...vxlan(102, 'compute1', 'compute2') };
      expect(request).toTravel(
        // Compute node 1, steps 1 to 4: from the NIC of instance 1 past its rules, to br-int with an internal tag.
        guest('web1', { ...sent, ...bare }),
        tap('compute1', { ...sent, ...bare }),
        // Step 5: tag off, to the interface of network 1 in the router's namespace.
        service('compute1', 'in', { ...sent, ...bare }),
        // Steps 6 and 7: routed, and out by the interface of network 2.
        service('compute1', 'out', { ...routed, ...bare }),
        // Steps 8 to 12: br-int with an internal tag, patch to br-tun, wrapped, to compute node 2 by the overlay.
        wire('compute1', 'tor1', overlay),
        wire('tor1', 'compute2', overlay),
        // Compute node 2, steps 1 to 8: unwrapped, internal tag, patch to br-int, tag off, past the rules, to instance 2.
        tap('compute2', { ...routed, ...bare }),
        guest('db2', { ...routed, ...bare }),
      );

      // "In this scenario, routing occurs on ... compute node 2 for packets from instance 2 to instance 1."
      const back = { src_ip: '10.0.2.12', dst_ip: '10.0.1.11', dst_mac: mac(cloud, 'web1'), ttl: 63 };
      const home = { ...back, src_mac: hostMac(reply) ?? '', ...vxlan(101, 'compute2', 'compute1') };
      expect(home.src_mac).not.toBe(own);
      expect(reply).toTravel(
        guest('db2', { ...bare, ttl: 64 }),
        tap('compute2', { ...bare, ttl: 64 }),
        service('compute2', 'in', { ...bare, ttl: 64 }),
        service('compute2', 'out', { ...back, ...bare, src_mac: mac(cloud, 'r1-web-v4') }),
        wire('compute2', 'tor1', home),
        wire('tor1', 'compute1', home),
        tap('compute1', { ...back, ...bare, src_mac: mac(cloud, 'r1-web-v4') }),
        guest('web1', { ...back, ...bare, src_mac: mac(cloud, 'r1-web-v4') }),
      );
      for (const node of ['network1', 'network2']) {
        expect(request).not.toTouch(node);
        expect(reply).not.toTouch(node);
      }
      expect(tagsOnWires()).toEqual([]);
    },
  );

  scenario(
    'on one compute node instances of two networks communicate by the router on that node alone',
    { needs },
    async ({ ping }) => {
      const { outcome, request } = await ping('web1', 'db1');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      expect(request).toTravel(
        guest('web1', bare),
        tap('compute1', bare),
        service('compute1', 'in', { ...bare, ttl: 64 }),
        service('compute1', 'out', { ...bare, ttl: 63 }),
        tap('compute1', bare),
        guest('db1', bare),
      );
    },
  );
}
