/** A buffer that grows, with numbers in a chosen byte order. */
export abstract class RecordWriter {
  private buffer: Uint8Array = new Uint8Array(4096);
  private view: DataView = new DataView(this.buffer.buffer);
  private used = 0;
  private readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.used;
  }

  /** Returns what has been written since the last call, as an array of its own. */
  take(): Uint8Array {
    const bytes = this.buffer.slice(0, this.used);
    this.used = 0;
    return bytes;
  }

  private reserve(length: number): number {
    const at = this.used;
    this.used += length;
    if (this.used > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.used, this.buffer.length * 2));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  protected u16(value: number): void {
    // The place is reserved first: that may replace the buffer.
    const at = this.reserve(2);
    this.view.setUint16(at, value, this.little);
  }

  protected u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value, this.little);
  }

  protected u64(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, value, this.little);
  }

  /** Bytes, and zeros until the next multiple of four. */
  protected padded(bytes: Uint8Array): void {
    const at = this.reserve(Math.ceil(bytes.length / 4) * 4);
    this.buffer.set(bytes, at);
    this.buffer.fill(0, at + bytes.length, this.used);
  }

  protected raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  protected patch32(at: number, value: number): void {
    this.view.setUint32(at, value, this.little);
  }
}
