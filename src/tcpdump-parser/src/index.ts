export { ipv4At, ipv6At, macAt, parseIpv4, parseIpv6, parseMac } from './address.ts';
export { type BytesLike, fromHex, toHex } from './bytes.ts';
export type { DissectOptions } from './cursor.ts';
export { dissect } from './dissect.ts';
export { Dissection, innermost, type Level, quoted, split } from './dissection.ts';
export { encode, type EncodeOptions } from './encode.ts';
export {
  type DissectionError,
  EncodeError,
  type EncodeErrorCode,
  ParseError,
  type ParseErrorCode,
} from './error.ts';
export {
  type CaptureFormat,
  CaptureParser,
  detectFormat,
  parseCapture,
  readCapture,
  readPcap,
  readPcapng,
} from './framing/capture-reader.ts';
export type {
  CaptureInterface,
  CaptureReadOptions,
  InterfaceStatistics,
  Packet,
} from './framing/packet.ts';
export { PcapParser } from './framing/pcap-parser.ts';
export { PcapWriter, type PcapWriterOptions } from './framing/pcap-writer.ts';
export { PcapngParser } from './framing/pcapng-parser.ts';
export {
  type InterfaceSpec,
  type PacketSpec,
  PcapngWriter,
  type PcapngWriterOptions,
} from './framing/pcapng-writer.ts';
export type { ByteRange, LayerJson } from './layer.ts';
export type { Layer, LayerOf, LayerSpec, Protocol, SpecOf } from './layers.ts';
