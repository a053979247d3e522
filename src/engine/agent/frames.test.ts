import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { captureRecords, encodeFrame, frameKinds, frameParser, outputParser } from './frames.ts';

/** The bytes in pieces, cut at these places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });
const id = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const kind = fc.constantFrom(...Object.values(frameKinds));

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id, kind, payload })), cuts, (frames, places) => {
      const stream = Buffer.concat(frames.map((one) => encodeFrame(one.id, one.kind, one.payload)));
      const parse = frameParser();
      expect(pieces(stream, places).flatMap((piece) => parse(piece))).toEqual(frames);
    }),
  );
});

const HEADER = { stdout: 1, stderr: 2 } as const;

function engineRecord(stream: 'stdout' | 'stderr', data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head[0] = HEADER[stream];
  head.writeUInt32BE(data.length, 4);
  return Buffer.concat([head, data]);
}

test('frames survive the engine’s own framing, with complaints in between', () => {
  const stream = fc.constantFrom('stdout' as const, 'stderr' as const);
  fc.assert(
    fc.property(fc.array(fc.record({ stream, data: payload })), cuts, (records, places) => {
      const bytes = Buffer.concat(records.map((one) => engineRecord(one.stream, one.data)));
      const parse = outputParser();
      expect(pieces(bytes, places).flatMap((piece) => parse(piece))).toEqual(records);
    }),
  );
});

test('a frame of 10 MB in ten thousand pieces is put together', () => {
  const body = Buffer.alloc(10_000_000, 7);
  const stream = encodeFrame(1, frameKinds.response, body);
  const parse = frameParser();
  const frames = [];
  for (let at = 0; at < stream.length; at += 1000) frames.push(...parse(stream.subarray(at, at + 1000)));
  expect(frames).toHaveLength(1);
  expect(frames[0]?.payload.equals(body)).toBe(true);
});

interface Record {
  readonly time: bigint;
  readonly direction: 'in' | 'out';
  readonly device: string;
  readonly namespace: number;
  readonly originalLength: number;
  readonly data: Buffer;
}

/** As agent.py packs it: '>QBBHII', the device's name, the frame. */
function packed({ time, direction, device, namespace, originalLength, data }: Record): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(time, 0);
  head.writeUInt8(direction === 'out' ? 4 : 0, 8);
  head.writeUInt8(device.length, 9);
  head.writeUInt16BE(namespace, 10);
  head.writeUInt32BE(originalLength, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, Buffer.from(device, 'latin1'), data]);
}

test('captured frames come out as they went in', () => {
  const record = fc.record({
    time: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    direction: fc.constantFrom('in' as const, 'out' as const),
    device: fc.string({ unit: 'grapheme-ascii', maxLength: 15 }),
    namespace: fc.integer({ min: 0, max: 65_535 }),
    originalLength: fc.integer({ min: 0, max: 70_000 }),
    data: payload,
  });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      expect([...captureRecords(Buffer.concat(records.map(packed)))]).toEqual(records);
    }),
  );
});
