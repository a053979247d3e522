/**
 * The guide's walks "North-south scenario 1" and "2" of self-service networks, as they are for IPv6: out and in, with the
 * server's own address both times.
 */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, selfServiceIpv6, vxlan, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: selfServiceIpv6, capability: 'guide-walks', pattern: 'l3-vxlan' });
const needs = ['routers', 'dhcp', 'vxlan', 'firewall_driver iptables_hybrid'];

const INTERNET = '2001:db8:fe::10';

/**
 * Where the guide and the packet differ, both ways: its provider network is VLAN 101, this one is flat; it is br-tun, not
 * br-int, that changes the internal tag into a tunnel id. What the guide leaves out: one from the hop limit.
 */
scenario(
  'by IPv6 a packet to the Internet is routed by the network node, and keeps the server’s own address',
  { needs },
  async ({ cloud, ping }) => {
    const seen = await ping('leased1', INTERNET);
    const { outcome, request } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });

    const own = { src_ip: cloud.address('leased1'), dst_ip: INTERNET };
    const sent = { ...own, src_mac: mac(cloud, 'leased1'), dst_mac: mac(cloud, 'r1-leased-v6'), ttl: 64 };
    const routed = { ...own, src_mac: mac(cloud, 'r1-gateway'), ttl: 63 };
    const overlay = vxlan(101, 'compute1', 'network1');
    expect(request).toTravel(
      // Compute node, step 1: from the server's NIC to the bridge of its security groups.
      guest('leased1', { ...sent, ...bare }),
      tap('compute1', { ...sent, ...bare }),
      // Steps 2 to 8: past the rules, br-int, br-tun, to the network node by the overlay.
      wire('compute1', 'tor1', { ...sent, ...overlay }),
      wire('tor1', 'network1', { ...sent, ...overlay }),
      // Network node, steps 1 to 5: unwrapped, into the router's namespace.
      service('network1', 'in', { ...sent, ...bare }),
      // Steps 5 (routed and not translated) and 6: out by the gateway interface.
      service('network1', 'out', { ...routed, ...bare }),
      // Steps 7 to 11: br-int, patch to the provider bridge, physical interface, to the Internet.
      wire('network1', 'tor1', { ...routed, ...bare }),
      wire('tor1', 'upstream1', { ...routed, ...bare }),
      wire('upstream1', 'internet1', { ...own, ...bare, ttl: 62 }),
    );
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute1 br-int',
      `compute1 br-tun: tag ${localVlan(cloud, 'compute1', 'leased')} → vni 101`,
      `network1 br-tun: vni 101 → tag ${localVlan(cloud, 'network1', 'leased')}`,
      'network1 br-int',
      'network1 br-int',
      `network1 br-ex: tag ${localVlan(cloud, 'network1', 'public')} → nothing`,
    ]);
  },
);

/** The guide (network node, step 5): to "the next-hop IP address, typically the gateway"; the packet's is the server. */
scenario(
  'by IPv6 a packet from the Internet is for the server’s own address on the whole way, and no floating IP is needed',
  { needs },
  async ({ cloud, ping }) => {
    const seen = await ping('internet1', cloud.address('leased1'));
    const { outcome, request } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: cloud.address('leased1'), ttl: 62 });

    const ip = { src_ip: INTERNET, dst_ip: cloud.address('leased1') };
    const gateway = mac(cloud, 'r1-gateway');
    const routed = { ...ip, src_mac: mac(cloud, 'r1-leased-v6'), dst_mac: mac(cloud, 'leased1'), ttl: 62 };
    const overlay = vxlan(101, 'network1', 'compute1');
    expect(request).toTravel(
      // Network node, step 1: the physical network forwards to the physical interface of the provider network.
      wire('internet1', 'upstream1', { ...ip, ...bare, ttl: 64 }),
      wire('upstream1', 'tor1', { ...ip, ...bare, dst_mac: gateway, ttl: 63 }),
      wire('tor1', 'network1', { ...ip, ...bare, dst_mac: gateway, ttl: 63 }),
      // Steps 2 to 5: provider bridge, patch, br-int, into the router's namespace; routed and not translated.
      service('network1', 'in', { ...ip, ...bare, dst_mac: gateway, ttl: 63 }),
      // Steps 5 and 6: out by the interface of the self-service network.
      service('network1', 'out', { ...routed, ...bare }),
      // Steps 7 to 11: br-int, br-tun, to the compute node by the overlay.
      wire('network1', 'tor1', { ...routed, ...overlay }),
      wire('tor1', 'compute1', { ...routed, ...overlay }),
      // Compute node, steps 1 to 8: unwrapped, br-int, past the rules, to the server.
      tap('compute1', { ...routed, ...bare }),
      guest('leased1', { ...routed, ...bare }),
    );
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'network1 br-ex',
      `network1 br-int: nothing → tag ${localVlan(cloud, 'network1', 'public')}`,
      'network1 br-int',
      `network1 br-tun: tag ${localVlan(cloud, 'network1', 'leased')} → vni 101`,
      `compute1 br-tun: vni 101 → tag ${localVlan(cloud, 'compute1', 'leased')}`,
      'compute1 br-int',
    ]);
  },
);
