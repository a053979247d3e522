import { fromHex } from '../bytes.ts';
import { encode } from '../encode.ts';
import type { LayerSpec } from '../layers.ts';
import { BASIC } from './samples-basic.ts';
import { IPV6 } from './samples-ipv6.ts';
import { OTHER } from './samples-other.ts';
import { SERVICE } from './samples-service.ts';
import { TUNNEL } from './samples-tunnel.ts';

/** A frame to test with. */
export interface Sample {
  readonly name: string;
  readonly linkType?: number;
  readonly frame: Uint8Array;
  /** What it was made of; hand-made bytes have none. */
  readonly specs?: readonly LayerSpec[];
}

/** Bytes that were written by hand, so that encoder and dissector cannot agree on the same mistake. */
const HAND_MADE: readonly [name: string, hex: string][] = [
  [
    'hand-made STP configuration',
    '0180c2000000 0200000000aa 0026 424203 0000 00 00 01 8000020000000001 00000000 8000020000000002 8001 0000 1400 0200 0f00 0000000000000000',
  ],
  [
    'hand-made topology change',
    '0180c2000000 0200000000aa 0007 424203 0000 00 80 000000000000000000000000000000000000000000000000000000000000000000000000',
  ],
  [
    'hand-made stacked tags',
    'ffffffffffff 020000000001 8100 6064 8100 000a 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002',
  ],
  [
    'hand-made later fragment',
    '020000000002 020000000001 0800 45000024000720033a 11 0000 0a000001 0a000002 000102030405060708090a0b0c0d0e0f',
  ],
  [
    'hand-made DNS with pointers',
    '020000000002 020000000001 0800 4500005400004000 40 11 0000 0a000001 0a000002 0035 1388 0040 0000 0001 8180 0001 0002 0000 0000 0161016202636400 0001 0001 c00c 0005 0001 0000003c 0004 0178 c00e c010 0001 0001 0000003c 0004 c6336450',
  ],
];

/** Frames of every protocol and form that this package knows. */
export function corpus(): Sample[] {
  return [
    ...[...BASIC, ...IPV6, ...TUNNEL, ...SERVICE, ...OTHER].map(([name, specs, payload, linkType]) => ({
      name,
      specs,
      ...(linkType === undefined ? undefined : { linkType }),
      frame: encode(specs, payload),
    })),
    ...HAND_MADE.map(([name, hex]) => ({ name, frame: fromHex(hex) })),
  ];
}
