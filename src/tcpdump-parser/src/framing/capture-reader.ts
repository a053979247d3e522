import { concat, EMPTY } from '../bytes.ts';
import { ParseError } from '../error.ts';
import type { CaptureInterface, CaptureReadOptions, Packet } from './packet.ts';
import { isPcapMagic, PcapParser } from './pcap-parser.ts';
import { BLOCK } from './pcapng-numbers.ts';
import { PcapngParser } from './pcapng-parser.ts';
import { read32 } from './record-parser.ts';

/** The kinds of capture files. */
export type CaptureFormat = 'pcap' | 'pcapng';

/** Tells the kind of a capture file by its first four bytes; undefined when it is neither, or there are fewer. */
export function detectFormat(bytes: Uint8Array): CaptureFormat | undefined {
  if (bytes.length < 4) return undefined;
  if (read32(bytes, 0, true) === BLOCK.section) return 'pcapng';
  return isPcapMagic(bytes) ? 'pcap' : undefined;
}

/** Reads a capture file of either kind, pushed in chunks. */
export class CaptureParser {
  private readonly options: CaptureReadOptions;
  private start = EMPTY;
  private parser: PcapParser | PcapngParser | undefined;

  constructor(options: CaptureReadOptions = {}) {
    this.options = options;
  }

  /** Known after the first four bytes. */
  get format(): CaptureFormat | undefined {
    if (this.parser === undefined) return undefined;
    return this.parser instanceof PcapParser ? 'pcap' : 'pcapng';
  }

  /** The interfaces so far, with their statistics as soon as those are read. */
  get interfaces(): readonly CaptureInterface[] {
    return this.parser?.interfaces ?? [];
  }

  /** As {@link PcapngParser.push}; also throws {@link ParseError} when the file is of neither kind. */
  push(chunk: Uint8Array): Packet[] {
    if (this.parser) return this.parser.push(chunk);
    this.start = this.start.length === 0 ? chunk : concat(this.start, chunk);
    if (this.start.length < 4) return [];
    const format = detectFormat(this.start);
    if (!format) throw new ParseError('TCPDUMP_BAD_MAGIC', 'this is neither a pcap nor a pcapng file', 0);
    this.parser = format === 'pcap' ? new PcapParser(this.options) : new PcapngParser(this.options);
    const first = this.start;
    this.start = EMPTY;
    return this.parser.push(first);
  }

  /** As {@link PcapngParser.end}. */
  end(): void {
    if (this.parser) return this.parser.end();
    throw new ParseError(
      this.start.length === 0 ? 'TCPDUMP_BAD_MAGIC' : 'TCPDUMP_TRUNCATED_BLOCK',
      `the file has ${this.start.length} bytes`,
      0,
    );
  }
}

interface Parser {
  push(chunk: Uint8Array): Packet[];
  end(): void;
}

async function* drain(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  parser: Parser,
): AsyncGenerator<Packet, void, undefined> {
  for await (const chunk of source) yield* parser.push(chunk);
  parser.end();
}

/** The packets of a capture file of either kind, as they arrive. Throws {@link ParseError}. Pass a parser to see its interfaces and their statistics. */
export function readCapture(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: CaptureReadOptions | CaptureParser = {},
): AsyncGenerator<Packet, void, undefined> {
  return drain(source, options instanceof CaptureParser ? options : new CaptureParser(options));
}

/** The packets of a pcap file, as they arrive. Throws {@link ParseError}. */
export function readPcap(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: CaptureReadOptions | PcapParser = {},
): AsyncGenerator<Packet, void, undefined> {
  return drain(source, options instanceof PcapParser ? options : new PcapParser(options));
}

/** The packets of a pcapng file, as they arrive. Throws {@link ParseError}. */
export function readPcapng(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: CaptureReadOptions | PcapngParser = {},
): AsyncGenerator<Packet, void, undefined> {
  return drain(source, options instanceof PcapngParser ? options : new PcapngParser(options));
}

/** All of a capture file that is in memory. Throws {@link ParseError}. */
export function parseCapture(
  bytes: Uint8Array,
  options: CaptureReadOptions = {},
): { packets: Packet[]; interfaces: readonly CaptureInterface[] } {
  const parser = new CaptureParser(options);
  const packets = parser.push(bytes);
  parser.end();
  return { packets, interfaces: parser.interfaces };
}
