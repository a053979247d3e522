import { ipv6At } from '../address.ts';
import { ByteBuilder } from '../byte-builder.ts';
import { u8, u24 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import {
  type Dhcpv6Option,
  type Dhcpv6OptionSpec,
  readDhcpv6Options,
  writeDhcpv6Options,
} from './dhcpv6-options.ts';

/** What to write in a DHCPv6 message. Types 12 and 13 (relay) have hop count and addresses in place of a transaction. */
export interface Dhcpv6Spec {
  readonly protocol: 'dhcpv6';
  /** Default 1, solicit. */
  readonly messageType?: number;
  readonly transactionId?: number;
  readonly hopCount?: number;
  readonly linkAddress?: string;
  readonly peerAddress?: string;
  readonly options?: readonly Dhcpv6OptionSpec[];
}

function isRelay(type: number): boolean {
  return type === 12 || type === 13;
}

/** A DHCPv6 message (RFC 8415 8 and 9). */
export class Dhcpv6 extends LayerBase {
  get protocol(): 'dhcpv6' {
    return 'dhcpv6';
  }

  get fieldTable(): FieldTable<Dhcpv6> {
    return FIELDS;
  }

  /** 1 solicit, 2 advertise, 3 request, 5 renew, 7 reply, 8 release, 11 information request, 12 and 13 relay. */
  get messageType(): number {
    return u8(this.frame, this.offset);
  }

  /** 24 bits; undefined in a relay message. */
  get transactionId(): number | undefined {
    return isRelay(this.messageType) ? undefined : u24(this.frame, this.offset + 1);
  }

  /** Relay messages only. */
  get hopCount(): number | undefined {
    return isRelay(this.messageType) ? u8(this.frame, this.offset + 1) : undefined;
  }

  /** Relay messages only. */
  get linkAddress(): string | undefined {
    return isRelay(this.messageType) ? ipv6At(this.frame, this.offset + 2) : undefined;
  }

  /** Relay messages only. */
  get peerAddress(): string | undefined {
    return isRelay(this.messageType) ? ipv6At(this.frame, this.offset + 18) : undefined;
  }

  /** Where the options start, from the start of the message. */
  get optionsStart(): number {
    return isRelay(this.messageType) ? 34 : 4;
  }

  get options(): Dhcpv6Option[] {
    return readDhcpv6Options(this.frame, this.offset + this.optionsStart, this.offset + this.length);
  }

  /** The servers of the first option 23. */
  get dnsServers(): readonly string[] | undefined {
    return this.options.find((option) => option.code === 23)?.dnsServers;
  }
}

function relay(start: number, length: number): (layer: Dhcpv6) => FieldPlace | undefined {
  return (layer) => (isRelay(layer.messageType) ? [start, length] : undefined);
}

const FIELDS: FieldTable<Dhcpv6> = {
  messageType: [0, 1],
  transactionId: (layer) => (isRelay(layer.messageType) ? undefined : [1, 3]),
  hopCount: relay(1, 1),
  linkAddress: relay(2, 16),
  peerAddress: relay(18, 16),
  options: (layer) => [layer.optionsStart, layer.length - layer.optionsStart],
};

export function dissectDhcpv6(cursor: Cursor): Step {
  const available = cursor.end - cursor.offset;
  if (available < 4) return cursor.short('dhcpv6', 4);
  if (isRelay(u8(cursor.frame, cursor.offset)) && available < 34) return cursor.short('dhcpv6', 34);
  cursor.add(new Dhcpv6(cursor, available));
  return STEP.done;
}

export function encodeDhcpv6(spec: Dhcpv6Spec): Uint8Array {
  const { messageType = 1 } = spec;
  const builder = new ByteBuilder().u8(messageType, 'dhcpv6.messageType');
  if (isRelay(messageType))
    builder
      .u8(spec.hopCount ?? 0, 'dhcpv6.hopCount')
      .ipv6(spec.linkAddress ?? '::')
      .ipv6(spec.peerAddress ?? '::');
  else builder.u24(spec.transactionId ?? 0, 'dhcpv6.transactionId');
  writeDhcpv6Options(builder, spec.options ?? []);
  return builder.build();
}
