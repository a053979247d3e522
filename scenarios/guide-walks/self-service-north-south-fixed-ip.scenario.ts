/** The guide's walk "North-south scenario 1" of self-service networks: a server with a fixed IP address alone. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, selfService, vxlan, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: selfService, capability: 'guide-walks', pattern: 'l3-vxlan' });
const needs = ['routers', 'vxlan', 'firewall_driver iptables_hybrid'];

/**
 * Where the guide and the packet differ. Network node, step 9: the guide's provider network is VLAN 101, so that the
 * provider bridge swaps the internal tag for it; this one is flat, and the internal tag is only taken off. Compute node,
 * step 5: the guide lets br-int change the internal tag into a tunnel id; it is br-tun that does so. The server is on
 * compute node 2, as the one on node 1 has a floating IP. What the guide leaves out: the router's own addresses in the frame, and the TTL.
 */
scenario(
  'from a server with a fixed IP a packet goes out by the network node, and bears the router’s address there',
  { needs },
  async ({ cloud, ping }) => {
    const own = cloud.topology.routers['r1']?.external_gateway_info?.external_fixed_ips[0]?.ip_address ?? '';
    expect(own).toMatch(/^203\.0\.113\./);
    const seen = await ping('red2', '198.51.100.10');
    const { outcome, request, reply } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: '198.51.100.10', ttl: 62 });

    const gateway = mac(cloud, 'r1-red-subnet');
    const inside = {
      src_mac: mac(cloud, 'red2'),
      dst_mac: gateway,
      src_ip: '10.0.1.12',
      dst_ip: '198.51.100.10',
      ttl: 64,
    };
    const outside = { src_mac: mac(cloud, 'r1-gateway'), src_ip: own, dst_ip: '198.51.100.10', ttl: 63 };
    const overlay = vxlan(101, 'compute2', 'gateway1');
    expect(request).toTravel(
      // Compute node, step 1: from the server's NIC to the bridge of its security groups.
      guest('red2', { ...inside, ...bare }),
      tap('compute2', { ...inside, ...bare }),
      // Steps 2 to 8: past the rules, br-int with an internal tag, patch to br-tun, wrapped with VNI 101, to the network
      // node by the overlay.
      wire('compute2', 'tor1', { ...inside, ...overlay }),
      wire('tor1', 'gateway1', { ...inside, ...overlay }),
      // Network node, steps 1 to 5: unwrapped, internal tag, patch to br-int, tag off, into the router's namespace.
      service('gateway1', 'in', { ...inside, ...bare }),
      // Step 5, SNAT, and step 6: out by the gateway interface to br-int.
      service('gateway1', 'out', { ...outside, ...bare }),
      // Steps 7 to 11: br-int, patch to the provider bridge, out by the physical interface, to the Internet.
      wire('gateway1', 'tor1', { ...outside, ...bare }),
      wire('tor1', 'upstream1', { ...outside, ...bare }),
      wire('upstream1', 'internet1', { src_ip: own, dst_ip: '198.51.100.10', ttl: 62, ...bare }),
    );

    // What the steps between are about: tags and tunnel ids within the hosts.
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute2 br-int',
      `compute2 br-tun: tag ${localVlan(cloud, 'compute2', 'red')} → vni 101`,
      `gateway1 br-tun: vni 101 → tag ${localVlan(cloud, 'gateway1', 'red')}`,
      'gateway1 br-int',
      'gateway1 br-int',
      `gateway1 br-ex: tag ${localVlan(cloud, 'gateway1', 'public')} → nothing`,
    ]);

    // Return traffic follows similar steps in reverse.
    const home = vxlan(101, 'gateway1', 'compute2');
    const answer = { src_ip: '198.51.100.10', dst_ip: '10.0.1.12', ttl: 62, dst_mac: inside.src_mac };
    expect(reply).toTravel(
      wire('internet1', 'upstream1', { dst_ip: own, ttl: 64 }),
      wire('upstream1', 'tor1', { dst_ip: own, ttl: 63 }),
      wire('tor1', 'gateway1', { dst_ip: own, dst_mac: outside.src_mac, ...bare }),
      service('gateway1', 'in', { dst_ip: own, ttl: 63, ...bare }),
      service('gateway1', 'out', { ...answer, src_mac: gateway, ...bare }),
      wire('gateway1', 'tor1', { ...answer, ...home }),
      wire('tor1', 'compute2', { ...answer, ...home }),
      tap('compute2', { ...answer, ...bare }),
      guest('red2', { ...answer, ...bare }),
    );

    // Without a floating IP nobody outside can begin: not even the way to the network is known there.
    const begun = await ping('internet1', '10.0.1.12', { timeout: 0.3 });
    expect(begun.outcome.outcome).not.toBe('reply');
    expect(begun.request).not.toTouch('gateway1');
  },
);
