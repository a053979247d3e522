/** Networks with MTUs of their own behind one router: path MTU discovery (RFC 1191). */
import { expect } from 'vitest';
import { cloudDocument, guest, scenarios, service, tap, wire } from '../../src/scenario/index.ts';

const document = await cloudDocument('classic-ports');

const scenario = scenarios({
  cloud: { ...document, routers: { r1: { interfaces: ['red-subnet', 'narrow-subnet', 'purple-subnet'] } } },
  capability: 'ports',
});

const NEEDS = ['routers', 'vxlan', 'vlan'];
const IP_AND_ICMP = 28;
const sized = (length: number) => ({ size: length - IP_AND_ICMP, df: true, timeout: 0.5 });

scenario(
  'a packet of the narrow network’s MTU gets through, and of a byte more its sender is told the MTU',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const { mtu } = cloud.topology.networks['narrow'] ?? { mtu: 0 };
    expect(mtu).toBe(1300);
    const fits = await ping('red1', 'narrow2', sized(mtu));
    expect(fits.outcome).toMatchObject({ outcome: 'reply', ttl: 63 });

    const tooBig = await ping('red1', 'narrow2', sized(mtu + 1));
    expect(tooBig.outcome).toEqual(
      expect.objectContaining({ outcome: 'icmp-error', from: '10.0.1.1', type: 3, code: 4, mtu }),
    );
    const red = { vlan: null, tunnel: { type: 'vxlan', id: 7001 } } as const;
    expect(tooBig.request).toTravel(
      guest('red1'),
      tap('compute1'),
      wire('compute1', 'tor1', red),
      wire('tor1', 'gateway1', red),
      service('gateway1', 'in', { length: mtu + 1, df: true }),
    );
    expect(tooBig.request?.observed.verdict).toBe('too-big');
  },
);

scenario(
  'who was told keeps to the MTU: the next packet of that size does not leave the server',
  { needs: NEEDS },
  async ({ ping }) => {
    expect((await ping('red1', 'narrow2', sized(1301))).outcome).toMatchObject({ outcome: 'icmp-error' });
    expect((await ping('red1', 'narrow2', sized(1301))).outcome).toMatchObject({
      outcome: 'not-sent',
      errno: 'EMSGSIZE',
    });
    expect((await ping('red1', 'narrow2', sized(1300))).outcome).toMatchObject({ outcome: 'reply' });
  },
);

scenario(
  'each network says its own MTU: from the VLAN the VXLAN network is narrow, the other way it is wide enough',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const { mtu } = cloud.topology.networks['red'] ?? { mtu: 0 };
    expect((await ping('purple2', 'red1', sized(1500))).outcome).toMatchObject({
      outcome: 'icmp-error',
      from: '10.0.4.1',
      mtu,
    });
    expect((await ping('red2', 'purple2', sized(mtu))).outcome).toMatchObject({ outcome: 'reply' });
  },
);

scenario(
  'TCP keeps to the MTU of the narrower end from its first segment on',
  { needs: NEEDS },
  async ({ tcp }) => {
    const { value, journeys } = await tcp('purple2', 'narrow2', { size: 50_000 });
    expect(value).toMatchObject({ outcome: 'exchanged', bytes: 50_000 });
    const lengths = journeys.flatMap(({ headers }) => headers.length ?? []);
    expect(Math.max(...lengths)).toBe(1300);
    expect(journeys.filter(({ observed }) => observed.verdict === 'too-big')).toEqual([]);
  },
);
