import { ByteBuilder, bits } from '../byte-builder.ts';
import { u16 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';
import {
  type DnsQuestion,
  type DnsRecord,
  type DnsRecordSpec,
  readQuestions,
  readRecords,
  writeQuestion,
  writeRecord,
} from './dns-record.ts';

/** The flag bits of a DNS header (RFC 1035 4.1.1, RFC 4035 for the last two). */
export interface DnsFlags {
  readonly response: boolean;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
}

/** What to write in a DNS message. Names are not compressed. */
export interface DnsSpec {
  readonly protocol: 'dns';
  readonly id?: number;
  readonly flags?: Partial<DnsFlags>;
  readonly opcode?: number;
  readonly responseCode?: number;
  readonly questionCount?: number;
  readonly answerCount?: number;
  readonly authorityCount?: number;
  readonly additionalCount?: number;
  readonly questions?: readonly { readonly name: string; readonly type: number; readonly class?: number }[];
  readonly answers?: readonly DnsRecordSpec[];
  readonly authorities?: readonly DnsRecordSpec[];
  readonly additionals?: readonly DnsRecordSpec[];
}

/** The four sections of a message as far as they can be read. */
export interface DnsSections {
  readonly questions: DnsQuestion[];
  readonly answers: DnsRecord[];
  readonly authorities: DnsRecord[];
  readonly additionals: DnsRecord[];
  /** False when a name or record is not whole or makes no sense; what comes after it is missing. */
  readonly complete: boolean;
}

/** A DNS message over UDP (RFC 1035 4). The sections are read anew on each access: read `sections` once to use them all. */
export class Dns extends LayerBase {
  get protocol(): 'dns' {
    return 'dns';
  }

  get fieldTable(): FieldTable<Dns> {
    return FIELDS;
  }

  get id(): number {
    return u16(this.frame, this.offset);
  }

  get flags(): DnsFlags {
    const word = u16(this.frame, this.offset + 2);
    return {
      response: (word & 0x8000) !== 0,
      authoritative: (word & 0x0400) !== 0,
      truncated: (word & 0x0200) !== 0,
      recursionDesired: (word & 0x0100) !== 0,
      recursionAvailable: (word & 0x0080) !== 0,
      authenticData: (word & 0x0020) !== 0,
      checkingDisabled: (word & 0x0010) !== 0,
    };
  }

  get opcode(): number {
    return (u16(this.frame, this.offset + 2) >>> 11) & 0xf;
  }

  /** 0 is no error, 3 a name that does not exist. */
  get responseCode(): number {
    return u16(this.frame, this.offset + 2) & 0xf;
  }

  get questionCount(): number {
    return u16(this.frame, this.offset + 4);
  }

  get answerCount(): number {
    return u16(this.frame, this.offset + 6);
  }

  get authorityCount(): number {
    return u16(this.frame, this.offset + 8);
  }

  get additionalCount(): number {
    return u16(this.frame, this.offset + 10);
  }

  get sections(): DnsSections {
    const { frame, offset } = this;
    const end = offset + this.length;
    const questions = readQuestions(frame, offset + 12, offset, end, this.questionCount);
    let next = questions.next;
    const section = (count: number): DnsRecord[] => {
      if (next < 0) return [];
      const read = readRecords(frame, next, offset, end, count);
      next = read.next;
      return read.items;
    };
    const answers = section(this.answerCount);
    const authorities = section(this.authorityCount);
    const additionals = section(this.additionalCount);
    return { questions: questions.items, answers, authorities, additionals, complete: next >= 0 };
  }

  get questions(): DnsQuestion[] {
    return this.sections.questions;
  }

  get answers(): DnsRecord[] {
    return this.sections.answers;
  }

  get authorities(): DnsRecord[] {
    return this.sections.authorities;
  }

  get additionals(): DnsRecord[] {
    return this.sections.additionals;
  }
}

/** The place of a list of records, whose own offsets count from the start of the frame. */
function span(layer: Dns, records: readonly DnsRecord[]): [number, number] | undefined {
  const first = records[0];
  const last = records.at(-1);
  return first && last && [first.offset - layer.offset, last.offset + last.length - first.offset];
}

const FIELDS: FieldTable<Dns> = {
  id: [0, 2],
  flags: [2, 2],
  opcode: [2, 2],
  responseCode: [2, 2],
  questionCount: [4, 2],
  answerCount: [6, 2],
  authorityCount: [8, 2],
  additionalCount: [10, 2],
  questions: (layer) => {
    const end = layer.offset + layer.length;
    const read = readQuestions(layer.frame, layer.offset + 12, layer.offset, end, layer.questionCount);
    return read.items.length > 0 ? [12, (read.next < 0 ? end : read.next) - layer.offset - 12] : undefined;
  },
  answers: (layer) => span(layer, layer.answers),
  authorities: (layer) => span(layer, layer.authorities),
  additionals: (layer) => span(layer, layer.additionals),
};

export function dissectDns(cursor: Cursor): Step {
  const available = cursor.end - cursor.offset;
  if (available < 12) return cursor.short('dns', 12);
  cursor.add(new Dns(cursor, available));
  return STEP.done;
}

export function encodeDns(spec: DnsSpec): Uint8Array {
  const { flags: f = {}, questions = [], answers = [], authorities = [], additionals = [] } = spec;
  const word =
    (f.response ? 0x8000 : 0) +
    bits(spec.opcode ?? 0, 4, 11, 'dns.opcode') +
    (f.authoritative ? 0x0400 : 0) +
    (f.truncated ? 0x0200 : 0) +
    (f.recursionDesired ? 0x0100 : 0) +
    (f.recursionAvailable ? 0x0080 : 0) +
    (f.authenticData ? 0x0020 : 0) +
    (f.checkingDisabled ? 0x0010 : 0) +
    bits(spec.responseCode ?? 0, 4, 0, 'dns.responseCode');
  const builder = new ByteBuilder()
    .u16(spec.id ?? 0, 'dns.id')
    .u16(word, 'dns.flags')
    .u16(spec.questionCount ?? questions.length, 'dns.questionCount')
    .u16(spec.answerCount ?? answers.length, 'dns.answerCount')
    .u16(spec.authorityCount ?? authorities.length, 'dns.authorityCount')
    .u16(spec.additionalCount ?? additionals.length, 'dns.additionalCount');
  for (const question of questions) writeQuestion(builder, question);
  for (const record of [...answers, ...authorities, ...additionals]) writeRecord(builder, record);
  return builder.build();
}
