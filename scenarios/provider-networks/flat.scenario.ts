/** A network without a tag, and a physical router that takes it to tagged ones by the same cable. */
import { expect } from 'vitest';
import { guest, scenarios, tap, wire } from '../../src/scenario/index.ts';

const needs = ['flat', 'vlan', 'baremetal', 'tagged interfaces of hosts'];
const scenario = scenarios({ cloud: 'provider-routed', capability: 'provider-networks', pattern: 'l2-flat' });

scenario(
  'from a flat network a packet comes untagged to the physical router, and goes on with the tag of a VLAN',
  { needs },
  async ({ ping, tcp }) => {
    const { outcome, request, reply } = await ping('green1', 'red2');
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.1.12', ttl: 63 });
    expect(request).toTravel(
      guest('green1', { ttl: 64 }),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: null, tunnel: null }),
      wire('tor1', 'core1', { vlan: null, ttl: 64 }),
      wire('core1', 'tor1', { vlan: 101, ttl: 63 }),
      wire('tor1', 'compute2', { vlan: 101 }),
      tap('compute2', { vlan: null }),
      guest('red2', { ttl: 63 }),
    );
    expect(reply).toTouch('core1');
    expect((await tcp('green1', 'blue1', { size: 4000 })).value).toMatchObject({ outcome: 'exchanged' });
  },
);

scenario(
  'neighbours on a flat network, and those outside, are reached untagged',
  { needs },
  async ({ ping }) => {
    expect((await ping('green1', 'green2')).request).toTravel(
      guest('green1'),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: null, tunnel: null }),
      wire('tor1', 'compute2', { vlan: null, tunnel: null }),
      tap('compute2'),
      guest('green2', { ttl: 64 }),
    );
    expect((await ping('green2', '198.51.100.10')).outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
  },
);
