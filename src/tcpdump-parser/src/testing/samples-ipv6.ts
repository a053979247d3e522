import { ether, ip6, ND, PAYLOAD, type Row, tcp, udp } from './parts.ts';

/** ICMPv6, neighbour discovery, MLD and extension headers. */
export const IPV6: readonly Row[] = [
  ['ICMPv6 echo', [ether, ip6, { protocol: 'icmpv6', identifier: 7, sequence: 8 }], PAYLOAD],
  ['ICMPv6 too big', [ether, ip6, { protocol: 'icmpv6', type: 2, mtu: 1400 }, ip6, udp], PAYLOAD],
  ['ICMPv6 unreachable', [ether, ip6, { protocol: 'icmpv6', type: 1, code: 4 }, ip6, tcp], PAYLOAD],
  [
    'ICMPv6 parameter problem',
    [ether, ip6, { protocol: 'icmpv6', type: 4, code: 1, pointer: 40 }, ip6, udp],
    PAYLOAD,
  ],
  [
    'router solicitation',
    [
      ether,
      ND,
      { protocol: 'icmpv6', type: 133, options: [{ type: 1, linkLayerAddress: '02:00:00:00:00:01' }] },
    ],
  ],
  [
    'router advertisement',
    [
      ether,
      ND,
      {
        protocol: 'icmpv6',
        type: 134,
        managed: true,
        otherConfiguration: true,
        currentHopLimit: 62,
        routerLifetime: 900,
        reachableTime: 30000,
        retransmitTimer: 1000,
        options: [
          { type: 1, linkLayerAddress: '02:00:00:00:00:01' },
          { type: 5, mtu: 1450 },
          {
            type: 3,
            prefixInformation: {
              prefix: '2001:db8:5::',
              prefixLength: 64,
              onLink: true,
              autonomous: true,
              validLifetime: 86400,
              preferredLifetime: 14400,
            },
          },
          { type: 25, recursiveDns: { lifetime: 600, servers: ['2001:db8::53', '2001:db8::54'] } },
        ],
      },
    ],
  ],
  [
    'neighbor solicitation',
    [
      ether,
      ND,
      {
        protocol: 'icmpv6',
        type: 135,
        targetAddress: 'fe80::2',
        options: [{ type: 1, linkLayerAddress: '02:00:00:00:00:01' }],
      },
    ],
  ],
  [
    'neighbor advertisement',
    [
      ether,
      ND,
      {
        protocol: 'icmpv6',
        type: 136,
        router: true,
        override: true,
        targetAddress: 'fe80::2',
        options: [{ type: 2, linkLayerAddress: '02:00:00:00:00:02' }],
      },
    ],
  ],
  [
    'ICMPv6 redirect',
    [
      ether,
      ND,
      { protocol: 'icmpv6', type: 137, targetAddress: 'fe80::9', destinationAddress: '2001:db8::9' },
    ],
  ],
  ['MLDv1 report', [ether, ND, { protocol: 'icmpv6', type: 131, multicastAddress: 'ff02::1:3' }]],
  [
    'MLDv2 query',
    [
      ether,
      ND,
      {
        protocol: 'icmpv6',
        type: 130,
        maximumResponseCode: 10000,
        multicastAddress: 'ff02::5',
        suppressRouterSide: true,
        robustness: 3,
        queryIntervalCode: 60,
        sources: ['2001:db8::7'],
      },
    ],
  ],
  [
    'MLDv2 report',
    [
      ether,
      ND,
      {
        protocol: 'icmpv6',
        type: 143,
        records: [
          { type: 4, group: 'ff02::1:ff00:1', sources: [] },
          { type: 1, group: 'ff02::9', sources: ['2001:db8::8'] },
        ],
      },
    ],
  ],
  [
    'hop-by-hop and MLD',
    [
      ether,
      ND,
      { protocol: 'ipv6HopByHop', options: [{ type: 5, data: '0000' }] },
      { protocol: 'icmpv6', type: 132, multicastAddress: 'ff02::1:3' },
    ],
  ],
  [
    'routing header',
    [
      ether,
      ip6,
      { protocol: 'ipv6Routing', routingType: 2, segmentsLeft: 1, addresses: ['2001:db8::aa'] },
      udp,
    ],
    PAYLOAD,
  ],
  [
    'segment routing',
    [
      ether,
      ip6,
      {
        protocol: 'ipv6Routing',
        routingType: 4,
        segmentsLeft: 1,
        addresses: ['2001:db8::aa', '2001:db8:0:1::2'],
      },
      udp,
    ],
    PAYLOAD,
  ],
  [
    'IPv6 fragment',
    [
      ether,
      ip6,
      {
        protocol: 'ipv6Fragment',
        fragmentOffset: 1448,
        moreFragments: true,
        identification: 0xabcdef,
        nextHeader: 17,
      },
    ],
    PAYLOAD,
  ],
  [
    'first IPv6 fragment',
    [ether, ip6, { protocol: 'ipv6Fragment', moreFragments: true, identification: 0xabcdf0 }, udp],
    PAYLOAD,
  ],
  [
    'destination options',
    [ether, ip6, { protocol: 'ipv6DestinationOptions', options: [{ type: 30, data: 'aabb' }] }, tcp],
    PAYLOAD,
  ],
];
