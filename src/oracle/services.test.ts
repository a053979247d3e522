import { describe, expect, test } from 'vitest';
import { base, lastOf, lines, type Parts, ping, routed, Talk, tcp, udp } from './routed.fixture.ts';

const balanced: Parts = {
  loadbalancers: {
    shop: {
      vip_subnet: 'web-subnet',
      vip_address: '10.0.1.100',
      listeners: { http: { protocol: 'TCP', protocol_port: 80, default_pool: 'web' } },
      pools: {
        web: {
          protocol: 'TCP',
          lb_algorithm: 'ROUND_ROBIN',
          members: [
            { server: 'web1', protocol_port: 80 },
            { server: 'db1', protocol_port: 80 },
          ],
        },
      },
    },
  },
};

describe('DHCP', () => {
  const topology = routed();
  const dhcp = topology.ports['dhcp-web-1'];
  const tap = `network1:tap${dhcp?.id.slice(0, 11)}`;
  const server = dhcp?.fixed_ips[0]?.ip_address ?? '';

  test('a question reaches the service and everybody else on the network', () => {
    const journey = new Talk(topology).own(udp('web1-eth0', '0.0.0.0:68', '255.255.255.255:67'));
    const router = `network1:qr-${topology.ports['r1-web-subnet']?.id.slice(0, 11)}`;
    expect(journey.receivers?.toSorted()).toEqual([router, tap, 'web2:eth0'].toSorted());
  });

  test('an answer goes to the server alone, or to all when the client has asked for that', () => {
    const talk = new Talk(topology);
    const mac = topology.ports['web1-eth0']?.mac_address ?? '';
    const offer = udp('dhcp-web-1', '0.0.0.0:67', '10.0.1.11:68', { src_ip: server, dst_mac: mac });
    const alone = talk.own(offer);
    expect(alone.receivers).toEqual(['web1:eth0']);
    expect(lines(alone.roots)[0]).toMatch(/^namespace network1 tap out/);
    const all = talk.own(udp('dhcp-web-1', '0.0.0.0:67', '255.255.255.255:68', { src_ip: server }));
    expect(all.receivers).toContain('web1:eth0');
    expect(all.receivers).toContain('web2:eth0');
  });

  test('a renewal goes to the service alone', () => {
    const packet = udp('web1-eth0', '10.0.1.11:68', '0.0.0.0:67', { dst_ip: server });
    expect(new Talk(topology).own(packet).receivers).toEqual([tap]);
  });

  test('the service passes nothing on', () => {
    const packet = tcp('web1-eth0', '10.0.1.11:1', '10.0.2.11:2', { dst_mac: dhcp?.mac_address ?? '' });
    const journey = new Talk(topology).own(packet);
    expect(journey).toMatchObject({ verdict: 'lost', receivers: [] });
    expect(lastOf(journey).because).toBe('dhcp web passes nothing on, and 10.0.2.11 is not its own');
  });
});

describe('metadata', () => {
  const asked = tcp('web1-eth0', '10.0.1.11:4000', '169.254.169.254:80');

  test('is served by the router and never leaves it', () => {
    const topology = routed();
    const journey = new Talk(topology).own(asked);
    expect(journey.receivers).toEqual([`network1:qr-${topology.ports['r1-web-subnet']?.id.slice(0, 11)}`]);
    expect(lines(journey.roots).at(-1)).toBe(
      'namespace network1 qr- in 10.0.1.11:4000 > 169.254.169.254:80 ttl 64',
    );
    const answer = tcp('r1-web-subnet', '169.254.169.254:80', '10.0.1.11:4000');
    expect(new Talk(topology).own(answer).receivers).toEqual(['web1:eth0']);
  });

  test('other ports of that address are no metadata', () => {
    const journey = new Talk(routed()).own(tcp('web1-eth0', '10.0.1.11:4000', '169.254.169.254:22'));
    expect(lines(journey.roots)).toContain('wire tor1>upstream1 203.0.113.110 > 169.254.169.254:22 ttl 63');
  });

  test('the proxy’s own port is closed', () => {
    const journey = new Talk(routed()).own(tcp('web1-eth0', '10.0.1.11:4000', '10.0.1.1:9697'));
    expect(journey).toMatchObject({ verdict: 'denied-ingress', receivers: [] });
  });

  test('switched off', () => {
    const journey = new Talk(routed({ options: { metadata: false } })).own(asked);
    expect(journey.verdict).not.toBe('delivered');
  });

  test('by DHCP on a network without a router', () => {
    const topology = routed({
      options: { enable_isolated_metadata: true },
      routers: { r1: { ...base.routers.r1, interfaces: ['db-subnet'] } },
      floatingips: {},
    });
    const journey = new Talk(topology).own(asked);
    expect(journey.receivers).toEqual([`network1:tap${topology.ports['dhcp-web-1']?.id.slice(0, 11)}`]);
  });
});

describe('load balancers', () => {
  const topology = routed(balanced);
  const vip = topology.ports['shop-vip'];
  const tap = `network1:tap${vip?.id.slice(0, 11)}`;

  test('a connection ends at the VIP, and another one goes from there', () => {
    const talk = new Talk(topology);
    const client = talk.own(tcp('web2-eth0', '10.0.1.12:4000', '10.0.1.100:80'));
    expect(client).toMatchObject({ verdict: 'delivered', receivers: [tap] });
    expect(lines(client.roots).at(-1)).toBe(
      'namespace network1 tap in 10.0.1.12:4000 > 10.0.1.100:80 ttl 64',
    );
    const near = talk.own(tcp('shop-vip', '10.0.1.100:50000', '10.0.1.11:80'));
    expect(near.receivers).toEqual(['web1:eth0']);
    // By the router to members on another network.
    const far = talk.own(tcp('shop-vip', '10.0.1.100:50000', '10.0.2.11:80'));
    expect(far.receivers).toEqual(['db1:eth0']);
    expect(lines(far.roots).slice(0, 3)).toEqual([
      'namespace network1 tap out 10.0.1.100:50000 > 10.0.2.11:80 ttl 64',
      'namespace network1 qr- in 10.0.1.100:50000 > 10.0.2.11:80 ttl 64',
      'namespace network1 qr- out 10.0.1.100:50000 > 10.0.2.11:80 ttl 63',
    ]);
  });

  test('from another network, and from outside by a floating IP of the VIP', () => {
    const floating = routed({
      ...balanced,
      floatingips: {
        shop: { floating_network: 'public', floating_ip_address: '203.0.113.120', port: 'shop-vip' },
      },
    });
    const talk = new Talk(floating);
    expect(talk.own(tcp('db1-eth0', '10.0.2.11:1', '10.0.1.100:80')).receivers).toEqual([tap]);
    expect(talk.own(tcp('internet1', '198.51.100.10:1', '203.0.113.120:80')).receivers).toEqual([tap]);
  });

  test('a VIP answers pings', () => {
    expect(new Talk(topology).own(ping('web2-eth0', '10.0.1.12', '10.0.1.100')).receivers).toEqual([tap]);
  });

  test('its port has security groups, which the openvswitch driver keeps', () => {
    for (const firewall_driver of ['openvswitch', 'iptables_hybrid'] as const) {
      const talk = new Talk(routed({ ...balanced, options: { firewall_driver } }));
      const { verdict } = talk.own(tcp('internet1', '198.51.100.10:1', '203.0.113.110:80'));
      expect(verdict).toBe('denied-ingress');
      const packet = tcp('r1-web-subnet', '198.51.100.10:1', '10.0.1.100:80');
      expect(talk.own(packet).verdict).toBe(
        firewall_driver === 'openvswitch' ? 'denied-ingress' : 'delivered',
      );
    }
  });
});
