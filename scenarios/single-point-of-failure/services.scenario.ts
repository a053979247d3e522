/** The network node is lost, and with it who gives addresses and tells servers about themselves. */
import { expect } from 'vitest';
import { dhcp, http } from '../../src/probe/index.ts';
import { cloudDocument, cutOff, inPattern, routedPatterns, scenarios } from '../../src/scenario/index.ts';

const METADATA = '169.254.169.254';
const document = await cloudDocument('classic-dhcp');

/** What the oracle says supposes that every host lives: while one is dead, the story judges by itself. */
const DEAD = { oracle: 'off' } as const;

for (const pattern of routedPatterns) {
  const needs = ['dhcp', 'metadata', 'routers', pattern.encapsulation];
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'single-point-of-failure',
    pattern: pattern.name,
  });

  scenario(
    'without the network node nobody gets an address or hears of metadata, and who has an address keeps it',
    { needs },
    async ({ cloud, ping, watch }) => {
      const guests = await cloud.guests();
      await using dead = await cutOff(cloud, 'gateway1');
      const asked = await watch(
        'lonely1 asks by DHCP',
        () => dhcp(guests, 'lonely1', { tries: 1, pause: 1 }),
        DEAD,
      );
      expect(asked.value.outcome).toBe('no-answer');
      const discover = asked.journeys.find(({ headers }) => headers.dst_port === 67);
      expect(discover).toTouch('tor1');
      expect(discover).not.toTouch('gateway1');
      const told = await watch(
        'red1 asks for its metadata',
        () => http(guests, 'red1', METADATA, { timeout: 0.3 }),
        DEAD,
      );
      expect(told.value.outcome).not.toBe('response');
      expect((await ping('red1', 'red2', DEAD)).outcome).toMatchObject({ outcome: 'reply', ttl: 64 });

      await dead.restore();
      expect((await watch('lonely1 asks again', () => dhcp(guests, 'lonely1'))).value.outcome).toBe('bound');
      const again = await watch('red1 asks for its metadata again', () => http(guests, 'red1', METADATA));
      expect(again.value.outcome).toBe('response');
    },
  );
}
