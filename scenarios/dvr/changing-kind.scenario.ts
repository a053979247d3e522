/** A router of a running cloud becomes another kind of router, and packets go its way at once. */
import { expect } from 'vitest';
import { hopsBelow } from '../../src/journey/index.ts';
import { scenarios, type Stage } from '../../src/scenario/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';
import { document, NETWORK_NODES } from './places.ts';

const WEB1 = '203.0.113.60';
const INTERNET = '198.51.100.10';

const options = { ...document.options, ha_vrrp_advert_int: 0.3 };
const scenario = scenarios({ cloud: { ...document, options }, capability: 'dvr' });
const needs = ['distributed routers', 'floatingips', 'routers with ha'];

type Router = NonNullable<CloudDocumentInput['routers']>[string];

/** How many network nodes packets touch: between the networks, to a floating IP, and out without one. */
async function touched({ ping }: Stage): Promise<number[]> {
  const ways = [
    ['web1', 'db2'],
    ['internet1', WEB1],
    ['web2', INTERNET],
  ] as const;
  const counts: number[] = [];
  for (const [from, to] of ways) {
    const { outcome, request } = await ping(from, to);
    expect(outcome, `${from} to ${to}`).toMatchObject({ outcome: 'reply' });
    if (request === undefined) throw new Error(`${from} sent nothing to ${to}`);
    const nodes = new Set(request.observed.roots.flatMap(hopsBelow).map(({ node }) => node));
    counts.push(NETWORK_NODES.filter((node) => nodes.has(node)).length);
  }
  return counts;
}

scenario(
  'a router that loses distribution, gets it back with ha and loses it again takes packets its new way each time',
  { needs },
  async (stage) => {
    const become = async (kind: Partial<Router>): Promise<void> => {
      await stage.edit(({ routers }) => {
        const { hosts: _, ...r1 } = routers?.['r1'] ?? {};
        Object.assign(routers ?? {}, { r1: { ...r1, ...kind } });
      });
      // A switch of a host that is new on a network has heard nobody there.
      await stage.cloud.reset();
    };
    const central = [1, 1, 1];
    const distributed = [0, 0, 1];
    await become({ distributed: false, hosts: ['network1'] });
    expect(await touched(stage)).toEqual(central);
    await become({ distributed: true, ha: true });
    expect(await touched(stage)).toEqual(distributed);
    await become({ distributed: false, ha: true });
    expect(await touched(stage)).toEqual(central);
  },
);

scenario(
  'a distributed router that loses its way out and gets one again leads there again, and between its networks all the time',
  { needs },
  async (stage) => {
    const { edit, ping } = stage;
    await edit(({ routers, floatingips }) => {
      for (const name of Object.keys(floatingips ?? {})) delete floatingips?.[name];
      if (routers?.['r1']) routers['r1'].external_gateway_info = null;
    });
    expect((await ping('web1', 'db2')).outcome).toMatchObject({ outcome: 'reply' });
    expect((await ping('web1', INTERNET)).outcome).not.toMatchObject({ outcome: 'reply' });
    await edit((changed) => {
      Object.assign(changed, { routers: document.routers, floatingips: document.floatingips });
    });
    await stage.cloud.reset();
    expect(await touched(stage)).toEqual([0, 0, 1]);
  },
);
