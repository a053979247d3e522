/** Packets for benchmarks that need no cloud: echo requests from one server to another, over VXLAN. Pure. */
import { encode, type LayerSpec } from 'tcpdump-parser';

const outer: readonly LayerSpec[] = [
  { protocol: 'ethernet', source: '02:00:00:00:01:01', destination: '02:00:00:00:01:02' },
  { protocol: 'ipv4', source: '172.31.1.11', destination: '172.31.1.12' },
  { protocol: 'udp', sourcePort: 50_000, destinationPort: 4789, checksum: 0 },
  { protocol: 'vxlan', vni: 5001 },
];

/** The packet as its sender puts it out, and as it is in the tunnel. */
export function echoRequest(number: number): { readonly inside: Uint8Array; readonly outside: Uint8Array } {
  const inner: readonly LayerSpec[] = [
    { protocol: 'ethernet', source: 'fa:16:3e:00:00:01', destination: 'fa:16:3e:00:00:02' },
    { protocol: 'ipv4', source: '10.0.1.11', destination: '10.0.1.12', identification: number % 65_536 },
    { protocol: 'icmp', identifier: 0x4f_a1 + (number >> 16), sequence: number % 65_536 },
  ];
  const payload = new Uint8Array(56);
  new DataView(payload.buffer).setUint32(0, number);
  return { inside: encode(inner, payload), outside: encode([...outer, ...inner], payload) };
}
