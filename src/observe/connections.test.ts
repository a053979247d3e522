import { expect, test } from 'vitest';
import type { Headers } from '../journey/types.ts';
import { connectionState, kernelConnection } from './connections.ts';

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

test('a connection of the kernel says where its packets go', () => {
  const text = `\
tcp      6 431999 ESTABLISHED src=198.51.100.10 dst=203.0.113.110 sport=40000 dport=80 src=10.0.1.11 dst=198.51.100.10 sport=80 dport=40000 [ASSURED] mark=0 use=1
udp      17 29 src=10.0.1.11 dst=198.51.100.10 sport=5 dport=6 [UNREPLIED] src=198.51.100.10 dst=203.0.113.110 sport=6 dport=5 mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown.
`;
  const there = packet({ src_ip: '198.51.100.10', dst_ip: '203.0.113.110', ...tcp, tcp_flags: 'ack' });
  expect(kernelConnection(text, there)).toEqual({ direction: 'original', destination: '10.0.1.11' });
  expect(kernelConnection(text, { ...there, tcp_flags: 'syn' })).toBeUndefined();
  const returning = {
    src_ip: '10.0.1.11',
    dst_ip: '198.51.100.10',
    protocol: 6,
    src_port: 80,
    dst_port: 40_000,
  };
  expect(kernelConnection(text, packet(returning))).toEqual({
    direction: 'reply',
    destination: '198.51.100.10',
  });
  const lone = { dst_ip: '198.51.100.10', protocol: 17, src_port: 5, dst_port: 6 };
  expect(kernelConnection(text, packet(lone))).toBeUndefined();
});
