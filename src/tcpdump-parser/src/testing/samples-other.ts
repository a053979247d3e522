import { echo, ether, ip, ip6, ND, PAYLOAD, type Row, tcp, udp } from './parts.ts';

/** VRRP, HTTP, spanning tree, wrong checksums and other link types. */
export const OTHER: readonly Row[] = [
  [
    'VRRPv2',
    [
      ether,
      { ...ip, destination: '224.0.0.18', ttl: 255 },
      {
        protocol: 'vrrp',
        version: 2,
        virtualRouterId: 51,
        priority: 150,
        authenticationType: 1,
        authenticationData: '7365637265740000',
        addresses: ['10.0.0.1', '10.0.1.1'],
      },
    ],
  ],
  [
    'VRRPv3',
    [
      ether,
      { ...ip, destination: '224.0.0.18', ttl: 255 },
      { protocol: 'vrrp', virtualRouterId: 52, advertisementInterval: 50, addresses: ['10.0.0.1'] },
    ],
  ],
  [
    'VRRPv3 over IPv6',
    [
      ether,
      { ...ND, destination: 'ff02::12' },
      { protocol: 'vrrp', virtualRouterId: 53, priority: 0, addresses: ['fe80::1', '2001:db8::1'] },
    ],
  ],
  [
    'HTTP request',
    [
      ether,
      ip,
      { ...tcp, destinationPort: 80 },
      {
        protocol: 'http',
        method: 'GET',
        target: '/openstack/latest?x=1',
        headers: [
          ['Host', '169.254.169.254'],
          ['User-Agent', 'curl/8'],
        ],
      },
    ],
  ],
  [
    'HTTP response',
    [
      ether,
      ip,
      { ...tcp, sourcePort: 80, destinationPort: 40000 },
      {
        protocol: 'http',
        status: 404,
        reason: 'Not Found',
        headers: [
          ['Content-Type', 'text/plain'],
          ['Content-Length', '16'],
        ],
      },
    ],
    PAYLOAD,
  ],
  [
    'RSTP',
    [
      ether,
      { protocol: 'llc' },
      {
        protocol: 'stp',
        flags: { portRole: 3, learning: true, forwarding: true, agreement: true },
        rootPriority: 4096,
        rootSystemId: 10,
        rootMac: '02:00:00:00:00:aa',
        rootPathCost: 2000,
        bridgePriority: 32768,
        bridgeSystemId: 20,
        messageAge: 1.5,
        maximumAge: 20,
        helloTime: 2,
        forwardDelay: 15,
      },
    ],
  ],
  ['SNAP', [ether, { protocol: 'llc', organization: 0 }, ip, udp], PAYLOAD],
  [
    'PVST+',
    [
      ether,
      { protocol: 'llc', organization: 0x0c, protocolType: 0x010b },
      { protocol: 'stp', flags: { proposal: true } },
    ],
  ],
  ['wrong checksums', [ether, { ...ip, headerChecksum: 1 }, { ...udp, checksum: 2 }], PAYLOAD],
  ['wrong TCP checksum', [ether, ip6, { ...tcp, checksum: 3 }], PAYLOAD],
  ['wrong ICMP checksum', [ether, ip, { ...echo, checksum: 4 }], PAYLOAD],
  ['odd payload', [ether, ip, { ...tcp }], PAYLOAD.subarray(0, 13)],
  ['raw IPv4', [ip, echo], PAYLOAD, 101],
  ['raw IPv6', [ip6, udp], PAYLOAD, 101],
  [
    'cooked',
    [{ protocol: 'linuxCooked', version: 1, packetType: 4, address: '020000000005' }, ip, echo],
    PAYLOAD,
    113,
  ],
  [
    'cooked v2',
    [
      { protocol: 'linuxCooked', version: 2, packetType: 3, interfaceIndex: 9, address: '020000000005' },
      ip6,
      udp,
    ],
    PAYLOAD,
    276,
  ],
];
