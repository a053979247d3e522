/** The guide's walk "North-south scenario 2" of self-service networks: from the Internet to a floating IP address. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, selfService, vxlan, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: selfService, capability: 'guide-walks', pattern: 'l3-vxlan' });
const needs = ['routers', 'floatingips', 'vxlan', 'firewall_driver iptables_hybrid'];

const FLOATING = '203.0.113.110';

/**
 * Where the guide and the packet differ. Network node, step 5: the guide lets the router send to "the gateway IP address
 * on the self-service network"; that is the router's own address, and the packet goes straight to the server, whose MAC
 * address it bears. Step 3: the guide's provider network is VLAN 101 and its provider bridge swaps the tag; this one is
 * flat, and br-int gives the internal tag, after the patch of step 4 (as it does with VLANs). Step 8: it is br-tun, not
 * br-int, that changes the internal tag into a tunnel id. Step 11 says "to the network node" and means the compute node.
 */
scenario(
  'from the Internet a packet for a floating IP goes in by the network node, and is for the server’s own address there',
  { needs },
  async ({ cloud, ping }) => {
    const seen = await ping('internet1', FLOATING);
    const { outcome, request, reply } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING, ttl: 62 });

    const outside = { src_ip: '198.51.100.10', dst_ip: FLOATING };
    const gateway = mac(cloud, 'r1-gateway');
    const inside = {
      src_mac: mac(cloud, 'r1-red-subnet'),
      dst_mac: mac(cloud, 'red1'),
      src_ip: '198.51.100.10',
      dst_ip: '10.0.1.11',
      ttl: 62,
    };
    const overlay = vxlan(101, 'gateway1', 'compute1');
    expect(request).toTravel(
      // Network node, step 1: the physical network forwards to the physical interface of the provider network.
      wire('internet1', 'upstream1', { ...outside, ...bare, ttl: 64 }),
      wire('upstream1', 'tor1', { ...outside, ...bare, dst_mac: gateway, ttl: 63 }),
      wire('tor1', 'gateway1', { ...outside, ...bare, dst_mac: gateway, ttl: 63 }),
      // Steps 2 to 5: provider bridge, patch, br-int, into the router's namespace; DNAT.
      service('gateway1', 'in', { ...outside, ...bare, dst_mac: gateway, ttl: 63 }),
      // Step 6: out by the interface of the self-service network.
      service('gateway1', 'out', { ...inside, ...bare }),
      // Steps 7 to 11: br-int with an internal tag, patch to br-tun, wrapped with VNI 101, to the compute node.
      wire('gateway1', 'tor1', { ...inside, ...overlay }),
      wire('tor1', 'compute1', { ...inside, ...overlay }),
      // Compute node, steps 1 to 8: unwrapped, internal tag, patch to br-int, tag off, past the rules, to the server.
      tap('compute1', { ...inside, ...bare }),
      guest('red1', { ...inside, ...bare }),
    );

    // What the steps between are about: tags and tunnel ids within the hosts.
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'gateway1 br-ex',
      `gateway1 br-int: nothing → tag ${localVlan(cloud, 'gateway1', 'public')}`,
      'gateway1 br-int',
      `gateway1 br-tun: tag ${localVlan(cloud, 'gateway1', 'red')} → vni 101`,
      `compute1 br-tun: vni 101 → tag ${localVlan(cloud, 'compute1', 'red')}`,
      'compute1 br-int',
    ]);

    // Egress flows as in scenario 1, except that SNAT makes it the floating IP and not the router's address.
    const answer = { src_ip: '10.0.1.11', dst_ip: '198.51.100.10', ttl: 64, dst_mac: inside.src_mac };
    const known = { src_ip: FLOATING, dst_ip: '198.51.100.10', ttl: 63, src_mac: gateway };
    const home = vxlan(101, 'compute1', 'gateway1');
    expect(reply).toTravel(
      guest('red1', { ...answer, ...bare }),
      tap('compute1', { ...answer, ...bare }),
      wire('compute1', 'tor1', { ...answer, ...home }),
      wire('tor1', 'gateway1', { ...answer, ...home }),
      service('gateway1', 'in', { ...answer, ...bare }),
      service('gateway1', 'out', { ...known, ...bare }),
      wire('gateway1', 'tor1', { ...known, ...bare }),
      wire('tor1', 'upstream1', { ...known, ...bare }),
      wire('upstream1', 'internet1', { src_ip: FLOATING, ttl: 62, ...bare }),
    );
  },
);
