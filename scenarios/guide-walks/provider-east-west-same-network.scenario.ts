/** The guide's walk "East-west scenario 1" of provider networks: two servers on one network, on two compute nodes. */
import { expect } from 'vitest';
import { guest, localVlan, scenarios, tap, wire } from '../../src/scenario/index.ts';
import { bare, mac, provider, withinHosts } from './guide.ts';

const scenario = scenarios({ cloud: provider, capability: 'guide-walks', pattern: 'l2-vlan' });
const needs = ['vlan', 'tagged interfaces of hosts', 'firewall_driver iptables_hybrid'];

/** The guide and the packet agree: it is br-int that swaps tag 101 for the internal one on compute node 2 (step 3). */
scenario(
  'servers on one provider network talk directly between compute nodes, behind the tag of the network',
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
    const tagged = { vlan: 101, tunnel: null } as const;
    expect(request).toTravel(
      // Compute node 1, step 1: from the NIC of server 1 to the bridge of its security groups.
      guest('red1', { ...there, ...bare }),
      tap('compute1', { ...there, ...bare }),
      // Steps 2 to 8: past the rules, into br-int with an internal tag, tag 101 on the provider bridge, to the switch.
      wire('compute1', 'tor1', { ...there, ...tagged }),
      // Physical network, step 1: the switch forwards to compute node 2.
      wire('tor1', 'compute2', { ...there, ...tagged }),
      // Compute node 2, steps 1 to 6: provider bridge, patch, internal tag, br-int, past the rules, to server 2.
      tap('compute2', { ...there, ...bare }),
      guest('red2', { ...there, ...bare }),
    );

    // What the steps between are about: tags within the hosts.
    const [one, two] = [localVlan(cloud, 'compute1', 'red'), localVlan(cloud, 'compute2', 'red')];
    expect(await withinHosts(cloud, seen, request)).toEqual([
      'compute1 br-int',
      `compute1 br-vlan: tag ${one} → tag 101`,
      'compute2 br-vlan',
      `compute2 br-int: tag 101 → tag ${two}`,
    ]);

    // Return traffic follows similar steps in reverse.
    const back = { src_mac: there.dst_mac, dst_mac: there.src_mac, src_ip: '10.0.1.12', dst_ip: '10.0.1.11' };
    expect(reply).toTravel(
      guest('red2', { ...back, ...bare }),
      tap('compute2', { ...back, ...bare }),
      wire('compute2', 'tor1', { ...back, ...tagged }),
      wire('tor1', 'compute1', { ...back, ...tagged }),
      tap('compute1', { ...back, ...bare }),
      guest('red1', { ...back, ...bare }),
    );
    expect(tagsOnWires()).toEqual([101]);
  },
);
