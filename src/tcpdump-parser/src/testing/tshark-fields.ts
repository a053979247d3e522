import type { Protocol } from '../layers.ts';

/**
 * How a field is compared with Wireshark's: under which names it shows it, and how our value is said in its words. Fields
 * are found by name and place, so a wrong place is a failure as much as a wrong value.
 */
export interface Mapping {
  readonly names: readonly string[];
  /** Our value in Wireshark's words; by default numbers and booleans as numbers, text as it is. */
  readonly say?: (value: unknown) => unknown;
  /** Wireshark's text in ours. */
  readonly hear?: (show: string) => string;
  /** Wireshark leaves the field out where it thinks that it means nothing. Then ours must be zero. */
  readonly optional?: boolean;
}

/** One mapping, one for each key of an object (or of the objects in a list), or the reason why there is none. */
export type Entry = Mapping | { readonly each: Readonly<Record<string, Entry>> } | { readonly skip: string };

function at(...names: string[]): Mapping {
  return { names };
}

function said(say: (value: never) => unknown, ...names: string[]): Mapping {
  return { names, say: say as (value: unknown) => unknown };
}

function sometimes(...names: string[]): Mapping {
  return { names, optional: true };
}

function skip(reason: string): Entry {
  return { skip: reason };
}

const place = skip('where the item lies in the frame; the items themselves are found by it');
const colons = (hex: string): string => hex.replaceAll(/(..)(?=.)/g, '$1:');
const option = { offset: place, length: place };
const rawOptions: Entry = {
  each: { ...option, type: at('ip.opt.type'), data: skip('compared by kind of option') },
};
const port = {
  sourcePort: at('udp.srcport', 'tcp.srcport', 'sctp.srcport'),
  destinationPort: at('udp.dstport', 'tcp.dstport', 'sctp.dstport'),
};
const dnsRecord: Entry = {
  each: {
    ...option,
    // Wireshark takes the name of a SRV record apart and then does not show it as a whole.
    name: said((name: string) => (name.startsWith('_') ? [] : name), 'dns.resp.name'),
    type: at('dns.resp.type'),
    class: at('dns.resp.class'),
    ttl: at('dns.resp.ttl'),
    data: skip('the same bytes as the value, which is compared'),
    value: {
      // Wireshark splits a value into its parts; ours is the line of a zone file.
      names: [
        'dns.a',
        'dns.aaaa',
        'dns.cname',
        'dns.ns',
        'dns.ptr.domain_name',
        'dns.txt',
        'dns.mx.preference',
        'dns.mx.mail_exchange',
        'dns.srv.priority',
        'dns.srv.weight',
        'dns.srv.port',
        'dns.srv.target',
        'dns.soa.mname',
        'dns.soa.rname',
        'dns.soa.serial_number',
        'dns.soa.refresh_interval',
        'dns.soa.retry_interval',
        'dns.soa.expire_limit',
        'dns.soa.mininum_ttl',
      ],
      say: (value) => (String(value).includes('=') ? [value] : String(value).split(' ')),
    },
  },
};
const record = (prefix: string, group: string, source: string): Entry => ({
  each: {
    type: at(`${prefix}record_type`),
    group: at(`${prefix}${group}`),
    sources: at(`${prefix}${source}`),
  },
});
const extension = (name: string): Record<string, Entry> => ({
  nextHeader: at(`ipv6.${name}.nxt`),
  headerLength: at(`ipv6.${name}.len_oct`),
  options: { each: { ...option, type: at('ipv6.opt.type'), data: skip('compared by length and type only') } },
});

/** What Wireshark calls each field, for every protocol. The test fails for a field that is not here. */
export const WIRESHARK_FIELDS: { readonly [P in Protocol]: Readonly<Record<string, Entry>> } = {
  ethernet: { destination: at('eth.dst'), source: at('eth.src'), etherType: at('eth.type', 'eth.len') },
  linuxCooked: {
    version: skip('given by the link type'),
    packetType: at('sll.pkttype'),
    hardwareType: at('sll.hatype'),
    addressLength: at('sll.halen'),
    address: said(colons, 'sll.src.eth'),
    etherType: at('sll.etype'),
    interfaceIndex: at('sll.ifindex'),
  },
  vlan: {
    priority: at('vlan.priority', 'ieee8021ad.priority'),
    dei: at('vlan.dei', 'ieee8021ad.dei'),
    vlanId: at('vlan.id', 'ieee8021ad.id'),
    etherType: at('vlan.etype', 'ieee8021ah.etype'),
  },
  llc: {
    destinationSap: at('llc.dsap'),
    sourceSap: at('llc.ssap'),
    control: at('llc.control'),
    organization: at('llc.oui'),
    protocolType: at('llc.type', 'llc.cisco_pid'),
  },
  stp: {
    protocolId: at('stp.protocol'),
    version: at('stp.version'),
    type: at('stp.type'),
    flags: {
      each: {
        topologyChange: at('stp.flags.tc'),
        proposal: sometimes('stp.flags.proposal'),
        portRole: sometimes('stp.flags.port_role'),
        learning: sometimes('stp.flags.learning'),
        forwarding: sometimes('stp.flags.forwarding'),
        agreement: sometimes('stp.flags.agreement'),
        topologyChangeAcknowledgment: at('stp.flags.tcack'),
      },
    },
    rootPriority: at('stp.root.prio'),
    rootSystemId: at('stp.root.ext'),
    rootMac: at('stp.root.hw'),
    rootPathCost: at('stp.root.cost'),
    bridgePriority: at('stp.bridge.prio'),
    bridgeSystemId: at('stp.bridge.ext'),
    bridgeMac: at('stp.bridge.hw'),
    portId: at('stp.port'),
    messageAge: at('stp.msg_age'),
    maximumAge: at('stp.max_age'),
    helloTime: at('stp.hello'),
    forwardDelay: at('stp.forward'),
  },
  arp: {
    hardwareType: at('arp.hw.type'),
    protocolType: at('arp.proto.type'),
    hardwareSize: at('arp.hw.size'),
    protocolSize: at('arp.proto.size'),
    operation: at('arp.opcode'),
    senderMac: at('arp.src.hw_mac'),
    senderIp: at('arp.src.proto_ipv4'),
    targetMac: at('arp.dst.hw_mac'),
    targetIp: at('arp.dst.proto_ipv4'),
  },
  ipv4: {
    version: at('ip.version'),
    headerLength: at('ip.hdr_len'),
    dscp: at('ip.dsfield.dscp'),
    ecn: at('ip.dsfield.ecn'),
    totalLength: at('ip.len'),
    identification: at('ip.id'),
    flags: { each: { reserved: at('ip.flags.rb'), df: at('ip.flags.df'), mf: at('ip.flags.mf') } },
    fragmentOffset: said((bytes: number) => bytes / 8, 'ip.frag_offset'),
    ttl: at('ip.ttl'),
    nextProtocol: at('ip.proto'),
    headerChecksum: at('ip.checksum'),
    source: at('ip.src'),
    destination: at('ip.dst'),
    options: rawOptions,
  },
  ipv6: {
    version: at('ipv6.version'),
    dscp: at('ipv6.tclass.dscp'),
    ecn: at('ipv6.tclass.ecn'),
    flowLabel: at('ipv6.flow'),
    payloadLength: at('ipv6.plen'),
    nextHeader: at('ipv6.nxt'),
    hopLimit: at('ipv6.hlim'),
    source: at('ipv6.src'),
    destination: at('ipv6.dst'),
  },
  ipv6HopByHop: extension('hopopts'),
  ipv6DestinationOptions: extension('dstopts'),
  ipv6Routing: {
    nextHeader: at('ipv6.routing.nxt'),
    headerLength: at('ipv6.routing.len_oct'),
    routingType: at('ipv6.routing.type'),
    segmentsLeft: at('ipv6.routing.segleft'),
    addresses: at('ipv6.routing.mipv6.home_address', 'ipv6.routing.srh.addr'),
    data: skip('the same bytes as the addresses, which are compared'),
  },
  ipv6Fragment: {
    nextHeader: at('ipv6.fraghdr.nxt'),
    fragmentOffset: said((bytes: number) => bytes / 8, 'ipv6.fraghdr.offset'),
    moreFragments: at('ipv6.fraghdr.more'),
    identification: at('ipv6.fraghdr.ident'),
  },
  icmp: {
    type: at('icmp.type'),
    code: at('icmp.code'),
    checksum: at('icmp.checksum'),
    identifier: at('icmp.ident'),
    sequence: at('icmp.seq'),
    nextHopMtu: at('icmp.mtu'),
    gateway: at('icmp.redir_gw'),
    pointer: at('icmp.pointer'),
  },
  icmpv6: {
    type: at('icmpv6.type'),
    code: at('icmpv6.code'),
    checksum: at('icmpv6.checksum'),
    identifier: at('icmpv6.echo.identifier'),
    sequence: at('icmpv6.echo.sequence_number'),
    mtu: at('icmpv6.mtu'),
    pointer: at('icmpv6.pointer'),
    currentHopLimit: at('icmpv6.nd.ra.cur_hop_limit'),
    managed: at('icmpv6.nd.ra.flag.m'),
    otherConfiguration: at('icmpv6.nd.ra.flag.o'),
    routerLifetime: at('icmpv6.nd.ra.router_lifetime'),
    reachableTime: at('icmpv6.nd.ra.reachable_time'),
    retransmitTimer: at('icmpv6.nd.ra.retrans_timer'),
    router: at('icmpv6.nd.na.flag.r'),
    solicited: at('icmpv6.nd.na.flag.s'),
    override: at('icmpv6.nd.na.flag.o'),
    targetAddress: at(
      'icmpv6.nd.ns.target_address',
      'icmpv6.nd.na.target_address',
      'icmpv6.nd.rd.target_address',
    ),
    destinationAddress: at('icmpv6.rd.na.destination_address'),
    maximumResponseCode: at('icmpv6.mld.maximum_response_code', 'icmpv6.mld.maximum_response_delay'),
    multicastAddress: at('icmpv6.mld.multicast_address'),
    suppressRouterSide: at('icmpv6.mld.flag.s'),
    robustness: at('icmpv6.mld.flag.qrv'),
    queryIntervalCode: at('icmpv6.mld.qqi'),
    sources: at('icmpv6.mld.source_address'),
    records: record('icmpv6.mldr.mar.', 'multicast_address', 'source_address'),
    options: {
      each: {
        ...option,
        type: at('icmpv6.opt.type'),
        data: skip('compared by value'),
        linkLayerAddress: at('icmpv6.opt.linkaddr'),
        mtu: at('icmpv6.opt.mtu'),
        prefixInformation: {
          each: {
            prefix: at('icmpv6.opt.prefix'),
            prefixLength: at('icmpv6.opt.prefix.length'),
            onLink: at('icmpv6.opt.prefix.flag.l'),
            autonomous: at('icmpv6.opt.prefix.flag.a'),
            validLifetime: at('icmpv6.opt.prefix.valid_lifetime'),
            preferredLifetime: at('icmpv6.opt.prefix.preferred_lifetime'),
          },
        },
        recursiveDns: {
          each: { lifetime: at('icmpv6.opt.rdnss.lifetime'), servers: at('icmpv6.opt.rdnss') },
        },
      },
    },
  },
  igmp: {
    type: at('igmp.type'),
    maximumResponseCode: at('igmp.max_resp'),
    checksum: at('igmp.checksum'),
    groupAddress: at('igmp.maddr'),
    suppressRouterSide: at('igmp.s'),
    robustness: at('igmp.qrv'),
    queryIntervalCode: at('igmp.qqic'),
    sources: at('igmp.saddr'),
    records: record('igmp.', 'maddr', 'saddr'),
  },
  tcp: {
    ...port,
    sequence: at('tcp.seq'),
    acknowledgment: at('tcp.ack'),
    headerLength: at('tcp.hdr_len'),
    flags: {
      each: {
        cwr: at('tcp.flags.cwr'),
        ece: at('tcp.flags.ece'),
        urg: at('tcp.flags.urg'),
        ack: at('tcp.flags.ack'),
        psh: at('tcp.flags.push'),
        rst: at('tcp.flags.reset'),
        syn: at('tcp.flags.syn'),
        fin: at('tcp.flags.fin'),
      },
    },
    window: at('tcp.window_size_value'),
    checksum: at('tcp.checksum'),
    urgentPointer: at('tcp.urgent_pointer'),
    options: { each: { ...option, type: at('tcp.option_kind'), data: skip('compared by kind of option') } },
    maximumSegmentSize: at('tcp.options.mss_val'),
    windowScale: at('tcp.options.wscale.shift'),
    sackPermitted: said(() => '04:02', 'tcp.options.sack_perm'),
    sackBlocks: said((blocks: number[][]) => blocks.flat(), 'tcp.options.sack_le', 'tcp.options.sack_re'),
    timestamps: {
      each: { value: at('tcp.options.timestamp.tsval'), echoReply: at('tcp.options.timestamp.tsecr') },
    },
  },
  udp: { ...port, totalLength: at('udp.length'), checksum: at('udp.checksum') },
  sctp: { ...port, verificationTag: at('sctp.verification_tag'), checksum: at('sctp.checksum') },
  vxlan: { flags: said((byte: number) => byte << 8, 'vxlan.flags'), vni: at('vxlan.vni') },
  gre: {
    checksumPresent: at('gre.flags.checksum'),
    keyPresent: at('gre.flags.key'),
    sequencePresent: at('gre.flags.sequence_number'),
    version: at('gre.flags.version'),
    protocolType: at('gre.proto'),
    checksum: at('gre.checksum'),
    key: at('gre.key'),
    sequence: at('gre.sequence_number'),
  },
  geneve: {
    version: at('geneve.version'),
    optionsLength: skip(
      'Wireshark shows it under the name of the length of one option, at the same place as the version',
    ),
    control: at('geneve.flags.oam'),
    critical: at('geneve.flags.critical'),
    protocolType: at('geneve.proto_type'),
    vni: at('geneve.vni'),
    options: {
      each: {
        ...option,
        optionClass: at('geneve.option.class'),
        type: at('geneve.option.type'),
        critical: at('geneve.option.type.critical'),
        data: said(colons, 'geneve.option.unknown.data'),
      },
    },
  },
  vrrp: {
    version: at('vrrp.version'),
    type: at('vrrp.type'),
    virtualRouterId: at('vrrp.virt_rtr_id'),
    priority: at('vrrp.prio'),
    addressCount: at('vrrp.addr_count'),
    authenticationType: at('vrrp.auth_type'),
    advertisementInterval: at('vrrp.adver_int', 'vrrp.short_adver_int'),
    checksum: at('vrrp.checksum'),
    addresses: at('vrrp.ip_addr', 'vrrp.ipv6_addr'),
    authenticationData: said(() => 'secret', 'vrrp.auth_string'),
  },
  dhcp: {
    operation: at('dhcp.type'),
    hardwareType: at('dhcp.hw.type'),
    hardwareLength: at('dhcp.hw.len'),
    hops: at('dhcp.hops'),
    transactionId: at('dhcp.id'),
    seconds: at('dhcp.secs'),
    broadcast: at('dhcp.flags.bc'),
    clientAddress: at('dhcp.ip.client'),
    yourAddress: at('dhcp.ip.your'),
    serverAddress: at('dhcp.ip.server'),
    relayAddress: at('dhcp.ip.relay'),
    clientMac: at('dhcp.hw.mac_addr'),
    serverName: at('dhcp.server'),
    file: at('dhcp.file'),
    options: {
      each: {
        ...option, // Wireshark gives the end option the number 0.
        code: said((code: number) => (code === 255 ? 0 : code), 'dhcp.option.type'),
        data: skip('compared by kind of option'),
      },
    },
    messageType: at('dhcp.option.dhcp'),
    subnetMask: at('dhcp.option.subnet_mask'),
    routers: at('dhcp.option.router'),
    dnsServers: at('dhcp.option.domain_name_server'),
    hostName: at('dhcp.option.hostname'),
    domainName: at('dhcp.option.domain_name'),
    interfaceMtu: at('dhcp.option.interface_mtu'),
    requestedAddress: at('dhcp.option.requested_ip_address'),
    leaseTime: at('dhcp.option.ip_address_lease_time'),
    serverIdentifier: at('dhcp.option.dhcp_server_id'),
    parameterRequestList: at('dhcp.option.request_list_item'),
    renewalTime: at('dhcp.option.renewal_time_value'),
    rebindingTime: at('dhcp.option.rebinding_time_value'),
    clientIdentifier: said(colons, 'dhcp.option.value'),
    tftpServerName: at('dhcp.option.tftp_server_name'),
    bootFileName: at('dhcp.option.bootfile_name'),
    classlessRoutes: { names: ['dhcp.option.classless_static_route'], say: routeBytes },
  },
  dhcpv6: {
    messageType: at('dhcpv6.msgtype'),
    transactionId: at('dhcpv6.xid'),
    hopCount: at('dhcpv6.hopcount'),
    linkAddress: at('dhcpv6.linkaddr'),
    peerAddress: at('dhcpv6.peeraddr'),
    options: dhcpv6Options(3),
  },
  dns: {
    id: at('dns.id'),
    flags: {
      each: {
        response: at('dns.flags.response'),
        authoritative: sometimes('dns.flags.authoritative'),
        truncated: at('dns.flags.truncated'),
        recursionDesired: at('dns.flags.recdesired'),
        recursionAvailable: sometimes('dns.flags.recavail'),
        authenticData: sometimes('dns.flags.authenticated'),
        checkingDisabled: at('dns.flags.checkdisable'),
      },
    },
    opcode: at('dns.flags.opcode'),
    responseCode: sometimes('dns.flags.rcode'),
    questionCount: at('dns.count.queries'),
    answerCount: at('dns.count.answers'),
    authorityCount: at('dns.count.auth_rr'),
    additionalCount: at('dns.count.add_rr'),
    questions: { each: { name: at('dns.qry.name'), type: at('dns.qry.type'), class: at('dns.qry.class') } },
    answers: dnsRecord,
    authorities: dnsRecord,
    additionals: dnsRecord,
  },
  http: {
    method: at('http.request.method'),
    target: at('http.request.uri'),
    version: at('http.request.version', 'http.response.version'),
    status: at('http.response.code'),
    reason: at('http.response.phrase'),
    headers: {
      names: ['http.request.line', 'http.response.line'],
      say: (value) => (value as string[][]).map(([name, text]) => `${name}: ${text}`),
      hear: (show) => show.replaceAll(/\\r\\n|\s+$/g, ''),
    },
  },
};

/** The bytes that a list of routes is made of (RFC 3442), as Wireshark 4 shows them. */
function routeBytes(value: unknown): unknown {
  return (value as { destination: string; router: string }[]).map(({ destination, router }) => {
    const [address = '', width] = destination.split('/');
    const significant = address.split('.').slice(0, Math.ceil(Number(width) / 8));
    const numbers = [width, ...significant, ...router.split('.')].map(Number);
    return numbers.map((number) => number.toString(16).padStart(2, '0')).join(':');
  });
}

function dhcpv6Options(depth: number): Entry {
  return {
    each: {
      ...option,
      code: skip(
        'options lie in options, and Wireshark lists them in another order; the values are compared',
      ),
      data: skip('compared by value'),
      identityAssociation: {
        each: {
          id: { names: ['dhcpv6.iaid'], hear: (show) => String(Number.parseInt(show, 16)) },
          renewTime: at('dhcpv6.iaid.t1'),
          rebindTime: at('dhcpv6.iaid.t2'),
        },
      },
      identityAddress: {
        each: {
          address: at('dhcpv6.iaaddr.ip'),
          preferredLifetime: at('dhcpv6.iaaddr.pref_lifetime'),
          validLifetime: at('dhcpv6.iaaddr.valid_lifetime'),
        },
      },
      requestedOptions: at('dhcpv6.requested_option_code'),
      statusCode: at('dhcpv6.status_code'),
      dnsServers: at('dhcpv6.dns_server'),
      domainSearch: { names: ['dhcpv6.search_list_entry'], hear: (show) => show.replace(/\.$/, '') },
      ...(depth > 0 ? { options: dhcpv6Options(depth - 1) } : undefined),
    },
  };
}
