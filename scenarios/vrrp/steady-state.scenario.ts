/** Routers with ha of which nobody fails: who speaks, where, how often. */
import { expect } from 'vitest';
import { scenarios } from '../../src/scenario/index.ts';
import { advertisements, at, during, expectSilent, haVni } from './advertisements.ts';
import {
  activeHost,
  FLOATING,
  haAddress,
  INTERNET,
  NEEDS,
  otherHost,
  placeOf,
  redundant,
} from './redundancy.ts';

/** Whole seconds: version 2, as Neutron has it. */
const scenario = scenarios({ cloud: redundant({ ha_vrrp_advert_int: 1 }), capability: 'vrrp' });

scenario(
  'each router is advertised once a second by one host alone, by its own number, on the HA network and nowhere else',
  { needs: NEEDS },
  async ({ cloud, watch }) => {
    const SECONDS = 3;
    const numbers = { r1: 1, r2: 2 };
    const active = { r1: await activeHost(cloud, 'r1'), r2: await activeHost(cloud, 'r2') };
    const { frames } = await watch('nothing but advertisements', () => during(cloud, SECONDS));
    const seen = advertisements(frames);
    for (const router of ['r1', 'r2'] as const) {
      const { node, device } = placeOf(cloud, active[router], router);
      const said = seen.filter((one) => one.vrId === numbers[router] && one.vni === undefined);
      const points = said.map(({ point }) => point);
      expect(new Set(points), `who advertises ${router}`).toEqual(new Set([`${node}:${device}`]));
      expect(new Set(said.map(({ told }) => told)), `what is said of ${router}`).toEqual(
        new Set(['version 2, priority 50, each 1 s, to 224.0.0.18, ttl 255']),
      );
      expect(said.length, `advertisements of ${router} in ${SECONDS} s`).toBeGreaterThanOrEqual(SECONDS - 1);
      expect(said.length, `advertisements of ${router} in ${SECONDS} s`).toBeLessThanOrEqual(SECONDS + 2);
    }
    // Beside the devices that said it, only cables of the tunnel network.
    const elsewhere = seen.filter(({ point }) => !at('network[12]', 'ha').test(point));
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(new Set(elsewhere.map(({ vni }) => vni)), 'VNIs on the way to the others').toEqual(
      new Set([haVni(cloud)]),
    );
  },
);

scenario(
  'a standby hears what everybody hears, and says nothing inside or outside',
  { needs: NEEDS },
  async ({ cloud, ping, watch }) => {
    const standby = otherHost(await activeHost(cloud));
    // The first packet asks for the router inside, and the router asks for its gateway outside: by broadcast.
    const { observed } = await ping('red1', INTERNET);
    const later = await watch('for a while', () => during(cloud, 2));
    expectSilent(cloud, standby, [...observed.frames, ...later.frames]);
  },
);

scenario(
  'two routers of one project may be active on different hosts, and each packet goes by its own',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    for (const [router, server] of [
      ['r1', 'blue2'],
      ['r2', 'green1'],
    ] as const) {
      const host = await activeHost(cloud, router);
      const { outcome, request, reply } = await ping(server, INTERNET);
      expect(outcome, `${server} by ${router}`).toMatchObject({ outcome: 'reply' });
      for (const packet of [request, reply]) {
        expect(packet).toTouch(host);
        expect(packet).not.toTouch(otherHost(host));
      }
    }
  },
);

scenario(
  'the addresses of a router are on its active host, and on the other there is none but that of the HA network',
  { needs: NEEDS },
  async ({ cloud }) => {
    const host = await activeHost(cloud);
    const held = async (node: string): Promise<string[]> => {
      const { namespace } = placeOf(cloud, node);
      const agent = await cloud.cluster.agent(node);
      const list = await agent.request<[string, string, string][]>('addresses', { namespaces: [namespace] });
      return list.map(([, device, address]) => `${device.slice(0, 2)} ${address}`).toSorted();
    };
    const [own = '', other = ''] = [host, otherHost(host)].map((node) => haAddress(cloud, node));
    expect(await held(host), `addresses on ${host}`).toEqual(
      [
        `ha ${own}`,
        'ha 169.254.0.1',
        'qr 10.0.1.1',
        'qr 10.0.2.1',
        'qg 203.0.113.100',
        `qg ${FLOATING}`,
        'lo 127.0.0.1',
      ].toSorted(),
    );
    expect(await held(otherHost(host)), `addresses on ${otherHost(host)}`).toEqual(
      [`ha ${other}`, 'lo 127.0.0.1'].toSorted(),
    );
  },
);
