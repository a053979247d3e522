/** The guide's walk "East-west scenario 1" of self-service networks: one network, two compute nodes. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, selfService, vxlan, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: selfService, capability: 'guide-walks', pattern: 'l3-vxlan' });
const needs = ['vxlan', 'firewall_driver iptables_hybrid'];

/**
 * Where the guide and the packet differ: compute node 1, step 5, the guide lets br-int change the internal tag into a
 * tunnel id; it is br-tun that does so, after the patch of step 6.
 */
scenario(
  'servers on one self-service network talk directly between compute nodes, behind the VNI of the network',
  { needs },
  async ({ cloud, ping, tagsOnWires }) => {
    const seen = await ping('red1', 'red2');
    const { outcome, request, reply } = seen;
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.1.12', ttl: 64 });

    const there = {
      src_mac: mac(cloud, 'red1'),
      dst_mac: mac(cloud, 'red2'),
      src_ip: '10.0.1.11',
      dst_ip: '10.0.1.12',
      ttl: 64,
    };
    const overlay = vxlan(101, 'compute1', 'compute2');
    expect(request).toTravel(
      // Compute node 1, step 1: from the NIC of server 1 to the bridge of its security groups.
      guest('red1', { ...there, ...bare }),
      tap('compute1', { ...there, ...bare }),
      // Steps 2 to 8: past the rules, br-int with an internal tag, patch to br-tun, wrapped with VNI 101, to compute
      // node 2 by the overlay.
      wire('compute1', 'tor1', { ...there, ...overlay }),
      wire('tor1', 'compute2', { ...there, ...overlay }),
      // Compute node 2, steps 1 to 8: unwrapped, internal tag, patch to br-int, tag off, past the rules, to server 2.
      tap('compute2', { ...there, ...bare }),
      guest('red2', { ...there, ...bare }),
    );
    expect(request).not.toTouch('gateway1');

    // What the steps between are about: tags and tunnel ids within the hosts.
    const [one, two] = [localVlan(cloud, 'compute1', 'red'), localVlan(cloud, 'compute2', 'red')];
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute1 br-int',
      `compute1 br-tun: tag ${one} → vni 101`,
      `compute2 br-tun: vni 101 → tag ${two}`,
      'compute2 br-int',
    ]);

    // Return traffic follows similar steps in reverse.
    const back = { src_mac: there.dst_mac, dst_mac: there.src_mac, src_ip: '10.0.1.12', dst_ip: '10.0.1.11' };
    const home = vxlan(101, 'compute2', 'compute1');
    expect(reply).toTravel(
      guest('red2', { ...back, ...bare }),
      tap('compute2', { ...back, ...bare }),
      wire('compute2', 'tor1', { ...back, ...home }),
      wire('tor1', 'compute1', { ...back, ...home }),
      tap('compute1', { ...back, ...bare }),
      guest('red1', { ...back, ...bare }),
    );
    // Internal tags stay inside.
    expect(tagsOnWires()).toEqual([]);
  },
);
