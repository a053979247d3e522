/** Block types (draft-ietf-opsawg-pcapng, section 4). */
export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  simplePacket: 3,
  statistics: 5,
  enhancedPacket: 6,
} as const;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option codes; each belongs to one kind of block except for `end` and `comment`. */
export const OPTION = {
  end: 0,
  comment: 1,
  // Section header block.
  hardware: 2,
  operatingSystem: 3,
  application: 4,
  // Interface description block.
  interfaceName: 2,
  interfaceDescription: 3,
  timestampResolution: 9,
  timestampOffset: 14,
  // Enhanced packet block.
  packetFlags: 2,
  // Interface statistics block.
  received: 4,
  dropped: 5,
  filterAccepted: 6,
  osDropped: 7,
  delivered: 8,
} as const;
