import type { DissectionError, ParseErrorCode } from './error.ts';
import type { LayerBase, Place } from './layer.ts';
import { STEP, type Step } from './step.ts';

/** How to read a frame. */
export interface DissectOptions {
  /** The link type of the capture file (1 is Ethernet, 101 raw IP, 113 and 276 Linux cooked). Default 1. */
  readonly linkType?: number;
  /** UDP destination ports that carry VXLAN. Default `[4789]` (RFC 7348). */
  readonly vxlanPorts?: readonly number[];
  /** UDP destination ports that carry Geneve. Default `[6081]` (RFC 8926). */
  readonly genevePorts?: readonly number[];
}

/** The state of one dissection: the part of the frame that is still unread, and the layers so far. */
export class Cursor implements Place {
  readonly frame: Uint8Array;
  readonly layers: LayerBase[] = [];
  readonly options: DissectOptions;
  offset = 0;
  end: number;
  quoted = false;
  /** The version of the IP header around, 0 when there was none yet. */
  ipVersion: 0 | 4 | 6 = 0;
  error: DissectionError | undefined = undefined;

  constructor(frame: Uint8Array, options: DissectOptions) {
    this.frame = frame;
    this.end = frame.length;
    this.options = options;
  }

  /** Adds a layer and moves past its header. */
  add(layer: LayerBase): void {
    this.layers.push(layer);
    this.offset += layer.length;
  }

  /** Ends the dissection here. */
  fail(code: ParseErrorCode, protocol: string, message: string): Step {
    this.error = { code, protocol, offset: this.offset, message };
    return STEP.done;
  }

  /** Ends the dissection because the bytes of a header are missing. In a quoted packet that is no error: an ICMP error need not quote all of it. */
  short(protocol: string, needed: number): Step {
    if (this.quoted) return STEP.done;
    return this.fail(
      'TCPDUMP_TRUNCATED_HEADER',
      protocol,
      `${protocol}: the header needs ${needed} bytes, there are ${Math.max(0, this.end - this.offset)}`,
    );
  }

  /** Shortens the unread part to `length` bytes from here, if the frame has more. */
  limit(length: number): void {
    const end = this.offset + length;
    if (end < this.end) this.end = end;
  }
}
