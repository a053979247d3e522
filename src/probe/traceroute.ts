import type { Agent } from '../engine/index.ts';
import { taughtAgent } from './applications.ts';

export interface TracerouteOptions {
  /** Default: udp, to ports from 33434 on, one more for each TTL. */
  readonly protocol?: 'udp' | 'icmp';
  readonly port?: number;
  readonly source?: string;
  /** Default: 1. */
  readonly first?: number;
  /** Default: 30. */
  readonly last?: number;
  /** Seconds to wait at each TTL. Default: 1. */
  readonly timeout?: number;
}

/** The packet that an ICMP error is about, as it quotes it: a NAT on the way must have put it right (RFC 5508, 4.2). */
export interface Quoted {
  readonly source: string;
  readonly destination: string;
  /** Only of UDP. */
  readonly source_port?: number;
  readonly destination_port?: number;
}

export type TraceHop = { readonly ttl: number } & (
  | { readonly outcome: 'silent' }
  | { readonly outcome: 'not-sent'; readonly errno: string }
  /** passed: time exceeded. reached: the destination answered. unreachable: somebody refuses to send it on. */
  | {
      readonly outcome: 'passed' | 'reached' | 'unreachable';
      readonly from: string;
      readonly us: number;
      /** ICMP type and code; absent for an echo reply. */
      readonly type?: number;
      readonly code?: number;
      readonly quoted?: Quoted;
    }
);

/** Who is on the way from a guest to an address: packets of growing TTL, one at a time, and what ICMP says of each. */
export async function traceroute(
  guests: Agent,
  server: string,
  destination: string,
  { protocol = 'udp', timeout = 1, last = 30, ...rest }: TracerouteOptions = {},
): Promise<TraceHop[]> {
  const agent = await taughtAgent(guests);
  return agent.request('traceroute', { namespace: server, destination, protocol, timeout, last, ...rest });
}
