/** A frame's headers as the journey's vocabulary has them. */
import { ipv6At, type LayerOf, macAt } from 'tcpdump-parser';
import type { Headers, Tunnel } from '../journey/types.ts';
import { type OpenFrame, openFrame } from './frame.ts';

/**
 * The headers of a frame: the tenant's own frame, and the tunnel around it apart. Undefined for markers and for bytes
 * that hold no Ethernet header. `tunnels` false leaves tunnels alone, as is right at a guest's own NIC.
 */
export function headersOf(bytes: Uint8Array, tunnels = true): Headers | undefined {
  const frame = openFrame(bytes, tunnels);
  return frame && headersOfFrame(frame);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** As {@link headersOf}, for a frame that is dissected already. */
export function headersOfFrame(frame: OpenFrame): Headers {
  const { ethernet, vlan, arp, ip, ethertype } = frame;
  const headers: Writable<Headers> = { src_mac: ethernet.source, dst_mac: ethernet.destination, ethertype };
  if (vlan) headers.vlan = vlan.vlanId;
  const tunnel = tunnelOf(frame.outer);
  if (tunnel) headers.tunnel = tunnel;
  if (arp) {
    headers.arp = {
      operation: arp.operation === 2 ? 'reply' : 'request',
      sender_mac: arp.senderMac,
      sender_ip: arp.senderIp,
      target_mac: arp.targetMac,
      target_ip: arp.targetIp,
    };
  }
  if (ip) {
    headers.src_ip = ip.source;
    headers.dst_ip = ip.destination;
    if (ip.protocol === 'ipv4') {
      headers.ttl = ip.ttl;
      headers.df = ip.flags.df;
    } else headers.ttl = ip.hopLimit;
    headers.length = ip.end - ip.offset;
    addUpper(headers, frame);
  }
  return headers;
}

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const SCTP = 132;

function addUpper(headers: Writable<Headers>, { bytes, upper, tcp }: OpenFrame): void {
  if (!upper) return;
  const { protocol, offset, end, fragment } = upper;
  headers.protocol = protocol;
  if (fragment) headers.fragment = { offset: fragment.offset, more: fragment.more };
  if (end - offset < 8 || (fragment?.offset ?? 0) > 0) return;
  const word = (at: number): number => ((bytes[offset + at] ?? 0) << 8) + (bytes[offset + at + 1] ?? 0);
  if (protocol === TCP || protocol === UDP || protocol === SCTP) {
    headers.src_port = word(0);
    headers.dst_port = word(2);
    if (tcp) headers.tcp_flags = tcpFlags(tcp.flagBits);
  } else if (protocol === ICMP || protocol === ICMPV6) {
    const type = bytes[offset] ?? 0;
    const code = bytes[offset + 1] ?? 0;
    headers.icmp = isEcho(protocol, type)
      ? { type, code, identifier: word(4), sequence: word(6) }
      : { type, code };
    // Neighbour solicitation and advertisement (RFC 4861, 4.3 and 4.4).
    if (protocol === ICMPV6 && (type === 135 || type === 136) && end - offset >= 24)
      headers.nd = { target_ip: ipv6At(bytes, offset + 8) };
  }
}

/** Echo request or reply (RFC 792 and RFC 4443, 4). */
export function isEcho(protocol: number, type: number): boolean {
  return protocol === ICMP ? type === 8 || type === 0 : protocol === ICMPV6 && (type === 128 || type === 129);
}

const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
const flagTexts = new Map<number, string>();

/** The names of the TCP flags that are set (RFC 9293, 3.1), such as `syn,ack`. */
function tcpFlags(bits: number): string {
  let text = flagTexts.get(bits);
  if (text === undefined) {
    text = FLAGS.filter((_, bit) => bits & (1 << bit)).join(',');
    flagTexts.set(bits, text);
  }
  return text;
}

function tunnelOf(outer: OpenFrame['outer']): Tunnel | undefined {
  const last = outer.at(-1);
  if (last?.protocol !== 'vxlan' && last?.protocol !== 'gre' && last?.protocol !== 'geneve') return undefined;
  let vlan: LayerOf<'vlan'> | undefined;
  let ip: LayerOf<'ipv4' | 'ipv6'> | undefined;
  let udp: LayerOf<'udp'> | undefined;
  for (const layer of outer) {
    if (layer.protocol === 'vlan') vlan ??= layer;
    else if (layer.protocol === 'ipv4' || layer.protocol === 'ipv6') ip = layer;
    else if (layer.protocol === 'udp') udp = layer;
  }
  if (!ip) return undefined;
  return {
    type: last.protocol,
    // A GRE packet without a key (RFC 2890) carries no network's number; 0 is what Open vSwitch takes it for.
    id: last.protocol === 'gre' ? (last.key ?? 0) : last.vni,
    src_ip: ip.source,
    dst_ip: ip.destination,
    src_mac: macAt(ip.frame, 6),
    dst_mac: macAt(ip.frame, 0),
    ...(vlan && { vlan: vlan.vlanId }),
    ...(udp && { dst_port: udp.destinationPort }),
    ttl: ip.protocol === 'ipv4' ? ip.ttl : ip.hopLimit,
    df: ip.protocol === 'ipv4' ? ip.flags.df : true,
  };
}
