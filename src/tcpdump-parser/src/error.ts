/** What can be wrong with bytes that are read. The strings are stable: tests and callers may rely on them. */
export type ParseErrorCode =
  | 'TCPDUMP_TRUNCATED_BLOCK'
  | 'TCPDUMP_BLOCK_TOO_LARGE'
  | 'TCPDUMP_BAD_BLOCK'
  | 'TCPDUMP_BAD_MAGIC'
  | 'TCPDUMP_UNKNOWN_INTERFACE'
  | 'TCPDUMP_TRUNCATED_HEADER'
  | 'TCPDUMP_BAD_LENGTH'
  | 'TCPDUMP_BAD_VERSION'
  | 'TCPDUMP_BAD_OPTION'
  | 'TCPDUMP_TOO_MANY_LAYERS'
  | 'TCPDUMP_UNKNOWN_LINK_TYPE';

/** What can be wrong with a value that is to be written. */
export type EncodeErrorCode = 'TCPDUMP_BAD_FIELD' | 'TCPDUMP_BAD_ADDRESS' | 'TCPDUMP_BAD_HEX';

/** Thrown by the capture file readers, and by nothing else that reads bytes. `offset` counts bytes from the start of the stream. */
export class ParseError extends Error {
  readonly code: ParseErrorCode;
  readonly offset: number;

  constructor(code: ParseErrorCode, message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.name = 'ParseError';
    this.code = code;
    this.offset = offset;
  }
}

/** Thrown by the encoder, the writers and the address parsers when a value cannot be written. */
export class EncodeError extends Error {
  readonly code: EncodeErrorCode;

  constructor(code: EncodeErrorCode, message: string) {
    super(message);
    this.name = 'EncodeError';
    this.code = code;
  }
}

/** Why a dissection stopped early. Plain data, because a hostile capture may hold millions of them. `offset` counts from the start of the frame. */
export interface DissectionError {
  readonly code: ParseErrorCode;
  readonly protocol: string;
  readonly offset: number;
  readonly message: string;
}
