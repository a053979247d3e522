export { ipv4At, ipv6At, macAt, parseIpv4, parseIpv6, parseMac } from './address.ts';
export { type BytesLike, fromHex, toHex } from './bytes.ts';
export { internetChecksum } from './checksum.ts';
export { type ChecksumResult, type ChecksumStatus, checksums } from './checksums.ts';
export type { DissectOptions } from './cursor.ts';
export { describe } from './describe.ts';
export { dissect } from './dissect.ts';
export { Dissection, innermost, type Level, quoted, split } from './dissection.ts';
export { type EncodeOptions, encode } from './encode.ts';
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
export type { ClasslessRoute, DhcpOption } from './protocols/dhcp-options.ts';
export type { Dhcpv6Option, IdentityAddress, IdentityAssociation } from './protocols/dhcpv6-options.ts';
export type { DnsQuestion, DnsRecord, DnsRecordSpec } from './protocols/dns-record.ts';
export type { GeneveOption, GeneveOptionSpec } from './protocols/geneve.ts';
export type { HttpHeader } from './protocols/http.ts';
export type { MulticastRecord } from './protocols/multicast-records.ts';
export type { NdOption, PrefixInformation, RecursiveDns } from './protocols/nd-options.ts';
export type { OptionSpec, TypedOption } from './protocols/tlv.ts';
export { toSpec } from './to-spec.ts';
