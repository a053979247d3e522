import { toHex } from './bytes.ts';

/** Where a field lies: first byte, counted from the start of its layer, and how many bytes it touches. */
export type FieldPlace = readonly [start: number, length: number];

/** The fields of a protocol in the order in which they are shown. A function says where a field lies whose place depends on the header, or undefined when the header has none. */
export type FieldTable<L> = {
  readonly [K in keyof L]?: FieldPlace | ((layer: L) => FieldPlace | undefined);
};

/** A range of bytes of the frame. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Where in a frame a layer is made. */
export interface Place {
  readonly frame: Uint8Array;
  readonly offset: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** A layer's values as plain data: what `JSON.stringify` shows. Byte arrays become hexadecimal strings. */
export type LayerJson = { protocol: string; offset: number; length: number } & Record<string, unknown>;

/**
 * What all layers share. A layer holds no values: it holds the frame and a position, and each field is a getter, so that
 * a dissection costs one small object a header and only what is looked at is computed.
 */
export abstract class LayerBase {
  /** The whole frame, not a copy. */
  readonly frame: Uint8Array;
  /** Where the header starts in the frame. */
  readonly offset: number;
  /** How many bytes the header has, options included. */
  readonly length: number;
  /** Where the data of the layer ends in the frame: what its own length field says, or where the capture ends if that is earlier. */
  readonly end: number;
  /** True in the copy of a packet that an ICMP error carries. */
  readonly quoted: boolean;

  constructor(place: Place, length: number) {
    this.frame = place.frame;
    this.offset = place.offset;
    this.length = length;
    this.end = place.end;
    this.quoted = place.quoted;
  }

  abstract get protocol(): string;

  /** The places of the fields, the same object for all layers of a protocol. */
  abstract get fieldTable(): object;

  /** The bytes of the header, without copying. */
  get headerBytes(): Uint8Array {
    return this.frame.subarray(this.offset, this.offset + this.length);
  }

  /** The bytes after the header that belong to this layer, without copying. */
  get bodyBytes(): Uint8Array {
    return this.frame.subarray(this.offset + this.length, Math.max(this.end, this.offset + this.length));
  }

  /** The names of the fields that this header has. */
  fieldNames(): string[] {
    return Object.keys(this.fieldTable).filter((name) => this.byteRange(name) !== undefined);
  }

  /** Which bytes of the frame hold a field; undefined when this header has no such field. */
  byteRange(field: string): ByteRange | undefined {
    const table = this.fieldTable as Record<string, FieldPlace | ((layer: this) => FieldPlace | undefined)>;
    if (!Object.hasOwn(table, field)) return undefined;
    const entry = table[field];
    const place = typeof entry === 'function' ? entry(this) : entry;
    return place && { offset: this.offset + place[0], length: place[1] };
  }

  toJSON(): LayerJson {
    const json: LayerJson = { protocol: this.protocol, offset: this.offset, length: this.length };
    if (this.quoted) json['quoted'] = true;
    for (const name of this.fieldNames()) {
      const value = (this as unknown as Record<string, unknown>)[name];
      if (value !== undefined) json[name] = plain(value);
    }
    return json;
  }

  /** What console.log shows: the values rather than the frame. */
  [Symbol.for('nodejs.util.inspect.custom')](): LayerJson {
    return this.toJSON();
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
}
