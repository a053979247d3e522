import { ether, ip, ip6, type Row, udp } from './parts.ts';

/** DNS, DHCP and DHCPv6. */
export const SERVICE: readonly Row[] = [
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
];
