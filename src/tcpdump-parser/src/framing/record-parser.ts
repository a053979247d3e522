import { ParseError, type ParseErrorCode } from '../error.ts';
import { ByteQueue } from './byte-queue.ts';
import {
  type CaptureInterface,
  type CaptureReadOptions,
  DEFAULT_MAX_BLOCK_LENGTH,
  type Packet,
} from './packet.ts';

/** What the pcap and the pcapng parser share: a queue of bytes out of which a subclass takes one record after the other. */
export abstract class RecordParser {
  /** The interfaces so far. A pcap file has one, without a name. */
  readonly interfaces: CaptureInterface[] = [];
  protected readonly queue: ByteQueue = new ByteQueue();
  protected readonly maxBlockLength: number;
  private failure: unknown = undefined;

  constructor(options: CaptureReadOptions = {}) {
    this.maxBlockLength = options.maxBlockLength ?? DEFAULT_MAX_BLOCK_LENGTH;
  }

  /**
   * Takes the next bytes of the file and returns the packets that are now whole. Chunks may be cut anywhere. Throws
   * {@link ParseError} on bytes that are no capture file; packets before that point are handed over first, and the error
   * then comes with the next call.
   */
  push(chunk: Uint8Array): Packet[] {
    this.rethrow();
    this.queue.push(chunk);
    const packets: Packet[] = [];
    try {
      while (this.readRecord(packets));
    } catch (error) {
      this.failure = error;
      if (packets.length === 0) throw error;
    }
    return packets;
  }

  /** Says that the file ends here. Throws {@link ParseError} when a record is not whole, or none was ever there. */
  end(): void {
    this.rethrow();
    if (this.queue.available > 0)
      throw this.error(
        'TCPDUMP_TRUNCATED_BLOCK',
        `the file ends ${this.queue.available} bytes into a record`,
      );
    if (this.queue.position === 0) throw this.error('TCPDUMP_BAD_MAGIC', 'the file is empty');
  }

  private rethrow(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Reads one record if it is whole; false when more bytes are needed. */
  protected abstract readRecord(packets: Packet[]): boolean;

  protected error(code: ParseErrorCode, message: string, ahead = 0): ParseError {
    return new ParseError(code, message, this.queue.position + ahead);
  }
}

/** Reads the 32-bit number at `at`, unsigned. */
export function read32(bytes: Uint8Array, at: number, little: boolean): number {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  const c = bytes[at + 2] as number;
  const d = bytes[at + 3] as number;
  return (little ? (d << 24) | (c << 16) | (b << 8) | a : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** Reads the 16-bit number at `at`. */
export function read16(bytes: Uint8Array, at: number, little: boolean): number {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  return little ? (b << 8) | a : (a << 8) | b;
}
