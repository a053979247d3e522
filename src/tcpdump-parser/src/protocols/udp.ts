import { ByteBuilder } from '../byte-builder.ts';
import { u16 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type EncodeContext, upperChecksum } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** What to write in a UDP header. */
export interface UdpSpec {
  readonly protocol: 'udp';
  readonly sourcePort?: number;
  /** Default: the usual port of the next layer. */
  readonly destinationPort?: number;
  readonly totalLength?: number;
  /** 0 means "not computed" (allowed over IPv4, and over IPv6 for tunnels: RFC 6935). */
  readonly checksum?: number;
}

/** A UDP header, 8 bytes (RFC 768). */
export class Udp extends LayerBase {
  get protocol(): 'udp' {
    return 'udp';
  }

  get fieldTable(): FieldTable<Udp> {
    return FIELDS;
  }

  get sourcePort(): number {
    return u16(this.frame, this.offset);
  }

  get destinationPort(): number {
    return u16(this.frame, this.offset + 2);
  }

  /** Header and data, in bytes, as the header says it. (`length` is the header's own size, 8.) */
  get totalLength(): number {
    return u16(this.frame, this.offset + 4);
  }

  get checksum(): number {
    return u16(this.frame, this.offset + 6);
  }
}

const FIELDS: FieldTable<Udp> = {
  sourcePort: [0, 2],
  destinationPort: [2, 2],
  totalLength: [4, 2],
  checksum: [6, 2],
};

const VXLAN_PORTS: readonly number[] = [4789];
const GENEVE_PORTS: readonly number[] = [6081];

export function dissectUdp(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  if (cursor.end - offset < 8) return cursor.short('udp', 8);
  const totalLength = u16(frame, offset + 4);
  if (totalLength !== 0 && totalLength < 8)
    return cursor.fail('TCPDUMP_BAD_LENGTH', 'udp', `udp: a length of ${totalLength} bytes`);
  if (totalLength !== 0) cursor.limit(totalLength);
  cursor.add(new Udp(cursor, 8));
  return cursor.offset === cursor.end
    ? STEP.done
    : portStep(cursor, u16(frame, offset), u16(frame, offset + 2));
}

function portStep(cursor: Cursor, source: number, destination: number): Step {
  const { vxlanPorts = VXLAN_PORTS, genevePorts = GENEVE_PORTS } = cursor.options;
  // Tunnels choose their source port for its entropy, so only the destination means anything.
  if (vxlanPorts.includes(destination)) return STEP.vxlan;
  if (genevePorts.includes(destination)) return STEP.geneve;
  if (destination === 53 || source === 53) return STEP.dns;
  if (destination === 67 || destination === 68) return STEP.dhcp;
  if (destination === 546 || destination === 547) return STEP.dhcpv6;
  return STEP.done;
}

const PORTS: Readonly<Record<string, number>> = { vxlan: 4789, geneve: 6081, dns: 53, dhcp: 67, dhcpv6: 547 };

export function encodeUdp(spec: UdpSpec, context: EncodeContext): Uint8Array {
  const header = new ByteBuilder()
    .u16(spec.sourcePort ?? 49152, 'udp.sourcePort')
    .u16(spec.destinationPort ?? PORTS[context.next ?? ''] ?? 9, 'udp.destinationPort')
    .u16(spec.totalLength ?? 8 + context.payload.length, 'udp.totalLength')
    .u16(spec.checksum ?? 0, 'udp.checksum')
    .build();
  // A checksum that comes out as zero is sent as all ones, because zero says that there is none (RFC 768).
  if (spec.checksum === undefined)
    new DataView(header.buffer).setUint16(6, upperChecksum(header, context, 17) || 0xffff);
  return header;
}
