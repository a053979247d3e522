import { ipv4At, macAt } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { u8, u16 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** What to write in an ARP packet. */
export interface ArpSpec {
  readonly protocol: 'arp';
  readonly hardwareType?: number;
  readonly protocolType?: number;
  readonly hardwareSize?: number;
  readonly protocolSize?: number;
  /** 1 is a request (the default), 2 a reply. */
  readonly operation?: number;
  readonly senderMac?: string;
  readonly senderIp?: string;
  readonly targetMac?: string;
  readonly targetIp?: string;
}

/** An ARP packet for IPv4 over Ethernet (RFC 826). */
export class Arp extends LayerBase {
  get protocol(): 'arp' {
    return 'arp';
  }

  get fieldTable(): FieldTable<Arp> {
    return FIELDS;
  }

  get hardwareType(): number {
    return u16(this.frame, this.offset);
  }

  get protocolType(): number {
    return u16(this.frame, this.offset + 2);
  }

  get hardwareSize(): number {
    return u8(this.frame, this.offset + 4);
  }

  get protocolSize(): number {
    return u8(this.frame, this.offset + 5);
  }

  get operation(): number {
    return u16(this.frame, this.offset + 6);
  }

  get senderMac(): string {
    return macAt(this.frame, this.offset + 8);
  }

  get senderIp(): string {
    return ipv4At(this.frame, this.offset + 14);
  }

  get targetMac(): string {
    return macAt(this.frame, this.offset + 18);
  }

  get targetIp(): string {
    return ipv4At(this.frame, this.offset + 24);
  }
}

const FIELDS: FieldTable<Arp> = {
  hardwareType: [0, 2],
  protocolType: [2, 2],
  hardwareSize: [4, 1],
  protocolSize: [5, 1],
  operation: [6, 2],
  senderMac: [8, 6],
  senderIp: [14, 4],
  targetMac: [18, 6],
  targetIp: [24, 4],
};

export function dissectArp(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  if (cursor.end - offset < 28) return cursor.short('arp', 28);
  // Other hardware and protocol address lengths exist (RFC 826), but then none of the fields above is where it should be.
  if (u8(frame, offset + 4) !== 6 || u8(frame, offset + 5) !== 4)
    return cursor.fail('TCPDUMP_BAD_LENGTH', 'arp', 'arp: only 6-byte and 4-byte addresses are known');
  cursor.limit(28);
  cursor.add(new Arp(cursor, 28));
  return STEP.done;
}

export function encodeArp(spec: ArpSpec): Uint8Array {
  return new ByteBuilder()
    .u16(spec.hardwareType ?? 1, 'arp.hardwareType')
    .u16(spec.protocolType ?? 0x0800, 'arp.protocolType')
    .u8(spec.hardwareSize ?? 6, 'arp.hardwareSize')
    .u8(spec.protocolSize ?? 4, 'arp.protocolSize')
    .u16(spec.operation ?? 1, 'arp.operation')
    .mac(spec.senderMac ?? '02:00:00:00:00:01')
    .ipv4(spec.senderIp ?? '0.0.0.0')
    .mac(spec.targetMac ?? '00:00:00:00:00:00')
    .ipv4(spec.targetIp ?? '0.0.0.0')
    .build();
}
