/** The host on which a router is active fails in one way or another; the other one takes over. */
import { expect } from 'vitest';
import { cutOff, scenarios } from '../../src/scenario/index.ts';
import {
  activeHost,
  budget,
  expectWithin,
  FAST,
  FLOATING,
  killKeepalived,
  linkDown,
  NEEDS,
  otherHost,
  outages,
  pauseNode,
  placeOf,
  redundant,
  untilActiveOn,
} from './redundancy.ts';

const scenario = scenarios({ cloud: redundant(FAST), capability: 'vrrp' });

scenario(
  'a router whose host loses its link to the HA network is active on the other host within the budget of VRRP',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const host = await activeHost(cloud);
    const other = otherHost(host);
    expect((await ping('internet1', FLOATING)).request).toTouch(host);
    const down = linkDown.bind(undefined, cloud, placeOf(cloud, host));
    let mend = async (): Promise<void> => {};
    const seen = await outages(cloud, async () => {
      ({ mend } = await down());
      await untilActiveOn(cloud, [other]);
    });
    console.log(seen.map(({ who, result }) => `${who} ${result.longest_gap_ms} ${result.lost.length}`));
    await mend();
    expectWithin(budget(cloud), seen);
    expect(await activeHost(cloud)).toBe(other);
    const { request } = await ping('internet1', FLOATING);
    expect(request).toTouch(other);
    expect(request).not.toTouch(host);
  },
);

for (const which of ['both', 'parent', 'child'] as const)
  scenario(`kill -9 ${which}`, { needs: NEEDS }, async ({ cloud, ping }) => {
    const host = await activeHost(cloud);
    const other = otherHost(host);
    let mend = async (): Promise<void> => {};
    const t = performance.now();
    const seen = await outages(cloud, async () => {
      ({ mend } = await killKeepalived(cloud, placeOf(cloud, host), which));
      for (let i = 0; i < 40; i++) {
        const h = await cloud.activeHosts();
        console.log(which, Math.round(performance.now() - t), h['r1']);
        await new Promise((r) => setTimeout(r, 100));
      }
    });
    console.log(seen.map(({ who, result }) => `${who} ${result.longest_gap_ms} ${result.lost.length}`));
    await mend();
    await new Promise((r) => setTimeout(r, 1000));
    console.log(which, 'mended', await cloud.activeHosts());
    await ping('internet1', FLOATING);
  });

scenario('pause', { needs: NEEDS }, async ({ cloud, ping }) => {
  const host = await activeHost(cloud);
  const other = otherHost(host);
  let mend = async (): Promise<void> => {};
  const seen = await outages(cloud, async () => {
    ({ mend } = await pauseNode(cloud, host));
    await untilActiveOn(cloud, [other]);
  });
  console.log(seen.map(({ who, result }) => `${who} ${result.longest_gap_ms} ${result.lost.length}`));
  const t = performance.now();
  await mend();
  for (let i = 0; i < 10; i++) {
    const h = await cloud.activeHosts();
    console.log('unpaused', Math.round(performance.now() - t), h['r1']);
    await new Promise((r) => setTimeout(r, 100));
  }
  await ping('internet1', FLOATING);
});

scenario('dead', { needs: NEEDS }, async ({ cloud, ping }) => {
  const host = await activeHost(cloud);
  const other = otherHost(host);
  let mend = async (): Promise<void> => {};
  const seen = await outages(cloud, async () => {
    const cut = await cutOff(cloud, host);
    mend = () => cut.restore();
    await untilActiveOn(cloud, [host, other]);
  });
  console.log(seen.map(({ who, result }) => `${who} ${result.longest_gap_ms} ${result.lost.length}`));
  await mend();
  await untilActiveOn(cloud, [await activeHost(cloud)]);
  console.log('restored', await cloud.activeHosts());
  await ping('internet1', FLOATING);
});
