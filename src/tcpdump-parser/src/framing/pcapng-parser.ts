import type { ParseErrorCode } from '../error.ts';
import type { CaptureInterface, InterfaceStatistics, Packet } from './packet.ts';
import { BLOCK, BYTE_ORDER_MAGIC, OPTION } from './pcapng-numbers.ts';
import { RecordParser, read16, read32 } from './record-parser.ts';

/** What the timestamps of an interface mean, besides what a caller sees of it. */
interface Clock {
  readonly multiply: bigint;
  readonly divide: bigint;
  readonly offset: bigint;
}

const SECOND = 1_000_000_000n;
const text = new TextDecoder();
const scratch = new DataView(new ArrayBuffer(8));

/** Two 32-bit halves as one number, without the allocations of shifting bigints. */
function join64(high: number, low: number): bigint {
  scratch.setUint32(0, high);
  scratch.setUint32(4, low);
  return scratch.getBigUint64(0);
}

/** Reads a pcapng file of any number of sections, each in its own byte order (draft-ietf-opsawg-pcapng). Unknown blocks are skipped. */
export class PcapngParser extends RecordParser {
  private little = true;
  private section = -1;
  private firstInterface = 0;
  private readonly clocks: Clock[] = [];

  protected readRecord(packets: Packet[]): boolean {
    // The smallest block has 12 bytes, and the first 12 of a section header tell its byte order.
    if (this.queue.available < 12) return false;
    const { bytes, at } = this.queue.view(12);
    const isSection = read32(bytes, at, true) === BLOCK.section;
    if (isSection) this.startSection(bytes, at + 8);
    else if (this.section < 0) throw this.error('TCPDUMP_BAD_MAGIC', 'this is no pcapng file');
    const length = read32(bytes, at + 4, this.little);
    if (length < (isSection ? 28 : 12) || length % 4 !== 0)
      throw this.error('TCPDUMP_BAD_BLOCK', `a block of ${length} bytes`, 4);
    if (length > this.maxBlockLength)
      throw this.error('TCPDUMP_BLOCK_TOO_LARGE', `a block of ${length} bytes`, 4);
    if (this.queue.available < length) return false;
    const block = this.queue.peek(length);
    if (read32(block, length - 4, this.little) !== length)
      throw this.error('TCPDUMP_BAD_BLOCK', 'the two lengths of a block differ', length - 4);
    if (isSection) {
      this.section++;
      this.firstInterface = this.interfaces.length;
    } else this.readBlock(read32(block, 0, this.little), block, packets);
    this.queue.skip(length);
    return true;
  }

  private startSection(bytes: Uint8Array, at: number): void {
    // This runs again when the rest of the block comes later, so it may only set what stays the same.
    if (read32(bytes, at, true) === BYTE_ORDER_MAGIC) this.little = true;
    else if (read32(bytes, at, false) === BYTE_ORDER_MAGIC) this.little = false;
    else throw this.error('TCPDUMP_BAD_MAGIC', 'a section header without a byte-order magic', 8);
  }

  private readBlock(type: number, block: Uint8Array, packets: Packet[]): void {
    switch (type) {
      case BLOCK.enhancedPacket:
        packets.push(this.enhancedPacket(block));
        break;
      case BLOCK.simplePacket:
        packets.push(this.simplePacket(block));
        break;
      case BLOCK.interface:
        this.interfaceDescription(block);
        break;
      case BLOCK.statistics:
        this.statistics(block);
        break;
      default:
    }
  }

  private need(block: Uint8Array, length: number, name: string): void {
    if (block.length < length) throw this.error('TCPDUMP_BAD_BLOCK', `${name} of ${block.length} bytes`, 4);
  }

  /** The number of an interface in this reader's list. */
  private interfaceIndex(id: number, ahead: number): number {
    const index = this.firstInterface + id;
    if (index >= this.interfaces.length)
      throw this.error('TCPDUMP_UNKNOWN_INTERFACE', `interface ${id} has not been described`, ahead);
    return index;
  }

  private time(index: number, high: number, low: number): bigint {
    const clock = this.clocks[index] as Clock;
    const units = join64(high, low);
    if (clock.divide === 1n && clock.offset === 0n)
      return clock.multiply === 1n ? units : units * clock.multiply;
    return (units * clock.multiply) / clock.divide + clock.offset;
  }

  private enhancedPacket(block: Uint8Array): Packet {
    this.need(block, 32, 'an enhanced packet block');
    const { little } = this;
    const interfaceId = this.interfaceIndex(read32(block, 8, little), 8);
    const from = this.interfaces[interfaceId] as CaptureInterface;
    const capturedLength = read32(block, 20, little);
    if (capturedLength > block.length - 32)
      throw this.error(
        'TCPDUMP_BAD_BLOCK',
        `${capturedLength} captured bytes in a block of ${block.length}`,
        20,
      );
    const extra: { direction?: 'in' | 'out'; comment?: string } = {};
    this.options(block, 28 + Math.ceil(capturedLength / 4) * 4, (code, start, length) => {
      if (code === OPTION.comment) extra.comment ??= text.decode(block.subarray(start, start + length));
      if (code !== OPTION.packetFlags || length !== 4) return;
      const direction = read32(block, start, little) & 3;
      if (direction === 1) extra.direction = 'in';
      else if (direction === 2) extra.direction = 'out';
    });
    return {
      timestamp: this.time(interfaceId, read32(block, 12, little), read32(block, 16, little)),
      interfaceId,
      ...(from.name === undefined ? undefined : { interfaceName: from.name }),
      capturedLength,
      originalLength: read32(block, 24, little),
      linkType: from.linkType,
      data: block.subarray(28, 28 + capturedLength),
      ...extra,
    };
  }

  /** A simple packet block has no time and always belongs to the first interface. */
  private simplePacket(block: Uint8Array): Packet {
    this.need(block, 16, 'a simple packet block');
    const interfaceId = this.interfaceIndex(0, 0);
    const from = this.interfaces[interfaceId] as CaptureInterface;
    const originalLength = read32(block, 8, this.little);
    const capturedLength = Math.min(originalLength, from.snapLength || originalLength);
    if (capturedLength > block.length - 16)
      throw this.error(
        'TCPDUMP_BAD_BLOCK',
        `${capturedLength} captured bytes in a block of ${block.length}`,
        8,
      );
    return {
      timestamp: 0n,
      interfaceId,
      ...(from.name === undefined ? undefined : { interfaceName: from.name }),
      capturedLength,
      originalLength,
      linkType: from.linkType,
      data: block.subarray(12, 12 + capturedLength),
    };
  }

  private interfaceDescription(block: Uint8Array): void {
    this.need(block, 20, 'an interface description block');
    const { little } = this;
    const names: { name?: string; description?: string } = {};
    let resolution = 6;
    let offset = 0n;
    this.options(block, 16, (code, start, length) => {
      const value = block.subarray(start, start + length);
      if (code === OPTION.interfaceName) names.name = text.decode(value);
      else if (code === OPTION.interfaceDescription) names.description = text.decode(value);
      else if (code === OPTION.timestampResolution && length === 1) resolution = value[0] as number;
      else if (code === OPTION.timestampOffset && length === 8)
        offset = BigInt.asIntN(64, this.number64(value, 0)) * SECOND;
    });
    // The upper bit chooses between negative powers of two and of ten.
    const exponent = BigInt(resolution & 0x7f);
    const divide = resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
    const shared = divide <= SECOND && SECOND % divide === 0n ? divide : 1n;
    this.clocks.push({ multiply: SECOND / shared, divide: divide / shared, offset });
    this.interfaces.push({
      section: this.section,
      ...names,
      linkType: read16(block, 8, little),
      snapLength: read32(block, 12, little),
    });
  }

  private number64(bytes: Uint8Array, at: number): bigint {
    const first = read32(bytes, at, this.little);
    const second = read32(bytes, at + 4, this.little);
    return this.little ? join64(second, first) : join64(first, second);
  }

  private statistics(block: Uint8Array): void {
    this.need(block, 24, 'an interface statistics block');
    const index = this.interfaceIndex(read32(block, 8, this.little), 8);
    const counters: Partial<Record<Exclude<keyof InterfaceStatistics, 'timestamp'>, bigint>> = {};
    this.options(block, 20, (code, start, length) => {
      if (length !== 8) return;
      const value = this.number64(block, start);
      if (code === OPTION.received) counters.received = value;
      else if (code === OPTION.dropped) counters.dropped = value;
      else if (code === OPTION.filterAccepted) counters.filterAccepted = value;
      else if (code === OPTION.osDropped) counters.osDropped = value;
      else if (code === OPTION.delivered) counters.delivered = value;
    });
    const timestamp = this.time(index, read32(block, 12, this.little), read32(block, 16, this.little));
    (this.interfaces[index] as CaptureInterface).statistics = { timestamp, ...counters };
  }

  /** Calls `found` for each option from `start` to the end of the block. */
  private options(
    block: Uint8Array,
    start: number,
    found: (code: number, start: number, length: number) => void,
  ): void {
    const end = block.length - 4;
    let at = start;
    while (at + 4 <= end) {
      const code = read16(block, at, this.little);
      if (code === 0) return;
      const length = read16(block, at + 2, this.little);
      const bad: ParseErrorCode = 'TCPDUMP_BAD_OPTION';
      if (at + 4 + length > end)
        throw this.error(bad, `option ${code} of ${length} bytes leaves its block`, at);
      found(code, at + 4, length);
      at += 4 + Math.ceil(length / 4) * 4;
    }
  }
}
