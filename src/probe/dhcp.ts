/** A real DHCP client in a guest: busybox's udhcpc. It sets address, routes and MTU, and leaves resolv.conf alone. */
import type { Agent } from '../engine/index.ts';
import { taughtAgent } from './applications.ts';

export interface Lease {
  readonly address: string;
  readonly prefix: number;
  /** Seconds. */
  readonly seconds: number;
  /** Address of the server (option 54). */
  readonly server?: string;
  readonly mtu?: number;
  /** Option 3. */
  readonly routers: readonly string[];
  /** Option 121; where there are any, the routers of option 3 do not count (RFC 3442). */
  readonly classless_routes: readonly { readonly destination: string; readonly via: string }[];
  readonly dns: readonly string[];
  readonly domain?: string;
  /** All that udhcpc says, by its own names. */
  readonly options: Readonly<Record<string, string>>;
}

export type DhcpOutcome =
  | { readonly outcome: 'bound' | 'renewed'; readonly lease: Lease }
  /** refused: the server said no (DHCPNAK). */
  | { readonly outcome: 'refused' }
  /** `log`: what the client wrote. */
  | { readonly outcome: 'no-answer'; readonly log?: string };

export interface DhcpOptions {
  /** Default: eth0. */
  readonly device?: string;
  /** Requests that are sent. Default: 3. */
  readonly tries?: number;
  /** Seconds from one to the next. Default: 1. */
  readonly pause?: number;
  /** An address to ask for. */
  readonly request?: string;
  /** Options to ask for besides the usual, by udhcpc's names or as numbers. */
  readonly options?: readonly string[];
}

type Told = Readonly<Record<string, string>>;

/** What a client asks for on top of udhcpc's own list: MTU, classless routes and a search list. */
const WANTED = ['mtu', 'staticroutes', 'search'];

/**
 * Discover, request, and set what was offered. The client stays in the guest until `endDhcp` or `releaseDhcp`, and its
 * state in the guests' node, so that another process can renew what this one got.
 */
export async function dhcp(
  guests: Agent,
  server: string,
  { device = 'eth0', tries = 3, pause = 1, request = '', options = [] }: DhcpOptions = {},
): Promise<DhcpOutcome> {
  const agent = await taughtAgent(guests);
  const told = await agent.request<Told>('dhcp', {
    namespace: server,
    device,
    tries,
    pause,
    request,
    options: [...WANTED, ...options],
  });
  return outcomeOf(told);
}

/**
 * Asks for more time, at the server that gave the lease. udhcpc is told twice when the first time was not answered: then
 * it gives up its address, looks for a server anew, and is bound.
 *
 * @throws NetdojoError ND_NODE_COMMAND where no client runs
 */
export async function renewDhcp(
  guests: Agent,
  server: string,
  { device = 'eth0', timeout = 5 }: { readonly device?: string; readonly timeout?: number } = {},
): Promise<DhcpOutcome> {
  const agent = await taughtAgent(guests);
  return outcomeOf(await agent.request<Told>('dhcp-renew', { namespace: server, device, timeout }));
}

/** Gives the lease back and takes the address away. @throws NetdojoError ND_NODE_COMMAND where no client runs */
export async function releaseDhcp(
  guests: Agent,
  server: string,
  { device = 'eth0' }: { readonly device?: string } = {},
): Promise<void> {
  const agent = await taughtAgent(guests);
  await agent.request('dhcp-release', { namespace: server, device });
}

/** Ends the client without a word to the server; what it has set stays. Whether there was one. */
export async function endDhcp(
  guests: Agent,
  server: string,
  { device = 'eth0' }: { readonly device?: string } = {},
): Promise<boolean> {
  const agent = await taughtAgent(guests);
  return agent.request('dhcp-end', { namespace: server, device });
}

const outcomeOf = (told: Told): DhcpOutcome => {
  const { event, log } = told;
  if (event === 'bound') return { outcome: 'bound', lease: leaseOf(told) };
  if (event === 'renew') return { outcome: 'renewed', lease: leaseOf(told) };
  if (event === 'nak') return { outcome: 'refused' };
  return { outcome: 'no-answer', ...(log === undefined ? {} : { log }) };
};

/** A lease from udhcpc's variables. */
const leaseOf = (told: Told): Lease => {
  const options = Object.fromEntries(Object.entries(told).filter(([name]) => name !== 'event'));
  const words = (name: string): string[] => (options[name] ?? '').split(' ').filter((one) => one !== '');
  const { serverid, mtu, domain } = options;
  return {
    address: options['ip'] ?? '',
    prefix: Number(options['mask'] ?? 32),
    seconds: Number(options['lease'] ?? 0),
    ...(serverid === undefined ? {} : { server: serverid }),
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
    routers: words('router'),
    classless_routes: pairs(words('staticroutes')),
    dns: words('dns'),
    ...(domain === undefined ? {} : { domain }),
    options,
  };
};

const pairs = (words: readonly string[]): Lease['classless_routes'] => {
  const [destination, via, ...rest] = words;
  return destination === undefined || via === undefined ? [] : [{ destination, via }, ...pairs(rest)];
};
