import { ipv6At } from '../address.ts';
import { u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import { type MulticastRecord, readAddresses, readRecords } from './multicast-records.ts';
import { type NdOption, readNdOptions } from './nd-options.ts';

/** Message types (RFC 4443, RFC 4861, RFC 2710, RFC 3810). */
export const ICMPV6_TYPE = {
  packetTooBig: 2,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  listenerQuery: 130,
  listenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  listenerReportV2: 143,
} as const;

const T = ICMPV6_TYPE;

/** How many bytes a message has before its options or data, by type; 8 where the table says nothing. */
const FIXED: Readonly<Record<number, number>> = {
  130: 24,
  131: 24,
  132: 24,
  134: 16,
  135: 24,
  136: 24,
  137: 40,
};

/**
 * An ICMPv6 message: errors and echo (RFC 4443), neighbour discovery (RFC 4861) and multicast listener discovery (RFC 2710,
 * RFC 3810). Fields that a type does not have are undefined. Times are in milliseconds unless they say otherwise.
 */
export class Icmpv6 extends LayerBase {
  get protocol(): 'icmpv6' {
    return 'icmpv6';
  }

  get fieldTable(): FieldTable<Icmpv6> {
    return FIELDS;
  }

  get type(): number {
    return u8(this.frame, this.offset);
  }

  get code(): number {
    return u8(this.frame, this.offset + 1);
  }

  get checksum(): number {
    return u16(this.frame, this.offset + 2);
  }

  private n8(field: keyof Icmpv6): number | undefined {
    const range = this.byteRange(field);
    return range && u8(this.frame, range.offset);
  }

  private n16(field: keyof Icmpv6): number | undefined {
    const range = this.byteRange(field);
    return range && u16(this.frame, range.offset);
  }

  private n32(field: keyof Icmpv6): number | undefined {
    const range = this.byteRange(field);
    return range && u32(this.frame, range.offset);
  }

  private bit(field: keyof Icmpv6, mask: number): boolean | undefined {
    const byte = this.n8(field);
    return byte === undefined ? undefined : (byte & mask) !== 0;
  }

  private address(field: keyof Icmpv6): string | undefined {
    const range = this.byteRange(field);
    return range && ipv6At(this.frame, range.offset);
  }

  get identifier(): number | undefined {
    return this.n16('identifier');
  }

  get sequence(): number | undefined {
    return this.n16('sequence');
  }

  /** Packet too big: in bytes. */
  get mtu(): number | undefined {
    return this.n32('mtu');
  }

  /** Parameter problem: which byte of the quoted packet is wrong. */
  get pointer(): number | undefined {
    return this.n32('pointer');
  }

  /** Router advertisement. */
  get currentHopLimit(): number | undefined {
    return this.n8('currentHopLimit');
  }

  /** Router advertisement: addresses come from DHCPv6. */
  get managed(): boolean | undefined {
    return this.bit('managed', 0x80);
  }

  /** Router advertisement: other configuration comes from DHCPv6. */
  get otherConfiguration(): boolean | undefined {
    return this.bit('otherConfiguration', 0x40);
  }

  /** Router advertisement: in seconds; 0 says that this is no default router. */
  get routerLifetime(): number | undefined {
    return this.n16('routerLifetime');
  }

  get reachableTime(): number | undefined {
    return this.n32('reachableTime');
  }

  get retransmitTimer(): number | undefined {
    return this.n32('retransmitTimer');
  }

  /** Neighbour advertisement: the sender is a router. */
  get router(): boolean | undefined {
    return this.bit('router', 0x80);
  }

  get solicited(): boolean | undefined {
    return this.bit('solicited', 0x40);
  }

  get override(): boolean | undefined {
    return this.bit('override', 0x20);
  }

  /** Neighbour solicitation and advertisement: whose address; redirect: the better first hop. */
  get targetAddress(): string | undefined {
    return this.address('targetAddress');
  }

  /** Redirect. */
  get destinationAddress(): string | undefined {
    return this.address('destinationAddress');
  }

  get options(): NdOption[] | undefined {
    const range = this.byteRange('options');
    return range && readNdOptions(this.frame, range.offset, range.offset + range.length);
  }

  /** Listener messages of version 1 and listener queries; in a version 2 query, values from 32768 are floating point. */
  get maximumResponseCode(): number | undefined {
    return this.n16('maximumResponseCode');
  }

  get multicastAddress(): string | undefined {
    return this.address('multicastAddress');
  }

  get suppressRouterSide(): boolean | undefined {
    return this.bit('suppressRouterSide', 8);
  }

  get robustness(): number | undefined {
    const byte = this.n8('robustness');
    return byte === undefined ? undefined : byte & 7;
  }

  /** In seconds; values from 128 are floating point. */
  get queryIntervalCode(): number | undefined {
    return this.n8('queryIntervalCode');
  }

  get sources(): string[] | undefined {
    const range = this.byteRange('sources');
    if (!range) return undefined;
    const count = u16(this.frame, range.offset - 2);
    return readAddresses(this.frame, range.offset, range.offset + range.length, count, 16);
  }

  get records(): MulticastRecord[] | undefined {
    const range = this.byteRange('records');
    if (!range) return undefined;
    const count = u16(this.frame, range.offset - 2);
    return readRecords(this.frame, range.offset, range.offset + range.length, count, 16);
  }

  /** True for the types that quote the packet that caused them. */
  get isError(): boolean {
    return this.type < 128;
  }
}

function only(start: number, length: number, ...types: number[]): (layer: Icmpv6) => FieldPlace | undefined {
  return (layer) => (types.includes(layer.type) ? [start, length] : undefined);
}

/** A version 2 query is told by its length (RFC 3810 8.1). */
function inQueryV2(start: number, length: number): (layer: Icmpv6) => FieldPlace | undefined {
  return (layer) => (layer.type === T.listenerQuery && layer.length >= 28 ? [start, length] : undefined);
}

function optionsPlace(layer: Icmpv6): FieldPlace | undefined {
  if (layer.type < T.routerSolicitation || layer.type > T.redirect) return undefined;
  const start = FIXED[layer.type] ?? 8;
  return [start, layer.length - start];
}

const FIELDS: FieldTable<Icmpv6> = {
  type: [0, 1],
  code: [1, 1],
  checksum: [2, 2],
  identifier: only(4, 2, T.echoRequest, T.echoReply),
  sequence: only(6, 2, T.echoRequest, T.echoReply),
  mtu: only(4, 4, T.packetTooBig),
  pointer: only(4, 4, T.parameterProblem),
  currentHopLimit: only(4, 1, T.routerAdvertisement),
  managed: only(5, 1, T.routerAdvertisement),
  otherConfiguration: only(5, 1, T.routerAdvertisement),
  routerLifetime: only(6, 2, T.routerAdvertisement),
  reachableTime: only(8, 4, T.routerAdvertisement),
  retransmitTimer: only(12, 4, T.routerAdvertisement),
  router: only(4, 1, T.neighborAdvertisement),
  solicited: only(4, 1, T.neighborAdvertisement),
  override: only(4, 1, T.neighborAdvertisement),
  targetAddress: only(8, 16, T.neighborSolicitation, T.neighborAdvertisement, T.redirect),
  destinationAddress: only(24, 16, T.redirect),
  maximumResponseCode: only(4, 2, T.listenerQuery, 131, T.listenerDone),
  multicastAddress: only(8, 16, T.listenerQuery, 131, T.listenerDone),
  suppressRouterSide: inQueryV2(24, 1),
  robustness: inQueryV2(24, 1),
  queryIntervalCode: inQueryV2(25, 1),
  sources: (layer) =>
    layer.type === T.listenerQuery && layer.length >= 28 ? [28, layer.length - 28] : undefined,
  records: (layer) => (layer.type === T.listenerReportV2 ? [8, layer.length - 8] : undefined),
  options: optionsPlace,
};

export function dissectIcmpv6(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  const available = cursor.end - offset;
  if (available < 8) return cursor.short('icmpv6', 8);
  const type = u8(frame, offset);
  const fixed = FIXED[type] ?? 8;
  if (available < fixed) return cursor.short('icmpv6', fixed);
  // Echo and errors carry data; discovery messages fill the packet with their own options.
  const fills = type >= T.listenerQuery && (type <= T.redirect || type === T.listenerReportV2);
  cursor.add(new Icmpv6(cursor, fills ? available : 8));
  if (type === 0 || type > 4 || cursor.quoted || cursor.offset === cursor.end) return STEP.done;
  // An error never answers an error (RFC 4443 2.4), so one level of quoting is all that is real.
  cursor.quoted = true;
  return STEP.ipv6;
}
