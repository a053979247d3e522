/** Firewall as a Service v1 on a router that is whole on one host: what the router forwards is filtered both ways. */
import { expect } from 'vitest';
import { guest, scenarios, service, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'classic-firewall', capability: 'fwaas' });
const needs = ['routers', 'firewalls', 'vxlan'];
const INTERNET = '198.51.100.10';
const FLOATING = '203.0.113.110';
const UNFILTERED = '203.0.113.120';

scenario(
  'a packet that a rule allows crosses the router to another network, and one the other way does not',
  { needs },
  async ({ ping, tcp }) => {
    for (const to of ['blue1', 'blue2']) {
      const { outcome, request, reply } = await ping('red1', to);
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      expect(reply?.observed.verdict).toBe('delivered');
      expect(request).toTouch('gateway1');
      expect((await tcp('red1', to, { port: 22 })).value).toMatchObject({ outcome: 'exchanged' });
    }
    for (const to of ['red1', 'red2']) {
      const { outcome, verdict, request } = await ping('blue1', to, { timeout: 0.3 });
      expect(outcome.outcome).toBe('no-reply');
      expect(verdict).toBe('denied-firewall');
      // It ends in the router: by the way that it came, and not a hop further.
      expect(request).toTravel(
        guest('blue1'),
        tap('compute1'),
        wire('compute1', 'tor1', { tunnel: { type: 'vxlan', id: 7002 } }),
        wire('tor1', 'gateway1'),
        service('gateway1', 'in', { ttl: 64 }),
      );
    }
  },
);

/** Who asks whom, by which address, and what comes of it: by ping what red begins passes, and nothing else. */
const PAIRS = [
  ['red1', 'blue2', 'delivered'],
  ['blue2', 'red1', 'denied-firewall'],
  ['red2', INTERNET, 'delivered'],
  ['internet1', FLOATING, 'denied-firewall'],
  ['blue1', INTERNET, 'denied-firewall'],
  ['red2', UNFILTERED, 'delivered'],
  ['green1', FLOATING, 'denied-firewall'],
] as const;

scenario(
  'of each pair of networks both directions are filtered, the world outside and another router’s among them',
  { needs },
  async ({ ping }) => {
    for (const [from, to, what] of PAIRS) {
      const { outcome, verdict } = await ping(from, to, what === 'delivered' ? {} : { timeout: 0.3 });
      expect(verdict, `${from} asks ${to}`).toBe(what);
      expect(outcome.outcome).toBe(what === 'delivered' ? 'reply' : 'no-reply');
    }
  },
);

scenario('between servers of one network no router stands, and no firewall', { needs }, async ({ udp }) => {
  const { verdict, request } = await udp('red1', 'red2', 9999);
  expect(verdict).toBe('delivered');
  expect(request).not.toTouch('gateway1');
});

scenario(
  'of the rules the first that is about a packet decides: a port within an open range stays shut',
  { needs },
  async ({ tcp }) => {
    const outcome = async (port: number, timeout?: number) =>
      (await tcp('red1', 'blue2', { port, ...(timeout && { timeout }) })).value.outcome;
    for (const port of [20, 22, 89]) expect(await outcome(port), `port ${port}`).toBe('exchanged');
    for (const port of [19, 23, 90]) expect(await outcome(port, 0.3), `port ${port}`).toBe('no-connection');
  },
);

scenario(
  'what no rule is about is dropped, on the way out as well',
  { needs },
  async ({ ping, udp, tcp }) => {
    const inside = await udp('red1', 'blue2', 4321);
    expect(inside.verdict).toBe('denied-firewall');
    expect(inside.request).not.toTouch('compute2');
    const outward = await udp('red2', INTERNET, 4321);
    expect(outward.verdict).toBe('denied-firewall');
    expect(outward.request).not.toTouch('upstream1');
    const refused = await tcp('red2', INTERNET, { at: 'internet1', port: 443, timeout: 0.3 });
    expect(refused.value.outcome).toBe('no-connection');
    // The rule for echo requests from this network is not about where to.
    expect((await ping('red2', INTERNET)).outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
  },
);

scenario(
  'a floating IP is reached at the port that a rule opens for the address inside, and at no other',
  { needs },
  async ({ ping, tcp }) => {
    const to = { at: 'red1' };
    expect((await tcp('internet1', FLOATING, { ...to, port: 80 })).value.outcome).toBe('exchanged');
    expect((await tcp('internet1', FLOATING, { ...to, port: 81, timeout: 0.3 })).value.outcome).toBe(
      'no-connection',
    );
    const { verdict, request } = await ping('internet1', FLOATING, { timeout: 0.3 });
    expect(verdict).toBe('denied-firewall');
    expect(request).toTouch('gateway1');
    expect(request).not.toTouch('compute1');
    // Its own answers within a connection need no rule, what it begins does.
    expect((await tcp('red1', INTERNET, { at: 'internet1', port: 80, timeout: 0.3 })).value.outcome).toBe(
      'no-connection',
    );
  },
);

scenario('a router without a firewall on the same node filters nothing', { needs }, async ({ ping, tcp }) => {
  expect((await ping('internet1', UNFILTERED)).outcome).toMatchObject({ outcome: 'reply' });
  expect((await tcp('internet1', UNFILTERED, { at: 'green1', port: 81 })).value.outcome).toBe('exchanged');
});

scenario('who is rejected is told by the router, who is denied hears nothing', { needs }, async ({ udp }) => {
  const rejected = await udp('blue1', 'red2', 53);
  expect(rejected.verdict).toBe('denied-firewall');
  const error = rejected.journeys.find(({ headers }) => headers.icmp?.type === 3);
  expect(error?.headers).toMatchObject({
    src_ip: '10.0.2.1',
    dst_ip: '10.0.2.11',
    icmp: { type: 3, code: 3 },
  });
  const denied = await udp('blue1', 'red2', 54);
  expect(denied.journeys.some(({ headers }) => headers.icmp !== undefined)).toBe(false);
});

scenario(
  'the router itself is reached: a firewall is about what it forwards',
  { needs },
  async ({ ping }) => {
    expect((await ping('blue1', '10.0.2.1')).outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
  },
);

scenario(
  'a firewall that is taken away lets everything pass, one that comes to a router shuts it',
  { needs },
  async ({ api, ping }) => {
    await api.firewalls.delete('house');
    expect((await ping('blue1', 'red1')).outcome).toMatchObject({ outcome: 'reply' });
    await api.firewalls.create('house', { firewall_policy: 'house-rules', routers: ['r2'] });
    expect((await ping('blue1', 'red2')).outcome).toMatchObject({ outcome: 'reply' });
    expect((await ping('internet1', UNFILTERED, { timeout: 0.3 })).verdict).toBe('denied-firewall');
  },
);
