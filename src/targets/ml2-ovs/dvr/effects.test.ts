import { describe, expect, test } from 'vitest';
import type { Effect } from '../../target.ts';
import { effects } from '../effects.ts';
import { type Changes, distributedTopology } from './dvr.fixture.ts';

const told = (effect: Effect): string => {
  const place = `${effect.node} ${effect.namespace.replace(/-.*/u, '')}`;
  return effect.kind === 'run'
    ? `${place}: ${effect.argv.join(' ')}`
    : `${place}: announce ${effect.ip_address} on ${effect.device.replace(/-.*/u, '')}`;
};

/** What is done when one cloud becomes the other. */
const between = (before: Changes, after: Changes): string[] =>
  effects(distributedTopology(before), distributedTopology(after), { before: {}, after: {} }).map(told);

const web1 = (server?: string) => ({
  'web1-public': {
    project: 'tenant',
    floating_network: 'public',
    floating_ip_address: '203.0.113.60',
    ...(server === undefined ? {} : { server }),
  },
});
const none = { floatingips: web1() };
const one = { floatingips: web1('web1') };

describe('a floating IP', () => {
  test('is announced by the host of its server', () => {
    expect(between(none, one)).toEqual(['compute1 fip: announce 203.0.113.60 on fg']);
  });

  test('that is let go is looked for where Neutron looks', () => {
    expect(between(one, none)).toEqual([
      'compute1 fip: conntrack -D -d 203.0.113.60',
      'compute1 fip: conntrack -D -q 203.0.113.60',
    ]);
  });

  test('ended its connections at Juno, where it was an address of the router', () => {
    const options = { release: 'juno' as const };
    // A host with another floating IP goes on to have a fip- namespace.
    const also = { 'db1-public': { ...web1('db1')['web1-public'], floating_ip_address: '203.0.113.62' } };
    const before = { options, floatingips: { ...web1('web1'), ...also } };
    expect(between(before, { options, floatingips: { ...web1(), ...also } })).toEqual([
      'compute1 qrouter: conntrack -D -d 203.0.113.60',
      'compute1 qrouter: conntrack -D -q 203.0.113.60',
    ]);
  });

  test('goes with its server to another host', () => {
    expect(between(one, { ...one, hosts: { web1: 'compute2' } })).toEqual([
      'compute1 fip: conntrack -D -d 203.0.113.60',
      'compute1 fip: conntrack -D -q 203.0.113.60',
      'compute2 fip: announce 203.0.113.60 on fg',
    ]);
  });

  test('goes to a server of another host', () => {
    expect(between(one, { floatingips: web1('db2') })).toEqual([
      'compute1 fip: conntrack -D -d 203.0.113.60',
      'compute1 fip: conntrack -D -q 203.0.113.60',
      'compute2 fip: announce 203.0.113.60 on fg',
    ]);
  });

  test('of a server without a way out of its own is announced, and ended, by the network node', () => {
    const options = { l3_agent_modes: { compute1: 'dvr_no_external' as const } };
    expect(between({ ...none, options }, { ...one, options })).toEqual([
      'network1 snat: announce 203.0.113.60 on qg',
    ]);
    expect(between({ ...one, options }, { ...none, options })).toEqual([
      'network1 snat: conntrack -D -d 203.0.113.60',
      'network1 snat: conntrack -D -q 203.0.113.60',
    ]);
  });

  test('goes from the network node to the host with a server that moves to a way out', () => {
    const options = { l3_agent_modes: { compute1: 'dvr_no_external' as const } };
    expect(between({ ...one, options }, { ...one, options, hosts: { web1: 'compute2' } })).toEqual([
      'network1 snat: conntrack -D -d 203.0.113.60',
      'network1 snat: conntrack -D -q 203.0.113.60',
      'compute2 fip: announce 203.0.113.60 on fg',
    ]);
  });
});

test('a router that comes to a host is announced there, inside and outside', () => {
  // compute3 has db3 alone.
  expect(between({ ...none, hosts: { db3: 'compute1' } }, none)).toEqual([
    'compute3 qrouter: announce 10.0.1.1 on qr',
    'compute3 qrouter: announce 10.0.2.1 on qr',
    'compute3 fip: announce 203.0.113.54 on fg',
  ]);
  expect(between(none, { ...none, hosts: { db3: 'compute1' } })).toEqual([]);
});

test('what is central of a router that comes up is announced by the network node', () => {
  const down = { ...none, router: { admin_state_up: false } };
  const up = between(down, none);
  expect(up.filter((line) => line.startsWith('network1'))).toEqual([
    'network1 snat: announce 10.0.1.2 on sg',
    'network1 snat: announce 10.0.2.2 on sg',
    'network1 snat: announce 203.0.113.50 on qg',
    'network1 qrouter: announce 10.0.1.1 on qr',
    'network1 qrouter: announce 10.0.2.1 on qr',
    'network1 fip: announce 203.0.113.51 on fg',
  ]);
  expect(between(none, down)).toEqual([]);
});

test('nothing happens where nothing changes', () => {
  expect(between({}, {})).toEqual([]);
});
