/** What routers say of themselves: who is on the way, and errors about packets that they have translated. */
import { expect } from 'vitest';
import { traceroute } from '../../src/probe/index.ts';
import { cloudDocument, inPattern, routedPatterns, scenarios } from '../../src/scenario/index.ts';

const document = await cloudDocument('classic-routed');

for (const pattern of routedPatterns) {
  const needs = ['routers', 'floatingips', pattern.encapsulation];
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'routing',
    pattern: pattern.name,
  });

  scenario(
    'traceroute names the router between two networks, and the server behind it',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const { value } = await watch('red1 asks who is on the way to blue2', () =>
        traceroute(guests, 'red1', '10.0.2.12', { last: 4 }),
      );
      expect(value).toMatchObject([
        { outcome: 'passed', from: '10.0.1.1' },
        { outcome: 'reached', from: '10.0.2.12' },
      ]);
    },
  );

  scenario(
    'errors from outside about a translated packet come back to the server with its own address in them',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      for (const from of ['red1', 'blue1']) {
        const { value } = await watch(`${from} asks who is on the way to the internet`, () =>
          traceroute(guests, from, '198.51.100.10', { last: 4 }),
        );
        const own = cloud.address(from);
        const quoted = { source: own, destination: '198.51.100.10' };
        expect(value).toMatchObject([
          { outcome: 'passed', from: from === 'red1' ? '10.0.1.1' : '10.0.2.1', quoted },
          { outcome: 'passed', from: '203.0.113.1', quoted },
          { outcome: 'reached', from: '198.51.100.10', quoted },
        ]);
      }
    },
  );

  scenario(
    'errors of a server with a floating IP go out from that address, about the address that was asked',
    { needs },
    async ({ cloud, watch }) => {
      const internet = await cloud.cluster.agent('internet1');
      const { value } = await watch('internet1 asks who is on the way to a floating IP', () =>
        traceroute(internet, '', '203.0.113.110', { last: 5 }),
      );
      const quoted = { source: '198.51.100.10', destination: '203.0.113.110' };
      expect(value.at(0)).toMatchObject({ outcome: 'passed', from: '198.51.100.1', quoted });
      expect(value.at(-1)).toMatchObject({ outcome: 'reached', from: '203.0.113.110', quoted });
    },
  );
}
