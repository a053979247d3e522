import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex } from '../bytes.ts';
import { EncodeError, ParseError } from '../error.ts';
import {
  CaptureParser,
  detectFormat,
  parseCapture,
  readCapture,
  readPcap,
  readPcapng,
} from './capture-reader.ts';
import type { Packet } from './packet.ts';
import { PcapParser } from './pcap-parser.ts';
import { PcapWriter } from './pcap-writer.ts';
import { PcapngParser } from './pcapng-parser.ts';
import { type PacketSpec, PcapngWriter } from './pcapng-writer.ts';

const packetArbitrary = fc.record(
  {
    timestamp: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
    interfaceId: fc.integer({ min: 0, max: 2 }),
    data: fc.uint8Array({ maxLength: 90 }),
    direction: fc.constantFrom('in' as const, 'out' as const),
    comment: fc.string({ maxLength: 20, unit: 'grapheme' }),
  },
  { requiredKeys: ['timestamp', 'data'] },
);

const NAMES = ['tap1', 'br-int', 'vxlan_sys'];

function pcapng(packets: readonly PacketSpec[], byteOrder: 'little' | 'big' = 'little'): Uint8Array {
  const writer = new PcapngWriter({ byteOrder, application: 'netdojo', comment: 'a test' });
  for (const name of NAMES) writer.addInterface({ name, description: `the ${name}`, snapLength: 1000 });
  for (const packet of packets) writer.addPacket(packet);
  writer.addStatistics(1, { timestamp: 5n, received: 10n, dropped: 2n });
  return writer.take();
}

function pcap(packets: readonly PacketSpec[], byteOrder: 'little' | 'big' = 'little'): Uint8Array {
  const writer = new PcapWriter({ byteOrder, linkType: 113 });
  for (const packet of packets) writer.addPacket(packet);
  return writer.take();
}

/** The same bytes in chunks whose sizes repeat. */
function* chunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ParseError) return error.code;
    throw error;
  }
  return 'no error';
}

const ONE = [{ timestamp: 1_700_000_000_123_456_789n, data: fromHex('0102030405') }];

describe('pcapng', () => {
  test.each(['little', 'big'] as const)('what is written %s-endian is read', (byteOrder) => {
    fc.assert(
      fc.property(fc.array(packetArbitrary, { maxLength: 8 }), (packets) => {
        const { packets: read, interfaces } = parseCapture(pcapng(packets, byteOrder));
        expect(read).toEqual(
          packets.map((packet) => ({
            ...packet,
            interfaceId: packet.interfaceId ?? 0,
            interfaceName: NAMES[packet.interfaceId ?? 0],
            capturedLength: packet.data.length,
            originalLength: packet.data.length,
            linkType: 1,
          })),
        );
        expect(interfaces[1]).toEqual({
          section: 0,
          name: 'br-int',
          description: 'the br-int',
          linkType: 1,
          snapLength: 1000,
          statistics: { timestamp: 5n, received: 10n, dropped: 2n },
        });
        expect(interfaces[0]).not.toHaveProperty('statistics');
      }),
      { numRuns: 40 },
    );
  });

  test('the bytes are those of the specification', () => {
    const writer = new PcapngWriter();
    writer.addInterface({ name: 'e' });
    writer.addPacket({ timestamp: 0x0000000100000002n, data: fromHex('aabb'), direction: 'out' });
    expect(writer.take()).toEqual(
      fromHex(
        `0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
         01000000 28000000 0100 0000 00000000 0200 0100 65000000 0900 0100 09000000 00000000 28000000
         06000000 30000000 00000000 01000000 02000000 02000000 02000000 aabb0000 0200 0400 02000000 00000000 30000000`,
      ),
    );
    expect(writer.take()).toHaveLength(0);
  });

  test('sections have interfaces of their own, in either byte order', () => {
    const { packets, interfaces } = parseCapture(
      concat(pcapng([{ ...ONE[0], interfaceId: 2 } as PacketSpec]), pcapng(ONE, 'big')),
    );
    expect(packets.map((packet) => packet.interfaceId)).toEqual([2, 3]);
    expect(packets.map((packet) => packet.interfaceName)).toEqual(['vxlan_sys', 'tap1']);
    expect(interfaces.map((one) => one.section)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  const SECTION = '0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000';
  const packetWithTime = (time: string): string =>
    `06000000 24000000 00000000 ${time} 01000000 01000000 ff000000 24000000`;

  test.each([
    ['microseconds, when nothing is said', '', '00000000 40420f00', 1_000_000_000n],
    ['milliseconds', '0900 0100 03000000 00000000', '00000000 e8030000', 1_000_000_000n],
    ['picoseconds', '0900 0100 0c000000 00000000', 'e8000000 0010a5d4', 1_000_000_000n],
    ['powers of two', '0900 0100 8a000000 00000000', '00000000 00060000', 1_500_000_000n],
    ['an offset in seconds', '0e00 0800 0a00000000000000 00000000', '00000000 01000000', 10_000_001_000n],
  ])('timestamps in %s', (_, options, time, expected) => {
    const length = (20 + fromHex(options).length).toString(16).padStart(2, '0');
    const block = `01000000 ${length}000000 0100 0000 00000000 ${options} ${length}000000`;
    const { packets } = parseCapture(fromHex(`${SECTION} ${block} ${packetWithTime(time)}`));
    expect(packets[0]?.timestamp).toBe(expected);
  });

  test('simple packets, unknown blocks and unknown options', () => {
    const idb = '01000000 1c000000 0100 0000 03000000 ff7f 0300 01020300 1c000000';
    const unknown = 'ad0b0000 10000000 deadbeef 10000000';
    const simple = '03000000 14000000 05000000 01020300 14000000';
    const { packets } = parseCapture(fromHex(`${SECTION} ${unknown} ${idb} ${unknown} ${simple}`));
    expect(packets).toEqual([
      {
        timestamp: 0n,
        interfaceId: 0,
        capturedLength: 3,
        originalLength: 5,
        linkType: 1,
        data: fromHex('010203'),
      },
    ]);
  });

  test.each([
    ['TCPDUMP_BAD_MAGIC', 'no capture file at all', '01020304 05060708 090a0b0c'],
    ['TCPDUMP_BAD_MAGIC', 'a section without a byte order', '0a0d0d0a 1c000000 00000000'],
    ['TCPDUMP_BLOCK_TOO_LARGE', 'a huge section', '0a0d0d0a fcffffff 4d3c2b1a'],
    ['TCPDUMP_BLOCK_TOO_LARGE', 'a huge block', `${SECTION} 06000000 fcffffff 00000000`],
    ['TCPDUMP_BAD_BLOCK', 'a block without a length', `${SECTION} 06000000 00000000 00000000`],
    ['TCPDUMP_BAD_BLOCK', 'a block that is no multiple of four', `${SECTION} 06000000 0d000000 00000000`],
    ['TCPDUMP_BAD_BLOCK', 'lengths that differ', `${SECTION} ad0b0000 0c000000 10000000`],
    [
      'TCPDUMP_UNKNOWN_INTERFACE',
      'a packet of no interface',
      `${SECTION} ${packetWithTime('00000000 00000000')}`,
    ],
    [
      'TCPDUMP_BAD_BLOCK',
      'a packet longer than its block',
      `${SECTION} 01000000 14000000 01000000 00000000 14000000 06000000 20000000 00000000 00000000 00000000 ff000000 ff000000 20000000`,
    ],
    [
      'TCPDUMP_BAD_OPTION',
      'an option longer than its block',
      `${SECTION} 01000000 1c000000 01000000 00000000 0200 ff00 65000000 1c000000`,
    ],
    ['TCPDUMP_TRUNCATED_BLOCK', 'half a block', `${SECTION} 01000000`],
  ])('%s: %s', (expected, _, hex) => {
    const parser = new PcapngParser();
    const run = (): void => {
      parser.push(fromHex(hex));
      parser.end();
    };
    expect(code(run)).toBe(expected);
  });

  test('packets before an error are handed over, then the error comes each time', () => {
    const parser = new PcapngParser();
    const bytes = concat(pcapng(ONE), fromHex('06000000 00000000 00000000'));
    expect(parser.push(bytes)).toHaveLength(1);
    expect(code(() => parser.push(new Uint8Array(0)))).toBe('TCPDUMP_BAD_BLOCK');
    expect(code(() => parser.end())).toBe('TCPDUMP_BAD_BLOCK');
  });

  test('an interface must be described before its packets are written', () => {
    expect(() => new PcapngWriter().addPacket(ONE[0] as PacketSpec)).toThrow(EncodeError);
  });
});

describe('pcap', () => {
  test.each(['little', 'big'] as const)('what is written %s-endian is read', (byteOrder) => {
    expect(parseCapture(pcap(ONE, byteOrder)).packets).toEqual([
      { ...ONE[0], interfaceId: 0, capturedLength: 5, originalLength: 5, linkType: 113 },
    ]);
  });

  test('microseconds', () => {
    const writer = new PcapWriter({ resolution: 'micro' });
    writer.addPacket({ ...(ONE[0] as PacketSpec), originalLength: 99 });
    const [packet] = parseCapture(writer.take()).packets;
    expect(packet).toMatchObject({ timestamp: 1_700_000_000_123_456_000n, originalLength: 99, linkType: 1 });
  });

  test.each([
    ['TCPDUMP_BAD_MAGIC', '01020304'],
    [
      'TCPDUMP_BLOCK_TOO_LARGE',
      'd4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 00000000 00000000 ffffffff ffffffff',
    ],
    ['TCPDUMP_TRUNCATED_BLOCK', 'd4c3b2a1 0200'],
  ])('%s', (expected, hex) => {
    const parser = new PcapParser();
    const run = (): void => {
      parser.push(fromHex(hex));
      parser.end();
    };
    expect(code(run)).toBe(expected);
  });

  test('a time that the format cannot hold is refused', () => {
    expect(() => new PcapWriter().addPacket({ timestamp: -1n, data: new Uint8Array(0) })).toThrow(
      EncodeError,
    );
  });
});

describe('either', () => {
  test('the kind is told by the first bytes', () => {
    expect(detectFormat(pcapng([]))).toBe('pcapng');
    expect(detectFormat(pcap([], 'big'))).toBe('pcap');
    expect(detectFormat(fromHex('00010203'))).toBeUndefined();
    expect(code(() => new CaptureParser().push(fromHex('00010203')))).toBe('TCPDUMP_BAD_MAGIC');
    expect(code(() => parseCapture(new Uint8Array(0)))).toBe('TCPDUMP_BAD_MAGIC');
    expect(code(() => parseCapture(new Uint8Array(2)))).toBe('TCPDUMP_TRUNCATED_BLOCK');
  });

  test('cutting a file into chunks changes nothing', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(packetArbitrary, { maxLength: 6 }), sizes, fc.boolean(), (packets, cut, ng) => {
        const file = ng ? pcapng(packets) : pcap(packets);
        const parser = new CaptureParser();
        const read: Packet[] = [];
        for (const chunk of chunks(file, cut)) read.push(...parser.push(chunk));
        parser.end();
        expect(read).toEqual(parseCapture(file).packets);
      }),
      { numRuns: 60 },
    );
  });

  test('streams', async () => {
    const parser = new CaptureParser();
    const collect = async (packets: AsyncIterable<Packet>): Promise<number> => {
      let count = 0;
      for await (const _ of packets) count++;
      return count;
    };
    expect(await collect(readCapture(chunks(pcapng([...ONE, ...ONE]), [7]), parser))).toBe(2);
    expect(parser.format).toBe('pcapng');
    expect(parser.interfaces[1]?.statistics?.dropped).toBe(2n);
    expect(await collect(readPcap(chunks(pcap(ONE), [3])))).toBe(1);
    expect(await collect(readPcapng(chunks(pcapng(ONE), [1000])))).toBe(1);
    await expect(collect(readPcapng(chunks(pcap(ONE), [3])))).rejects.toThrow(ParseError);
  });

  test('damaged files throw nothing but ParseError', () => {
    const files = [pcapng([...ONE, ...ONE]), pcapng(ONE, 'big'), pcap(ONE)];
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...files), damage, fc.nat(), (file, changes, cut) => {
        const bytes = file.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        // `code` lets every other error through.
        expect(code(() => parseCapture(bytes))).toMatch(/^TCPDUMP_|^no error$/);
        expect(code(() => parseCapture(bytes.subarray(0, cut % bytes.length)))).toMatch(
          /^TCPDUMP_|^no error$/,
        );
      }),
      { numRuns: 300 },
    );
  });
});
