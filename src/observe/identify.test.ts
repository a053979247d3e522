import * as fc from 'fast-check';
import { encode, type LayerSpec } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { ethernet, ipv4, ping, tunnelLayers } from './frames.fixture.ts';
import { headersOf } from './headers.ts';
import { identify } from './identify.ts';

const keyOf = (
  layers: readonly LayerSpec[],
  payload: Uint8Array = new Uint8Array(0),
  tunnels = true,
): string => identify(encode(layers, payload), tunnels)?.key ?? 'none';

const bytes = fc.uint8Array({ maxLength: 64 });
const port = fc.integer({ min: 1024, max: 40_000 });
const word = fc.integer({ min: 0, max: 0xffff });
const long = fc.integer({ min: 0, max: 0xffffffff });
const mac = fc
  .nat(0xffff)
  .map(
    (n) => `fa:16:3e:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
  );
const address = fc.nat(0xffff).map((n) => `10.9.${n >> 8}.${n & 255}`);
const flags = fc.record({ syn: fc.boolean(), ack: fc.boolean(), fin: fc.boolean(), psh: fc.boolean() });

/** What is above IP, with ports left open for NAT to change. */
const uppers = fc.oneof(
  fc
    .record({ identifier: word, sequence: word, type: fc.constantFrom(0, 8) })
    .map((icmp) => (): LayerSpec => ({ protocol: 'icmp', ...icmp })),
  fc.constant(
    (sourcePort: number, destinationPort: number): LayerSpec => ({
      protocol: 'udp',
      sourcePort,
      destinationPort,
    }),
  ),
  fc.record({ sequence: long, acknowledgment: long, flags }).map(
    (tcp) =>
      (sourcePort: number, destinationPort: number): LayerSpec => ({
        protocol: 'tcp',
        sourcePort,
        destinationPort,
        ...tcp,
      }),
  ),
);

/** Everything that a network may do to a packet. */
const treatments = fc.record({
  source: address,
  destination: address,
  sourcePort: port,
  destinationPort: port,
  ttl: fc.integer({ min: 1, max: 255 }),
  src_mac: mac,
  dst_mac: mac,
  tag: fc.option(fc.integer({ min: 1, max: 4094 })),
  tunnel: fc.option(fc.constantFrom('vxlan', 'gre', 'geneve')),
  id: fc.integer({ min: 1, max: 0xffff }),
  padTo: fc.constantFrom(0, 60, 128),
});
type Treatment = typeof treatments extends fc.Arbitrary<infer T> ? T : never;

function treated(
  upper: (source: number, destination: number) => LayerSpec,
  identification: number,
  payload: Uint8Array,
  t: Treatment,
): Uint8Array {
  return encode(
    [
      ...(t.tunnel === null ? [] : tunnelLayers(t.tunnel, t.id)),
      { protocol: 'ethernet', source: t.src_mac, destination: t.dst_mac },
      ...(t.tag === null ? [] : [{ protocol: 'vlan', vlanId: t.tag } as const]),
      { protocol: 'ipv4', source: t.source, destination: t.destination, ttl: t.ttl, identification },
      upper(t.sourcePort, t.destinationPort),
    ],
    payload,
    { padTo: t.padTo },
  );
}

describe('identity', () => {
  test('outlives VLAN, tunnels, NAT, forwarding and padding', () => {
    fc.assert(
      fc.property(uppers, word, bytes, treatments, treatments, (upper, id, payload, one, other) => {
        const first = identify(treated(upper, id, payload, one));
        const second = identify(treated(upper, id, payload, other));
        expect(first?.key).toBeDefined();
        expect(second?.key).toBe(first?.key);
      }),
      { numRuns: 300 },
    );
  });

  test('differs with the payload', () => {
    fc.assert(
      fc.property(uppers, bytes, bytes, treatments, (upper, a, b, t) => {
        fc.pre(a.join() !== b.join());
        expect(identify(treated(upper, 7, a, t))?.key).not.toBe(identify(treated(upper, 7, b, t))?.key);
      }),
    );
  });

  test('differs with what names a packet', () => {
    const icmp = (more: object): string =>
      keyOf([ethernet, ipv4, { protocol: 'icmp', identifier: 1, sequence: 1, ...more }]);
    const tcp = (more: object): string => keyOf([ethernet, ipv4, { protocol: 'tcp', sequence: 1, ...more }]);
    const keys = [
      icmp({}),
      icmp({ type: 0 }),
      icmp({ sequence: 2 }),
      tcp({}),
      tcp({ sequence: 2 }),
      tcp({ acknowledgment: 9 }),
      tcp({ flags: { syn: true } }),
      tcp({ options: [{ type: 5, data: [0, 0, 0, 1, 0, 0, 0, 2] }] }),
      tcp({ options: [{ type: 5, data: [0, 0, 0, 1, 0, 0, 0, 3] }] }),
      keyOf([ethernet, ipv4, { protocol: 'udp' }]),
      keyOf([ethernet, { ...ipv4, identification: 0x78 } as LayerSpec, { protocol: 'udp' }]),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('of ARP: operation, sender, target address; wherever the frame goes', () => {
    const arp = (more: object, destination = 'ff:ff:ff:ff:ff:ff'): string =>
      keyOf([
        { ...ethernet, destination } as LayerSpec,
        {
          protocol: 'arp',
          senderMac: 'fa:16:3e:00:00:01',
          senderIp: '10.0.1.11',
          targetIp: '10.0.1.12',
          ...more,
        },
      ]);
    expect(arp({}, 'fa:16:3e:00:00:09')).toBe(arp({}));
    const keys = [
      arp({}),
      arp({ operation: 2 }),
      arp({ senderMac: 'fa:16:3e:00:00:05' }),
      arp({ targetIp: '10.0.1.13' }),
    ];
    expect(new Set(keys).size).toBe(4);
  });

  test('of RARP, padded or not', () => {
    const rarp = (padTo: number, last = 1): string =>
      identify(
        encode(
          [{ ...ethernet, etherType: 0x8035 } as LayerSpec],
          Uint8Array.from({ length: 28 }, () => last),
          { padTo },
        ),
      )?.key ?? '';
    expect(rarp(60)).toBe(rarp(0));
    expect(rarp(0, 2)).not.toBe(rarp(0));
  });

  test('of fragments: each is a packet of its own, also behind NAT', () => {
    const fragment = (offset: number, source: string, sourcePort: number): string =>
      keyOf(
        [
          ethernet,
          {
            protocol: 'ipv4',
            source,
            identification: 5,
            flags: { mf: offset === 0 },
            fragmentOffset: offset,
            nextProtocol: 17,
          },
          ...(offset === 0 ? [{ protocol: 'udp', sourcePort, totalLength: 3000 } as const] : []),
        ],
        new Uint8Array(64),
      );
    expect(fragment(0, '10.0.0.1', 1000)).toBe(fragment(0, '203.0.113.5', 2000));
    expect(fragment(64, '10.0.0.1', 0)).toBe(fragment(64, '203.0.113.5', 0));
    expect(
      new Set([fragment(0, '10.0.0.1', 1000), fragment(64, '10.0.0.1', 0), fragment(128, '10.0.0.1', 0)])
        .size,
    ).toBe(3);
  });

  test('of an ICMP error, whose quoted packet NAT rewrites as well', () => {
    const error = (source: string, identification: number): string =>
      keyOf([
        ethernet,
        ipv4,
        { protocol: 'icmp', type: 3, code: 3 },
        { protocol: 'ipv4', source, identification },
        { protocol: 'udp', sourcePort: 9 },
      ]);
    expect(error('10.0.0.1', 5)).toBe(error('203.0.113.5', 5));
    expect(error('10.0.0.1', 5)).not.toBe(error('10.0.0.1', 6));
  });

  test('of an echo whose identifier NAT rewrites, and of an error that quotes it', () => {
    const echo = (identifier: number, sequence: number, identification = 5): LayerSpec[] => [
      { ...ipv4, source: `10.0.0.${identifier}`, identification } as LayerSpec,
      { protocol: 'icmp', identifier, sequence },
    ];
    const whole = (layers: readonly LayerSpec[]): string => keyOf([ethernet, ...layers], new Uint8Array(16));
    expect(whole(echo(1, 7))).toBe(whole(echo(2, 7)));
    expect(new Set([echo(1, 7), echo(1, 8), echo(1, 7, 6)].map(whole)).size).toBe(3);
    const error = (quoted: readonly LayerSpec[]): string =>
      whole([ipv4, { protocol: 'icmp', type: 11, code: 0 }, ...quoted]);
    expect(error(echo(1, 7))).toBe(error(echo(2, 7)));
    expect(new Set([echo(1, 7), echo(1, 8), echo(1, 7, 6)].map(error)).size).toBe(3);
  });

  test('of errors about datagrams that differ in their data alone', () => {
    const error = (data: number): string =>
      keyOf(
        [
          ethernet,
          ipv4,
          { protocol: 'icmp', type: 3, code: 1 },
          { ...ipv4, identification: 0 } as LayerSpec,
          { protocol: 'udp', sourcePort: 9 },
        ],
        Uint8Array.from([data, 2, 3, 4]),
      );
    expect(error(1)).toBe(error(1));
    expect(error(1)).not.toBe(error(2));
  });

  test('of SCTP: the verification tag, and neither ports nor checksum', () => {
    const sctp = (ports: number, tag: number, checksum: number): string =>
      keyOf(
        [ethernet, { ...ipv4, nextProtocol: 132 } as LayerSpec],
        Uint8Array.from([ports, 1, ports, 2, 0, 0, 0, tag, checksum, 0, 0, 0, 1, 2, 3, 4]),
      );
    expect(sctp(1, 7, 1)).toBe(sctp(2, 7, 2));
    expect(sctp(1, 7, 1)).not.toBe(sctp(1, 8, 1));
  });

  test('of IPv6: echoes and neighbour discovery', () => {
    const icmp6 = (type: number, rest: number[], source = 'fe80::1', from = ethernet): string =>
      identify(
        encode(
          [from, { protocol: 'ipv6', source, destination: 'fe80::2', nextHeader: 58 }],
          Uint8Array.from([type, 0, 0x12, 0x34, ...rest]),
        ),
      )?.key ?? '';
    expect(icmp6(128, [0, 1, 0, 2])).toContain('echo 58 128 1 2');
    expect(icmp6(135, [0, 0, 0, 0, 1])).not.toBe(icmp6(135, [0, 0, 0, 0, 2]));
    // What a distributed router says goes under its host's address on the wire; who has no address has a MAC address alone.
    const other: LayerSpec = { protocol: 'ethernet', source: 'fa:16:3f:00:00:01', etherType: 0x86dd };
    const said = [0, 0, 0, 0, 1];
    expect(icmp6(136, said, 'fe80::1', other)).toBe(icmp6(136, said));
    expect(icmp6(143, said, '::', other)).not.toBe(icmp6(143, said, '::'));
  });

  test('markers are no packets, whatever carries them', () => {
    const marker: LayerSpec = { protocol: 'ethernet', etherType: 0x88b5 };
    expect(identify(encode([marker]))).toBeUndefined();
    expect(
      identify(encode([{ protocol: 'ethernet' }, { protocol: 'vlan', etherType: 0x88b5 }])),
    ).toBeUndefined();
    expect(identify(encode([...tunnelLayers('vxlan', 5), marker]))).toBeUndefined();
    expect(identify(new Uint8Array(13))).toBeUndefined();
  });

  test('hostile bytes never throw', () => {
    const types = fc.constantFrom(0x0800, 0x86dd, 0x0806, 0x8100, 0x8035);
    const hostile = fc.property(fc.uint8Array({ maxLength: 120 }), types, (data, etherType) => {
      const ip = Uint8Array.from([0x45, 0, 0, 60, ...data]);
      identify(encode([{ protocol: 'ethernet', etherType }], data));
      identify(encode([{ protocol: 'ethernet', etherType: 0x0800 }], ip));
      identify(encode(tunnelLayers('vxlan', 1), data));
    });
    expect(() => fc.assert(hostile, { numRuns: 300 })).not.toThrow();
  });

  test('every truncation of a tunnelled frame is identified or left alone', () => {
    const whole = encode(
      [...tunnelLayers('vxlan', 9), ethernet, ipv4, { protocol: 'tcp' }],
      new Uint8Array(40),
    );
    for (let length = 0; length <= whole.length; length++) identify(whole.subarray(0, length));
    expect(identify(whole)?.headers.tunnel?.id).toBe(9);
  });
});

describe('headers', () => {
  test('of a bare ping', () => {
    expect(headersOf(ping())).toEqual({
      src_mac: 'fa:16:3e:00:00:01',
      dst_mac: 'fa:16:3e:00:00:02',
      ethertype: 0x0800,
      src_ip: '10.0.1.11',
      dst_ip: '10.0.1.12',
      ttl: 64,
      df: true,
      protocol: 1,
      icmp: { type: 8, code: 0, identifier: 0x4fa1, sequence: 1 },
      length: 84,
    });
  });

  test.each([
    ['vxlan', 4789],
    ['geneve', 6081],
    ['gre', undefined],
  ] as const)('of a tagged frame in %s', (type, dst_port) => {
    const [outer, ...rest] = tunnelLayers(type, 5001) as [LayerSpec, ...LayerSpec[]];
    const frame = encode([
      outer,
      { protocol: 'vlan', vlanId: 4001 },
      ...rest,
      ethernet,
      { protocol: 'vlan', vlanId: 7 },
      { ...ipv4, ttl: 63 } as LayerSpec,
      { protocol: 'tcp', sourcePort: 1, destinationPort: 2, flags: { syn: true, ack: true } },
    ]);
    expect(headersOf(frame)).toMatchObject({
      vlan: 7,
      ttl: 63,
      tcp_flags: 'syn,ack',
      src_port: 1,
      dst_port: 2,
    });
    expect(headersOf(frame)?.tunnel).toEqual({
      type,
      id: 5001,
      src_ip: '172.31.1.11',
      dst_ip: '172.31.1.12',
      src_mac: '0a:00:00:00:00:0b',
      dst_mac: '0a:00:00:00:00:0c',
      vlan: 4001,
      ttl: 64,
      df: true,
      ...(dst_port !== undefined && { dst_port }),
    });
  });

  test('at a guest a tunnel is the tenant’s own packet', () => {
    const frame = encode([...tunnelLayers('vxlan', 5001), ethernet, ipv4]);
    expect(headersOf(frame, false)).toMatchObject({ src_ip: '172.31.1.11', protocol: 17, dst_port: 4789 });
    expect(headersOf(frame, false)?.tunnel).toBeUndefined();
    // Inside the cloud's tunnel it stays the same packet.
    const carried = encode([...tunnelLayers('vxlan', 9), ...tunnelLayers('vxlan', 5001), ethernet, ipv4]);
    expect(identify(carried)?.key).toBe(identify(frame, false)?.key);
  });
});

test('two hosts that say the same to a group say two things: IGMP has no identification', () => {
  const report = (source: string): string =>
    keyOf(
      [{ protocol: 'ethernet' }, { protocol: 'ipv4', source, destination: '224.0.0.22', nextProtocol: 2 }],
      Uint8Array.of(0x22, 0, 0xf9, 2, 0, 0, 0, 1),
    );
  expect(report('169.254.192.1')).not.toBe(report('169.254.192.2'));
  expect(report('169.254.192.1')).toBe(report('169.254.192.1'));
});
