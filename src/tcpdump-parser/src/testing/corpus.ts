import { fromHex } from '../bytes.ts';
import { encode } from '../encode.ts';
import type { LayerSpec } from '../layers.ts';

/** A frame to test with. */
export interface Sample {
  readonly name: string;
  readonly linkType?: number;
  readonly frame: Uint8Array;
  /** What it was made of; hand-made bytes have none. */
  readonly specs?: readonly LayerSpec[];
}

const ether: LayerSpec = {
  protocol: 'ethernet',
  source: '02:00:00:00:00:01',
  destination: '02:00:00:00:00:02',
};
const ip: LayerSpec = {
  protocol: 'ipv4',
  source: '198.51.100.1',
  destination: '198.51.100.2',
  ttl: 61,
  dscp: 10,
  ecn: 1,
};
const ip6: LayerSpec = {
  protocol: 'ipv6',
  source: '2001:db8::1',
  destination: '2001:db8:0:1::2',
  dscp: 46,
  ecn: 2,
  flowLabel: 0x12345,
  hopLimit: 63,
};
const innerEther: LayerSpec = {
  protocol: 'ethernet',
  source: '02:00:00:00:0a:01',
  destination: '02:00:00:00:0a:02',
};
const innerIp: LayerSpec = {
  protocol: 'ipv4',
  source: '10.0.0.1',
  destination: '10.0.1.2',
  identification: 0x1234,
  flags: { df: true },
};
const udp: LayerSpec = { protocol: 'udp', sourcePort: 5000, destinationPort: 6000 };
const tcp: LayerSpec = {
  protocol: 'tcp',
  sourcePort: 40000,
  destinationPort: 8080,
  sequence: 0xfedcba98,
  acknowledgment: 17,
  flags: { ack: true, psh: true },
};
const syn: LayerSpec = {
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
const echo: LayerSpec = { protocol: 'icmp', identifier: 0x1122, sequence: 3 };
const ND: LayerSpec = { ...ip6, source: 'fe80::1', destination: 'ff02::1', hopLimit: 255 };
const tunnel: LayerSpec = { protocol: 'udp', sourcePort: 50001, checksum: 0 };

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const PAYLOAD = text('netdojo payload.');

const GENERATED: readonly [
  name: string,
  specs: readonly LayerSpec[],
  payload?: Uint8Array,
  linkType?: number,
][] = [
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
      { ...tunnel, checksum: undefined } as never,
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
  [
    'DNS query',
    [
      ether,
      ip,
      { ...udp, destinationPort: 53 },
      {
        protocol: 'dns',
        id: 4660,
        flags: { recursionDesired: true, checkingDisabled: true },
        questions: [{ name: 'www.example.org', type: 1 }],
      },
    ],
  ],
  [
    'DNS answer',
    [
      ether,
      ip,
      { ...udp, sourcePort: 53 },
      {
        protocol: 'dns',
        id: 4661,
        flags: { response: true, recursionAvailable: true, authoritative: true },
        questions: [{ name: 'www.example.org', type: 255 }],
        answers: [
          { name: 'www.example.org', type: 5, ttl: 300, value: 'web.example.org' },
          { name: 'web.example.org', type: 1, ttl: 60, value: '198.51.100.80' },
          { name: 'web.example.org', type: 28, ttl: 60, value: '2001:db8::80' },
          { name: 'example.org', type: 15, ttl: 60, value: '10 mail.example.org' },
          { name: '_sip._udp.example.org', type: 33, ttl: 60, value: '1 2 5060 sip.example.org' },
          { name: 'example.org', type: 16, ttl: 60, value: 'v=spf1 -all' },
          { name: '80.100.51.198.in-addr.arpa', type: 12, ttl: 60, value: 'www.example.org' },
        ],
        authorities: [
          { name: 'example.org', type: 2, ttl: 3600, value: 'ns.example.org' },
          {
            name: 'example.org',
            type: 6,
            ttl: 3600,
            value: 'ns.example.org admin.example.org 2026 7200 3600 1209600 300',
          },
        ],
        additionals: [{ name: 'ns.example.org', type: 1, ttl: 3600, value: '198.51.100.53' }],
      },
    ],
  ],
  [
    'DNS name error',
    [
      ether,
      ip6,
      { ...udp, sourcePort: 53 },
      {
        protocol: 'dns',
        id: 1,
        flags: { response: true, truncated: true, authenticData: true },
        responseCode: 3,
        questions: [{ name: 'nowhere.test', type: 28 }],
      },
    ],
  ],
  [
    'DHCP discover',
    [
      ether,
      { ...ip, source: '0.0.0.0', destination: '255.255.255.255' },
      { ...udp, sourcePort: 68, destinationPort: 67 },
      {
        protocol: 'dhcp',
        transactionId: 0x3903f326,
        seconds: 4,
        broadcast: true,
        clientMac: '02:00:00:00:00:01',
        messageType: 1,
        hostName: 'guest',
        requestedAddress: '10.0.0.5',
        parameterRequestList: [1, 3, 6, 15, 26, 121],
        clientIdentifier: '01020000000001',
      },
    ],
  ],
  [
    'DHCP offer',
    [
      ether,
      { ...ip, source: '10.0.0.2', destination: '10.0.0.5' },
      { ...udp, sourcePort: 67, destinationPort: 68 },
      {
        protocol: 'dhcp',
        operation: 2,
        hops: 1,
        transactionId: 0x3903f326,
        clientMac: '02:00:00:00:00:01',
        clientAddress: '10.0.0.4',
        yourAddress: '10.0.0.5',
        serverAddress: '10.0.0.2',
        relayAddress: '10.0.0.254',
        serverName: 'boot',
        file: 'pxelinux.0',
        messageType: 2,
        subnetMask: '255.255.255.0',
        routers: ['10.0.0.1', '10.0.0.254'],
        dnsServers: ['10.0.0.2', '10.0.0.3'],
        domainName: 'openstacklocal',
        interfaceMtu: 1450,
        leaseTime: 86400,
        serverIdentifier: '10.0.0.2',
        renewalTime: 43200,
        rebindingTime: 75600,
        tftpServerName: '10.0.0.2',
        bootFileName: 'boot.efi',
        classlessRoutes: [
          { destination: '169.254.169.254/32', router: '10.0.0.2' },
          { destination: '10.1.0.0/16', router: '10.0.0.1' },
          { destination: '0.0.0.0/0', router: '10.0.0.1' },
        ],
      },
    ],
  ],
  [
    'DHCPv6 reply',
    [
      ether,
      ip6,
      { ...udp, sourcePort: 547, destinationPort: 546 },
      {
        protocol: 'dhcpv6',
        messageType: 7,
        transactionId: 0x0a0b0c,
        options: [
          { code: 1, data: '00030001020000000001' },
          { code: 2, data: '00030001020000000002' },
          {
            code: 3,
            identityAssociation: { id: 17, renewTime: 100, rebindTime: 200 },
            options: [
              {
                code: 5,
                identityAddress: { address: '2001:db8::77', preferredLifetime: 300, validLifetime: 400 },
                options: [{ code: 13, statusCode: 0 }],
              },
            ],
          },
          { code: 6, requestedOptions: [23, 24] },
          { code: 23, dnsServers: ['2001:db8::53', '2001:db8::54'] },
          { code: 24, domainSearch: ['example.org', 'example.net'] },
        ],
      },
    ],
  ],
  [
    'DHCPv6 relay',
    [
      ether,
      ip6,
      { ...udp, sourcePort: 547, destinationPort: 547 },
      {
        protocol: 'dhcpv6',
        messageType: 12,
        hopCount: 1,
        linkAddress: '2001:db8::1',
        peerAddress: 'fe80::5',
        options: [{ code: 9, data: '01000001' }],
      },
    ],
  ],
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
    ...GENERATED.map(([name, specs, payload, linkType]) => ({
      name,
      specs,
      ...(linkType === undefined ? undefined : { linkType }),
      frame: encode(specs, payload),
    })),
    ...HAND_MADE.map(([name, hex]) => ({ name, frame: fromHex(hex) })),
  ];
}
