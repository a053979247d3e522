/** Networks of the data centre itself: servers sit on its VLANs, and a physical router is their gateway. */
import { expect } from 'vitest';
import { guest, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'provider-routed', capability: 'provider-networks', pattern: 'l2-vlan' });
const needs = ['vlan', 'baremetal', 'tagged interfaces of hosts'];

scenario(
  'two provider VLANs meet at the physical router, by one and the same cable',
  { needs },
  async ({ ping }) => {
    const { outcome, request, reply } = await ping('red1', 'blue1');
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.11', ttl: 63 });
    expect(request).toTravel(
      guest('red1', { ttl: 64 }),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: 101, tunnel: null }),
      wire('tor1', 'core1', { vlan: 101, ttl: 64 }),
      wire('core1', 'tor1', { vlan: 102, ttl: 63 }),
      wire('tor1', 'compute1', { vlan: 102 }),
      tap('compute1', { vlan: null }),
      guest('blue1', { ttl: 63 }),
    );
    expect(reply).toTouch('core1');
    expect(request).not.toTouch('network1');
  },
);

scenario('a bare-metal host is a neighbour of the servers on its VLAN', { needs }, async ({ ping, tcp }) => {
  const { outcome, request } = await ping('red2', '10.0.1.50');
  expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
  expect(request).toTravel(
    guest('red2'),
    tap('compute2'),
    wire('compute2', 'tor1', { vlan: 101 }),
    wire('tor1', 'bare1', { vlan: null, tunnel: null }),
  );
  expect((await ping('bare1', '10.0.1.11')).request).toArriveAt('red1');
  expect((await tcp('red1', '10.0.1.50', { at: 'bare1' })).value).toMatchObject({ outcome: 'exchanged' });
});

scenario('a bare-metal host reaches another VLAN by the physical router', { needs }, async ({ ping }) => {
  const { outcome, request } = await ping('bare1', '10.0.2.12');
  expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
  expect(request).toArriveAt('blue2');
  expect(request).toTouch('core1');
});

scenario(
  'servers on provider networks reach the internet with their own addresses',
  { needs },
  async ({ ping }) => {
    const { outcome, request } = await ping('blue2', '198.51.100.10');
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
    expect(request).toTravel(
      guest('blue2', { src_ip: '10.0.2.12' }),
      tap('compute2'),
      wire('compute2', 'tor1', { vlan: 102 }),
      wire('tor1', 'core1', { vlan: 102 }),
      wire('core1', 'internet1', { src_ip: '10.0.2.12', ttl: 63 }),
    );
  },
);
