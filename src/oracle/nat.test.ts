import { describe, expect, test } from 'vitest';
import { learnPorts } from './connections.ts';
import { surviving } from './nat.ts';
import { base, hopsOf, lastOf, lines, ping, routed, Talk, tcp, udp } from './routed.fixture.ts';

const topology = routed();
const last = (talk: Talk, packet: Parameters<Talk['own']>[0]): string =>
  lines(talk.own(packet).roots).at(-1) ?? '';

/** The gateway's address on the external network. */
const GATEWAY = topology.ports['r1-gateway']?.fixed_ips[0]?.ip_address ?? '';

describe('source NAT', () => {
  test('a server without a floating IP leaves with the gateway’s address, and a port that is not foretold', () => {
    const journey = new Talk(topology).own(tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:80'));
    expect(lines(journey.roots).slice(4)).toEqual([
      'namespace network1 qr- in 10.0.1.12:4000 > 198.51.100.10:80 ttl 64',
      `namespace network1 qg- out ${GATEWAY} > 198.51.100.10:80 ttl 63`,
      `wire network1>tor1 ${GATEWAY} > 198.51.100.10:80 ttl 63`,
      `wire tor1>upstream1 ${GATEWAY} > 198.51.100.10:80 ttl 63`,
      `wire upstream1>internet1 ${GATEWAY} > 198.51.100.10:80 ttl 62`,
    ]);
    expect(journey).toMatchObject({ verdict: 'delivered', receivers: ['internet1:eth0'] });
    expect(lastOf(journey).headers).not.toHaveProperty('src_port');
  });

  test('the answer finds the way back, by the port that was seen', () => {
    const talk = new Talk(topology);
    const journey = talk.own(tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:80'));
    talk.own(tcp('db1-eth0', '10.0.2.11:4000', '198.51.100.10:80'));
    const qg = hopsOf(journey.roots).find(({ device }) => device?.startsWith('qg-'));
    const seen = (src_port: number) => ({
      point: `${qg?.node}:${qg?.device}`,
      tuple: { protocol: 6, src_ip: GATEWAY, src_port, dst_ip: '198.51.100.10', dst_port: 80 },
    });
    const [first, second] = talk.connections.filter(({ zone }) => zone === 'router r1');
    talk.connections = [
      ...learnPorts(first ? [first] : [], [seen(50_001)]),
      ...learnPorts(second ? [second] : [], [seen(50_002)]),
    ];
    const answer = (port: number) =>
      last(talk, tcp('internet1', '198.51.100.10:80', `203.0.113.${GATEWAY.split('.')[3] ?? ''}:${port}`));
    expect(answer(50_001)).toBe('guest web2 eth0 in 198.51.100.10:80 > 10.0.1.12:4000 ttl 62');
    expect(answer(50_002)).toBe('guest db1 eth0 in 198.51.100.10:80 > 10.0.2.11:4000 ttl 62');
    // Nobody's: it is for the router itself.
    expect(answer(50_003)).toBe(`namespace network1 qg- in 198.51.100.10:80 > ${GATEWAY}:50003 ttl 63`);
  });

  test('an echo is found by its identifier, which may be another one outside', () => {
    const talk = new Talk(topology);
    const asked = talk.own(ping('web2-eth0', '10.0.1.12', '198.51.100.10'));
    expect(lastOf(asked).headers.icmp).toEqual({ type: 8, code: 0, sequence: 1 });
    const icmp = { type: 0, code: 0, identifier: 9999, sequence: 1 };
    const reply = talk.own(ping('internet1', '198.51.100.10', GATEWAY, { icmp }));
    expect(reply.receivers).toEqual(['web2:eth0']);
    expect(lastOf(reply).headers.icmp).toEqual({ ...icmp, identifier: 77 });
  });

  test('enable_snat false: the address stays, and nobody outside knows the way back', () => {
    const plain = routed({
      routers: {
        r1: { ...base.routers.r1, external_gateway_info: { network: 'public', enable_snat: false } },
      },
    });
    const talk = new Talk(plain);
    expect(last(talk, tcp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:80'))).toBe(
      'wire upstream1>internet1 10.0.1.12:4000 > 198.51.100.10:80 ttl 62',
    );
    expect(talk.own(tcp('internet1', '198.51.100.10:80', '10.0.1.12:4000')).verdict).toBe('no-route');
    // Floating IPs work all the same.
    expect(last(talk, tcp('web1-eth0', '10.0.1.11:4000', '198.51.100.10:80'))).toContain('203.0.113.110 >');
  });

  test('between its own networks a router translates nothing', () => {
    const journey = new Talk(topology).own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.12:80'));
    expect(lastOf(journey).headers).toMatchObject({ src_ip: '10.0.1.11', src_port: 4000 });
  });
});

describe('floating IPs', () => {
  test('in: the fixed address takes the place of the floating one, and the answer gets it back', () => {
    const talk = new Talk(topology);
    const journey = talk.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.110:80'));
    expect(lines(journey.roots)).toEqual([
      'wire internet1>upstream1 198.51.100.10:4000 > 203.0.113.110:80 ttl 64',
      'wire upstream1>tor1 198.51.100.10:4000 > 203.0.113.110:80 ttl 63',
      'wire tor1>network1 198.51.100.10:4000 > 203.0.113.110:80 ttl 63',
      'namespace network1 qg- in 198.51.100.10:4000 > 203.0.113.110:80 ttl 63',
      'namespace network1 qr- out 198.51.100.10:4000 > 10.0.1.11:80 ttl 62',
      'wire network1>tor1 vxlan 7001 198.51.100.10:4000 > 10.0.1.11:80 ttl 62',
      'wire tor1>compute1 vxlan 7001 198.51.100.10:4000 > 10.0.1.11:80 ttl 62',
      'tap compute1 tap out 198.51.100.10:4000 > 10.0.1.11:80 ttl 62',
      'guest web1 eth0 in 198.51.100.10:4000 > 10.0.1.11:80 ttl 62',
    ]);
    expect(last(talk, tcp('web1-eth0', '10.0.1.11:80', '198.51.100.10:4000'))).toBe(
      'wire upstream1>internet1 203.0.113.110:80 > 198.51.100.10:4000 ttl 62',
    );
  });

  test('out: a server leaves with its own', () => {
    expect(last(new Talk(topology), udp('web1-eth0', '10.0.1.11:4000', '198.51.100.10:53'))).toBe(
      'wire upstream1>internet1 203.0.113.110 > 198.51.100.10:53 ttl 62',
    );
  });

  test('from floating IP to floating IP: the router turns it round, and the target sees the sender’s', () => {
    const talk = new Talk(topology);
    const there = talk.own(tcp('web1-eth0', '10.0.1.11:4000', '203.0.113.111:80'));
    expect(lines(there.roots).slice(4, 6)).toEqual([
      'namespace network1 qr- in 10.0.1.11:4000 > 203.0.113.111:80 ttl 64',
      'namespace network1 qr- out 203.0.113.110 > 10.0.2.12:80 ttl 63',
    ]);
    expect(there.receivers).toEqual(['db2:eth0']);
    const back = talk.own(tcp('db2-eth0', '10.0.2.12:80', '203.0.113.110:51111'));
    expect(lines(back.roots).at(-1)).toBe('guest web1 eth0 in 203.0.113.111:80 > 10.0.1.11:4000 ttl 63');
  });

  test('of a server on the same network: by the router, which hides the sender', () => {
    const talk = new Talk(topology);
    const there = talk.own(tcp('web2-eth0', '10.0.1.12:4000', '203.0.113.110:80'));
    expect(lines(there.roots).at(-1)).toBe(`guest web1 eth0 in ${GATEWAY} > 10.0.1.11:80 ttl 63`);
    const back = talk.own(tcp('web1-eth0', '10.0.1.11:80', `203.0.113.${GATEWAY.split('.')[3] ?? ''}:51111`));
    expect(lines(back.roots).at(-1)).toBe('guest web2 eth0 in 203.0.113.110:80 > 10.0.1.12:4000 ttl 63');
  });

  test('a server’s own floating IP brings it to itself', () => {
    const journey = new Talk(topology).own(tcp('web1-eth0', '10.0.1.11:4000', '203.0.113.110:80'));
    expect(lines(journey.roots).at(-1)).toBe('guest web1 eth0 in 203.0.113.110 > 10.0.1.11:80 ttl 63');
  });

  test('moved at once it keeps the connections that it has; taken away it loses them', () => {
    const talk = new Talk(topology);
    talk.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.110:80'));
    const to = (server: string | undefined) =>
      routed({
        floatingips: {
          web1: {
            floating_network: 'public',
            floating_ip_address: '203.0.113.110',
            ...(server === undefined ? {} : { server }),
          },
        },
      });
    const moved = new Talk(to('web2'));
    moved.connections = surviving(moved.topology, talk.connections);
    expect(moved.own(tcp('internet1', '198.51.100.10:4000', '203.0.113.110:80')).receivers).toEqual([
      'web1:eth0',
    ]);
    expect(moved.own(tcp('internet1', '198.51.100.10:4001', '203.0.113.110:80')).receivers).toEqual([
      'web2:eth0',
    ]);
    const gone = to(undefined);
    expect(surviving(gone, talk.connections).filter(({ zone }) => zone === 'router r1')).toEqual([]);
  });
});

describe('port forwardings', () => {
  test('lead one port of one protocol to a server, and back', () => {
    const talk = new Talk(topology);
    expect(last(talk, tcp('internet1', '198.51.100.10:4000', '203.0.113.112:2222'))).toBe(
      'guest web2 eth0 in 198.51.100.10:4000 > 10.0.1.12:22 ttl 62',
    );
    expect(last(talk, tcp('web2-eth0', '10.0.1.12:22', '198.51.100.10:4000'))).toBe(
      'wire upstream1>internet1 203.0.113.112:2222 > 198.51.100.10:4000 ttl 62',
    );
    expect(last(talk, udp('internet1', '198.51.100.10:4000', '203.0.113.112:53'))).toBe(
      'guest web2 eth0 in 198.51.100.10:4000 > 10.0.1.12:5353 ttl 62',
    );
  });

  test.each([
    ['another port', tcp('internet1', '198.51.100.10:4000', '203.0.113.112:23')],
    ['another protocol', udp('internet1', '198.51.100.10:4000', '203.0.113.112:2222')],
    ['a ping', ping('internet1', '198.51.100.10', '203.0.113.112')],
  ])('%s is the router’s own affair', (_name, packet) => {
    expect(last(new Talk(topology), packet)).toMatch(/^namespace network1 qg- in/);
  });

  test('what the server itself begins leaves with the gateway’s address', () => {
    expect(last(new Talk(topology), tcp('web2-eth0', '10.0.1.12:22', '198.51.100.10:4000'))).toContain(
      `${GATEWAY} >`,
    );
  });
});

describe('ICMP errors', () => {
  test('of a connection are translated with it', () => {
    const talk = new Talk(topology);
    talk.own(udp('web2-eth0', '10.0.1.12:4000', '198.51.100.10:53'));
    const error = talk.own(ping('internet1', '198.51.100.10', GATEWAY, { icmp: { type: 3, code: 3 } }));
    expect(error.receivers).toEqual(['web2:eth0']);
    expect(lines(error.roots).at(-1)).toBe('guest web2 eth0 in 198.51.100.10 > 10.0.1.12 ttl 62');
  });

  test('of a server behind a floating IP bear that', () => {
    const talk = new Talk(topology);
    talk.own(udp('internet1', '198.51.100.10:4000', '203.0.113.110:9'));
    const quoted = {
      protocol: 17,
      src_ip: '198.51.100.10',
      src_port: 4000,
      dst_ip: '10.0.1.11',
      dst_port: 9,
    };
    for (const more of [{}, { quoted }]) {
      const icmp = { type: 3, code: 3 };
      const error = talk.own(ping('web1-eth0', '10.0.1.11', '198.51.100.10', { icmp, ...more }));
      expect(lines(error.roots).at(-1)).toBe('wire upstream1>internet1 203.0.113.110 > 198.51.100.10 ttl 62');
    }
  });

  test('of the router about a floating IP come from the floating IP', () => {
    const [, error] = new Talk(topology).all(
      tcp('internet1', '198.51.100.10:1', '203.0.113.110:2', { ttl: 2 }),
    );
    expect(lines(error?.roots ?? [])[0]).toBe(
      'namespace network1 qg- out 203.0.113.110 > 198.51.100.10 ttl 64',
    );
    expect(error?.receivers).toEqual(['internet1:eth0']);
  });

  test('of a router outside about what has been hidden reach the server', () => {
    const [, error] = new Talk(topology).all(tcp('web2-eth0', '10.0.1.12:1', '198.51.100.10:2', { ttl: 2 }));
    expect(error?.receivers).toEqual(['web2:eth0']);
    expect(lines(error?.roots ?? []).at(-1)).toBe('guest web2 eth0 in 203.0.113.1 > 10.0.1.12 ttl 63');
  });
});
