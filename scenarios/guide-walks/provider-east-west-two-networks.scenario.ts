/** The guide's walk "East-west scenario 2" of provider networks: two networks, both servers on compute node 1. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, provider, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: provider, capability: 'guide-walks', pattern: 'l2-vlan' });
const needs = ['vlan', 'tagged interfaces of hosts', 'firewall_driver iptables_hybrid'];

/**
 * Where the guide and the packet differ: physical network, steps 1 and 4, the guide's switch takes tag 101 off before
 * the router and puts tag 102 on behind it; the router of this underlay is on a trunk, so that it does both itself, and
 * the packet passes its one cable twice.
 */
scenario(
  'between provider networks a packet leaves its compute node for the physical router and comes back to it',
  { needs },
  async ({ cloud, ping, tagsOnWires }) => {
    const seen = await ping('red1', 'blue1');
    const { outcome, request, reply } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.11', ttl: 63 });

    const ip = { src_ip: '10.0.1.11', dst_ip: '10.0.2.11' };
    const before = { ...ip, src_mac: mac(cloud, 'red1'), ttl: 64 };
    const after = { ...ip, dst_mac: mac(cloud, 'blue1'), ttl: 63 };
    expect(request).toTravel(
      // Compute node 1, step 1: from the NIC of server 1 to the bridge of its security groups.
      guest('red1', { ...before, ...bare }),
      tap('compute1', { ...before, ...bare }),
      // Steps 2 to 8: past the rules, br-int with an internal tag, tag 101 on the provider bridge, to the switch.
      wire('compute1', 'tor1', { ...before, vlan: 101, tunnel: null }),
      // Physical network, step 1: from the switch to the router.
      wire('tor1', 'core1', { ...before, vlan: 101, tunnel: null }),
      // Steps 2 and 3: routed from network 1 to network 2, and back to the switch.
      wire('core1', 'tor1', { ...after, vlan: 102, tunnel: null }),
      // Step 4: from the switch to compute node 1.
      wire('tor1', 'compute1', { ...after, vlan: 102, tunnel: null }),
      // Compute node 1 again, steps 1 to 6: provider bridge, patch, internal tag, br-int, past the rules, to server 2.
      tap('compute1', { ...after, ...bare }),
      guest('blue1', { ...after, ...bare }),
    );

    // What the steps between are about: tags within the host.
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute1 br-int',
      `compute1 br-vlan: tag ${localVlan(cloud, 'compute1', 'red')} → tag 101`,
      'compute1 br-vlan',
      `compute1 br-int: tag 102 → tag ${localVlan(cloud, 'compute1', 'blue')}`,
    ]);

    // Return traffic follows similar steps in reverse.
    const back = { src_ip: '10.0.2.11', dst_ip: '10.0.1.11' };
    expect(reply).toTravel(
      guest('blue1', { ...back, ...bare, ttl: 64 }),
      tap('compute1', bare),
      wire('compute1', 'tor1', { ...back, vlan: 102, ttl: 64 }),
      wire('tor1', 'core1', { ...back, vlan: 102, ttl: 64 }),
      wire('core1', 'tor1', { ...back, vlan: 101, ttl: 63 }),
      wire('tor1', 'compute1', { ...back, vlan: 101, ttl: 63 }),
      tap('compute1', bare),
      guest('red1', { ...back, ...bare, dst_mac: mac(cloud, 'red1'), ttl: 63 }),
    );
    expect(tagsOnWires()).toEqual([101, 102]);
  },
);
