import { concat, EMPTY } from '../bytes.ts';

/** Bytes that arrive in chunks and leave in records. Chunks are joined only when a record crosses their border, and then once. */
export class ByteQueue {
  private chunks: Uint8Array[] = [];
  private head = EMPTY;
  private at = 0;
  private size = 0;

  /** How many bytes have left so far: the position in the stream. */
  position = 0;

  /** How many bytes wait. */
  get available(): number {
    return this.size;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next `length` bytes, which stay in the queue. The caller has checked that they are there. */
  peek(length: number): Uint8Array {
    this.gather(length);
    return this.head.subarray(this.at, this.at + length);
  }

  /** A view of the next bytes that stays in the queue; cheaper than {@link peek} where single numbers are read. */
  view(length: number): { bytes: Uint8Array; at: number } {
    this.gather(length);
    return { bytes: this.head, at: this.at };
  }

  /** Drops `length` bytes that have been gathered. */
  skip(length: number): void {
    this.at += length;
    this.size -= length;
    this.position += length;
  }

  private gather(length: number): void {
    if (this.head.length - this.at >= length) return;
    let have = this.head.length - this.at;
    const parts = have > 0 ? [this.head.subarray(this.at)] : [];
    let taken = 0;
    while (have < length) {
      const chunk = this.chunks[taken++] as Uint8Array;
      parts.push(chunk);
      have += chunk.length;
    }
    this.chunks.splice(0, taken);
    this.head = parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts);
    this.at = 0;
  }
}
