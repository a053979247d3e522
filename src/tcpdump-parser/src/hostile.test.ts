import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, fromHex } from './bytes.ts';
import {
  checksums,
  type Dissection,
  describe as describeFrame,
  dissect,
  encode,
  type LayerSpec,
  ParseError,
  parseCapture,
  split,
} from './index.ts';
import { corpus } from './testing/corpus.ts';

const SAMPLES = corpus();

/** Looks at everything that a dissection offers, which must not throw, and returns the fields that lie outside their frame. */
function outside(dissection: Dissection): string[] {
  JSON.stringify(dissection);
  describeFrame(dissection);
  checksums(dissection);
  split(dissection);
  const end = dissection.frame.length;
  const found = dissection.payloadEnd > end || dissection.payloadOffset > end ? ['payload'] : [];
  for (const layer of dissection.layers) {
    for (const name of layer.fieldNames()) {
      const range = layer.byteRange(name);
      if (range && (range.length < 0 || range.offset < layer.offset || range.offset + range.length > end))
        found.push(`${layer.protocol}.${name}`);
    }
  }
  return found;
}

test('random bytes behind every link type', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(1, 101, 113, 228, 229, 276, 147),
      (bytes, linkType) => {
        expect(outside(dissect(bytes, { linkType }))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test('every frame of the corpus, cut at every length', () => {
  for (const { frame, linkType = 1 } of SAMPLES) {
    const whole = dissect(frame, { linkType });
    expect(whole.error).toBeUndefined();
    for (let length = 0; length < frame.length; length++) {
      const cut = dissect(frame.subarray(0, length), { linkType });
      // What is still there is read as before; what is cut off is missing or an error.
      expect(cut.layers.length).toBeLessThanOrEqual(whole.layers.length);
      expect(outside(cut)).toEqual([]);
    }
  }
});

test('every frame of the corpus with flipped bits', () => {
  const flips = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(...SAMPLES), flips, ({ frame, linkType = 1 }, bits) => {
      const bytes = frame.slice();
      for (const bit of bits) {
        const at = (bit >>> 3) % bytes.length;
        bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
      }
      expect(outside(dissect(bytes, { linkType }))).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

test('the first missing byte is named', () => {
  const frame = encode([{ protocol: 'ethernet' }, { protocol: 'ipv4' }, { protocol: 'tcp' }]).subarray(0, 40);
  const { error, layers, payload } = dissect(frame);
  expect(layers.map((layer) => layer.protocol)).toEqual(['ethernet', 'ipv4']);
  expect(payload).toHaveLength(6);
  expect(error).toEqual({
    code: 'TCPDUMP_TRUNCATED_HEADER',
    protocol: 'tcp',
    offset: 34,
    message: 'tcp: the header needs 20 bytes, there are 6',
  });
});

const UDP: LayerSpec[] = [{ protocol: 'ethernet' }, { protocol: 'ipv4' }];

test('names that point at themselves end', () => {
  const loops = ['c00c', '0161c00c', 'c00ec00c', '0161c00ec00c'];
  for (const name of loops) {
    const message = fromHex(`0001 8180 0001 0001 0000 0000 ${name} 0001 0001 00000000 0000`);
    const dissection = dissect(encode([...UDP, { protocol: 'udp', destinationPort: 53 }], message));
    expect(dissection.first('dns')?.sections).toMatchObject({ questions: [], complete: false });
    expect(outside(dissection)).toEqual([]);
  }
});

test('a name may follow some pointers but not very many', () => {
  for (const [count, complete] of [
    [100, true],
    [200, false],
  ] as const) {
    // The first record has the root as its name, at byte 12, and as its data, from byte 23, pointers each of which points
    // at the one before. The name of the second record is the last of them.
    const pointer = (at: number): string => (0xc000 + at).toString(16);
    const chain = Array.from({ length: count }, (_, i) => pointer(i === 0 ? 12 : 21 + 2 * i)).join('');
    const size = (2 * count).toString(16).padStart(4, '0');
    const first = `00 0063 0001 00000000 ${size} ${chain}`;
    const second = `${pointer(21 + 2 * count)} 0063 0001 00000000 0000`;
    const message = fromHex(`0001 8000 0000 0002 0000 0000 ${first} ${second}`);
    const frame = encode([...UDP, { protocol: 'udp', destinationPort: 53 }], message);
    expect(dissect(frame).first('dns')?.sections.complete).toBe(complete);
  }
});

test.each([
  ['IPv4', [{ protocol: 'ethernet' }, { protocol: 'ipv4', options: '0700ffff' }], 'ipv4'],
  ['TCP', [...UDP, { protocol: 'tcp', options: '0800ffff' }], 'tcp'],
  [
    'neighbor discovery',
    [{ protocol: 'ethernet' }, { protocol: 'ipv6' }, { protocol: 'icmpv6', type: 133, options: [] }],
    'icmpv6',
  ],
] as [string, LayerSpec[], 'ipv4' | 'tcp' | 'icmpv6'][])(
  'an option of length zero in %s',
  (_, specs, protocol) => {
    const dissection = dissect(encode(specs, protocol === 'icmpv6' ? fromHex('0100000000000000') : ''));
    expect(dissection.first(protocol)?.options).toEqual([]);
  },
);

test('frames in frames without end are cut off', () => {
  const tags = new Uint8Array(200_000);
  for (let at = 0; at < tags.length; at += 4) tags.set([0, 1, 0x81, 0], at);
  const dissection = dissect(concat(encode([{ protocol: 'ethernet', etherType: 0x8100 }]), tags));
  expect(dissection.error?.code).toBe('TCPDUMP_TOO_MANY_LAYERS');
  expect(dissection.layers).toHaveLength(64);
});

test('a file of random bytes is refused with a ParseError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(() => parseCapture(bytes)).toThrow(ParseError);
    }),
  );
});
