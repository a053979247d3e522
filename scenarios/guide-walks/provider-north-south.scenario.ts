/** The guide's walk "North-south" of provider networks: a server and a host on the Internet. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, provider, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: provider, capability: 'guide-walks', pattern: 'l2-vlan' });
const needs = ['vlan', 'tagged interfaces of hosts', 'firewall_driver iptables_hybrid'];

/**
 * Here the guide and the packet differ in two places. Physical network, step 1: the guide's switch takes tag 101 off
 * before the router; the router of this underlay is on a trunk and takes the tag off itself. Steps 2 and 3: the guide's
 * router hands the packet back to the switch for the external network; here the outside has a cable of its own.
 * What the guide leaves out: the router writes its own source address and takes one from the TTL.
 */
scenario(
  'from a server on a provider network a packet goes to the Internet by the physical router alone',
  { needs },
  async ({ cloud, ping }) => {
    const seen = await ping('red1', '198.51.100.10');
    const { outcome, request, reply } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: '198.51.100.10', ttl: 63 });

    const server = mac(cloud, 'red1');
    const ip = { src_ip: '10.0.1.11', dst_ip: '198.51.100.10' };
    const sent = { ...ip, src_mac: server, ttl: 64 };
    const routed = { ...ip, ttl: 63 };
    expect(request).toTravel(
      // Compute node 1, step 1: from the server's NIC to the bridge of its security groups.
      guest('red1', { ...sent, ...bare }),
      tap('compute1', { ...sent, ...bare }),
      // Steps 2 to 8: past the rules, into br-int with an internal tag, by the patch to the provider bridge, there tag 101
      // instead of the internal one, out by the physical interface to the switch.
      wire('compute1', 'tor1', { ...sent, vlan: 101, tunnel: null }),
      // Physical network, step 1: from the switch to the router.
      wire('tor1', 'core1', { ...sent, vlan: 101, tunnel: null }),
      // Steps 2 to 4: routed, and received by the external network.
      wire('core1', 'internet1', { ...routed, ...bare }),
    );
    expect(request?.observed.roots[0]?.headers.dst_mac).not.toBe(server);
    expect(request).not.toTouch('network1');

    // Steps 4 to 6 of compute node 1: tags within the host.
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute1 br-int',
      `compute1 br-vlan: tag ${localVlan(cloud, 'compute1', 'red')} → tag 101`,
    ]);

    // Return traffic follows similar steps in reverse.
    const back = { src_ip: '198.51.100.10', dst_ip: '10.0.1.11' };
    expect(reply).toTravel(
      wire('internet1', 'core1', { ...back, ...bare, ttl: 64 }),
      wire('core1', 'tor1', { ...back, vlan: 101, dst_mac: server, ttl: 63 }),
      wire('tor1', 'compute1', { ...back, vlan: 101, dst_mac: server, ttl: 63 }),
      tap('compute1', { ...back, ...bare, ttl: 63 }),
      guest('red1', { ...back, ...bare, ttl: 63 }),
    );
  },
);
