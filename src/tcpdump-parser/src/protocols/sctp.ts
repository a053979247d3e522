import { ByteBuilder } from '../byte-builder.ts';
import { concat, u16, u32 } from '../bytes.ts';
import { crc32c } from '../checksum.ts';
import type { Cursor } from '../cursor.ts';
import type { EncodeContext } from '../encode-context.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** What to write in an SCTP common header; the chunks are the payload. */
export interface SctpSpec {
  readonly protocol: 'sctp';
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly verificationTag?: number;
  readonly checksum?: number;
}

/** The common header of an SCTP packet, 12 bytes (RFC 9260 3.1). Its chunks are not read. */
export class Sctp extends LayerBase {
  get protocol(): 'sctp' {
    return 'sctp';
  }

  get fieldTable(): FieldTable<Sctp> {
    return FIELDS;
  }

  get sourcePort(): number {
    return u16(this.frame, this.offset);
  }

  get destinationPort(): number {
    return u16(this.frame, this.offset + 2);
  }

  get verificationTag(): number {
    return u32(this.frame, this.offset + 4);
  }

  /** CRC32c of the whole SCTP packet. */
  get checksum(): number {
    return u32(this.frame, this.offset + 8);
  }
}

const FIELDS: FieldTable<Sctp> = {
  sourcePort: [0, 2],
  destinationPort: [2, 2],
  verificationTag: [4, 4],
  checksum: [8, 4],
};

export function dissectSctp(cursor: Cursor): Step {
  if (cursor.end - cursor.offset < 12) return cursor.short('sctp', 12);
  cursor.add(new Sctp(cursor, 12));
  return STEP.done;
}

export function encodeSctp(spec: SctpSpec, context: EncodeContext): Uint8Array {
  const header = new ByteBuilder()
    .u16(spec.sourcePort ?? 49152, 'sctp.sourcePort')
    .u16(spec.destinationPort ?? 9, 'sctp.destinationPort')
    .u32(spec.verificationTag ?? 0, 'sctp.verificationTag')
    .u32(spec.checksum ?? 0, 'sctp.checksum')
    .build();
  if (spec.checksum === undefined)
    new DataView(header.buffer).setUint32(8, crc32c(concat(header, context.payload)));
  return header;
}
