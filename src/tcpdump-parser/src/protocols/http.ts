import { fromLatin1, latin1 } from '../bytes.ts';
import type { Cursor } from '../cursor.ts';
import { type FieldTable, LayerBase } from '../layer.ts';
import { STEP, type Step } from '../step.ts';

/** One header field; the name as it was sent. */
export type HttpHeader = readonly [name: string, value: string];

/** What to write in an HTTP/1 message; with `status` it is a response. The payload is the body; no length is computed. */
export interface HttpSpec {
  readonly protocol: 'http';
  readonly method?: string;
  readonly target?: string;
  readonly status?: number;
  readonly reason?: string;
  /** Default `HTTP/1.1`. */
  readonly version?: string;
  readonly headers?: readonly HttpHeader[];
}

/** The start line and headers of an HTTP/1 message at the start of a TCP segment (RFC 9112). Nothing is reassembled. */
export class Http extends LayerBase {
  get protocol(): 'http' {
    return 'http';
  }

  get fieldTable(): FieldTable<Http> {
    return FIELDS;
  }

  /** False when the headers go on in the next segment. */
  get complete(): boolean {
    return (
      latin1(this.frame, Math.max(this.offset, this.offset + this.length - 4), this.offset + this.length) ===
      '\r\n\r\n'
    );
  }

  /** The start line without its end. */
  get startLine(): string {
    return latin1(this.frame, this.offset, this.offset + startLineLength(this));
  }

  get isResponse(): boolean {
    return this.startLine.startsWith('HTTP/');
  }

  get method(): string | undefined {
    return this.isResponse ? undefined : this.startLine.split(' ')[0];
  }

  get target(): string | undefined {
    return this.isResponse ? undefined : this.startLine.split(' ')[1];
  }

  /** As `HTTP/1.1`; undefined when the segment ends before it. */
  get version(): string | undefined {
    return this.startLine.split(' ')[this.isResponse ? 0 : 2];
  }

  get status(): number | undefined {
    return this.isResponse ? Number.parseInt(this.startLine.slice(9, 12), 10) : undefined;
  }

  get reason(): string | undefined {
    return this.isResponse ? this.startLine.slice(13) : undefined;
  }

  /** In the order in which they were sent; lines without a colon are left out. */
  get headers(): HttpHeader[] {
    const lines = latin1(this.frame, this.offset, this.offset + this.length)
      .split('\r\n')
      .slice(1);
    return lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()] as const] : [];
    });
  }

  /** The first header of a name, in whatever case. */
  get(name: string): string | undefined {
    return this.headers.find((header) => header[0].toLowerCase() === name.toLowerCase())?.[1];
  }
}

function startLineLength(layer: Http): number {
  const end = layer.frame.indexOf(0x0d, layer.offset);
  return end >= 0 && end < layer.offset + layer.length ? end - layer.offset : layer.length;
}

/** The place of a word of the start line, which single blanks part. */
function word(layer: Http, index: number): [number, number] | undefined {
  const words = layer.startLine.split(' ');
  const value = words[index];
  if (value === undefined) return undefined;
  return [words.slice(0, index).reduce((sum, before) => sum + before.length + 1, 0), value.length];
}

const FIELDS: FieldTable<Http> = {
  method: (layer) => (layer.isResponse ? undefined : word(layer, 0)),
  target: (layer) => (layer.isResponse ? undefined : word(layer, 1)),
  version: (layer) => word(layer, layer.isResponse ? 0 : 2),
  status: (layer) => (layer.isResponse ? word(layer, 1) : undefined),
  reason: (layer) => {
    const length = startLineLength(layer);
    return layer.isResponse && length > 13 ? [13, length - 13] : undefined;
  },
  headers: (layer) => {
    const start = Math.min(layer.length, startLineLength(layer) + 2);
    return [start, layer.length - start];
  },
};

/** More than any server takes; it bounds the search in a large segment. */
const MAX_HEADERS = 65536;

export function dissectHttp(cursor: Cursor): Step {
  const { frame, offset } = cursor;
  const limit = Math.min(cursor.end, offset + MAX_HEADERS);
  let at = offset;
  let length = limit - offset;
  while (at >= 0 && at < limit) {
    at = frame.indexOf(0x0d, at);
    if (at < 0 || at + 4 > limit) break;
    if (frame[at + 1] === 0x0a && frame[at + 2] === 0x0d && frame[at + 3] === 0x0a) {
      length = at + 4 - offset;
      break;
    }
    at++;
  }
  cursor.add(new Http(cursor, length));
  return STEP.done;
}

export function encodeHttp(spec: HttpSpec): Uint8Array {
  const { version = 'HTTP/1.1', headers = [] } = spec;
  const start =
    spec.status === undefined
      ? `${spec.method ?? 'GET'} ${spec.target ?? '/'} ${version}`
      : `${version} ${spec.status} ${spec.reason ?? ''}`;
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return fromLatin1([start, ...lines, '', ''].join('\r\n'));
}
