/**
 * The guide "Open vSwitch: High availability using VRRP". Its traffic flows are those of self-service networks, by the
 * network node on which the router is active; its own walk is "Verify failover operation".
 */
import { expect } from 'vitest';
import { stream } from '../../src/probe/index.ts';
import { cutOff, guest, type Stage, scenarios, service, tap, wire } from '../../src/scenario/index.ts';
import { makeActive } from '../vrrp/breaking.ts';
import { activeHost, FLOATING, NEEDS, otherHost, strongerOf, untilActiveOn } from '../vrrp/redundancy.ts';
import { bare, highlyAvailable } from './guide.ts';

const needs = [...NEEDS, 'firewall_driver iptables_hybrid'];
const scenario = scenarios({ cloud: highlyAvailable, capability: 'guide-walks', pattern: 'l3-vxlan' });

scenario(
  'a packet to a floating IP takes the self-service walk, by the network node on which the router is active',
  { needs },
  async ({ cloud, ping }) => {
    const host = await activeHost(cloud);
    const { outcome, request } = await ping('internet1', FLOATING);
    expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING, ttl: 62 });
    const outside = { src_ip: '198.51.100.10', dst_ip: FLOATING };
    const inside = { src_ip: '198.51.100.10', dst_ip: '10.0.1.11' };
    expect(request).toTravel(
      wire('internet1', 'upstream1', { ...outside, ...bare, ttl: 64 }),
      // From the provider network to the router's interface there, which translates.
      wire('upstream1', 'tor1', { ...outside, ...bare, ttl: 63 }),
      wire('tor1', host, { ...outside, ...bare }),
      service(host, 'in', { ...outside, ...bare }),
      service(host, 'out', { ...inside, ...bare, ttl: 62 }),
      // By the overlay network to the compute node, past the rules to the server.
      wire(host, 'tor1', inside),
      wire('tor1', 'compute1', inside),
      tap('compute1', { ...inside, ...bare }),
      guest('red1', { ...inside, ...bare, ttl: 62 }),
    );
  },
);

/** Steps 1 to 4, from a host on which the router is active at first. */
async function verifyFailover({ cloud }: Stage, host: string): Promise<string> {
  await makeActive(cloud, host);
  const other = otherHost(host);
  // Step 1: a continuous ping of the floating IP (the guide's is of an IPv6 address as well: scenarios/ipv6 has that).
  await using talk = await stream(await cloud.cluster.agent('internet1'), '', FLOATING);
  await talk.answered(20);
  // Step 2: no overlay NIC any more on the node with the active router.
  await using overlay = await cutOff(cloud, host, 'tunnel');
  // Step 3: the other node has the addresses. The first one keeps them: its own NIC is all that it could have noticed.
  await untilActiveOn(cloud, [host, other]);
  await talk.answered(20);
  await talk.stop();
  // Step 4.
  await overlay.restore();
  await untilActiveOn(cloud, [strongerOf(cloud)]);
  await cloud.reset();
  return await activeHost(cloud);
}

scenario(
  'when the overlay NIC is back the router stays where it went, as the guide says, if that host’s HA address is the higher',
  { needs },
  async (stage) => {
    const { cloud, ping } = stage;
    const weaker = otherHost(strongerOf(cloud));
    expect(await verifyFailover(stage, weaker)).toBe(strongerOf(cloud));
    const { outcome, request } = await ping('internet1', FLOATING);
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request).not.toTouch(weaker);
  },
);

/**
 * Where the guide and the packet differ: both hosts were active, both have the same priority, and then the address
 * decides (RFC 5798, 6.4.3). `nopreempt` keeps a host from becoming active, not from staying so.
 */
scenario(
  'when the overlay NIC is back the router returns, other than the guide says, if its first host’s HA address is the higher',
  { needs },
  async (stage) => {
    const { cloud, ping } = stage;
    const stronger = strongerOf(cloud);
    expect(await verifyFailover(stage, stronger)).toBe(stronger);
    const { outcome, request } = await ping('internet1', FLOATING);
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request).toTouch(stronger);
  },
);
