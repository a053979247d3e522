/** One captured packet. */
export interface Packet {
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: bigint;
  /** Index into the reader's `interfaces`. In a file of one section this is the file's own number; further sections count on. */
  readonly interfaceId: number;
  /** if_name of the interface. */
  readonly interfaceName?: string;
  /** How many bytes were kept. */
  readonly capturedLength: number;
  /** How many bytes the packet had. */
  readonly originalLength: number;
  /** LINKTYPE_ number, 1 is Ethernet. */
  readonly linkType: number;
  /** The captured bytes: a view of what was pushed wherever that is possible, so don't reuse the chunks. */
  readonly data: Uint8Array;
  /** As the capturing interface saw it (epb_flags). */
  readonly direction?: 'in' | 'out';
  /** The first opt_comment. */
  readonly comment?: string;
}

/** Counters of an interface, from its last interface statistics block. All count packets. */
export interface InterfaceStatistics {
  /** When the counters were read, in nanoseconds since 1970. */
  readonly timestamp: bigint;
  /** isb_ifrecv */
  readonly received?: bigint;
  /** isb_ifdrop: lost because the interface or the capture had no room. Anything but 0 means that packets are missing in the file. */
  readonly dropped?: bigint;
  /** isb_filteraccept */
  readonly filterAccepted?: bigint;
  /** isb_osdrop */
  readonly osDropped?: bigint;
  /** isb_usrdeliv */
  readonly delivered?: bigint;
}

/** An interface that packets were captured on. */
export interface CaptureInterface {
  /** Which section of the file, from 0. */
  readonly section: number;
  readonly name?: string;
  readonly description?: string;
  readonly linkType: number;
  /** How many bytes of each packet are kept; 0 is no limit. */
  readonly snapLength: number;
  /** Set when an interface statistics block has been read. */
  statistics?: InterfaceStatistics;
}

/** How to read a capture file. */
export interface CaptureReadOptions {
  /** The largest block or packet record in bytes, so that a hostile length field cannot fill the memory. Default 16 MiB. */
  readonly maxBlockLength?: number;
}

export const DEFAULT_MAX_BLOCK_LENGTH: number = 16 * 1024 * 1024;
