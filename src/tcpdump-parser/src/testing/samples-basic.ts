import { echo, ether, innerIp, ip, ip6, PAYLOAD, type Row, syn, tcp, udp } from './parts.ts';

/** ARP, UDP, TCP, tags, fragments and ICMP. */
export const BASIC: readonly Row[] = [
  ['ARP request', [ether, { protocol: 'arp', senderIp: '10.0.0.1', targetIp: '10.0.0.2' }]],
  [
    'ARP reply',
    [
      ether,
      {
        protocol: 'arp',
        operation: 2,
        senderMac: '02:00:00:00:00:07',
        senderIp: '10.0.0.2',
        targetMac: '02:00:00:00:00:01',
        targetIp: '10.0.0.1',
      },
    ],
  ],
  ['UDP', [ether, ip, udp], PAYLOAD],
  ['UDP without checksum', [ether, ip, { ...udp, checksum: 0 }], PAYLOAD],
  ['UDP over IPv6', [ether, ip6, udp], PAYLOAD],
  ['TCP data', [ether, ip, tcp], PAYLOAD],
  ['TCP SYN with options', [ether, ip, syn]],
  [
    'TCP SACK',
    [
      ether,
      ip6,
      {
        ...tcp,
        flags: { ack: true, fin: true, urg: true },
        urgentPointer: 5,
        options: [{ type: 1 }, { type: 1 }, { type: 5, data: '00000001000000020000000300000004' }],
      },
    ],
  ],
  ['one tag', [ether, { protocol: 'vlan', vlanId: 100, priority: 5, dei: true }, ip, echo], PAYLOAD],
  [
    'stacked tags',
    [
      { ...ether, etherType: 0x88a8 },
      { protocol: 'vlan', vlanId: 200 },
      { protocol: 'vlan', vlanId: 300, priority: 3 },
      ip,
      echo,
    ],
    PAYLOAD,
  ],
  [
    'IPv4 options',
    [
      ether,
      {
        ...ip,
        options: [
          { type: 148, data: '0000' },
          { type: 7, data: '04c6336401' },
        ],
      },
      echo,
    ],
    PAYLOAD,
  ],
  ['first fragment', [ether, { ...ip, identification: 77, flags: { mf: true } }, udp], new Uint8Array(16)],
  ['later fragment', [ether, { ...ip, identification: 78, fragmentOffset: 24, nextProtocol: 17 }], PAYLOAD],
  ['ICMP echo reply', [ether, ip, { ...echo, type: 0 }], PAYLOAD],
  ['ICMP timestamp', [ether, ip, { ...echo, type: 13 }], new Uint8Array(12)],
  ['ICMP port unreachable', [ether, ip, { protocol: 'icmp', type: 3, code: 3 }, innerIp, udp], PAYLOAD],
  [
    'ICMP fragmentation needed',
    [ether, ip, { protocol: 'icmp', type: 3, code: 4, nextHopMtu: 1450 }, innerIp, tcp],
    PAYLOAD,
  ],
  ['ICMP time exceeded', [ether, ip, { protocol: 'icmp', type: 11 }, innerIp, echo], PAYLOAD],
  [
    'ICMP redirect',
    [ether, ip, { protocol: 'icmp', type: 5, code: 1, gateway: '198.51.100.9' }, innerIp, udp],
    PAYLOAD,
  ],
  ['ICMP parameter problem', [ether, ip, { protocol: 'icmp', type: 12, pointer: 8 }, innerIp, udp], PAYLOAD],
];
