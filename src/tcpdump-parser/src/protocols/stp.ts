import { macAt } from '../address.ts';
import { ByteBuilder, bits } from '../byte-builder.ts';
import { u8, u16, u32 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldPlace, type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** The flags of a BPDU. `portRole` is 0 unknown, 1 alternate or backup, 2 root, 3 designated; only RSTP sets more than the first and the last flag. */
export interface StpFlags {
  readonly topologyChange: boolean;
  readonly proposal: boolean;
  readonly portRole: number;
  readonly learning: boolean;
  readonly forwarding: boolean;
  readonly agreement: boolean;
  readonly topologyChangeAcknowledgment: boolean;
}

/** What to write in a BPDU. Times are in seconds, with steps of 1/256. */
export interface StpSpec {
  readonly protocol: 'stp';
  readonly protocolId?: number;
  /** 0 for STP, 2 for RSTP (the default). */
  readonly version?: number;
  /** 0 configuration, 2 rapid, 0x80 topology change notification. Default: by the version. */
  readonly type?: number;
  readonly flags?: Partial<StpFlags>;
  readonly rootPriority?: number;
  readonly rootSystemId?: number;
  readonly rootMac?: string;
  readonly rootPathCost?: number;
  readonly bridgePriority?: number;
  readonly bridgeSystemId?: number;
  readonly bridgeMac?: string;
  readonly portId?: number;
  readonly messageAge?: number;
  readonly maximumAge?: number;
  readonly helloTime?: number;
  readonly forwardDelay?: number;
}

const NOTIFICATION = 0x80;

/** A configuration, rapid or topology change BPDU (IEEE 802.1D-2004 clause 9). Of an MSTP BPDU, the part that RSTP knows. */
export class Stp extends LayerBase {
  get protocol(): 'stp' {
    return 'stp';
  }

  get fieldTable(): FieldTable<Stp> {
    return FIELDS;
  }

  get protocolId(): number {
    return u16(this.frame, this.offset);
  }

  /** 0 is STP, 2 RSTP, 3 MSTP. */
  get version(): number {
    return u8(this.frame, this.offset + 2);
  }

  /** 0 is a configuration BPDU, 2 a rapid one, 0x80 a topology change notification, which has no further fields. */
  get type(): number {
    return u8(this.frame, this.offset + 3);
  }

  private n<T>(read: (frame: Uint8Array, at: number) => T, at: number): T | undefined {
    return this.type === NOTIFICATION ? undefined : read(this.frame, this.offset + at);
  }

  get flags(): StpFlags | undefined {
    const byte = this.n(u8, 4);
    return byte === undefined
      ? undefined
      : {
          topologyChange: (byte & 0x01) !== 0,
          proposal: (byte & 0x02) !== 0,
          portRole: (byte >>> 2) & 3,
          learning: (byte & 0x10) !== 0,
          forwarding: (byte & 0x20) !== 0,
          agreement: (byte & 0x40) !== 0,
          topologyChangeAcknowledgment: (byte & 0x80) !== 0,
        };
  }

  /** A multiple of 4096. */
  get rootPriority(): number | undefined {
    return this.n((frame, at) => u16(frame, at) & 0xf000, 5);
  }

  /** The lower 12 bits of the priority, usually a VLAN. */
  get rootSystemId(): number | undefined {
    return this.n((frame, at) => u16(frame, at) & 0xfff, 5);
  }

  get rootMac(): string | undefined {
    return this.n(macAt, 7);
  }

  get rootPathCost(): number | undefined {
    return this.n(u32, 13);
  }

  get bridgePriority(): number | undefined {
    return this.n((frame, at) => u16(frame, at) & 0xf000, 17);
  }

  get bridgeSystemId(): number | undefined {
    return this.n((frame, at) => u16(frame, at) & 0xfff, 17);
  }

  get bridgeMac(): string | undefined {
    return this.n(macAt, 19);
  }

  /** Priority of the port in the upper four bits, its number in the rest. */
  get portId(): number | undefined {
    return this.n(u16, 25);
  }

  /** In seconds. */
  get messageAge(): number | undefined {
    return this.n(seconds, 27);
  }

  /** In seconds. */
  get maximumAge(): number | undefined {
    return this.n(seconds, 29);
  }

  /** In seconds. */
  get helloTime(): number | undefined {
    return this.n(seconds, 31);
  }

  /** In seconds. */
  get forwardDelay(): number | undefined {
    return this.n(seconds, 33);
  }
}

function seconds(frame: Uint8Array, at: number): number {
  return u16(frame, at) / 256;
}

function config(start: number, length: number): (layer: Stp) => FieldPlace | undefined {
  return (layer) => (layer.type === NOTIFICATION ? undefined : [start, length]);
}

const FIELDS: FieldTable<Stp> = {
  protocolId: [0, 2],
  version: [2, 1],
  type: [3, 1],
  flags: config(4, 1),
  rootPriority: config(5, 2),
  rootSystemId: config(5, 2),
  rootMac: config(7, 6),
  rootPathCost: config(13, 4),
  bridgePriority: config(17, 2),
  bridgeSystemId: config(17, 2),
  bridgeMac: config(19, 6),
  portId: config(25, 2),
  messageAge: config(27, 2),
  maximumAge: config(29, 2),
  helloTime: config(31, 2),
  forwardDelay: config(33, 2),
};

export function dissectStp(cursor: Cursor): Step {
  const available = cursor.end - cursor.offset;
  if (available < 4) return cursor.short('stp', 4);
  const type = u8(cursor.frame, cursor.offset + 3);
  if (type !== 0 && type !== 2 && type !== NOTIFICATION)
    return cursor.fail('TCPDUMP_BAD_VERSION', 'stp', `stp: a BPDU of type ${type}`);
  const needed = type === NOTIFICATION ? 4 : type === 2 ? 36 : 35;
  if (available < needed) return cursor.short('stp', needed);
  cursor.add(new Stp(cursor, needed));
  return STEP.done;
}

export function encodeStp(spec: StpSpec): Uint8Array {
  const { version = 2, flags: f = {} } = spec;
  const type = spec.type ?? (version === 0 ? 0 : 2);
  const builder = new ByteBuilder()
    .u16(spec.protocolId ?? 0, 'stp.protocolId')
    .u8(version, 'stp.version')
    .u8(type, 'stp.type');
  if (type === NOTIFICATION) return builder.build();
  const names = [f.topologyChange, f.proposal, false, false, f.learning, f.forwarding, f.agreement];
  const flags = [...names, f.topologyChangeAcknowledgment].reduce<number>(
    (sum, on, bit) => sum + (on ? 2 ** bit : 0),
    bits(f.portRole ?? 0, 2, 2, 'stp.flags.portRole'),
  );
  const bridge = (
    priority: number | undefined,
    system: number | undefined,
    mac: string | undefined,
  ): void => {
    const upper = bits((priority ?? 0x8000) / 4096, 4, 12, 'stp priority / 4096');
    builder.u16(upper + bits(system ?? 0, 12, 0, 'stp system id'), 'stp').mac(mac ?? '02:00:00:00:00:01');
  };
  builder.u8(flags, 'stp.flags');
  bridge(spec.rootPriority, spec.rootSystemId, spec.rootMac);
  builder.u32(spec.rootPathCost ?? 0, 'stp.rootPathCost');
  bridge(spec.bridgePriority, spec.bridgeSystemId, spec.bridgeMac);
  builder
    .u16(spec.portId ?? 0x8001, 'stp.portId')
    .u16((spec.messageAge ?? 0) * 256, 'stp.messageAge * 256')
    .u16((spec.maximumAge ?? 20) * 256, 'stp.maximumAge * 256')
    .u16((spec.helloTime ?? 2) * 256, 'stp.helloTime * 256')
    .u16((spec.forwardDelay ?? 15) * 256, 'stp.forwardDelay * 256');
  // A rapid BPDU ends with the length of its (empty) version 1 part.
  if (type === 2) builder.u8(0, 'stp');
  return builder.build();
}
