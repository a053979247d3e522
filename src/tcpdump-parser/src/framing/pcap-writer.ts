import { EncodeError } from '../error.ts';
import type { PacketSpec } from './pcapng-writer.ts';
import { RecordWriter } from './record-writer.ts';

/** How to start a pcap file. */
export interface PcapWriterOptions {
  /** Default little. */
  readonly byteOrder?: 'little' | 'big';
  /** LINKTYPE_ number, default 1 (Ethernet). */
  readonly linkType?: number;
  /** In bytes, default 262144. */
  readonly snapLength?: number;
  /** `micro` for readers that know no other; it cuts the timestamps. Default nano. */
  readonly resolution?: 'micro' | 'nano';
}

/** Writes a pcap file (draft-ietf-opsawg-pcap). Interface, direction and comment of a packet have no place in it. */
export class PcapWriter extends RecordWriter {
  private readonly unit: bigint;

  constructor(options: PcapWriterOptions = {}) {
    super(options.byteOrder !== 'big');
    const nano = options.resolution !== 'micro';
    this.unit = nano ? 1n : 1000n;
    this.u32(nano ? 0xa1b23c4d : 0xa1b2c3d4);
    this.u16(2);
    this.u16(4);
    this.u32(0);
    this.u32(0);
    this.u32(options.snapLength ?? 262144);
    this.u32(options.linkType ?? 1);
  }

  /** Throws {@link EncodeError} for a time before 1970 or after 2106, which the format cannot hold. */
  addPacket({ timestamp, data, originalLength }: PacketSpec): void {
    const seconds = timestamp / 1_000_000_000n;
    if (timestamp < 0n || seconds > 0xffffffffn)
      throw new EncodeError('TCPDUMP_BAD_FIELD', `timestamp ${timestamp} does not fit in a pcap file`);
    this.u32(Number(seconds));
    this.u32(Number((timestamp % 1_000_000_000n) / this.unit));
    this.u32(data.length);
    this.u32(originalLength ?? data.length);
    this.raw(data);
  }
}
