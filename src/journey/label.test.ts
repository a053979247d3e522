import { expect, test } from 'vitest';
import { echo } from './journeys.fixture.ts';
import { labelOf } from './label.ts';
import type { Headers } from './types.ts';

const { icmp: _, ...ip } = echo;
const arp = (sender_ip: string, target_ip: string, operation: 'request' | 'reply' = 'request'): Headers => ({
  src_mac: 'fa:16:3e:00:00:01',
  dst_mac: 'ff:ff:ff:ff:ff:ff',
  ethertype: 0x0806,
  arp: { operation, sender_mac: 'fa:16:3e:00:00:01', sender_ip, target_mac: '00:00:00:00:00:00', target_ip },
});
const bare = { src_mac: 'fa:16:3e:00:00:01', dst_mac: 'ff:ff:ff:ff:ff:ff' };

test.each<[string, Headers]>([
  ['icmp echo-request 4fa1/1', echo],
  ['icmp6 neighbour-solicitation', { ...ip, protocol: 58, icmp: { type: 135, code: 0 } }],
  [
    'icmp6 neighbour-advertisement of 2001:db8::1',
    { ...ip, protocol: 58, icmp: { type: 136, code: 0 }, nd: { target_ip: '2001:db8::1' } },
  ],
  ['icmp unreachable code 3', { ...ip, icmp: { type: 3, code: 3 } }],
  ['arp who-has 10.0.1.12 tell 10.0.1.11', arp('10.0.1.11', '10.0.1.12')],
  ['arp announce 10.0.1.11', arp('10.0.1.11', '10.0.1.11')],
  ['arp 10.0.1.11 is-at fa:16:3e:00:00:01', arp('10.0.1.11', '10.0.1.12', 'reply')],
  ['tcp 40000 > 80 syn,ack', { ...ip, protocol: 6, src_port: 40_000, dst_port: 80, tcp_flags: 'syn,ack' }],
  ['udp 1 > 2, 84 bytes', { ...ip, protocol: 17, src_port: 1, dst_port: 2 }],
  ['udp fragment at 1480', { ...ip, protocol: 17, fragment: { offset: 1480, more: false } }],
  ['vrrp', { ...ip, protocol: 112 }],
  ['ip protocol 99', { ...ip, protocol: 99 }],
  ['rarp fa:16:3e:00:00:01', { ...bare, ethertype: 0x8035 }],
  ['ethertype 0x88cc', { ...bare, ethertype: 0x88cc }],
  ['llc, 38 bytes', { ...bare, ethertype: 38 }],
])('%s', (label, headers) => {
  expect(labelOf(headers)).toBe(label);
});
