/**
 * The frames that a node's agent and the harness exchange: length (4 bytes, of what follows), id (4 bytes), kind
 * (1 byte), payload; all big-endian.
 */

export const frameKinds = { request: 1, response: 2, data: 3, end: 4 } as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

export interface Frame {
  readonly id: number;
  readonly kind: number;
  readonly payload: Buffer;
}

const HEADER = 9;

export function encodeFrame(id: number, kind: FrameKind, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER + payload.length);
  frame.writeUInt32BE(payload.length + 5, 0);
  frame.writeUInt32BE(id, 4);
  frame.writeUInt8(kind, 8);
  frame.set(payload, HEADER);
  return frame;
}

/** Cuts a byte stream that arrives in arbitrary pieces into records; `size` tells a record's length, or 0 for "more". */
function cutter(size: (buffer: Buffer) => number): (chunk: Buffer) => Buffer[] {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = 0;
  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (held < wanted) return [];
    let buffer = parts.length === 1 ? chunk : Buffer.concat(parts, held);
    const records: Buffer[] = [];
    for (;;) {
      wanted = size(buffer);
      if (wanted === 0 || buffer.length < wanted) break;
      records.push(buffer.subarray(0, wanted));
      buffer = buffer.subarray(wanted);
    }
    parts = buffer.length > 0 ? [buffer] : [];
    held = buffer.length;
    return records;
  };
}

/** A parser of frames: give it chunks as they arrive, get the frames that are complete. */
export function frameParser(): (chunk: Buffer) => Frame[] {
  const cut = cutter((buffer) => (buffer.length < HEADER ? 0 : buffer.readUInt32BE(0) + 4));
  return (chunk) =>
    cut(chunk).map((record) => ({
      id: record.readUInt32BE(4),
      kind: record.readUInt8(8),
      payload: record.subarray(HEADER),
    }));
}

export interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

/** Docker's multiplexed stream (Engine API, "Attach to a container"): stream type, three zero bytes, length, data. */
export function outputParser(): (chunk: Buffer) => Output[] {
  const cut = cutter((buffer) => (buffer.length < 8 ? 0 : buffer.readUInt32BE(4) + 8));
  return (chunk) =>
    cut(chunk).map((record) => ({ stream: record[0] === 2 ? 'stderr' : 'stdout', data: record.subarray(8) }));
}

/** One frame of a capture, as the agent sends it. */
export interface CapturedRecord {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly direction: 'in' | 'out';
  readonly device: string;
  /** Index of the namespace in the capture. */
  readonly namespace: number;
  readonly originalLength: number;
  readonly data: Buffer;
}

const PACKET_OUTGOING = 4;

export function* captureRecords(payload: Buffer): Generator<CapturedRecord> {
  let at = 0;
  while (at < payload.length) {
    const nameLength = payload.readUInt8(at + 9);
    const captured = payload.readUInt32BE(at + 16);
    const start = at + 20 + nameLength;
    yield {
      time: payload.readBigUInt64BE(at),
      direction: payload.readUInt8(at + 8) === PACKET_OUTGOING ? 'out' : 'in',
      device: payload.toString('latin1', at + 20, start),
      namespace: payload.readUInt16BE(at + 10),
      originalLength: payload.readUInt32BE(at + 12),
      data: payload.subarray(start, start + captured),
    };
    at = start + captured;
  }
}
