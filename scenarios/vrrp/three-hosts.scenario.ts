/** A router on three network nodes, which lose it one after the other. */
import { expect } from 'vitest';
import { expectGapBelow, scenarios } from '../../src/scenario/index.ts';
import { advertisements, during, expectSilent } from './advertisements.ts';
import { killKeepalived, linkDown } from './breaking.ts';
import {
  activeHost,
  budget,
  expectWithin,
  farewell,
  FAST,
  FLOATING,
  holders,
  INTERNET,
  NEEDS,
  outages,
  placeOf,
  redundant,
  statesOf,
  strongerOf,
  untilActiveOn,
  untilActiveOnOneOf,
} from './redundancy.ts';

const scenario = scenarios({
  cloud: { ...redundant({ ...FAST, max_l3_agents_per_router: 3 }), underlay: 'neutron-redundant' },
  capability: 'vrrp',
});

scenario(
  'a router on three hosts goes to one of the two that are left, then to the last one, and to no two of them for good',
  { needs: NEEDS },
  async ({ cloud, ping, watch }) => {
    const hosts = holders(cloud);
    expect(hosts).toEqual(['network1', 'network2', 'network3']);
    const first = await activeHost(cloud);
    const left = hosts.filter((host) => host !== first);
    await using failed = new AsyncDisposableStack();
    const before = await Promise.all(left.map((host) => statesOf(cloud, host)));
    const { streams, bystander } = await outages(
      cloud,
      async () => {
        failed.use(await killKeepalived(cloud, placeOf(cloud, first), 'parent'));
        await untilActiveOnOneOf(cloud, left);
      },
      // Where both announce themselves, switches believe the one that did so last until the other speaks.
      { answers: 0 },
    );
    for (const [who, result] of Object.entries(streams))
      expectGapBelow(farewell(cloud) * 1000, who, result, bystander);
    // Both have waited as long, and may have taken over at once: then each has heard the other.
    const after = await Promise.all(left.map((host) => statesOf(cloud, host)));
    const began = left.filter((_, at) => after[at]?.slice(before[at]?.length).includes('MASTER'));
    const second = strongerOf(cloud, began);
    await untilActiveOn(cloud, [second]);

    await cloud.reset();
    const third = left.find((host) => host !== second) ?? '';
    const seen = await outages(cloud, async () => {
      failed.use(await linkDown(cloud, placeOf(cloud, second)));
      await untilActiveOn(cloud, [third]);
    });
    expectWithin(budget(cloud), seen);
    await failed.disposeAsync();

    // They are back, and stay standbys, however long they wait.
    const standbys = [first, second];
    await during(cloud, budget(cloud));
    expect(await activeHost(cloud), 'once the others are back').toBe(third);
    // Who asks for the router asks everybody.
    await cloud.reset();
    const steps = [await ping('blue2', INTERNET), await ping('internet1', FLOATING)];
    for (const { outcome, request, reply } of steps) {
      expect(outcome).toMatchObject({ outcome: 'reply' });
      for (const packet of [request, reply]) {
        expect(packet).toTouch(third);
        for (const standby of standbys) expect(packet).not.toTouch(standby);
      }
    }
    const later = await watch('for a while', () => during(cloud, 0.5));
    const frames = [...steps.flatMap(({ observed }) => observed.frames), ...later.frames];
    for (const standby of standbys) expectSilent(cloud, standby, frames);
    const advertised = advertisements(later.frames).filter((one) => one.vrId === 1 && one.vni === undefined);
    const { device } = placeOf(cloud, third);
    expect(new Set(advertised.map(({ point }) => point))).toEqual(new Set([`${third}:${device}`]));
    expect(await activeHost(cloud)).toBe(third);
  },
);
