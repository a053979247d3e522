import { expect, test } from 'vitest';
import { formatError } from '../errors/index.ts';
import { loadCloud } from '../topology/index.ts';
import { targetNamed } from './index.ts';

async function refusal(cloud: string): Promise<string> {
  const topology = await loadCloud(`fixtures/clouds/${cloud}.yaml`);
  try {
    targetNamed('ml2-ovs').compile(topology);
    return 'accepted';
  } catch (error) {
    return formatError(error);
  }
}

test('layer 2 is accepted', async () => {
  for (const cloud of ['l2-demo', 'l2-four-types']) expect(await refusal(cloud)).toBe('accepted');
});

test('what would be left out is refused, with where it is asked for', async () => {
  expect(await refusal('classic-demo')).toMatchInlineSnapshot(`
    "ND_TARGET_CANNOT: target ml2-ovs cannot do routers, floatingips, dhcp yet
      expected: a document without routers.r1, floatingips.web1, floatingips.shop, subnets.web-subnet.enable_dhcp, subnets.db-subnet.enable_dhcp
      try: netdojo validate checks such documents all the same"
  `);
});
