/** A router of the cloud on the network node: what every packet between two subnets has to do. */
import { expect } from 'vitest';
import {
  cloudDocument,
  guest,
  inPattern,
  routedPatterns,
  scenarios,
  service,
  tap,
  wire,
} from '../../src/scenario/index.ts';

const document = await cloudDocument('classic-routed');

for (const pattern of routedPatterns) {
  const { name, encapsulation } = pattern;
  const scenario = scenarios({ cloud: inPattern(document, pattern), capability: 'routing', pattern: name });
  /** What a frame of a network wears on the wires. */
  const worn = (network: 'red' | 'blue') => {
    const first = { vxlan: 7001, gre: 8001, vlan: 101 }[encapsulation];
    const id = network === 'red' ? first : first + 1;
    return encapsulation === 'vlan'
      ? { vlan: id, tunnel: null }
      : { vlan: null, tunnel: { type: encapsulation, id } };
  };

  scenario(
    'two servers on one host reach each other across a router only by way of the network node, over its wires twice',
    { needs: ['routers', encapsulation] },
    async ({ cloud, ping }) => {
      const { outcome, request, reply } = await ping('red1', 'blue1');
      expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.2.11', ttl: 63 });

      const gateway = (port: string) => cloud.topology.ports[port]?.mac_address ?? '';
      const red = { src_ip: '10.0.1.11', dst_ip: '10.0.2.11', ttl: 64, dst_mac: gateway('r1-red-subnet') };
      const blue = { src_ip: '10.0.1.11', dst_ip: '10.0.2.11', ttl: 63, src_mac: gateway('r1-blue-subnet') };
      expect(request).toTravel(
        guest('red1', red),
        tap('compute1', red),
        wire('compute1', 'tor1', { ...red, ...worn('red') }),
        wire('tor1', 'gateway1', { ...red, ...worn('red') }),
        service('gateway1', 'in', red),
        service('gateway1', 'out', blue),
        wire('gateway1', 'tor1', { ...blue, ...worn('blue') }),
        wire('tor1', 'compute1', { ...blue, ...worn('blue') }),
        tap('compute1', blue),
        guest('blue1', blue),
      );
      expect(reply).toTravel(
        guest('blue1', { ttl: 64 }),
        tap('compute1'),
        wire('compute1', 'tor1', worn('blue')),
        wire('tor1', 'gateway1', worn('blue')),
        service('gateway1', 'in', { ttl: 64 }),
        service('gateway1', 'out', { ttl: 63 }),
        wire('gateway1', 'tor1', worn('red')),
        wire('tor1', 'compute1', worn('red')),
        tap('compute1'),
        guest('red1', { ttl: 63 }),
      );
      expect(request).not.toTouch('compute2');
    },
  );

  scenario(
    'servers on two hosts reach each other across a router',
    { needs: ['routers', encapsulation] },
    async ({ ping, tcp }) => {
      const { outcome, request } = await ping('red1', 'blue2');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      expect(request).toTouch('gateway1');
      expect((await tcp('red1', 'blue2', { size: 4000 })).value).toMatchObject({ outcome: 'exchanged' });
      // Too big for one: the router puts the fragments together and takes them apart again.
      const fragments = await ping('red1', 'blue2', { size: 3000 });
      expect(fragments.outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      const parts = fragments.journeys.filter(({ headers }) => headers.fragment !== undefined);
      expect(parts.map(({ headers }) => headers.dst_ip)).toHaveLength(6);
    },
  );

  scenario(
    'a server reaches the internet from the address of its router, and the answer finds it',
    { needs: ['routers', encapsulation] },
    async ({ cloud, ping, udp }) => {
      const gateway = cloud.topology.routers['r1']?.external_gateway_info;
      const own = gateway?.external_fixed_ips[0]?.ip_address ?? '';
      const { outcome, request, reply } = await ping('red2', '198.51.100.10');
      // Two routers, its own and the upstream one.
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
      const inside = { src_ip: '10.0.1.12', dst_ip: '198.51.100.10' };
      const outside = { src_ip: own, dst_ip: '198.51.100.10' };
      expect(request).toTravel(
        guest('red2', inside),
        tap('compute2', inside),
        wire('compute2', 'tor1', { ...inside, ...worn('red') }),
        wire('tor1', 'gateway1', { ...inside, ...worn('red') }),
        service('gateway1', 'in', { ...inside, ttl: 64 }),
        service('gateway1', 'out', { ...outside, ttl: 63 }),
        wire('gateway1', 'tor1', { ...outside, vlan: null, tunnel: null, ttl: 63 }),
        wire('tor1', 'upstream1', { ...outside, ttl: 63 }),
        wire('upstream1', 'internet1', { ...outside, ttl: 62 }),
      );
      expect(reply).toTouch('upstream1');
      const datagram = await udp('blue1', '198.51.100.10', 9);
      expect(datagram.request?.observed.verdict).toBe('delivered');
    },
  );

  scenario(
    'nobody outside reaches an address of a network inside',
    { needs: ['routers', encapsulation] },
    async ({ ping }) => {
      const { outcome, request } = await ping('internet1', '10.0.1.12', { timeout: 0.3 });
      expect(outcome.outcome).not.toBe('reply');
      expect(request).not.toTouch('gateway1');
    },
  );

  scenario(
    'the router answers for itself, and what has run out of hops is told so by it',
    { needs: ['routers', encapsulation] },
    async ({ ping }) => {
      expect((await ping('red1', '10.0.1.1')).outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
      expect((await ping('red1', '10.0.2.11', { ttl: 1 })).outcome).toMatchObject({
        outcome: 'icmp-error',
        from: '10.0.1.1',
        type: 11,
      });
    },
  );
}
