/** A host on which a router is active fails in one way or another, or its hosts do not hear each other any more. */
import { expect } from 'vitest';
import { cutOff, scenarios, type Stage } from '../../src/scenario/index.ts';
import { killKeepalived, linkDown, makeActive, muteVrrp, pauseNode } from './breaking.ts';
import {
  activeHost,
  budget,
  expectWithin,
  farewell,
  FAST,
  FLOATING,
  NEEDS,
  otherHost,
  outages,
  placeOf,
  redundant,
  strongerOf,
  untilActiveOn,
} from './redundancy.ts';

const scenario = scenarios({ cloud: redundant(FAST), capability: 'vrrp' });

/** Packets from outside, and those that only leave, go by this host and no other. */
async function expectOnlyBy(host: string, { ping }: Stage): Promise<void> {
  for (const [from, to] of [
    ['internet1', FLOATING],
    ['blue2', 'red1'],
  ] as const) {
    const { outcome, request, reply } = await ping(from, to);
    expect(outcome, `${from} → ${to}`).toMatchObject({ outcome: 'reply' });
    for (const packet of [request, reply]) {
      expect(packet).toTouch(host);
      expect(packet).not.toTouch(otherHost(host));
    }
  }
}

scenario(
  'a router whose host loses its link to the HA network goes to the other host in time, and stays there',
  { needs: NEEDS },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    await expectOnlyBy(host, stage);
    const seen = await outages(
      cloud,
      async () => {
        await using _down = await linkDown(cloud, placeOf(cloud, host));
        await untilActiveOn(cloud, [other]);
      },
      // The link is back, and so is keepalived there: as a standby, since nobody preempts, however long it waits.
      { answers: Math.ceil(budget(cloud) * 100) },
    );
    expectWithin(budget(cloud), seen);
    expect(await activeHost(cloud), 'once the link is back').toBe(other);
    await expectOnlyBy(other, stage);
  },
);

scenario(
  'a router whose keepalived loses its parent by kill -9 is told to go, and goes to the other host at once',
  { needs: NEEDS },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    const seen = await outages(cloud, async () => {
      await using _killed = await killKeepalived(cloud, placeOf(cloud, host), 'parent');
      await untilActiveOn(cloud, [other]);
    });
    expectWithin(farewell(cloud), seen);
    await expectOnlyBy(other, stage);
  },
);

scenario(
  'a router whose keepalived loses its child by kill -9 goes to the other host: the new child waits its turn',
  { needs: NEEDS },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    const seen = await outages(cloud, async () => {
      await killKeepalived(cloud, placeOf(cloud, host), 'child');
      await untilActiveOn(cloud, [other]);
    });
    expectWithin(budget(cloud), seen);
    await expectOnlyBy(other, stage);
  },
);

scenario(
  'a keepalived that is killed with its child leaves its addresses behind, until it is started again',
  { needs: NEEDS },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    {
      await using _killed = await killKeepalived(cloud, placeOf(cloud, host), 'both');
      await untilActiveOn(cloud, [host, other]);
    }
    await untilActiveOn(cloud, [other]);
    // Until somebody says where they are, switches may believe the one that spoke last.
    await cloud.reset();
    await expectOnlyBy(other, stage);
  },
);

scenario(
  'a router whose host hangs goes to the other host; when it goes on, the one with the higher address stays',
  { needs: NEEDS },
  async (stage) => {
    const { cloud } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    await using hung = new AsyncDisposableStack();
    const seen = await outages(cloud, async () => {
      hung.use(await pauseNode(cloud, host));
      await untilActiveOn(cloud, [other]);
    });
    expectWithin(budget(cloud), seen);
    await hung.disposeAsync();
    await untilActiveOn(cloud, [strongerOf(cloud)]);
    // What was on its way when the host hung comes out of it now, and may mislead switches.
    await cloud.reset();
    await expectOnlyBy(strongerOf(cloud), stage);
  },
);

scenario('a router whose host dies goes to the other host in time', { needs: NEEDS }, async (stage) => {
  const { cloud } = stage;
  const host = await activeHost(cloud);
  const other = otherHost(host);
  await using dead = new AsyncDisposableStack();
  const seen = await outages(cloud, async () => {
    dead.use(await cutOff(cloud, host));
    // Of its own death it knows nothing.
    await untilActiveOn(cloud, [host, other]);
  });
  expectWithin(budget(cloud), seen);
  await dead.disposeAsync();
  await untilActiveOn(cloud, [strongerOf(cloud)]);
  await cloud.reset();
  await expectOnlyBy(strongerOf(cloud), stage);
});

scenario(
  'where only the HA network is cut both hosts are active, and when it is whole again exactly one',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const stronger = strongerOf(cloud);
    const weaker = otherHost(stronger);
    // So that the weaker one is the last that announces itself while both are active.
    await makeActive(cloud, stronger);
    {
      await using _one = await muteVrrp(cloud, stronger);
      await using _two = await muteVrrp(cloud, weaker);
      await untilActiveOn(cloud, [stronger, weaker]);
    }
    await untilActiveOn(cloud, [stronger]);
    // Whoever asks finds who is left; that one announces himself only if he has heard the weaker one before it gave up.
    for (const [from, to] of [
      ['internet1', FLOATING],
      ['red1', 'blue2'],
    ] as const) {
      const { outcome, request } = await ping(from, to);
      expect(outcome).toMatchObject({ outcome: 'reply' });
      expect(request).toTouch(stronger);
      expect(request).not.toTouch(weaker);
    }
  },
);

scenario(
  'a router whose active host loses its tunnel NIC answers by the other one; both stay active until the NIC is back',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const host = await activeHost(cloud);
    const other = otherHost(host);
    await using nic = new AsyncDisposableStack();
    const seen = await outages(cloud, async () => {
      nic.use(await cutOff(cloud, host, 'tunnel'));
      await untilActiveOn(cloud, [host, other]);
    });
    expectWithin(budget(cloud), seen);
    await nic.disposeAsync();
    const stronger = strongerOf(cloud);
    await untilActiveOn(cloud, [stronger]);
    await cloud.reset();
    const { outcome, request } = await ping('internet1', FLOATING);
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request).toTouch(stronger);
  },
);
