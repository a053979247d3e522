import { ipv6At } from '../address.ts';
import { ByteBuilder, bits } from '../byte-builder.ts';
import { u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, ipProtocolOf } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { ipProtocolStep, type Step } from '../step.ts';

/** What to write in an IPv6 header. */
export interface Ipv6Spec {
  readonly protocol: 'ipv6';
  readonly version?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  readonly flowLabel?: number;
  readonly payloadLength?: number;
  readonly nextHeader?: number;
  readonly hopLimit?: number;
  readonly source?: string;
  readonly destination?: string;
}

/** An IPv6 header (RFC 8200 3). Extension headers are layers of their own. */
export class Ipv6 extends LayerBase {
  get protocol(): 'ipv6' {
    return 'ipv6';
  }

  get fieldTable(): FieldTable<Ipv6> {
    return FIELDS;
  }

  get version(): number {
    return u8(this.frame, this.offset) >>> 4;
  }

  get dscp(): number {
    return (u16(this.frame, this.offset) >>> 6) & 0x3f;
  }

  get ecn(): number {
    return (u8(this.frame, this.offset + 1) >>> 4) & 3;
  }

  get flowLabel(): number {
    return u32(this.frame, this.offset) & 0xfffff;
  }

  /** The bytes after the header, as the header says it. */
  get payloadLength(): number {
    return u16(this.frame, this.offset + 4);
  }

  get nextHeader(): number {
    return u8(this.frame, this.offset + 6);
  }

  get hopLimit(): number {
    return u8(this.frame, this.offset + 7);
  }

  get source(): string {
    return ipv6At(this.frame, this.offset + 8);
  }

  get destination(): string {
    return ipv6At(this.frame, this.offset + 24);
  }
}

const FIELDS: FieldTable<Ipv6> = {
  version: [0, 1],
  dscp: [0, 2],
  ecn: [1, 1],
  flowLabel: [1, 3],
  payloadLength: [4, 2],
  nextHeader: [6, 1],
  hopLimit: [7, 1],
  source: [8, 16],
  destination: [24, 16],
};

export function dissectIpv6(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  if (cursor.end - offset < 40) return cursor.short('ipv6', 40);
  const version = u8(frame, offset) >>> 4;
  if (version !== 6)
    return cursor.fail('TCPDUMP_BAD_VERSION', 'ipv6', `ipv6: the version field says ${version}`);
  const payloadLength = u16(frame, offset + 4);
  // A zero comes from a sender with segmentation offload or from a jumbogram (RFC 2675): as long as the frame.
  if (payloadLength !== 0) cursor.limit(40 + payloadLength);
  cursor.ipVersion = 6;
  cursor.add(new Ipv6(cursor, 40));
  return ipProtocolStep(u8(frame, offset + 6), true);
}

export function encodeIpv6(spec: Ipv6Spec, context: EncodeContext): Uint8Array {
  const first =
    bits(spec.version ?? 6, 4, 28, 'ipv6.version') +
    bits(spec.dscp ?? 0, 6, 22, 'ipv6.dscp') +
    bits(spec.ecn ?? 0, 2, 20, 'ipv6.ecn') +
    bits(spec.flowLabel ?? 0, 20, 0, 'ipv6.flowLabel');
  return new ByteBuilder()
    .u32(first, 'ipv6')
    .u16(spec.payloadLength ?? context.payload.length, 'ipv6.payloadLength')
    .u8(spec.nextHeader ?? ipProtocolOf(context.next, 59), 'ipv6.nextHeader')
    .u8(spec.hopLimit ?? 64, 'ipv6.hopLimit')
    .ipv6(spec.source ?? '::')
    .ipv6(spec.destination ?? '::')
    .build();
}
