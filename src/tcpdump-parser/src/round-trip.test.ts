import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv6At, parseIpv6 } from './address.ts';
import {
  checksums,
  dissect,
  EncodeError,
  encode,
  type Layer,
  type LayerSpec,
  toHex,
  toSpec,
} from './index.ts';
import { corpus, type Sample } from './testing/corpus.ts';

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'));
const v4 = fc.ipV4();
const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipv6At(bytes, 0));
const bytes = fc.uint8Array({ maxLength: 40 });
function flags(...names: string[]): fc.Arbitrary<Record<string, boolean>> {
  return fc.record(Object.fromEntries(names.map((name) => [name, fc.boolean()])));
}
const fixed = <P extends string>(protocol: P): fc.Arbitrary<P> => fc.constant(protocol);

const ethernet = fc.record({ protocol: fixed('ethernet'), source: mac, destination: mac });
const vlan = fc.record({
  protocol: fixed('vlan'),
  priority: fc.nat(7),
  dei: fc.boolean(),
  vlanId: fc.nat(0xfff),
});
const ipv4 = fc.record({
  protocol: fixed('ipv4'),
  dscp: fc.nat(63),
  ecn: fc.nat(3),
  identification: u16,
  flags: flags('reserved', 'df', 'mf'),
  ttl: u8,
  source: v4,
  destination: v4,
});
const ipv6 = fc.record({
  protocol: fixed('ipv6'),
  dscp: fc.nat(63),
  ecn: fc.nat(3),
  flowLabel: fc.nat(0xfffff),
  hopLimit: u8,
  source: v6,
  destination: v6,
});
const tcp = fc.record({
  protocol: fixed('tcp'),
  sourcePort: u16,
  destinationPort: u16,
  sequence: u32,
  acknowledgment: u32,
  flags: flags('cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'syn', 'fin'),
  window: u16,
  urgentPointer: u16,
});
const udp = fc.record({
  protocol: fixed('udp'),
  sourcePort: fc.constant(5000),
  destinationPort: fc.integer({ min: 7000, max: 65535 }),
});
const echo = fc.record({
  protocol: fixed('icmp'),
  type: fc.constantFrom(0, 8),
  code: u8,
  identifier: u16,
  sequence: u16,
});
const arp = fc.record({
  protocol: fixed('arp'),
  operation: u16,
  senderMac: mac,
  senderIp: v4,
  targetMac: mac,
  targetIp: v4,
});
const vxlan = fc.record({ protocol: fixed('vxlan'), vni: fc.nat(0xffffff), flags: u8 });
const gre = fc.record({ protocol: fixed('gre'), key: u32, sequence: u32 }, { requiredKeys: ['protocol'] });
const geneve = fc.record({
  protocol: fixed('geneve'),
  vni: fc.nat(0xffffff),
  control: fc.boolean(),
  options: fc.array(
    fc.record({ optionClass: u16, type: u8, data: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
    { maxLength: 3 },
  ),
});
const sctp = fc.record({
  protocol: fixed('sctp'),
  sourcePort: u16,
  destinationPort: u16,
  verificationTag: u32,
});

const inner: fc.Arbitrary<LayerSpec[]> = fc.oneof(
  fc.tuple(fc.oneof(ipv4, ipv6), fc.oneof(tcp, udp, sctp)),
  fc.tuple(ipv4, echo),
  fc.tuple(arp),
);
const frame: fc.Arbitrary<LayerSpec[]> = fc
  .tuple(ethernet, fc.array(vlan, { maxLength: 2 }), inner)
  .map(([link, tags, rest]) => [link, ...tags, ...rest]);
const tunnelled: fc.Arbitrary<LayerSpec[]> = fc
  .tuple(
    ethernet,
    fc.oneof(ipv4, ipv6),
    fc.oneof(
      gre.map((one): LayerSpec[] => [one]),
      vxlan.map((one): LayerSpec[] => [{ protocol: 'udp', destinationPort: 4789 }, one]),
      geneve.map((one): LayerSpec[] => [{ protocol: 'udp', destinationPort: 6081 }, one]),
    ),
    frame,
  )
  .map(([link, ip, tunnel, rest]) => [link, ip, ...tunnel, ...rest]);

/** What a dissection must hold. Options get a place when they are read, which is no part of what was written. */
function expected(spec: LayerSpec): object {
  if (spec.protocol !== 'geneve') return spec;
  return { protocol: 'geneve', vni: spec.vni, control: spec.control };
}

describe('what is encoded is dissected', () => {
  test.each([
    ['plain', frame],
    ['tunnelled', tunnelled],
  ])('%s frames', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, bytes, (specs, payload) => {
        const dissection = dissect(encode(specs, payload));
        expect(dissection.error).toBeUndefined();
        expect(dissection.layers.slice(0, specs.length)).toMatchObject(specs.map(expected));
        const options = dissection.last('geneve')?.options ?? [];
        const written = specs.flatMap((spec) => (spec.protocol === 'geneve' ? (spec.options ?? []) : []));
        expect(options).toMatchObject(written);
        // A payload may happen to look like a message of its own, and ARP has none.
        const more = dissection.layers.length > specs.length || specs.at(-1)?.protocol === 'arp';
        expect(more || toHex(dissection.payload) === toHex(payload)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  const SAMPLES = corpus();

  test('and encoded again from the layers, is the same', () => {
    const again = SAMPLES.map(({ name, frame: original, linkType = 1 }) => {
      const { layers, payload, trailer } = dissect(original, { linkType });
      return { name, hex: toHex(encode(layers, payload)) + toHex(trailer) };
    });
    expect(again).toEqual(SAMPLES.map(({ name, frame: original }) => ({ name, hex: toHex(original) })));
  });

  // Compressed names are written out, so a frame that was made by hand need not come out the same.
  const MADE = SAMPLES.filter(({ specs }) => specs !== undefined);

  test('and encoded again from its plain fields, is the same', () => {
    const again = MADE.map(({ name, frame: original, linkType = 1 }) => {
      const { layers, payload } = dissect(original, { linkType });
      // What toJSON says is what the encoder takes, apart from the place.
      const plain = layers.map((layer) => layer.toJSON() as unknown as LayerSpec);
      return { name, hex: toHex(encode(plain, payload)) };
    });
    expect(again).toEqual(MADE.map(({ name, frame: original }) => ({ name, hex: toHex(original) })));
  });

  test('and encoded again without its lengths and checksums, gets the same ones', () => {
    const right = MADE.filter(({ name }) => !name.startsWith('wrong'));
    const again = right.map(({ name, frame: original, linkType = 1 }) => {
      const { layers, payload } = dissect(original, { linkType });
      const specs = layers.map((layer: Layer) => toSpec(layer));
      return { name, hex: toHex(encode(specs, payload)) };
    });
    expect(again).toEqual(right.map(({ name, frame: original }) => ({ name, hex: toHex(original) })));
  });

  test('an edited packet gets new lengths and checksums', () => {
    const sample = SAMPLES.find(({ name }) => name === 'UDP') as Sample;
    const edited = dissect(sample.frame).layers.map((layer) =>
      layer.protocol === 'ipv4' ? { ...toSpec(layer), ttl: 1 } : toSpec(layer),
    );
    const dissection = dissect(encode(edited, 'aabb'));
    expect(dissection.first('ipv4')).toMatchObject({ ttl: 1, totalLength: 30 });
    expect(checksums(dissection).map((result) => result.status)).toEqual(['right', 'right']);
  });
});

describe('the encoder', () => {
  test('writes what it is told, right or wrong', () => {
    const hostile = encode([
      { protocol: 'ethernet', etherType: 0x0800 },
      { protocol: 'ipv4', totalLength: 7, headerChecksum: 0xdead },
    ]);
    expect(Buffer.from(hostile).toString('hex', 14, 26)).toBe('450000070000000040fddead');
    expect(dissect(hostile).error).toMatchObject({
      code: 'TCPDUMP_BAD_LENGTH',
      protocol: 'ipv4',
      offset: 14,
    });
  });

  test('pads on request', () => {
    const padded = encode([{ protocol: 'ethernet' }, { protocol: 'arp' }], '', { padTo: 60 });
    expect(padded).toHaveLength(60);
    expect(dissect(padded).trailer).toHaveLength(18);
    expect(dissect(padded).payload).toHaveLength(0);
  });

  test.each([
    ['TCPDUMP_BAD_FIELD', { protocol: 'ipv4', ttl: 256 }],
    ['TCPDUMP_BAD_FIELD', { protocol: 'ipv4', fragmentOffset: 4 }],
    ['TCPDUMP_BAD_FIELD', { protocol: 'vlan', vlanId: 4096 }],
    ['TCPDUMP_BAD_FIELD', { protocol: 'nothing' }],
    ['TCPDUMP_BAD_ADDRESS', { protocol: 'ipv4', source: '10.0.0.256' }],
    ['TCPDUMP_BAD_ADDRESS', { protocol: 'ipv6', source: '1:2:3' }],
    ['TCPDUMP_BAD_ADDRESS', { protocol: 'ethernet', source: '02:00' }],
    ['TCPDUMP_BAD_HEX', { protocol: 'ipv4', options: 'xyz' }],
  ])('%s for %o', (code, spec) => {
    let thrown: unknown;
    try {
      encode([spec as LayerSpec]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(EncodeError);
    expect(thrown).toHaveProperty('code', code);
  });
});

describe('IPv6 addresses', () => {
  test.each([
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['FE80::A', 'fe80::a'],
    ['1::', '1::'],
  ])('%s is written %s (RFC 5952)', (given, canonical) => {
    expect(ipv6At(parseIpv6(given), 0)).toBe(canonical);
  });
});
