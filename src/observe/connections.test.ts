import { expect, test } from 'vitest';
import type { Headers } from '../journey/types.ts';
import { connectionState } from './connections.ts';

const TEXT = `\
icmp,orig=(src=10.0.1.11,dst=10.0.1.12,id=7,type=8,code=0),reply=(src=10.0.1.12,dst=10.0.1.11,id=7,type=0,code=0),zone=5
tcp,orig=(src=10.0.1.11,dst=10.0.1.12,sport=40000,dport=80),reply=(src=10.0.1.12,dst=10.0.1.11,sport=80,dport=40000),zone=5,protoinfo=(state=ESTABLISHED)
`;
const packet = (more: Partial<Headers>): Headers => ({
  src_mac: '',
  dst_mac: '',
  ethertype: 0x0800,
  src_ip: '10.0.1.11',
  dst_ip: '10.0.1.12',
  ...more,
});
const back = { src_ip: '10.0.1.12', dst_ip: '10.0.1.11' };
const tcp = { protocol: 6, src_port: 40_000, dst_port: 80 };

test.each([
  ['a connection that nobody knows', packet({ ...tcp, src_port: 40_001, tcp_flags: 'syn' }), 'trk,new'],
  ['the packet that began a connection', packet({ ...tcp, tcp_flags: 'syn' }), 'trk,new'],
  ['a later one', packet({ ...tcp, tcp_flags: 'ack' }), 'trk,est'],
  ['one that goes back', packet({ ...back, protocol: 6, src_port: 80, dst_port: 40_000 }), 'trk,est,rpl'],
  ['an echo', packet({ protocol: 1, icmp: { type: 8, code: 0, identifier: 7, sequence: 1 } }), 'trk,new'],
  [
    'its reply',
    packet({ ...back, protocol: 1, icmp: { type: 0, code: 0, identifier: 7, sequence: 1 } }),
    'trk,est,rpl',
  ],
  [
    'a reply to nothing',
    packet({ ...back, protocol: 1, icmp: { type: 0, code: 0, identifier: 8, sequence: 1 } }),
    'trk,new',
  ],
  ['the same ports of another protocol', packet({ ...tcp, protocol: 17 }), 'trk,new'],
])('%s', (_, headers, state) => {
  expect(connectionState(TEXT, headers)).toBe(state);
});
