import { describe, expect, test } from 'vitest';
import type { ExpectedJourney } from '../journey/types.ts';
import { base, lastOf, lines, ping, routed, Talk, tcp } from './routed.fixture.ts';

const topology = routed();
const own = (...args: Parameters<typeof tcp>): ExpectedJourney => new Talk(topology).own(tcp(...args));

describe('from one network to the other', () => {
  test('servers on one compute host meet on the network node: the underlay is crossed twice', () => {
    const journey = own('web1-eth0', '10.0.1.11:4000', '10.0.2.11:80');
    expect(lines(journey.roots)).toEqual([
      'guest web1 eth0 out 10.0.1.11:4000 > 10.0.2.11:80 ttl 64',
      'tap compute1 tap in 10.0.1.11:4000 > 10.0.2.11:80 ttl 64',
      'wire compute1>tor1 vxlan 7001 10.0.1.11:4000 > 10.0.2.11:80 ttl 64',
      'wire tor1>network1 vxlan 7001 10.0.1.11:4000 > 10.0.2.11:80 ttl 64',
      'namespace network1 qr- in 10.0.1.11:4000 > 10.0.2.11:80 ttl 64',
      'namespace network1 qr- out 10.0.1.11:4000 > 10.0.2.11:80 ttl 63',
      'wire network1>tor1 vxlan 7002 10.0.1.11:4000 > 10.0.2.11:80 ttl 63',
      'wire tor1>compute1 vxlan 7002 10.0.1.11:4000 > 10.0.2.11:80 ttl 63',
      'tap compute1 tap out 10.0.1.11:4000 > 10.0.2.11:80 ttl 63',
      'guest db1 eth0 in 10.0.1.11:4000 > 10.0.2.11:80 ttl 63',
    ]);
    expect(journey).toMatchObject({ verdict: 'delivered', receivers: ['db1:eth0'], bystanders: [] });
    expect(journey.forbidden).toContain('web2:eth0');
  });

  test('the router’s own MAC addresses on both sides', () => {
    const journey = own('web1-eth0', '10.0.1.11:4000', '10.0.2.11:80');
    const { ports } = topology;
    expect(journey.roots[0]?.headers).toMatchObject({
      src_mac: ports['web1-eth0']?.mac_address,
      dst_mac: ports['r1-web-subnet']?.mac_address,
    });
    expect(lastOf(journey).headers).toMatchObject({
      src_mac: ports['r1-db-subnet']?.mac_address,
      dst_mac: ports['db1-eth0']?.mac_address,
    });
  });

  test('devices are named after their ports', () => {
    const journey = own('web1-eth0', '10.0.1.11:4000', '10.0.1.1:80');
    const { id } = topology.ports['r1-web-subnet'] ?? { id: '' };
    expect(journey.receivers).toEqual([`network1:qr-${id.slice(0, 11)}`]);
  });
});

test('the router is pinged at any of its addresses, and answers by itself', () => {
  const talk = new Talk(topology);
  const near = talk.own(ping('web1-eth0', '10.0.1.11', '10.0.1.1'));
  expect(near.receivers).toHaveLength(1);
  expect(lines(near.roots).at(-1)).toBe('namespace network1 qr- in 10.0.1.11 > 10.0.1.1 ttl 64');
  const far = talk.own(ping('web1-eth0', '10.0.1.11', '10.0.2.1'));
  expect(far.receivers).toEqual(near.receivers);
  const reply = talk.own(
    ping('r1-web-subnet', '10.0.1.1', '10.0.1.11', {
      icmp: { type: 0, code: 0, identifier: 77, sequence: 1 },
    }),
  );
  expect(lines(reply.roots)[0]).toBe('namespace network1 qr- out 10.0.1.1 > 10.0.1.11 ttl 64');
  expect(reply.receivers).toEqual(['web1:eth0']);
});

describe('errors', () => {
  const error = (packet: Parameters<Talk['all']>[0], of = topology) => {
    const [journey, ...answers] = new Talk(of).all(packet);
    return {
      verdict: journey?.verdict,
      why: journey && lastOf(journey).because,
      last: lines(journey?.roots ?? []).at(-1),
      answers: answers.map(({ packet: name, receivers, roots }) => ({
        name,
        receivers,
        way: lines(roots),
        icmp: roots[0]?.headers.icmp,
      })),
    };
  };

  test('TTL 1 ends at the router, which says so from the interface towards the sender', () => {
    const { verdict, last, why, answers } = error(tcp('web1-eth0', '10.0.1.11:1', '10.0.2.11:2', { ttl: 1 }));
    expect([verdict, last, why]).toEqual([
      'ttl-exceeded',
      'namespace network1 qr- in 10.0.1.11:1 > 10.0.2.11:2 ttl 1',
      'router r1 may not pass on a packet with TTL 1',
    ]);
    expect(answers).toMatchObject([
      { name: 'icmp time-exceeded', receivers: ['web1:eth0'], icmp: { type: 11, code: 0 } },
    ]);
    expect(answers[0]?.way[0]).toBe('namespace network1 qr- out 10.0.1.1 > 10.0.1.11 ttl 64');
  });

  test('no route without a gateway', () => {
    const inside = routed({
      routers: { r1: { interfaces: ['web-subnet', 'db-subnet'] } },
      floatingips: {},
    });
    const { verdict, why, answers } = error(tcp('web1-eth0', '10.0.1.11:1', '198.51.100.10:2'), inside);
    expect([verdict, why]).toEqual(['no-route', 'router r1 has no route to 198.51.100.10']);
    expect(answers).toMatchObject([
      { name: 'icmp unreachable', receivers: ['web1:eth0'], icmp: { type: 3, code: 0 } },
    ]);
  });

  test('nobody has the address', () => {
    const { verdict, answers } = error(tcp('web1-eth0', '10.0.1.11:1', '10.0.2.99:2'));
    expect(verdict).toBe('no-neighbour');
    // The router says so only when it has asked three times.
    expect(answers).toEqual([]);
  });

  test('too big for the network ahead, and not to be cut up', () => {
    const small = routed({ networks: { ...base.networks, db: { ...base.networks.db, mtu: 1400 } } });
    const big = { length: 1450, df: true } as const;
    const { verdict, why, answers } = error(tcp('web1-eth0', '10.0.1.11:1', '10.0.2.11:2', big), small);
    expect([verdict, why]).toEqual([
      'too-big',
      '1450 bytes do not fit on r1-db-subnet (1400), and must not be cut up',
    ]);
    expect(answers).toMatchObject([
      { name: 'icmp unreachable code 4', receivers: ['web1:eth0'], icmp: { type: 3, code: 4 } },
    ]);
    const allowed = error(tcp('web1-eth0', '10.0.1.11:1', '10.0.2.11:2', { length: 1450 }), small);
    expect(allowed).toMatchObject({ verdict: 'too-big', answers: [] });
  });

  test('no error about an error', () => {
    const { answers } = error(
      ping('web1-eth0', '10.0.1.11', '10.0.2.11', { ttl: 1, icmp: { type: 3, code: 3 } }),
    );
    expect(answers).toEqual([]);
  });
});

test('a router that is down is not there: its address is nobody’s', () => {
  const down = routed({ routers: { r1: { ...base.routers.r1, admin_state_up: false } } });
  const talk = new Talk(down);
  expect(talk.own(tcp('web1-eth0', '10.0.1.11:1', '10.0.2.11:2'))).toMatchObject({
    verdict: 'no-neighbour',
    roots: [],
  });
  const dst_mac = down.ports['r1-web-subnet']?.mac_address ?? '';
  const sent = talk.own(tcp('web1-eth0', '10.0.1.11:1', '10.0.2.11:2', { dst_mac }));
  expect(sent).toMatchObject({ verdict: 'denied-ingress', receivers: [] });
});

test('extra routes: the longest match, by whoever has the next hop', () => {
  const beyond = routed({
    routers: {
      r1: { ...base.routers.r1, routes: [{ destination: '192.0.2.0/24', nexthop: '10.0.2.12' }] },
    },
  });
  const journey = new Talk(beyond).own(tcp('web1-eth0', '10.0.1.11:1', '192.0.2.7:2'));
  expect(lines(journey.roots).at(-1)).toBe('guest db2 eth0 in 10.0.1.11:1 > 192.0.2.7:2 ttl 63');
});

test('a port of the document as a router’s interface', () => {
  const parts = {
    ports: { door: { network: 'floor', fixed_ips: [{ ip_address: '10.0.50.254' }] } },
    routers: { r1: { ...base.routers.r1, interfaces: [...base.routers.r1.interfaces, { port: 'door' }] } },
  };
  const journey = new Talk(routed(parts)).own(tcp('web1-eth0', '10.0.1.11:1', '10.0.50.11:2'));
  expect(lines(journey.roots).slice(-5)).toEqual([
    'namespace network1 qr- out 10.0.1.11:1 > 10.0.50.11:2 ttl 63',
    'wire network1>tor1 tag 150 10.0.1.11:1 > 10.0.50.11:2 ttl 63',
    'wire tor1>compute1 tag 150 10.0.1.11:1 > 10.0.50.11:2 ttl 63',
    'tap compute1 tap out 10.0.1.11:1 > 10.0.50.11:2 ttl 63',
    'guest desk eth0 in 10.0.1.11:1 > 10.0.50.11:2 ttl 63',
  ]);
});

test('ports of routers and DHCP get copies of floods, and are answered for by the responder', () => {
  const talk = new Talk(topology);
  const flood = talk.own({ kind: 'arp-request', from: 'web1-eth0', target_ip: '10.0.1.99' });
  expect(flood.receivers?.map((point) => point.replace(/(tap|qr-).*/, '$1'))).toEqual([
    'web2:eth0',
    'network1:qr-',
    'network1:tap',
  ]);
  const [asked, answer] = talk.all({ kind: 'arp-request', from: 'web1-eth0', target_ip: '10.0.1.1' });
  expect(asked?.receivers).toEqual([]);
  expect(answer).toMatchObject({
    packet: `arp 10.0.1.1 is-at ${topology.ports['r1-web-subnet']?.mac_address}`,
    receivers: ['web1:eth0'],
  });
});
