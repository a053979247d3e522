/** A router that two of three network nodes may hold: it goes from one of them to the other, and the third has no part in it. */
import { expect } from 'vitest';
import { scenarios } from '../../src/scenario/index.ts';
import { linkDown } from './breaking.ts';
import {
  activeHost,
  budget,
  expectWithin,
  FAST,
  FLOATING,
  holders,
  INTERNET,
  NEEDS,
  outages,
  placeOf,
  redundant,
  untilActiveOn,
} from './redundancy.ts';

const scenario = scenarios({
  cloud: { ...redundant({ ...FAST, max_l3_agents_per_router: 2 }), underlay: 'neutron-redundant' },
  capability: 'vrrp',
});

scenario(
  'a router that two of three hosts may hold goes to the other of the two, and the third knows nothing of it',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const hosts = holders(cloud);
    expect(hosts).toHaveLength(2);
    const [third = '', ...more] = ['network1', 'network2', 'network3'].filter(
      (host) => !hosts.includes(host),
    );
    expect(more).toEqual([]);
    const id = cloud.topology.routers['r1']?.id ?? '';
    const namespacesOn = async (host: string) =>
      (await (await cloud.cluster.agent(host)).request<string[]>('namespaces')).filter((name) =>
        name.includes(id),
      );
    for (const host of hosts) expect(await namespacesOn(host), host).toEqual([`qrouter-${id}`]);
    expect(await namespacesOn(third), third).toEqual([]);

    const expectOn = async (active: string): Promise<void> => {
      const standby = hosts.find((host) => host !== active) ?? '';
      for (const { outcome, request, reply } of [
        await ping('blue2', INTERNET),
        await ping('internet1', FLOATING),
      ]) {
        expect(outcome).toMatchObject({ outcome: 'reply' });
        for (const packet of [request, reply]) {
          expect(packet).toTouch(active);
          for (const host of [standby, third]) expect(packet).not.toTouch(host);
        }
      }
    };
    const first = await activeHost(cloud);
    await expectOn(first);
    const second = hosts.find((host) => host !== first) ?? '';
    await using failed = new AsyncDisposableStack();
    const seen = await outages(cloud, async () => {
      failed.use(await linkDown(cloud, placeOf(cloud, first)));
      await untilActiveOn(cloud, [second]);
    });
    expectWithin(budget(cloud), seen);
    await failed.disposeAsync();
    await cloud.reset();
    expect(await activeHost(cloud), 'once the other is back').toBe(second);
    await expectOn(second);
    expect(await namespacesOn(third), `${third}, after the fail-over`).toEqual([]);
  },
);
