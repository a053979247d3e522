import type { LayerSpec, SpecOf } from '../layers.ts';

/** A frame to be encoded: name, headers, payload and link type (1 where none is given). */
export type Row = readonly [
  name: string,
  specs: readonly LayerSpec[],
  payload?: Uint8Array,
  linkType?: number,
];

// Headers that many samples share.
export const ether: SpecOf<'ethernet'> = {
  protocol: 'ethernet',
  source: '02:00:00:00:00:01',
  destination: '02:00:00:00:00:02',
};
export const ip: SpecOf<'ipv4'> = {
  protocol: 'ipv4',
  source: '198.51.100.1',
  destination: '198.51.100.2',
  ttl: 61,
  dscp: 10,
  ecn: 1,
};
export const ip6: SpecOf<'ipv6'> = {
  protocol: 'ipv6',
  source: '2001:db8::1',
  destination: '2001:db8:0:1::2',
  dscp: 46,
  ecn: 2,
  flowLabel: 0x12345,
  hopLimit: 63,
};
export const innerEther: SpecOf<'ethernet'> = {
  protocol: 'ethernet',
  source: '02:00:00:00:0a:01',
  destination: '02:00:00:00:0a:02',
};
export const innerIp: SpecOf<'ipv4'> = {
  protocol: 'ipv4',
  source: '10.0.0.1',
  destination: '10.0.1.2',
  identification: 0x1234,
  flags: { df: true },
};
export const udp: SpecOf<'udp'> = { protocol: 'udp', sourcePort: 5000, destinationPort: 6000 };
export const tcp: SpecOf<'tcp'> = {
  protocol: 'tcp',
  sourcePort: 40000,
  destinationPort: 8080,
  sequence: 0xfedcba98,
  acknowledgment: 17,
  flags: { ack: true, psh: true },
};
export const syn: SpecOf<'tcp'> = {
  protocol: 'tcp',
  sourcePort: 40001,
  destinationPort: 443,
  sequence: 1000,
  flags: { syn: true, ece: true, cwr: true },
  window: 29200,
  options: [
    { type: 2, data: '05b4' },
    { type: 4 },
    { type: 8, data: '0001020304050607' },
    { type: 1 },
    { type: 3, data: '07' },
  ],
};
export const echo: SpecOf<'icmp'> = { protocol: 'icmp', identifier: 0x1122, sequence: 3 };
export const ND: SpecOf<'ipv6'> = { ...ip6, source: 'fe80::1', destination: 'ff02::1', hopLimit: 255 };
export const tunnel: SpecOf<'udp'> = { protocol: 'udp', sourcePort: 50001, checksum: 0 };

export const PAYLOAD: Uint8Array = new TextEncoder().encode('netdojo payload.');
