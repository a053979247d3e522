import type { Protocol } from '../layers.ts';
import { at, colons, type Entry, type Fields, option, said, skip } from './mapping.ts';

const port = {
  sourcePort: at('udp.srcport', 'tcp.srcport', 'sctp.srcport'),
  destinationPort: at('udp.dstport', 'tcp.dstport', 'sctp.dstport'),
};
const record = (prefix: string, group: string, source: string): Entry => ({
  each: {
    type: at(`${prefix}record_type`),
    group: at(`${prefix}${group}`),
    sources: at(`${prefix}${source}`),
  },
});

/** What lies on IP, and tunnels. */
export const TRANSPORT = {
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
} satisfies Partial<Record<Protocol, Fields>>;
