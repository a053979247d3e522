import { expect, test } from 'vitest';
import { compare } from './compare.ts';
import {
  changeHops,
  echo,
  expectHop,
  hop,
  pingExpectation,
  pingJourney,
  routedJourney,
  tunnel,
} from './journeys.fixture.ts';
import { tellComparison } from './tell-comparison.ts';
import type { ExpectedJourney } from './types.ts';

const title = 'ping web1 → web2';

test('as expected', () => {
  expect(tellComparison(compare(pingExpectation(), pingJourney()), { title })).toMatchInlineSnapshot(`
    "✓ ping web1 → web2  icmp echo-request 4fa1/1
      delivered, as expected

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest web1 eth0                               │ guest web1 eth0
         2 tap   compute1 tap11111111-11                 │ tap   compute1 tap11111111-11
         3 wire  compute1 → tor1 eth1                    │ wire  compute1 → tor1 eth1
                 vxlan vni 5001, to 172.31.1.12          │       vxlan vni 5001,
                                                         │       172.31.1.11 → 172.31.1.12
         4 wire  tor1 → compute2 swp6                    │ wire  tor1 → compute2 swp6
         5 tap   compute2 tap22222222-22                 │ tap   compute2 tap22222222-22
                 no tunnel, no tag                       │       no tunnel, no tag
         6 guest web2 eth0                               │ guest web2 eth0"
  `);
});

const wrongVni = changeHops(pingJourney(), (one) =>
  one.headers.tunnel ? { ...one, headers: { ...echo, tunnel: { ...tunnel, id: 5002 } } } : one,
);

test('a wrong VNI, and which flow decided it', () => {
  expect(tellComparison(compare(pingExpectation(), wrongVni), { title })).toMatchInlineSnapshot(`
    "✗ ping web1 → web2  icmp echo-request 4fa1/1
      delivered, but not as expected: 2 differences

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest web1 eth0                               │ guest web1 eth0
         2 tap   compute1 tap11111111-11                 │ tap   compute1 tap11111111-11
     ▶   3 wire  compute1 → tor1 eth1                    │ wire  compute1 → tor1 eth1
                 vxlan vni 5001, to 172.31.1.12          │       vxlan vni 5002,
                                                         │       172.31.1.11 → 172.31.1.12
                 vni 5001                                │       vni 5002
         4 wire  tor1 → compute2 swp6                    │ wire  tor1 → compute2 swp6
                 vni 5001                                │       vni 5002
         5 tap   compute2 tap22222222-22                 │ tap   compute2 tap22222222-22
                 no tunnel, no tag                       │       no tunnel, no tag
         6 guest web2 eth0                               │ guest web2 eth0

    first difference: hop 3
      what      wire compute1 → tor1 eth1: vni must be 5001, is 5002
      because   it goes by compute1

    decided at compute1, after tap tap11111111-11
        br-int  table 60: NORMAL
      ▶ br-tun  table 20: dl_vlan=1,dl_dst=fa:16:3e:00:00:02 →
                strip_vlan,set_field:0x1389->tun_id,output:2
                for port web2-eth0: VNI 5001 → host compute2
          priority 2, cookie 0x1a2b3c0000000002

    also
         4 wire tor1 → compute2 swp6: vni must be 5001, is 5002"
  `);
});

test('a wrong VNI in 80 columns of plain ASCII', () => {
  const text = tellComparison(compare(pingExpectation(), wrongVni), {
    title: 'ping',
    width: 80,
    ascii: true,
  });
  expect(text).toMatchInlineSnapshot(`
    "x ping  icmp echo-request 4fa1/1
      delivered, but not as expected: 2 differences

           expected                            | observed
           ------------------------------------+------------------------------------
         1 guest web1 eth0                     | guest web1 eth0
         2 tap   compute1 tap11111111-11       | tap   compute1 tap11111111-11
     >   3 wire  compute1 -> tor1 eth1         | wire  compute1 -> tor1 eth1
                 vxlan vni 5001,               |       vxlan vni 5002,
                 to 172.31.1.12                |       172.31.1.11 -> 172.31.1.12
                 vni 5001                      |       vni 5002
         4 wire  tor1 -> compute2 swp6         | wire  tor1 -> compute2 swp6
                 vni 5001                      |       vni 5002
         5 tap   compute2 tap22222222-22       | tap   compute2 tap22222222-22
                 no tunnel, no tag             |       no tunnel, no tag
         6 guest web2 eth0                     | guest web2 eth0

    first difference: hop 3
      what      wire compute1 -> tor1 eth1: vni must be 5001, is 5002
      because   it goes by compute1

    decided at compute1, after tap tap11111111-11
        br-int  table 60: NORMAL
      > br-tun  table 20: dl_vlan=1,dl_dst=fa:16:3e:00:00:02 ->
                strip_vlan,set_field:0x1389->tun_id,output:2
                for port web2-eth0: VNI 5001 -> host compute2
          priority 2, cookie 0x1a2b3c0000000002

    also
         4 wire tor1 -> compute2 swp6: vni must be 5001, is 5002"
  `);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('lost half-way', () => {
  const lost = changeHops(pingJourney(), (one) => (one.to === 'compute2' ? null : one));
  expect(tellComparison(compare(pingExpectation(), lost), { title })).toMatchInlineSnapshot(`
    "✗ ping web1 → web2  icmp echo-request 4fa1/1
      expected delivered, observed lost: 4 differences

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest web1 eth0                               │ guest web1 eth0
         2 tap   compute1 tap11111111-11                 │ tap   compute1 tap11111111-11
         3 wire  compute1 → tor1 eth1                    │ wire  compute1 → tor1 eth1
                 vxlan vni 5001, to 172.31.1.12          │       vxlan vni 5001,
                                                         │       172.31.1.11 → 172.31.1.12
     ▶   4 wire  tor1 → compute2 swp6                    │ (missing)
         5 tap   compute2 tap22222222-22                 │ (missing)
         6 guest web2 eth0                               │ (missing)

    first difference: hop 4
      what      wire tor1 → compute2 swp6: the packet never passed here
      because   it goes by tor1

    also
       and so 2 hops after a missing one are missing too"
  `);
});

test('a copy somewhere else', () => {
  const leak = hop('tap', 'compute1 tap99999999-99', 50, echo, [
    hop('guest', 'spy eth0', 52, echo, [], { direction: 'in' }),
  ]);
  const leaked = changeHops(pingJourney(), (one) =>
    one.node === 'compute1' && one.kind === 'tap' && one.direction === 'in'
      ? { ...one, next: [...one.next, leak] }
      : one,
  );
  expect(tellComparison(compare(pingExpectation(), leaked), { title })).toMatchInlineSnapshot(`
    "✗ ping web1 → web2  icmp echo-request 4fa1/1
      expected delivered, observed misdelivered: 3 differences

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest web1 eth0                               │ guest web1 eth0
         2 tap   compute1 tap11111111-11                 │ tap   compute1 tap11111111-11
         3   wire  compute1 → tor1 eth1                  │   wire  compute1 → tor1 eth1
                   vxlan vni 5001, to 172.31.1.12        │         vxlan vni 5001,
                                                         │         172.31.1.11 → 172.31.1.12
         4   wire  tor1 → compute2 swp6                  │   wire  tor1 → compute2 swp6
         5   tap   compute2 tap22222222-22               │   tap   compute2 tap22222222-22
                   no tunnel, no tag                     │         no tunnel, no tag
         6   guest web2 eth0                             │   guest web2 eth0
     ▶   7   (nothing)                                   │   tap   compute1 tap99999999-99
         8   (nothing)                                   │   guest spy eth0

    first difference: hop 7
      what      tap compute1 tap99999999-99: a copy that nothing explains

    decided at compute1, after tap tap11111111-11
        br-int  table 60: NORMAL
      ▶ br-tun  table 20: dl_vlan=1,dl_dst=fa:16:3e:00:00:02 →
                strip_vlan,set_field:0x1389->tun_id,output:2
                for port web2-eth0: VNI 5001 → host compute2
          priority 2, cookie 0x1a2b3c0000000002

    nowhere else: 2 hops that nothing explains
      tap    compute1 tap99999999-99, out, after 50 µs
             fa:16:3e:00:00:01 → fa:16:3e:00:00:02, 10.0.1.11 → 10.0.1.12, ttl 64
      guest  spy eth0, in, after 52 µs
             fa:16:3e:00:00:01 → fa:16:3e:00:00:02, 10.0.1.11 → 10.0.1.12, ttl 64"
  `);
});

test('to the wrong host', () => {
  const wrong = changeHops(pingJourney(), (one) => {
    if (one.to === 'compute2') return { ...one, to: 'compute3', device: 'swp9' };
    if (one.node === 'compute2') return null;
    return one;
  });
  expect(tellComparison(compare(pingExpectation(), wrong), { title })).toMatchInlineSnapshot(`
    "✗ ping web1 → web2  icmp echo-request 4fa1/1
      expected delivered, observed lost: 5 differences

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest web1 eth0                               │ guest web1 eth0
         2 tap   compute1 tap11111111-11                 │ tap   compute1 tap11111111-11
         3 wire  compute1 → tor1 eth1                    │ wire  compute1 → tor1 eth1
                 vxlan vni 5001, to 172.31.1.12          │       vxlan vni 5001,
                                                         │       172.31.1.11 → 172.31.1.12
     ▶   4 wire  tor1 → compute2 swp6                    │ wire  tor1 → compute3 swp9
         5 tap   compute2 tap22222222-22                 │ (missing)
         6 guest web2 eth0                               │ (missing)

    first difference: hop 4
      what      wire tor1 → compute2 swp6: the packet took wire tor1 → compute3 swp9 instead
      because   it goes by tor1

    also
       and so 2 hops after a missing one are missing too

    nowhere else: 1 hop that nothing explains
      wire   tor1 → compute3 swp9, out, after 74 µs
             fa:16:3e:00:00:01 → fa:16:3e:00:00:02, 10.0.1.11 → 10.0.1.12, ttl 64, + vxlan vni 5001,
             172.31.1.11 → 172.31.1.12, udp 4789, df"
  `);
});

test('lost on the wire', () => {
  const lost = changeHops(pingJourney(), (one) =>
    one.to === 'compute2' ? { ...one, lost: true, next: [] } : one,
  );
  expect(tellComparison(compare(pingExpectation(), lost), { title })).toMatchInlineSnapshot(`
    "✗ ping web1 → web2  icmp echo-request 4fa1/1
      expected delivered, observed lost: 4 differences

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest web1 eth0                               │ guest web1 eth0
         2 tap   compute1 tap11111111-11                 │ tap   compute1 tap11111111-11
         3 wire  compute1 → tor1 eth1                    │ wire  compute1 → tor1 eth1
                 vxlan vni 5001, to 172.31.1.12          │       vxlan vni 5001,
                                                         │       172.31.1.11 → 172.31.1.12
     ▶   4 wire  tor1 → compute2 swp6                    │ wire  tor1 → compute2 swp6
                 arrives at compute2                     │       lost: compute2 never saw it
         5 tap   compute2 tap22222222-22                 │ (missing)
         6 guest web2 eth0                               │ (missing)

    first difference: hop 4
      what      wire tor1 → compute2 swp6: sent, but compute2 never saw it
      because   it goes by tor1

    also
         5 tap compute2 tap22222222-22: the packet never passed here
       and so 1 hop after a missing one is missing too"
  `);
});

test('inconclusive', () => {
  const journey = {
    ...changeHops(pingJourney(), (one) => (one.to === 'compute2' ? null : one)),
    verdict: 'inconclusive' as const,
  };
  const text = tellComparison(compare(pingExpectation(), journey), { title });
  expect(text.split('\n').slice(0, 3)).toEqual([
    '? ping web1 → web2  icmp echo-request 4fa1/1',
    '  expected delivered, observed inconclusive',
    '  captures missed frames, so this run proves nothing; the columns show what was seen',
  ]);
});

test('a storm is counted, not shown', () => {
  const copies = Array.from({ length: 500 }, (_, n) => hop('wire', 'compute1>tor1 eth1', n, echo));
  const storm = changeHops(pingJourney(), (one) =>
    one.node === 'compute1' && one.kind === 'tap' ? { ...one, next: [...one.next, ...copies] } : one,
  );
  const lines = tellComparison(compare(pingExpectation(), storm)).split('\n');
  expect(lines.length).toBeLessThan(200);
  expect(lines.at(-1)).toBe('  … 460 more');
});

test('the first difference is shown however far down it is', () => {
  const lines = tellComparison(compare(pingExpectation(), wrongVni), { limit: 2 }).split('\n');
  expect(lines.slice(3, 9).map((line) => line.split('│')[0]?.trimEnd())).toEqual([
    '       expected',
    '       ──────────────────────────────────────────────┼──────────────────────────────────────────────',
    '       … 1 hop before',
    '     2 tap   compute1 tap11111111-11',
    ' ▶   3 wire  compute1 → tor1 eth1',
    '             vxlan vni 5001, to 172.31.1.12',
  ]);
});

test('colour adds escape sequences and nothing else', () => {
  const comparison = compare(pingExpectation(), wrongVni);
  // oxlint-disable-next-line no-control-regex
  expect(tellComparison(comparison, { colour: true }).replaceAll(/\u001b\[\d+m/g, '')).toBe(
    tellComparison(comparison),
  );
});

const routedExpectation = (): ExpectedJourney => ({
  packet: 'echo web1 to 198.51.100.10',
  verdict: 'delivered',
  receivers: ['internet1:eth0'],
  roots: routedJourney().roots.map((root) =>
    expectHop(root, ({ src_ip, dst_ip, ttl }) => ({
      src_ip: src_ip ?? null,
      dst_ip: dst_ip ?? null,
      ttl: ttl ?? null,
    })),
  ),
});

test('a packet that a router drops: the rule at fault, and who asked for it', () => {
  const observed = changeHops(routedJourney(), (one) => {
    if (one.kind === 'namespace' && one.direction === 'out') return null;
    if (one.kind !== 'namespace') return one;
    const kernel = [
      {
        where: 'route',
        what: '198.51.100.10 from 10.0.1.11 iif qr-11111111-11',
        outcome: 'via 203.0.113.1 dev qg-22222222-22',
      },
      {
        where: 'filter neutron-l3-agent-scope',
        what: '-o qg-22222222-22 -m mark ! --mark 0x4000000/0xffff0000 -j DROP',
        outcome: 'DROP',
        owner: 'router r1 keeps address scopes apart',
        fault: true,
      },
      {
        where: 'mangle neutron-l3-agent-scope',
        what: '-i qr-11111111-11 -j MARK --set-xmark 0x4000000/0xffff0000',
        outcome: 'is missing',
        owner: 'router r1: the address scope of web-subnet',
        fault: true,
      },
    ];
    return { ...one, kernel };
  });
  expect(tellComparison(compare(routedExpectation(), observed))).toMatchInlineSnapshot(`
    "✗ icmp echo-request 4fa1/1
      expected delivered, observed lost: 4 differences

           expected                                      │ observed
           ──────────────────────────────────────────────┼──────────────────────────────────────────────
         1 guest     web1 eth0                           │ guest     web1 eth0
         2 tap       compute1 tap11111111-11             │ tap       compute1 tap11111111-11
         3 wire      compute1 → gateway1 eth1            │ wire      compute1 → gateway1 eth1
                     no tunnel, no tag                   │           vxlan vni 5001,
                                                         │           172.31.1.11 → 172.31.1.12
         4 namespace gateway1 qr-11111111-11 in          │ namespace gateway1 qr-11111111-11 in
                     no tunnel, no tag                   │           no tunnel, no tag
     ▶   5 namespace gateway1 qg-22222222-22 out         │ (missing)
         6 wire      gateway1 → upstream1 eth2           │ (missing)
         7 wire      upstream1 → internet1 eth1          │ (missing)

    first difference: hop 5
      what      namespace gateway1 qg-22222222-22 out: the packet never passed here
      because   it goes by gateway1

    decided at gateway1, after namespace qr-11111111-11
        route: 198.51.100.10 from 10.0.1.11 iif qr-11111111-11 → via 203.0.113.1 dev qg-22222222-22
      ▶ filter neutron-l3-agent-scope: -o qg-22222222-22 -m mark ! --mark 0x4000000/0xffff0000 -j DROP
          → DROP
          for router r1 keeps address scopes apart
      ▶ mangle neutron-l3-agent-scope: -i qr-11111111-11 -j MARK --set-xmark 0x4000000/0xffff0000 → is
          missing
          for router r1: the address scope of web-subnet

    also
       and so 2 hops after a missing one are missing too"
  `);
});

test('a packet that is not translated', () => {
  const observed = changeHops(routedJourney(), (one) =>
    one.headers.src_ip === '203.0.113.100'
      ? { ...one, headers: { ...one.headers, src_ip: '10.0.1.11' } }
      : one,
  );
  const text = tellComparison(compare(routedExpectation(), observed));
  expect(text).toContain('namespace gateway1 qg-22222222-22 out: src must be 203.0.113.100, is 10.0.1.11');
});
