import { describe, expect, test } from 'vitest';
import { lines, ping, routed, Talk, tcp } from './routed.fixture.ts';

const topology = routed();
const GATEWAY = topology.ports['r1-gateway']?.fixed_ips[0]?.ip_address ?? '';

describe('ARP on the external network', () => {
  test('is broadcast on the physical network, and the gateway’s port has the floating IPs', () => {
    for (const target_ip of ['203.0.113.110', '203.0.113.112', GATEWAY]) {
      const talk = new Talk(topology);
      const asked = talk.own({ kind: 'arp-request', from: 'upstream1', device: 'eth0', target_ip });
      expect(lines(asked.roots)).toEqual([
        'wire upstream1>tor1',
        'wire tor1>network1',
        'namespace network1 qg- in',
      ]);
      expect(asked.receivers).toHaveLength(1);
      const reply = talk.own({
        kind: 'arp-reply',
        from: 'r1-gateway',
        sender_ip: target_ip,
        dst_mac: asked.roots[0]?.headers.src_mac ?? '',
        target_ip: '203.0.113.1',
      });
      expect(reply).toMatchObject({ verdict: 'delivered', receivers: ['upstream1:eth0'] });
      expect(lines(reply.roots)).toEqual([
        'namespace network1 qg- out',
        'wire network1>tor1',
        'wire tor1>upstream1',
      ]);
    }
  });

  test('the router asks for the upstream router', () => {
    const asked = new Talk(topology).own({
      kind: 'arp-request',
      from: 'r1-gateway',
      target_ip: '203.0.113.1',
    });
    expect(lines(asked.roots)).toEqual([
      'namespace network1 qg- out',
      'wire network1>tor1',
      'wire tor1>upstream1',
    ]);
    expect(asked.receivers).toEqual(['upstream1:eth0']);
  });

  test('a router announces a floating IP', () => {
    const told = new Talk(topology).own({
      kind: 'gratuitous-arp',
      from: 'r1-gateway',
      sender_ip: '203.0.113.110',
    });
    expect(told).toMatchObject({ packet: 'arp announce 203.0.113.110', verdict: 'delivered' });
    expect(lines(told.roots).at(-1)).toBe('wire tor1>upstream1');
  });
});

describe('machines outside among themselves', () => {
  test('ping the upstream router', () => {
    const journey = new Talk(topology).own(ping('internet1', '198.51.100.10', '198.51.100.1'));
    expect(lines(journey.roots)).toEqual(['wire internet1>upstream1 198.51.100.10 > 198.51.100.1 ttl 64']);
    expect(journey.receivers).toEqual(['upstream1:eth1']);
  });
});

test('to a floating IP that stands for nothing: nobody has the address', () => {
  const free = routed({
    floatingips: { spare: { floating_network: 'public', floating_ip_address: '203.0.113.150' } },
  });
  const journey = new Talk(free).own(tcp('internet1', '198.51.100.10:1', '203.0.113.150:2'));
  expect(journey).toMatchObject({ verdict: 'no-neighbour', receivers: [] });
  expect(lines(journey.roots)).toEqual(['wire internet1>upstream1 198.51.100.10:1 > 203.0.113.150:2 ttl 64']);
});

test('to a fixed IP from outside: the upstream router has no route, and says so', () => {
  const [journey, error] = new Talk(topology).all(tcp('internet1', '198.51.100.10:1', '10.0.1.11:2'));
  expect(journey).toMatchObject({ verdict: 'no-route', receivers: [] });
  expect(error).toMatchObject({ packet: 'icmp unreachable', receivers: ['internet1:eth0'] });
  expect(lines(error?.roots ?? [])).toEqual(['wire upstream1>internet1 198.51.100.1 > 198.51.100.10 ttl 64']);
});

describe('VLANs with a physical router', () => {
  test('servers of two VLANs meet at it; each cable has the tag of its side', () => {
    const journey = new Talk(topology).own(tcp('desk-eth0', '10.0.50.11:1', '10.0.60.11:2'));
    expect(lines(journey.roots)).toEqual([
      'guest desk eth0 out 10.0.50.11:1 > 10.0.60.11:2 ttl 64',
      'tap compute1 tap in 10.0.50.11:1 > 10.0.60.11:2 ttl 64',
      'wire compute1>tor1 tag 150 10.0.50.11:1 > 10.0.60.11:2 ttl 64',
      'wire tor1>core1 tag 150 10.0.50.11:1 > 10.0.60.11:2 ttl 64',
      'wire core1>tor1 tag 160 10.0.50.11:1 > 10.0.60.11:2 ttl 63',
      'wire tor1>compute2 tag 160 10.0.50.11:1 > 10.0.60.11:2 ttl 63',
      'tap compute2 tap out 10.0.50.11:1 > 10.0.60.11:2 ttl 63',
      'guest wine eth0 in 10.0.50.11:1 > 10.0.60.11:2 ttl 63',
    ]);
    expect(journey.receivers).toEqual(['wine:eth0']);
  });

  test('bare metal on an access port: no tag on its cable', () => {
    const talk = new Talk(topology);
    const near = talk.own(tcp('desk-eth0', '10.0.50.11:1', '10.0.50.9:2'));
    expect(lines(near.roots).slice(2)).toEqual([
      'wire compute1>tor1 tag 150 10.0.50.11:1 > 10.0.50.9:2 ttl 64',
      'wire tor1>metal1 10.0.50.11:1 > 10.0.50.9:2 ttl 64',
    ]);
    const far = talk.own(tcp('metal1', '10.0.50.9:1', '10.0.60.11:2'));
    expect(lines(far.roots).slice(0, 3)).toEqual([
      'wire metal1>tor1 10.0.50.9:1 > 10.0.60.11:2 ttl 64',
      'wire tor1>core1 tag 150 10.0.50.9:1 > 10.0.60.11:2 ttl 64',
      'wire core1>tor1 tag 160 10.0.50.9:1 > 10.0.60.11:2 ttl 63',
    ]);
    expect(far.receivers).toEqual(['wine:eth0']);
  });

  test('a broadcast reaches the router and the bare metal of its VLAN, and no other VLAN', () => {
    const talk = new Talk(topology);
    const trimmed = (packet: Parameters<Talk['own']>[0]): string[] =>
      lines(talk.own(packet).roots).map((line) => line.trim());
    const floor = trimmed({ kind: 'broadcast', from: 'desk-eth0' });
    expect(floor).toContain('wire tor1>metal1');
    expect(floor).toContain('wire tor1>core1 tag 150');
    const cellar = trimmed({ kind: 'broadcast', from: 'wine-eth0' });
    expect(cellar.filter((line) => line.includes('metal1'))).toEqual([]);
    const asked = talk.own({ kind: 'arp-request', from: 'core1', vlan: 160, target_ip: '10.0.60.11' });
    expect(asked.receivers).toEqual(['wine:eth0']);
  });
});

test('somebody whom nobody knows', () => {
  expect(() => new Talk(topology).own(tcp('nobody', '10.0.1.11:1', '10.0.1.12:2'))).toThrow(
    expect.objectContaining({ code: 'ND_ORACLE_PORT' }),
  );
});
