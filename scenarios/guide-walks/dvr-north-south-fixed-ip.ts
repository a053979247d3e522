/** The guide's walk "North-south scenario 1" of distributed routers: an instance with a fixed address, to the Internet. */
import { expect } from 'vitest';
import { guest, type Scenario, service, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, vxlan } from './guide.ts';

const needs = ['distributed routers', 'vxlan', 'firewall_driver iptables_hybrid'];

/**
 * The guide says of this walk that it is that of self-service networks, "except the router namespace on the network node
 * becomes the SNAT namespace". Where the packet differs: on the compute node, between steps 4 and 5 of that walk, the
 * part of the router there routes it first (to the SNAT namespace, back into the same network), so that it is counted
 * down twice on its way out; the answer comes from the SNAT namespace straight to the instance, counted down once there,
 * and bears that namespace's MAC address, not the gateway's.
 */
export function northSouthFixedIp(scenario: Scenario): void {
  scenario(
    'an instance with a fixed address goes to the Internet by its own compute node’s router and the SNAT namespace',
    { needs },
    async ({ cloud, ping }) => {
      const { outcome, request, reply } = await ping('web2', '198.51.100.10');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 62 });

      const inside = { src_ip: '10.0.1.12', dst_ip: '198.51.100.10' };
      const outside = { src_ip: '203.0.113.50', dst_ip: '198.51.100.10' };
      const central = mac(cloud, 'r1-web-v4-snat');
      const gateway = mac(cloud, 'r1-web-v4');
      const overlay = { ...inside, dst_mac: central, ttl: 63, ...vxlan(101, 'compute2', 'network1') };
      expect(request).toTravel(
        // Compute node, steps 1 to 4: from the NIC past the rules to br-int with an internal tag.
        guest('web2', { ...inside, ...bare, dst_mac: gateway, ttl: 64 }),
        tap('compute2', { ...inside, ...bare, dst_mac: gateway, ttl: 64 }),
        // In no step of the guide: the router's part on the compute node.
        service('compute2', 'in', { ...inside, ...bare, ttl: 64 }),
        service('compute2', 'out', { ...inside, ...bare, dst_mac: central, ttl: 63 }),
        // Steps 5 to 8: br-tun, wrapped with VNI 101, to the network node.
        wire('compute2', 'tor1', overlay),
        wire('tor1', 'network1', overlay),
        // Network node, steps 1 to 5: unwrapped, to the interface in the SNAT namespace.
        service('network1', 'in', { ...inside, ...bare, src_mac: gateway, dst_mac: central, ttl: 63 }),
        // Step 5, SNAT, and step 6: out by the interface of the provider network.
        service('network1', 'out', { ...outside, ...bare, src_mac: mac(cloud, 'r1-gateway'), ttl: 62 }),
        // Steps 7 to 11: br-int, patch to the provider bridge, physical interface.
        wire('network1', 'tor1', { ...outside, ...bare, ttl: 62 }),
        wire('tor1', 'upstream1', { ...outside, ...bare, ttl: 62 }),
        wire('upstream1', 'internet1', { ...outside, ...bare, ttl: 61 }),
      );

      // "Return traffic follows similar steps in reverse": not on the compute node, where no router sees it.
      const back = { src_ip: '198.51.100.10', dst_ip: '203.0.113.50' };
      const home = { src_ip: '198.51.100.10', dst_ip: '10.0.1.12', src_mac: central, ttl: 62 };
      expect(reply).toTravel(
        wire('internet1', 'upstream1', { ...back, ...bare, ttl: 64 }),
        wire('upstream1', 'tor1', { ...back, ...bare, ttl: 63 }),
        wire('tor1', 'network1', { ...back, ...bare, ttl: 63 }),
        service('network1', 'in', { ...back, ...bare, ttl: 63 }),
        service('network1', 'out', { ...home, ...bare }),
        wire('network1', 'tor1', { ...home, ...vxlan(101, 'network1', 'compute2') }),
        wire('tor1', 'compute2', { ...home, ...vxlan(101, 'network1', 'compute2') }),
        tap('compute2', { ...home, ...bare }),
        guest('web2', { ...home, ...bare }),
      );
    },
  );
}
