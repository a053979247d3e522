import { ByteBuilder, bits } from '../byte-builder.ts';
import { type EncodeContext, upperChecksum } from '../encode-context.ts';
import { ICMPV6_TYPE as T } from './icmpv6.ts';
import { type MulticastRecord, writeRecords } from './multicast-records.ts';
import { encodeNdOptions, type NdOptionSpec } from './nd-options.ts';

/** What to write in an ICMPv6 message. `type` chooses which of the fields are used. */
export interface Icmpv6Spec {
  readonly protocol: 'icmpv6';
  /** Default 128, echo request. */
  readonly type?: number;
  readonly code?: number;
  readonly checksum?: number;
  readonly identifier?: number;
  readonly sequence?: number;
  readonly mtu?: number;
  readonly pointer?: number;
  readonly currentHopLimit?: number;
  readonly managed?: boolean;
  readonly otherConfiguration?: boolean;
  readonly routerLifetime?: number;
  readonly reachableTime?: number;
  readonly retransmitTimer?: number;
  readonly router?: boolean;
  readonly solicited?: boolean;
  readonly override?: boolean;
  readonly targetAddress?: string;
  readonly destinationAddress?: string;
  readonly options?: readonly NdOptionSpec[];
  readonly maximumResponseCode?: number;
  readonly multicastAddress?: string;
  readonly suppressRouterSide?: boolean;
  readonly robustness?: number;
  readonly queryIntervalCode?: number;
  /** Makes a listener query one of version 2. */
  readonly sources?: readonly string[];
  readonly records?: readonly MulticastRecord[];
}

export function encodeIcmpv6(spec: Icmpv6Spec, context: EncodeContext): Uint8Array {
  const { type = T.echoRequest } = spec;
  const builder = new ByteBuilder()
    .u8(type, 'icmpv6.type')
    .u8(spec.code ?? 0, 'icmpv6.code')
    .u16(spec.checksum ?? 0, 'icmpv6.checksum');
  writeBody(builder, spec, type);
  const header = builder.build();
  if (spec.checksum === undefined)
    new DataView(header.buffer).setUint16(2, upperChecksum(header, context, 58));
  return header;
}

function writeBody(builder: ByteBuilder, spec: Icmpv6Spec, type: number): void {
  if (type >= T.listenerQuery && type <= T.listenerDone) writeListener(builder, spec, type);
  else if (type === T.listenerReportV2) {
    builder.u16(0, 'icmpv6').u16(spec.records?.length ?? 0, 'icmpv6.records');
    writeRecords(builder, spec.records ?? [], 16);
  } else if (type >= T.routerSolicitation && type <= T.redirect) writeDiscovery(builder, spec, type);
  else if (type === T.packetTooBig) builder.u32(spec.mtu ?? 1280, 'icmpv6.mtu');
  else if (type === T.parameterProblem) builder.u32(spec.pointer ?? 0, 'icmpv6.pointer');
  else builder.u16(spec.identifier ?? 0, 'icmpv6.identifier').u16(spec.sequence ?? 0, 'icmpv6.sequence');
}

function writeListener(builder: ByteBuilder, spec: Icmpv6Spec, type: number): void {
  builder
    .u16(spec.maximumResponseCode ?? 0, 'icmpv6.maximumResponseCode')
    .u16(0, 'icmpv6')
    .ipv6(spec.multicastAddress ?? '::');
  if (type !== T.listenerQuery || !spec.sources) return;
  builder
    .u8((spec.suppressRouterSide ? 8 : 0) + bits(spec.robustness ?? 2, 3, 0, 'icmpv6.robustness'), 'icmpv6')
    .u8(spec.queryIntervalCode ?? 125, 'icmpv6.queryIntervalCode')
    .u16(spec.sources.length, 'icmpv6.sources');
  for (const source of spec.sources) builder.ipv6(source);
}

function writeDiscovery(builder: ByteBuilder, spec: Icmpv6Spec, type: number): void {
  if (type === T.routerAdvertisement)
    builder
      .u8(spec.currentHopLimit ?? 64, 'icmpv6.currentHopLimit')
      .u8((spec.managed ? 0x80 : 0) + (spec.otherConfiguration ? 0x40 : 0), 'icmpv6')
      .u16(spec.routerLifetime ?? 1800, 'icmpv6.routerLifetime')
      .u32(spec.reachableTime ?? 0, 'icmpv6.reachableTime')
      .u32(spec.retransmitTimer ?? 0, 'icmpv6.retransmitTimer');
  else if (type === T.neighborAdvertisement)
    builder.u32(
      (spec.router ? 0x80000000 : 0) + (spec.solicited ? 0x40000000 : 0) + (spec.override ? 0x20000000 : 0),
      'icmpv6',
    );
  else builder.u32(0, 'icmpv6');
  if (type >= T.neighborSolicitation) builder.ipv6(spec.targetAddress ?? '::');
  if (type === T.redirect) builder.ipv6(spec.destinationAddress ?? '::');
  encodeNdOptions(builder, spec.options ?? []);
}
