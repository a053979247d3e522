import { expect, test } from 'vitest';
import { changeHops, echo, hop, pingJourney, routedJourney, START, tunnel } from './journeys.fixture.ts';
import { tellJourney } from './tell-journey.ts';
import type { Headers, Journey } from './types.ts';

test('a ping by VXLAN', () => {
  expect(tellJourney(pingJourney(), { title: 'ping web1 → web2' })).toMatchInlineSnapshot(`
    "ping web1 → web2  icmp echo-request 4fa1/1                                  delivered, 6 hops, 98 µs
      1 guest  web1 eth0                 0 µs  fa:16:3e:00:00:01 → fa:16:3e:00:00:02,
                                               10.0.1.11 → 10.0.1.12, ttl 64
      2 tap    compute1 tap11111111-11   6 µs  unchanged
      3 wire   compute1 → tor1 eth1     40 µs  + vxlan vni 5001, 172.31.1.11 → 172.31.1.12, udp 4789, df
      4 wire   tor1 → compute2 swp6     74 µs  unchanged
      5 tap    compute2 tap22222222-22  91 µs  − vxlan vni 5001
      6 guest  web2 eth0                98 µs  unchanged"
  `);
});

test('80 columns', () => {
  expect(tellJourney(pingJourney(), { width: 80 })).toMatchInlineSnapshot(`
    "icmp echo-request 4fa1/1                                delivered, 6 hops, 98 µs
      1 guest  web1 eth0                 0 µs  fa:16:3e:00:00:01 →
                                               fa:16:3e:00:00:02,
                                               10.0.1.11 → 10.0.1.12, ttl 64
      2 tap    compute1 tap11111111-11   6 µs  unchanged
      3 wire   compute1 → tor1 eth1     40 µs  + vxlan vni 5001,
                                               172.31.1.11 → 172.31.1.12, udp 4789,
                                               df
      4 wire   tor1 → compute2 swp6     74 µs  unchanged
      5 tap    compute2 tap22222222-22  91 µs  − vxlan vni 5001
      6 guest  web2 eth0                98 µs  unchanged"
  `);
});

test('with what the bridges did', () => {
  expect(tellJourney(pingJourney(), { bridges: true, width: 90 })).toMatchInlineSnapshot(`
    "icmp echo-request 4fa1/1                                          delivered, 6 hops, 98 µs
      1 guest  web1 eth0                 0 µs  fa:16:3e:00:00:01 → fa:16:3e:00:00:02,
                                               10.0.1.11 → 10.0.1.12, ttl 64
      2 tap    compute1 tap11111111-11   6 µs  unchanged
               br-int  table 60: NORMAL
               br-tun  table 20: dl_vlan=1,dl_dst=fa:16:3e:00:00:02 →
                       strip_vlan,set_field:0x1389->tun_id,output:2
                       for port web2-eth0: VNI 5001 → host compute2
      3 wire   compute1 → tor1 eth1     40 µs  + vxlan vni 5001, 172.31.1.11 → 172.31.1.12,
                                               udp 4789, df
      4 wire   tor1 → compute2 swp6     74 µs  unchanged
      5 tap    compute2 tap22222222-22  91 µs  − vxlan vni 5001
      6 guest  web2 eth0                98 µs  unchanged"
  `);
});

test('plain ASCII holds nothing else', () => {
  const text = tellJourney(pingJourney(), { ascii: true });
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  expect(text).toContain('wire   compute1 -> tor1 eth1');
});

test('colour adds escape sequences and nothing else', () => {
  const plain = tellJourney(pingJourney());
  const colour = tellJourney(pingJourney(), { colour: true });
  expect(colour).not.toBe(plain);
  // oxlint-disable-next-line no-control-regex
  expect(colour.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
});

const arp: Headers = {
  src_mac: 'fa:16:3e:00:00:01',
  dst_mac: 'ff:ff:ff:ff:ff:ff',
  ethertype: 0x0806,
  arp: {
    operation: 'request',
    sender_mac: 'fa:16:3e:00:00:01',
    sender_ip: '10.0.1.11',
    target_mac: '00:00:00:00:00:00',
    target_ip: '10.0.1.99',
  },
};

test('copies are branches; a cable that loses a frame says so', () => {
  const local = hop('tap', 'compute1 tap33333333-33', 9, arp, [
    hop('guest', 'web3 eth0', 11, arp, [], { direction: 'in' }),
  ]);
  const outer = { ...arp, tunnel };
  const first = hop('wire', 'compute1>tor1 eth1', 14, outer, [
    hop('wire', 'tor1>compute2 swp6', 20, outer, [], { lost: true }),
  ]);
  const second = hop('wire', 'compute1>tor1 eth1', 15, {
    ...arp,
    tunnel: { ...tunnel, dst_ip: '172.31.1.21' },
  });
  const tap = hop('tap', 'compute1 tap11111111-11', 5, arp, [local, first, second], { direction: 'in' });
  const again = hop('guest', 'web1 eth0', 1_004_000, arp);
  const journey: Journey = {
    packet: 'arp who-has 10.0.1.99 tell 10.0.1.11',
    verdict: 'lost',
    roots: [hop('guest', 'web1 eth0', 0, arp, [tap]), again],
  };
  expect(tellJourney(journey)).toMatchInlineSnapshot(`
    "arp who-has 10.0.1.99 tell 10.0.1.11                                            lost, 8 hops, 1.00 s
      1 guest  web1 eth0                   0 µs  fa:16:3e:00:00:01 → ff:ff:ff:ff:ff:ff,
                                                 who-has 10.0.1.99 tell 10.0.1.11
      2 tap    compute1 tap11111111-11     5 µs  unchanged
      3 ├ tap    compute1 tap33333333-33   9 µs  unchanged
      4 │ guest  web3 eth0                11 µs  unchanged
      5 ├ wire   compute1 → tor1 eth1     14 µs  + vxlan vni 5001, 172.31.1.11 → 172.31.1.12, udp 4789,
        │                                        df
      6 │ wire   tor1 → compute2 swp6     20 µs  LOST: compute2 never saw it
      7 └ wire   compute1 → tor1 eth1     15 µs  + vxlan vni 5001, 172.31.1.11 → 172.31.1.21, udp 4789,
                                                 df
      sent again after 1.00 s:
      8 guest  web1 eth0                   0 µs  fa:16:3e:00:00:01 → ff:ff:ff:ff:ff:ff,
                                                 who-has 10.0.1.99 tell 10.0.1.11"
  `);
});

test('changes of every kind', () => {
  const nat: Headers = {
    ...echo,
    protocol: 6,
    src_port: 40_000,
    dst_port: 80,
    tcp_flags: 'syn',
    src_ip: '10.0.1.11',
    vlan: 7,
  };
  const { icmp: _, ...tcp } = nat;
  const translated = {
    ...tcp,
    src_mac: 'fa:16:3f:00:00:09',
    src_ip: '203.0.113.5',
    src_port: 1024,
    ttl: 63,
    vlan: 101,
  };
  const { vlan: __, ...untagged } = translated;
  const gre = { ...untagged, tunnel: { ...tunnel, type: 'gre' as const, id: 9 } };
  const journey: Journey = {
    packet: 'tcp 40000 > 80 syn',
    verdict: 'looped',
    roots: [
      hop('namespace', 'network1 qr-1', 0, tcp, [
        hop('wire', 'network1>tor1 eth3', 2500, translated, [
          hop('wire', 'tor1>network1 swp1', 2_600_000, gre, [
            hop(
              'wire',
              'network1>tor1 eth3',
              2_600_001,
              { ...gre, tunnel: { ...gre.tunnel, id: 10, vlan: 4001 } },
              [],
              {
                more: 1200,
              },
            ),
          ]),
        ]),
      ]),
    ],
  };
  expect(tellJourney(journey)).toMatchInlineSnapshot(`
    "tcp 40000 > 80 syn                                                            looped, 4 hops, 2.60 s
      1 namespace network1 qr-1 out       0 µs  fa:16:3e:00:00:01 → fa:16:3e:00:00:02, tag 7,
                                                10.0.1.11 → 10.0.1.12, tcp 40000 → 80, syn, ttl 64
      2 wire      network1 → tor1 eth3  2.5 ms  tag 101 (was 7),
                                                routed fa:16:3f:00:00:09 → fa:16:3e:00:00:02,
                                                ttl 63 ← 64, SNAT 10.0.1.11:40000 → 203.0.113.5:1024
      3 wire      tor1 → network1 swp1  2.60 s  + gre key 9, 172.31.1.11 → 172.31.1.12, udp 4789, df,
                                                − tag 101
      4 wire      network1 → tor1 eth3  2.60 s  key 10 (was 9), + outer tag 4001,
                                                LOOPS ON: 1200 further sightings left out"
  `);
});

test('never seen', () => {
  expect(tellJourney({ packet: 'udp 5 > 6, 28 bytes', verdict: 'lost', roots: [] })).toBe(
    `udp 5 > 6, 28 bytes${' '.repeat(100 - 19 - 16)}lost, never seen`,
  );
});

test('a long journey is cut', () => {
  const text = tellJourney(pingJourney(), { limit: 2 });
  expect(text.split('\n').at(-1)).toBe('  … 4 more hops');
});

test('lines are not wider than asked, except by a single long word', () => {
  for (const width of [60, 72, 80, 100, 140]) {
    const text = tellJourney(pingJourney(), { width, bridges: true });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(width, 78));
  }
});

test('a hop before the first one in time has a negative time', () => {
  const journey = changeHops(pingJourney(), (one) =>
    one.node === 'compute1' && one.kind === 'tap' ? { ...one, time: START - 3000n } : one,
  );
  expect(tellJourney(journey)).toContain('-3 µs');
});

test('through a router, with source NAT, to a host beyond', () => {
  expect(tellJourney(routedJourney(), { title: 'ping web1 → 198.51.100.10' })).toMatchInlineSnapshot(`
    "ping web1 → 198.51.100.10  icmp echo-request 4fa1/1                         delivered, 7 hops, 90 µs
      1 guest     web1 eth0                     0 µs  fa:16:3e:00:00:01 → fa:16:3e:00:00:0a,
                                                      10.0.1.11 → 198.51.100.10, ttl 64
      2 tap       compute1 tap11111111-11       6 µs  unchanged
      3 wire      compute1 → gateway1 eth1     30 µs  + vxlan vni 5001, 172.31.1.11 → 172.31.1.12,
                                                      udp 4789, df
      4 namespace gateway1 qr-11111111-11 in   52 µs  r1-web-subnet 10.0.1.1, − vxlan vni 5001
      5 namespace gateway1 qg-22222222-22 out  60 µs  r1-gateway 203.0.113.100,
                                                      routed fa:16:3e:00:00:0b → 0a:00:00:00:00:fe,
                                                      ttl 63 ← 64, SNAT 10.0.1.11 → 203.0.113.100,
                                                      id 4fa1 → 1234
      6 wire      gateway1 → upstream1 eth2    70 µs  unchanged
      7 wire      upstream1 → internet1 eth1   90 µs  routed 0a:00:00:00:00:fd → 0a:00:00:00:00:fc,
                                                      ttl 62 ← 63"
  `);
});

test('destination NAT of a TCP packet, and of IPv6', () => {
  const { icmp: _, ...ip } = echo;
  const syn: Headers = { ...ip, protocol: 6, src_port: 40_000, dst_port: 80, dst_ip: '203.0.113.110' };
  const inwards = hop('namespace', 'network1 qg-1', 0, syn, [
    hop('namespace', 'network1 qr-1', 4, {
      ...syn,
      dst_ip: '10.0.1.11',
      dst_port: 8080,
      ttl: 63,
      src_mac: 'fa:16:3e:00:00:0a',
    }),
  ]);
  const six: Headers = { ...syn, src_ip: '2001:db8::1', dst_ip: '2001:db8::2' };
  const other = hop('namespace', 'network1 qg-1', 0, six, [
    hop('namespace', 'network1 qr-1', 4, { ...six, src_ip: '2001:db8::9' }),
  ]);
  const text = tellJourney({ packet: 'tcp 40000 > 80 syn', verdict: 'delivered', roots: [inwards, other] });
  expect(text).toContain('DNAT 203.0.113.110:80 → 10.0.1.11:8080');
  expect(text).toContain('SNAT [2001:db8::1]:40000 → [2001:db8::9]:40000');
});
