/** How guests get IPv6 addresses: by the kernel's own autoconfiguration (RFC 4862), and from ISC's DHCPv6 client. */
import type { Agent } from '../engine/index.ts';
import { taughtAgent } from './applications.ts';

/** What the kernel has for a NIC. */
export interface Ipv6State {
  /** In the order of the kernel, link-local ones included. */
  readonly addresses: readonly {
    readonly address: string;
    readonly prefix: number;
    readonly scope: 'global' | 'link';
    /** Made by the kernel of a prefix that a router has advertised. */
    readonly autoconfigured: boolean;
    /** Nobody has been asked yet whether it is taken, or the answer is not there. */
    readonly tentative: boolean;
    /** Somebody else has it. */
    readonly duplicate: boolean;
    /** Seconds; for ever is 4294967295. */
    readonly valid: number;
  }[];
  /** Default routers that have advertised themselves, by their link-local addresses. */
  readonly routers: readonly string[];
  /** Prefixes on the link. */
  readonly prefixes: readonly string[];
  /** What IPv6 takes for the MTU of the link. */
  readonly mtu: number;
}

interface KernelState extends Omit<Ipv6State, 'addresses'> {
  readonly addresses: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: 'global' | 'link';
    readonly dynamic?: boolean;
    readonly mngtmpaddr?: boolean;
    readonly tentative?: boolean;
    readonly dadfailed?: boolean;
    readonly valid_life_time: number;
  }[];
}

const stateOf = ({ addresses, ...rest }: KernelState): Ipv6State => ({
  ...rest,
  addresses: addresses.map((one) => ({
    address: one.local,
    prefix: one.prefixlen,
    scope: one.scope,
    autoconfigured: one.mngtmpaddr === true,
    tentative: one.tentative === true,
    duplicate: one.dadfailed === true,
    valid: one.valid_life_time,
  })),
});

export interface AutoconfigureOptions {
  /** Default: eth0. */
  readonly device?: string;
  /** Whether it is waited for a router; default true. */
  readonly routers?: boolean;
  /** Addresses that are waited for as well: of several routers one may be heard before the others. */
  readonly addresses?: readonly string[];
  /** Asks first whether somebody else has an address (RFC 4862, 5.4), and waits a quarter of a second for each answer; default false. */
  readonly detect?: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/**
 * The guest forgets what it knows of IPv6 on a NIC and begins anew: it makes its link-local address, asks for routers
 * and takes what they say, as a kernel does when its link comes up. Tells what it has when it has heard a router and
 * has the addresses, or the time is over.
 */
export async function autoconfigure(
  guests: Agent,
  server: string,
  { device = 'eth0', ...options }: AutoconfigureOptions = {},
): Promise<Ipv6State> {
  const agent = await taughtAgent(guests);
  return stateOf(
    await agent.request<KernelState>('autoconfigure', { namespace: server, device, ...options }),
  );
}

/** What the kernel has for a NIC now. */
export async function ipv6State(guests: Agent, server: string, device = 'eth0'): Promise<Ipv6State> {
  const agent = await taughtAgent(guests);
  return stateOf(await agent.request<KernelState>('ipv6-state', { namespace: server, device }));
}

export interface Lease6 {
  /** Absent of a stateless exchange: there the server gives none (RFC 8415, 6.1). */
  readonly address?: string;
  readonly dns: readonly string[];
  readonly domains: readonly string[];
  /** Seconds; of the address. */
  readonly preferred?: number;
  readonly valid?: number;
  /** All that dhclient says, by its own names. */
  readonly options: Readonly<Record<string, string>>;
}

export type Dhcp6Outcome =
  | { readonly outcome: 'bound' | 'informed'; readonly lease: Lease6 }
  /** `log`: what the client wrote. */
  | { readonly outcome: 'no-answer'; readonly log?: string };

export interface Dhcp6Options {
  /** Default: eth0. */
  readonly device?: string;
  /** Asks for all but an address (INFORMATION-REQUEST). */
  readonly stateless?: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/** Solicit and request, or ask for information alone; the client stays in the guest until `endDhcp6`. */
export async function dhcp6(
  guests: Agent,
  server: string,
  { device = 'eth0', ...options }: Dhcp6Options = {},
): Promise<Dhcp6Outcome> {
  const agent = await taughtAgent(guests);
  const told = await agent.request<Record<string, string>>('dhcp6', {
    namespace: server,
    device,
    ...options,
  });
  const { event, log, ...rest } = told;
  if (event === '' || event === undefined)
    return { outcome: 'no-answer', ...(log === undefined ? {} : { log }) };
  const lease = leaseOf(rest);
  return { outcome: lease.address === undefined ? 'informed' : 'bound', lease };
}

/** Ends the client without a word to the server. Whether there was one. */
export async function endDhcp6(
  guests: Agent,
  server: string,
  { device = 'eth0' }: { readonly device?: string } = {},
): Promise<boolean> {
  const agent = await taughtAgent(guests);
  return agent.request('dhcp6-end', { namespace: server, device });
}

function leaseOf(options: Readonly<Record<string, string>>): Lease6 {
  const words = (name: string): string[] => (options[name] ?? '').split(' ').filter((one) => one !== '');
  const { new_ip6_address, new_preferred_life, new_max_life } = options;
  return {
    ...(new_ip6_address === undefined ? {} : { address: new_ip6_address }),
    ...(new_preferred_life === undefined ? {} : { preferred: Number(new_preferred_life) }),
    ...(new_max_life === undefined ? {} : { valid: Number(new_max_life) }),
    dns: words('new_dhcp6_name_servers'),
    domains: words('new_dhcp6_domain_search'),
    options,
  };
}
