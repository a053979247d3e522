/** The network node is lost: what of the classic cloud hangs on it alone, and what does not. */
import { expect } from 'vitest';
import {
  cloudDocument,
  cutOff,
  guest,
  inPattern,
  routedPatterns,
  scenarios,
  type Stage,
  tap,
  wire,
} from '../../src/scenario/index.ts';

const FLOATING = '203.0.113.110';
const INTERNET = '198.51.100.10';
const document = await cloudDocument('classic-routed');

/** What the oracle says supposes that every host lives: while one is dead, the story judges by itself. */
const DEAD = { oracle: 'off', timeout: 0.3 } as const;

/** Ways that lead through the network node. */
const ROUTED = [
  { way: 'to the other network', from: 'red1', to: 'blue1' },
  { way: 'to the other network on another host', from: 'red1', to: 'blue2' },
  { way: 'out, from the address of the router', from: 'red2', to: INTERNET },
  { way: 'out, from a floating IP', from: 'red1', to: INTERNET },
  { way: 'in, by a floating IP', from: 'internet1', to: FLOATING },
  { way: 'to the router itself', from: 'blue2', to: '10.0.2.1' },
] as const;

async function allAnswer({ ping }: Stage): Promise<void> {
  for (const { way, from, to } of ROUTED)
    expect((await ping(from, to)).outcome, way).toMatchObject({ outcome: 'reply' });
}

for (const pattern of routedPatterns) {
  const needs = ['routers', 'floatingips', pattern.encapsulation];
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'single-point-of-failure',
    pattern: pattern.name,
  });

  scenario(
    'with the network node all routing, translation and every floating IP are lost, and all come back with it',
    { needs },
    async (stage) => {
      const { cloud, ping } = stage;
      await allAnswer(stage);
      await using dead = await cutOff(cloud, 'gateway1');
      for (const { way, from, to } of ROUTED) {
        const { outcome, request } = await ping(from, to, DEAD);
        expect(outcome.outcome, way).not.toBe('reply');
        if (request) expect(request).not.toTouch('gateway1');
      }
      await dead.restore();
      await allAnswer(stage);
    },
  );

  scenario(
    'neighbours of one network talk on without the network node, on one host and across hosts',
    { needs },
    async ({ api, cloud, ping }) => {
      // A neighbour on the same host.
      await api.servers.migrate('blue2', { host: 'compute1' });
      await using _dead = await cutOff(cloud, 'gateway1');
      const across = await ping('red1', 'red2', DEAD);
      expect(across.outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
      expect(across.request).toTravel(
        guest('red1', { ttl: 64 }),
        tap('compute1'),
        wire('compute1', 'tor1'),
        wire('tor1', 'compute2'),
        tap('compute2'),
        guest('red2', { ttl: 64 }),
      );
      const within = await ping('blue1', 'blue2', DEAD);
      expect(within.outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
      expect(within.request).toTravel(guest('blue1'), tap('compute1'), tap('compute1'), guest('blue2'));
      expect((await ping('red1', 'blue1', DEAD)).outcome.outcome).not.toBe('reply');
    },
  );
}
