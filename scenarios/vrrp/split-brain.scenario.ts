/** The hosts of a router do not hear each other any more. */
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import { cutOff, scenarios } from '../../src/scenario/index.ts';
import {
  activeHost,
  budget,
  expectWithin,
  FAST,
  FLOATING,
  makeActive,
  NEEDS,
  otherHost,
  outages,
  placeOf,
  redundant,
  strongerOf,
  untilActiveOn,
} from './redundancy.ts';

const scenario = scenarios({ cloud: redundant(FAST), capability: 'vrrp' });

/** Above all other flows of br-int, below those that bring markers back. */
const PRIORITY = 60_000;

/** Nothing of VRRP gets out of a host's device on the HA network, while everything else goes its way. */
async function muteVrrp(cloud: Cloud, host: string): Promise<AsyncDisposable> {
  const { device } = placeOf(cloud, host);
  const port = cloud.cluster.state.nodes[host]?.ports[device]?.ofport;
  const agent = await cloud.cluster.agent(host);
  const match = `in_port=${port},ip,nw_proto=112`;
  await agent.run(['ovs-ofctl', 'add-flow', 'br-int', `priority=${PRIORITY},${match},actions=drop`]);
  return {
    [Symbol.asyncDispose]: async () => {
      await agent.run(['ovs-ofctl', '--strict', 'del-flows', 'br-int', `priority=${PRIORITY},${match}`]);
    },
  };
}

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
