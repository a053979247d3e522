import { ipv4At } from '../address.ts';
import { ByteBuilder, bits } from '../byte-builder.ts';
import { concat, u8, u16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import type { Cursor } from '../cursor.ts';
import type { EncodeContext } from '../encode-context.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import { type MulticastRecord, readAddresses, readRecords, writeRecords } from './multicast-records.ts';

/** What to write in an IGMP message. Type 0x22 is a version 3 report; a query (0x11) with `sources` is a version 3 query. */
export interface IgmpSpec {
  readonly protocol: 'igmp';
  /** Default 0x16, a version 2 report. */
  readonly type?: number;
  readonly maximumResponseCode?: number;
  readonly checksum?: number;
  readonly groupAddress?: string;
  readonly suppressRouterSide?: boolean;
  readonly robustness?: number;
  readonly queryIntervalCode?: number;
  readonly sources?: readonly string[];
  readonly records?: readonly MulticastRecord[];
}

const QUERY = 0x11;
const REPORT_V3 = 0x22;

/** An IGMP message of version 1 (RFC 1112), 2 (RFC 2236) or 3 (RFC 3376). */
export class Igmp extends LayerBase {
  get protocol(): 'igmp' {
    return 'igmp';
  }

  get fieldTable(): FieldTable<Igmp> {
    return FIELDS;
  }

  /** 0x11 is a query, 0x12, 0x16 and 0x22 reports of version 1, 2 and 3, 0x17 a leave. */
  get type(): number {
    return u8(this.frame, this.offset);
  }

  /** In tenths of a second; in version 3, values from 128 are floating point. */
  get maximumResponseCode(): number | undefined {
    return this.type === REPORT_V3 ? undefined : u8(this.frame, this.offset + 1);
  }

  get checksum(): number {
    return u16(this.frame, this.offset + 2);
  }

  get groupAddress(): string | undefined {
    return this.type === REPORT_V3 ? undefined : ipv4At(this.frame, this.offset + 4);
  }

  /** A version 3 query is told by its length (RFC 3376 7.1). */
  get isQueryV3(): boolean {
    return this.type === QUERY && this.length >= 12;
  }

  get suppressRouterSide(): boolean | undefined {
    return this.isQueryV3 ? (u8(this.frame, this.offset + 8) & 8) !== 0 : undefined;
  }

  get robustness(): number | undefined {
    return this.isQueryV3 ? u8(this.frame, this.offset + 8) & 7 : undefined;
  }

  /** In seconds; values from 128 are floating point. */
  get queryIntervalCode(): number | undefined {
    return this.isQueryV3 ? u8(this.frame, this.offset + 9) : undefined;
  }

  get sources(): string[] | undefined {
    if (!this.isQueryV3) return undefined;
    const count = u16(this.frame, this.offset + 10);
    return readAddresses(this.frame, this.offset + 12, this.offset + this.length, count, 4);
  }

  get records(): MulticastRecord[] | undefined {
    if (this.type !== REPORT_V3) return undefined;
    const count = u16(this.frame, this.offset + 6);
    return readRecords(this.frame, this.offset + 8, this.offset + this.length, count, 4);
  }
}

function unlessReport(start: number, length: number): (layer: Igmp) => FieldPlace | undefined {
  return (layer) => (layer.type === REPORT_V3 ? undefined : [start, length]);
}

function inQueryV3(start: number, length: number): (layer: Igmp) => FieldPlace | undefined {
  return (layer) => (layer.isQueryV3 ? [start, length] : undefined);
}

const FIELDS: FieldTable<Igmp> = {
  type: [0, 1],
  maximumResponseCode: unlessReport(1, 1),
  checksum: [2, 2],
  groupAddress: unlessReport(4, 4),
  suppressRouterSide: inQueryV3(8, 1),
  robustness: inQueryV3(8, 1),
  queryIntervalCode: inQueryV3(9, 1),
  sources: (layer) => (layer.isQueryV3 ? [12, layer.length - 12] : undefined),
  records: (layer) => (layer.type === REPORT_V3 ? [8, layer.length - 8] : undefined),
};

export function dissectIgmp(cursor: Cursor): Step {
  const available = cursor.end - cursor.offset;
  if (available < 8) return cursor.short('igmp', 8);
  const type = u8(cursor.frame, cursor.offset);
  // The old messages are 8 bytes whatever follows; the new ones fill the packet.
  const whole = type === REPORT_V3 || (type === QUERY && available >= 12);
  cursor.add(new Igmp(cursor, whole ? available : 8));
  return STEP.done;
}

export function encodeIgmp(spec: IgmpSpec, context: EncodeContext): Uint8Array {
  const { type = 0x16, sources, records } = spec;
  const builder = new ByteBuilder().u8(type, 'igmp.type');
  builder
    .u8(spec.maximumResponseCode ?? 0, 'igmp.maximumResponseCode')
    .u16(spec.checksum ?? 0, 'igmp.checksum');
  if (type === REPORT_V3) {
    builder.u16(0, 'igmp').u16(records?.length ?? 0, 'igmp.records');
    writeRecords(builder, records ?? [], 4);
  } else builder.ipv4(spec.groupAddress ?? '0.0.0.0');
  if (type === QUERY && sources) {
    builder
      .u8((spec.suppressRouterSide ? 8 : 0) + bits(spec.robustness ?? 2, 3, 0, 'igmp.robustness'), 'igmp')
      .u8(spec.queryIntervalCode ?? 125, 'igmp.queryIntervalCode')
      .u16(sources.length, 'igmp.sources');
    for (const source of sources) builder.ipv4(source);
  }
  const header = builder.build();
  if (spec.checksum === undefined)
    new DataView(header.buffer).setUint16(2, internetChecksum(concat(header, context.payload)));
  return header;
}
