import type { Protocol } from '../layers.ts';
import { at, colons, type Entry, type Fields, option, said, skip, sometimes } from './mapping.ts';

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

/** Routers and services. */
export const SERVICES = {
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
} satisfies Partial<Record<Protocol, Fields>>;

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
