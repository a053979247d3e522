/** The guide's walk "East-west scenario 2" of self-service networks: two networks, both servers on compute node 1. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, selfService, vxlan, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: selfService, capability: 'guide-walks', pattern: 'l3-vxlan' });
const needs = ['routers', 'vxlan', 'firewall_driver iptables_hybrid'];

/**
 * Where the guide and the packet differ: network node, step 6, the guide lets the router send to "the next hop, typically
 * the gateway IP address on network 2"; that gateway is the router itself, and the packet goes straight to server 2,
 * whose MAC address it bears. Compute node, step 5, and network node, step 9: it is br-tun, not br-int, that changes the
 * internal tag into a tunnel id. What the guide leaves out: new MAC addresses, and one from the TTL.
 */
scenario(
  'between self-service networks a packet leaves its compute node for the router and comes back behind another VNI',
  { needs },
  async ({ cloud, ping, tagsOnWires }) => {
    const seen = await ping('red1', 'blue1');
    const { outcome, request, reply } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.11', ttl: 63 });

    const ip = { src_ip: '10.0.1.11', dst_ip: '10.0.2.11' };
    const red = mac(cloud, 'r1-red-subnet');
    const blue = mac(cloud, 'r1-blue-subnet');
    const before = { ...ip, src_mac: mac(cloud, 'red1'), dst_mac: red, ttl: 64 };
    const after = { ...ip, src_mac: blue, dst_mac: mac(cloud, 'blue1'), ttl: 63 };
    const out = (id: number) => vxlan(id, 'compute1', 'gateway1');
    const home = (id: number) => vxlan(id, 'gateway1', 'compute1');
    expect(request).toTravel(
      // Compute node, step 1: from the NIC of server 1 to the bridge of its security groups.
      guest('red1', { ...before, ...bare }),
      tap('compute1', { ...before, ...bare }),
      // Steps 2 to 8: past the rules, br-int with an internal tag, patch to br-tun, wrapped with VNI 101, to the network
      // node by the overlay.
      wire('compute1', 'tor1', { ...before, ...out(101) }),
      wire('tor1', 'gateway1', { ...before, ...out(101) }),
      // Network node, steps 1 to 5: unwrapped, internal tag, patch to br-int, tag off, into the router's namespace.
      service('gateway1', 'in', { ...before, ...bare }),
      // Steps 6 and 7: routed, out by the interface of network 2.
      service('gateway1', 'out', { ...after, ...bare }),
      // Steps 8 to 12: br-int with another internal tag, patch to br-tun, wrapped with VNI 102, to the compute node.
      wire('gateway1', 'tor1', { ...after, ...home(102) }),
      wire('tor1', 'compute1', { ...after, ...home(102) }),
      // Compute node again, steps 1 to 8: unwrapped, internal tag, br-int, tag off, past the rules, to server 2.
      tap('compute1', { ...after, ...bare }),
      guest('blue1', { ...after, ...bare }),
    );
    expect(request).not.toTouch('compute2');

    // What the steps between are about: tags and tunnel ids within the hosts.
    const tag = (host: string, network: string) => `tag ${localVlan(cloud, host, network)}`;
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute1 br-int',
      `compute1 br-tun: ${tag('compute1', 'red')} → vni 101`,
      `gateway1 br-tun: vni 101 → ${tag('gateway1', 'red')}`,
      'gateway1 br-int',
      'gateway1 br-int',
      `gateway1 br-tun: ${tag('gateway1', 'blue')} → vni 102`,
      `compute1 br-tun: vni 102 → ${tag('compute1', 'blue')}`,
      'compute1 br-int',
    ]);

    // Return traffic follows similar steps in reverse.
    const back = { src_ip: '10.0.2.11', dst_ip: '10.0.1.11' };
    expect(reply).toTravel(
      guest('blue1', { ...back, ...bare, dst_mac: blue, ttl: 64 }),
      tap('compute1', { ...back, ...bare, ttl: 64 }),
      wire('compute1', 'tor1', { ...back, ...out(102), ttl: 64 }),
      wire('tor1', 'gateway1', { ...back, ...out(102), ttl: 64 }),
      service('gateway1', 'in', { ...back, ...bare, ttl: 64 }),
      service('gateway1', 'out', { ...back, ...bare, src_mac: red, ttl: 63 }),
      wire('gateway1', 'tor1', { ...back, ...home(101), ttl: 63 }),
      wire('tor1', 'compute1', { ...back, ...home(101), ttl: 63 }),
      tap('compute1', { ...back, ...bare, ttl: 63 }),
      guest('red1', { ...back, ...bare, dst_mac: mac(cloud, 'red1'), ttl: 63 }),
    );
    expect(tagsOnWires()).toEqual([]);
  },
);
