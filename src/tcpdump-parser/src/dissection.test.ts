import { expect, describe as group, test } from 'vitest';
import { benchDecode } from '../bench/decode.ts';
import { checksums, describe, dissect, encode, innermost, type LayerSpec, quoted, split } from './index.ts';
import { corpus } from './testing/corpus.ts';

const names = (layers: readonly { protocol: string }[]): string =>
  layers.map((layer) => layer.protocol).join(' ');

function sample(name: string): ReturnType<typeof dissect> {
  const found = corpus().find((one) => one.name === name);
  if (!found) throw new Error(`no sample ${name}`);
  return dissect(found.frame, { linkType: found.linkType ?? 1 });
}

const outer: LayerSpec[] = [{ protocol: 'ethernet' }, { protocol: 'ipv4' }];

group('levels', () => {
  test('a tunnel header ends its level', () => {
    const vxlan = sample('VXLAN');
    const levels = split(vxlan);
    expect(levels.map((level) => names(level.layers))).toEqual([
      'ethernet ipv4 udp vxlan',
      'ethernet ipv4 tcp',
    ]);
    expect(levels[0]?.tunnel).toMatchObject({ protocol: 'vxlan', vni: 5001 });
    expect(levels[1]?.tunnel).toBeUndefined();
    expect(names(innermost(vxlan.layers))).toBe('ethernet ipv4 tcp');
    expect(vxlan.first('ipv4')?.source).toBe('198.51.100.1');
    expect(vxlan.last('ipv4')?.source).toBe('10.0.0.1');
  });

  test('IP in IP has two', () => {
    expect(split(sample('IP in IP')).map((level) => names(level.layers))).toEqual([
      'ethernet ipv4',
      'ipv4 udp',
    ]);
  });

  test('extension headers do not hide a tunnel', () => {
    const frame = encode([
      { protocol: 'ethernet' },
      { protocol: 'ipv6' },
      { protocol: 'ipv6DestinationOptions' },
      { protocol: 'ipv4' },
      { protocol: 'udp' },
    ]);
    expect(split(dissect(frame)).map((level) => names(level.layers))).toEqual([
      'ethernet ipv6 ipv6DestinationOptions',
      'ipv4 udp',
    ]);
  });

  test('a quoted packet belongs to none', () => {
    const error = sample('ICMP fragmentation needed');
    expect(split(error).map((level) => names(level.layers))).toEqual(['ethernet ipv4 icmp']);
    expect(names(quoted(error.layers))).toBe('ipv4 tcp');
    expect(error.last('ipv4')?.source).toBe('198.51.100.1');
  });

  test('an empty frame has one empty level', () => {
    expect(split(dissect(new Uint8Array(0)))).toEqual([{ layers: [], tunnel: undefined }]);
  });
});

group('dissect', () => {
  test('tunnel ports can be chosen', () => {
    const frame = encode([
      ...outer,
      { protocol: 'udp', destinationPort: 6677 },
      { protocol: 'vxlan', vni: 3 },
      ...outer,
    ]);
    expect(names(dissect(frame).layers)).toBe('ethernet ipv4 udp');
    expect(names(dissect(frame, { vxlanPorts: [4789, 6677] }).layers)).toBe(
      'ethernet ipv4 udp vxlan ethernet ipv4',
    );
  });

  test('a quoted TCP header may have only eight bytes (RFC 792)', () => {
    const quote = encode([{ protocol: 'ipv4', nextProtocol: 6, totalLength: 60 }], '9c40005000000007');
    const { layers, error } = dissect(encode([...outer, { protocol: 'icmp', type: 11 }], quote));
    expect(error).toBeUndefined();
    const tcp = layers.at(-1);
    expect(tcp).toMatchObject({
      protocol: 'tcp',
      complete: false,
      sourcePort: 40000,
      sequence: 7,
      window: 0,
    });
    expect(tcp?.fieldNames()).toEqual(['sourcePort', 'destinationPort', 'sequence']);
  });

  test('a quoted packet that ends early is no error', () => {
    const options = '9c400050000000070000000180100000000000000101080a';
    const quotes: [string, LayerSpec, string][] = [
      ['ipv4 tcp', { protocol: 'ipv4', nextProtocol: 6, totalLength: 60 }, options],
      ['ipv4 udp', { protocol: 'ipv4', nextProtocol: 17, totalLength: 90 }, 'c35112b5004a00000800'],
      ['ipv4', { protocol: 'ipv4', nextProtocol: 17, totalLength: 90 }, 'c351'],
    ];
    for (const [layers, ip, rest] of quotes) {
      const quote = encode([ip], rest);
      const dissection = dissect(encode([...outer, { protocol: 'icmp', type: 3, code: 4 }], quote));
      expect(names(quoted(dissection.layers))).toBe(layers);
      expect(dissection.error).toBeUndefined();
    }
  });

  test('only the first fragment has an upper header', () => {
    expect(names(sample('first fragment').layers)).toBe('ethernet ipv4 udp');
    expect(names(sample('later fragment').layers)).toBe('ethernet ipv4');
    expect(names(sample('IPv6 fragment').layers)).toBe('ethernet ipv6 ipv6Fragment');
  });

  test('an unknown link type is said', () => {
    expect(dissect(new Uint8Array(9), { linkType: 147 })).toMatchObject({
      layers: [],
      error: { code: 'TCPDUMP_UNKNOWN_LINK_TYPE' },
    });
  });

  test('fields know their bytes', () => {
    const tcp = sample('VXLAN').last('tcp');
    expect(tcp?.byteRange('window')).toEqual({ offset: 98, length: 2 });
    expect(tcp?.byteRange('windowScale')).toBeUndefined();
    expect(tcp?.byteRange('toString')).toBeUndefined();
  });

  test('JSON has the values', () => {
    expect(JSON.parse(JSON.stringify(sample('VXLAN')))).toMatchObject({
      layers: [{}, {}, {}, { protocol: 'vxlan', offset: 42, length: 8, flags: 8, vni: 5001 }, {}, {}, {}],
      payload: '6e6574646f6a6f207061796c6f61642e',
    });
  });
});

group('checksums', () => {
  test('right, wrong, absent and unknown', () => {
    const status = (name: string): string =>
      checksums(sample(name))
        .map((result) => `${result.layer.protocol} ${result.status}`)
        .join(', ');
    expect(status('VXLAN')).toBe('ipv4 right, udp absent, ipv4 right, tcp right');
    expect(status('wrong checksums')).toBe('ipv4 wrong, udp wrong');
    expect(status('first fragment')).toBe('ipv4 right, udp unknown');
    expect(status('routing header')).toBe('udp right');
    expect(status('VRRPv3 over IPv6')).toBe('vrrp right');
  });

  test('what it should be', () => {
    const [ip] = checksums(sample('wrong checksums'));
    // The same packet with the checksum that Wireshark finds right.
    const right = sample('UDP').first('ipv4')?.headerChecksum;
    expect(ip).toMatchObject({ stored: 1, expected: right });
  });

  test('a packet that was cut is unknown', () => {
    const frame = encode([...outer, { protocol: 'udp' }], new Uint8Array(50)).subarray(0, 60);
    expect(checksums(dissect(frame)).map((result) => result.status)).toEqual(['right', 'unknown']);
  });
});

group('one line', () => {
  test.each([
    ['ARP request', 'ARP, Request who-has 10.0.0.2 tell 10.0.0.1'],
    ['one tag', 'vlan 100 IP 198.51.100.1 > 198.51.100.2: ICMP echo request, id 4386, seq 3, length 16'],
    [
      'VXLAN',
      'IP 198.51.100.1.50001 > 198.51.100.2.4789: UDP, VXLAN, vni 5001 | IP 10.0.0.1.40000 > 10.0.1.2.8080: Flags [P.], seq 4275878552, ack 17, win 65535, length 16',
    ],
    [
      'ICMP fragmentation needed',
      'IP 198.51.100.1 > 198.51.100.2: ICMP need to frag, mtu 1450, length 16 (about IP 10.0.0.1.40000 > 10.0.1.2.8080: Flags [P.], seq 4275878552, ack 17, win 65535)',
    ],
    [
      'neighbor solicitation',
      'IP6 fe80::1 > ff02::1: ICMP6 neighbor solicitation, who has fe80::2, length 0',
    ],
    [
      'DHCP discover',
      'IP 0.0.0.0.68 > 255.255.255.255.67: UDP, DHCP, Discover from 02:00:00:00:00:01, length 0',
    ],
    [
      'DNS name error',
      'IP6 2001:db8::1.53 > 2001:db8:0:1::2.6000: UDP, DNS, answer 1, type 28 nowhere.test, code 3, length 0',
    ],
  ])('%s', (name, line) => {
    expect(describe(sample(name))).toBe(line);
  });

  test('says what is missing', () => {
    expect(describe(dissect(encode(outer).subarray(0, 20)))).toBe(
      'length 6 [! ipv4: the header needs 20 bytes, there are 6]',
    );
  });
});

test('decoding is quick', () => {
  // Half a million is the aim where nothing else runs; shared caches and a cold start must not fail the test.
  expect(benchDecode(150).packetsPerSecond).toBeGreaterThan(100_000);
});
