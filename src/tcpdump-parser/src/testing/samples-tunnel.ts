import { fromHex } from '../bytes.ts';
import {
  echo,
  ether,
  innerEther,
  innerIp,
  ip,
  ip6,
  PAYLOAD,
  type Row,
  syn,
  tcp,
  tunnel,
  udp,
} from './parts.ts';

/** IGMP, SCTP and tunnels. */
export const TUNNEL: readonly Row[] = [
  [
    'IGMPv2 report',
    [
      ether,
      { ...ip, destination: '224.0.0.251', ttl: 1, options: [{ type: 148, data: '0000' }] },
      { protocol: 'igmp', groupAddress: '224.0.0.251' },
    ],
  ],
  [
    'IGMPv3 query',
    [
      ether,
      { ...ip, destination: '224.0.0.1', ttl: 1 },
      {
        protocol: 'igmp',
        type: 0x11,
        maximumResponseCode: 100,
        groupAddress: '239.1.1.1',
        suppressRouterSide: true,
        robustness: 2,
        queryIntervalCode: 125,
        sources: ['10.0.0.9'],
      },
    ],
  ],
  [
    'IGMPv3 report',
    [
      ether,
      { ...ip, destination: '224.0.0.22', ttl: 1 },
      {
        protocol: 'igmp',
        type: 0x22,
        records: [
          { type: 4, group: '239.1.1.1', sources: [] },
          { type: 1, group: '239.1.1.2', sources: ['10.0.0.8', '10.0.0.9'] },
        ],
      },
    ],
  ],
  [
    'SCTP',
    [ether, ip, { protocol: 'sctp', sourcePort: 2905, destinationPort: 2906, verificationTag: 0xdeadbeef }],
    fromHex('0b000004'),
  ],
  ['VXLAN', [ether, ip, tunnel, { protocol: 'vxlan', vni: 5001 }, innerEther, innerIp, tcp], PAYLOAD],
  [
    'VXLAN with a tagged ping',
    [
      ether,
      ip6,
      { protocol: 'udp', sourcePort: 50001 },
      { protocol: 'vxlan', vni: 0xfffffe },
      innerEther,
      { protocol: 'vlan', vlanId: 7 },
      innerIp,
      echo,
    ],
    PAYLOAD,
  ],
  [
    'VXLAN with ARP',
    [
      ether,
      ip,
      tunnel,
      { protocol: 'vxlan', vni: 1 },
      innerEther,
      { protocol: 'arp', senderIp: '10.0.0.1', targetIp: '10.0.0.2' },
    ],
  ],
  [
    'GRE with Ethernet',
    [ether, ip, { protocol: 'gre', key: 0x01020304 }, innerEther, innerIp, echo],
    PAYLOAD,
  ],
  [
    'GRE with IPv4',
    [ether, ip, { protocol: 'gre', checksum: true, key: 5, sequence: 9 }, innerIp, udp],
    PAYLOAD,
  ],
  ['GRE with IPv6 over IPv6', [ether, ip6, { protocol: 'gre' }, ip6, udp], PAYLOAD],
  ['IP in IP', [ether, ip, innerIp, udp], PAYLOAD],
  [
    'Geneve',
    [
      ether,
      ip,
      tunnel,
      {
        protocol: 'geneve',
        vni: 99,
        options: [
          { optionClass: 0x0102, type: 0x80, data: '00010002' },
          { optionClass: 0x0103, type: 5, data: '0a0b0c0d0e0f1011' },
        ],
      },
      innerEther,
      innerIp,
      syn,
    ],
  ],
];
