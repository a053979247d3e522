import type { Packet } from './packet.ts';
import { RecordParser, read32 } from './record-parser.ts';

const MICRO = 0xa1b2c3d4;
const NANO = 0xa1b23c4d;

/** Whether a 32-bit number, read in the given byte order, starts a pcap file. */
export function isPcapMagic(bytes: Uint8Array): boolean {
  return [true, false].some((little) => {
    const magic = read32(bytes, 0, little);
    return magic === MICRO || magic === NANO;
  });
}

/** Reads a pcap file of either byte order, with micro- or nanosecond timestamps (draft-ietf-opsawg-pcap). */
export class PcapParser extends RecordParser {
  private little = true;
  /** Nanoseconds in one unit of the fraction field. */
  private fraction = 0n;

  protected readRecord(packets: Packet[]): boolean {
    return this.fraction === 0n ? this.readFileHeader() : this.readPacket(packets);
  }

  private readFileHeader(): boolean {
    if (this.queue.available < 24) {
      // Bytes that cannot become a capture file are refused at once rather than after 24 of them.
      if (this.queue.available >= 4 && !isPcapMagic(this.queue.peek(4)))
        throw this.error('TCPDUMP_BAD_MAGIC', 'this is no pcap file');
      return false;
    }
    const header = this.queue.peek(24);
    if (!isPcapMagic(header)) throw this.error('TCPDUMP_BAD_MAGIC', 'this is no pcap file');
    const asLittle = read32(header, 0, true);
    this.little = asLittle === MICRO || asLittle === NANO;
    this.fraction = read32(header, 0, this.little) === NANO ? 1n : 1000n;
    this.interfaces.push({
      section: 0,
      // The upper bits say whether frames end with a check sequence; 16 bits are the link type.
      linkType: read32(header, 20, this.little) & 0xffff,
      snapLength: read32(header, 16, this.little),
    });
    this.queue.skip(24);
    return true;
  }

  private readPacket(packets: Packet[]): boolean {
    if (this.queue.available < 16) return false;
    const { bytes, at } = this.queue.view(16);
    const capturedLength = read32(bytes, at + 8, this.little);
    if (capturedLength + 16 > this.maxBlockLength)
      throw this.error('TCPDUMP_BLOCK_TOO_LARGE', `a packet record of ${capturedLength} bytes`, 8);
    if (this.queue.available < 16 + capturedLength) return false;
    const record = this.queue.peek(16 + capturedLength);
    packets.push({
      timestamp:
        BigInt(read32(record, 0, this.little)) * 1_000_000_000n +
        BigInt(read32(record, 4, this.little)) * this.fraction,
      interfaceId: 0,
      capturedLength,
      originalLength: read32(record, 12, this.little),
      linkType: this.interfaces[0]?.linkType ?? 1,
      data: record.subarray(16),
    });
    this.queue.skip(16 + capturedLength);
    return true;
  }
}
