import { describe, expect, test } from 'vitest';
import type { Effect } from '../../target.ts';
import { routerEffects } from './effects.ts';
import { type Changes, FORWARDINGS, routedTopology } from './routed.fixture.ts';

const told = (effect: Effect): string =>
  effect.kind === 'run'
    ? effect.argv.join(' ')
    : `announce ${effect.ip_address} on ${effect.device.slice(0, 2)}`;

/** What is done when one cloud becomes the other, with the place where it is not the router of gateway1. */
const between = (before: Changes, after: Changes): string[] =>
  routerEffects(routedTopology(before), routedTopology(after)).map((effect) => {
    expect(effect).toMatchObject({ node: 'gateway1', namespace: expect.stringMatching(/^qrouter-/u) });
    return told(effect);
  });

const web = (server?: string) => ({
  web: {
    floating_network: 'public',
    floating_ip_address: '203.0.113.150',
    ...(server === undefined ? {} : { server }),
  },
});

const forwarding = (port_forwardings: typeof FORWARDINGS) => ({
  web: { floating_network: 'public', floating_ip_address: '203.0.113.150', port_forwardings },
});

describe('a floating IP', () => {
  test('is announced when it gets a server', () => {
    expect(between({ floatingips: web() }, { floatingips: web('vm1') })).toEqual([
      'announce 203.0.113.150 on qg',
    ]);
  });

  test('moves to another server without a word, and what is going on goes on', () => {
    expect(between({ floatingips: web('vm1') }, { floatingips: web('vm3') })).toEqual([]);
  });

  test.for<[string, Changes['floatingips']]>([
    ['stands for nothing any more', web()],
    ['is deleted', {}],
  ])('that %s loses its connections, both those to it and those from it', ([, floatingips = {}]) => {
    expect(between({ floatingips: web('vm1') }, { floatingips })).toEqual([
      'conntrack -D -d 203.0.113.150',
      'conntrack -D -q 203.0.113.150',
    ]);
  });

  test('is announced with each forwarding anew, and loses the connections of one that goes', () => {
    const [tcp, udp] = FORWARDINGS.map((one) => forwarding([one]));
    const both = forwarding(FORWARDINGS);
    expect(between({ floatingips: tcp ?? {} }, { floatingips: both })).toEqual([
      'announce 203.0.113.150 on qg',
    ]);
    expect(between({ floatingips: both }, { floatingips: udp ?? {} })).toEqual([
      'conntrack -D -d 203.0.113.150 -p tcp --dport 2222',
    ]);
    expect(between({ floatingips: tcp ?? {} }, { floatingips: forwarding([]) })).toEqual([
      'conntrack -D -d 203.0.113.150 -p tcp --dport 2222',
      'conntrack -D -d 203.0.113.150',
      'conntrack -D -q 203.0.113.150',
    ]);
  });

  test('whose forwarding leads elsewhere loses the connections of that alone', () => {
    const elsewhere = FORWARDINGS.map((one) => ({ ...one, internal_port: 8080 })).slice(0, 1);
    const before = { floatingips: forwarding(FORWARDINGS.slice(0, 1)) };
    expect(between(before, { floatingips: forwarding(elsewhere) })).toEqual([
      'conntrack -D -d 203.0.113.150 -p tcp --dport 2222',
      'announce 203.0.113.150 on qg',
    ]);
  });
});

const gateway = (ip_address: string) => ({
  external_gateway_info: {
    network: 'public',
    external_fixed_ips: [{ subnet: 'public-subnet', ip_address }],
  },
});

test('a router whose gateway has another address forgets what went by the old one', () => {
  const floatingips = {};
  const before = { floatingips, router: gateway('203.0.113.101') };
  const after = { floatingips, router: gateway('203.0.113.102') };
  expect(between(before, after)).toEqual([
    'conntrack -D -d 203.0.113.101',
    'conntrack -D -q 203.0.113.101',
    'announce 203.0.113.102 on qg',
  ]);
});

test('a new interface is announced, one that goes is not', () => {
  const floatingips = {};
  const one = { floatingips, router: { interfaces: ['red-subnet'] } };
  expect(between(one, { floatingips })).toEqual(['announce 10.0.2.1 on qr']);
  expect(between({ floatingips }, one)).toEqual([]);
});

test('a router that comes up announces all its addresses; with one that goes down everything is gone', () => {
  const down = { floatingips: {}, router: { admin_state_up: false } };
  expect(between(down, { floatingips: web('vm1') })).toEqual([
    'announce 10.0.1.1 on qr',
    'announce 10.0.2.1 on qr',
    'announce 203.0.113.119 on qg',
    'announce 203.0.113.150 on qg',
  ]);
  expect(between({ floatingips: web('vm1') }, down)).toEqual([]);
});

test('nothing happens where nothing changes', () => {
  expect(between({}, {})).toEqual([]);
});
