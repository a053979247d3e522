import { EncodeError } from '../error.ts';
import type { InterfaceStatistics } from './packet.ts';
import { BLOCK, BYTE_ORDER_MAGIC, OPTION } from './pcapng-numbers.ts';
import { RecordWriter } from './record-writer.ts';

/** An interface to describe in a pcapng file. */
export interface InterfaceSpec {
  /** if_name */
  readonly name?: string;
  /** if_description */
  readonly description?: string;
  /** LINKTYPE_ number, default 1 (Ethernet). */
  readonly linkType?: number;
  /** In bytes, default 0 (no limit). */
  readonly snapLength?: number;
}

/** A packet to write. A packet that a reader gave fits. */
export interface PacketSpec {
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
  /** What {@link PcapngWriter.addInterface} returned. Default 0. */
  readonly interfaceId?: number;
  readonly data: Uint8Array;
  /** Default: as many as there are in `data`. */
  readonly originalLength?: number;
  readonly direction?: 'in' | 'out';
  readonly comment?: string;
}

/** How to start a pcapng file. */
export interface PcapngWriterOptions {
  /** Default little. */
  readonly byteOrder?: 'little' | 'big';
  /** shb_userappl */
  readonly application?: string;
  readonly comment?: string;
}

const utf8 = new TextEncoder();

/**
 * Writes a pcapng file of one section with nanosecond timestamps (draft-ietf-opsawg-pcapng). Bytes collect inside until
 * {@link take} fetches them, so the same writer serves a file in memory and a stream.
 */
export class PcapngWriter extends RecordWriter {
  private interfaceCount = 0;

  constructor(options: PcapngWriterOptions = {}) {
    super(options.byteOrder !== 'big');
    this.block(BLOCK.section, () => {
      this.u32(BYTE_ORDER_MAGIC);
      this.u16(1);
      this.u16(0);
      // The length of the section is not known yet, which -1 says.
      this.u32(0xffffffff);
      this.u32(0xffffffff);
      if (options.comment !== undefined) this.text(OPTION.comment, options.comment);
      if (options.application !== undefined) this.text(OPTION.application, options.application);
      if (options.comment !== undefined || options.application !== undefined) this.endOptions();
    });
  }

  /** Describes an interface and returns its number. May be called at any time before the interface's first packet. */
  addInterface(spec: InterfaceSpec = {}): number {
    this.block(BLOCK.interface, () => {
      this.u16(spec.linkType ?? 1);
      this.u16(0);
      this.u32(spec.snapLength ?? 0);
      if (spec.name !== undefined) this.text(OPTION.interfaceName, spec.name);
      if (spec.description !== undefined) this.text(OPTION.interfaceDescription, spec.description);
      this.option(OPTION.timestampResolution, Uint8Array.of(9));
      this.endOptions();
    });
    return this.interfaceCount++;
  }

  /** Writes an enhanced packet block. Throws {@link EncodeError} for an interface that has not been described. */
  addPacket(packet: PacketSpec): void {
    const { interfaceId = 0, data, direction, comment } = packet;
    this.known(interfaceId);
    this.block(BLOCK.enhancedPacket, () => {
      this.u32(interfaceId);
      this.time(packet.timestamp);
      this.u32(data.length);
      this.u32(packet.originalLength ?? data.length);
      this.padded(data);
      if (direction !== undefined) {
        this.u16(OPTION.packetFlags);
        this.u16(4);
        this.u32(direction === 'in' ? 1 : 2);
      }
      if (comment !== undefined) this.text(OPTION.comment, comment);
      if (direction !== undefined || comment !== undefined) this.endOptions();
    });
  }

  /** Writes an interface statistics block; a reader keeps the last one of each interface. */
  addStatistics(interfaceId: number, statistics: InterfaceStatistics): void {
    this.known(interfaceId);
    this.block(BLOCK.statistics, () => {
      this.u32(interfaceId);
      this.time(statistics.timestamp);
      this.counter(OPTION.received, statistics.received);
      this.counter(OPTION.dropped, statistics.dropped);
      this.counter(OPTION.filterAccepted, statistics.filterAccepted);
      this.counter(OPTION.osDropped, statistics.osDropped);
      this.counter(OPTION.delivered, statistics.delivered);
      this.endOptions();
    });
  }

  private known(interfaceId: number): void {
    if (!Number.isInteger(interfaceId) || interfaceId < 0 || interfaceId >= this.interfaceCount)
      throw new EncodeError('TCPDUMP_BAD_FIELD', `interface ${interfaceId} has not been described`);
  }

  /** A block around what `body` writes, with its length in front and behind. */
  private block(type: number, body: () => void): void {
    const start = this.length;
    this.u32(type);
    this.u32(0);
    body();
    const length = this.length - start + 4;
    this.u32(length);
    this.patch32(start + 4, length);
  }

  /** A timestamp is two halves, the upper one first in either byte order. */
  private time(nanoseconds: bigint): void {
    this.u32(Number(BigInt.asUintN(32, nanoseconds >> 32n)));
    this.u32(Number(BigInt.asUintN(32, nanoseconds)));
  }

  private option(code: number, value: Uint8Array): void {
    this.u16(code);
    this.u16(value.length);
    this.padded(value);
  }

  private text(code: number, value: string): void {
    const bytes = utf8.encode(value);
    if (bytes.length > 0xffff)
      throw new EncodeError('TCPDUMP_BAD_FIELD', `an option text of ${bytes.length} bytes, more than 65535`);
    this.option(code, bytes);
  }

  private counter(code: number, value: bigint | undefined): void {
    if (value === undefined) return;
    this.u16(code);
    this.u16(8);
    this.u64(value);
  }

  private endOptions(): void {
    this.u32(OPTION.end);
  }
}
