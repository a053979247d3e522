/**
 * What connection tracking knows of a packet's connection: the texts of `dpctl/dump-conntrack` (ovs-vswitchd(8)) and of
 * conntrack(8). Pure.
 */
import type { Headers } from '../journey/types.ts';

/** The states of ct_state (ovs-fields(7)), as `ofproto/trace --ct-next` takes them. */
export type ConnectionState = 'trk,new' | 'trk,est' | 'trk,est,rpl';

type Tuple = ReadonlyMap<string, string>;

const TUPLE = /(orig|reply)=\(([^)]*)\)/gu;

/**
 * The state in which a packet with these headers belongs to one of the connections. The text is of a time after the
 * packet: the connection that it has begun itself is a new one.
 */
export function connectionState(text: string, headers: Headers): ConnectionState {
  let state: ConnectionState = 'trk,new';
  for (const line of text.split('\n')) {
    if (protocols[line.split(',')[0] ?? ''] !== headers.protocol) continue;
    for (const [, direction, body = ''] of line.matchAll(TUPLE)) {
      const tuple: Tuple = new Map(body.split(',').map((pair) => pair.split('=') as [string, string]));
      if (!isOf(tuple, headers)) continue;
      if (direction === 'reply') return 'trk,est,rpl';
      if (!begins(headers)) state = 'trk,est';
    }
  }
  return state;
}

/** A connection of the kernel's that a packet belongs to. */
export interface KernelConnection {
  readonly direction: 'original' | 'reply';
  /** Where the packet goes in the end, whatever its header says. */
  readonly destination: string;
}

/** The connection of a packet, from the text of `conntrack -L`. One that the packet has begun itself is none. */
export function kernelConnection(text: string, headers: Headers): KernelConnection | undefined {
  let found: KernelConnection | undefined;
  for (const line of text.split('\n')) {
    if (protocols[line.split(' ')[0] ?? ''] !== headers.protocol) continue;
    const [original, reply] = tuplesOf(line);
    if (!original || !reply) continue;
    if (isOf(reply, headers)) return { direction: 'reply', destination: original.get('src') ?? '' };
    if (isOf(original, headers) && !begins(headers) && !line.includes('[UNREPLIED]'))
      found = { direction: 'original', destination: reply.get('src') ?? '' };
  }
  return found;
}

/** `src=… dst=… sport=…` twice: the original direction, then that of replies. */
function tuplesOf(line: string): Map<string, string>[] {
  const tuples: Map<string, string>[] = [];
  for (const [, name = '', value = ''] of line.matchAll(/\b(src|dst|sport|dport|type|code|id)=(\S+)/gu)) {
    if (name === 'src') tuples.push(new Map());
    tuples.at(-1)?.set(name, value);
  }
  return tuples;
}

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 };

function isOf(tuple: Tuple, { src_ip, dst_ip, src_port, dst_port, icmp }: Headers): boolean {
  const same = (name: string, value: number | undefined): boolean =>
    value === undefined || tuple.get(name) === String(value);
  return (
    tuple.get('src') === src_ip &&
    tuple.get('dst') === dst_ip &&
    same('sport', src_port) &&
    same('dport', dst_port) &&
    same('id', icmp?.identifier) &&
    same('type', icmp?.type)
  );
}

/** The first packet of a connection. */
const begins = ({ tcp_flags, icmp }: Headers): boolean =>
  tcp_flags === 'syn' || icmp?.type === 8 || icmp?.type === 128;
