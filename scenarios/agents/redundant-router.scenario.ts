/** The active host of a router with ha dies, and its agents no longer report. */
import { expect } from 'vitest';
import { scenarios, cutOff, type Stage } from '../../src/scenario/index.ts';
import {
  activeHost,
  FAST,
  FLOATING,
  INTERNET,
  NEEDS,
  otherHost,
  redundant,
  strongerOf,
  untilActiveOn,
} from '../vrrp/redundancy.ts';

const scenario = scenarios({ cloud: redundant(FAST), capability: 'agents' });

/** Packets into the cloud, across it and out of it go by this host and no other. */
async function expectOnlyBy(host: string, { cloud, ping }: Stage, ways: readonly [string, string][]) {
  // Until somebody says where they are, switches may believe the one that spoke last.
  await cloud.reset();
  for (const [from, to] of ways) {
    const { outcome, request, reply } = await ping(from, to);
    expect(outcome, `${from} to ${to}`).toMatchObject({ outcome: 'reply' });
    for (const packet of [request, reply]) {
      expect(packet).toTouch(host);
      expect(packet).not.toTouch(otherHost(host));
    }
  }
}

scenario(
  'a router with ha whose active host dies goes on by the other one, and what comes later waits for nobody there',
  { needs: NEEDS },
  async (stage) => {
    const { api, cloud, edit } = stage;
    const host = await activeHost(cloud);
    const other = otherHost(host);
    const dead = await cutOff(cloud, host);
    await using _dead = dead;
    await api.agents.lost(host);
    // What the dead host takes itself for is told by nobody.
    expect(cloud.activeRouters).toEqual({ r1: other, r2: other });

    const changes = await edit((document) => {
      Object.assign(document.networks, { yellow: {} });
      Object.assign(document.subnets, { yellow: { network: 'yellow', cidr: '10.0.9.0/24' } });
      const external_gateway_info = { network: 'public' };
      Object.assign(document.routers, { r3: { ha: true, external_gateway_info, interfaces: ['yellow'] } });
      Object.assign(document.servers, { yellow1: { host: 'compute1', networks: ['yellow'] } });
    });
    expect(changes.filter((change) => 'node' in change && change.node === host)).toEqual([]);
    expect(cloud.topology.routers['r3']?.hosts, 'hosts of a new router with ha').toEqual([other]);
    expect(cloud.activeRouters).toEqual({ r1: other, r2: other, r3: other });
    const ways: [string, string][] = [
      ['internet1', FLOATING],
      ['red1', 'blue2'],
      ['yellow1', INTERNET],
    ];
    await expectOnlyBy(other, stage, ways);

    // Both are active until they hear each other, and then one of them.
    await dead.restore();
    await api.agents.back(host);
    const stronger = strongerOf(cloud);
    await untilActiveOn(cloud, [stronger]);
    await expectOnlyBy(stronger, stage, ways.slice(0, 2));
    expect(await activeHost(cloud, 'r3')).toBe(other);
  },
);
