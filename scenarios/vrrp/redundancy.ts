/** What the stories of routers with ha do to them, and what they look at. */
import { setTimeout as passed } from 'node:timers/promises';
import { type Cloud, downInterval } from '../../src/cloud/index.ts';
import { stream, type StreamResult } from '../../src/probe/index.ts';
import { cloudDocument, expectGapBelow } from '../../src/scenario/index.ts';
import { parseAddress } from '../../src/topology/index.ts';
import { expect } from 'vitest';

export const FLOATING = '203.0.113.110';
export const INTERNET = '198.51.100.10';
export const NEEDS = ['routers with ha', 'vxlan'];

const document = await cloudDocument('vrrp-routed');

/** The cloud of these stories with other options. */
export const redundant = (options: NonNullable<typeof document.options>): typeof document => ({
  ...document,
  options: { ...document.options, ...options },
});

/** Fast enough for a story, slow enough for a busy machine; VRRP version 3. */
export const FAST = { ha_vrrp_advert_int: 0.3 } as const;

/** The one host on which a router is active. */
export async function activeHost(cloud: Cloud, router = 'r1'): Promise<string> {
  const hosts = await cloud.activeHosts();
  expect(hosts[router], `active hosts of ${router}`).toHaveLength(1);
  return hosts[router]?.[0] ?? '';
}

export const otherHost = (host: string): string => (host === 'network1' ? 'network2' : 'network1');

/** Until exactly these hosts take a router for theirs. @throws after `timeout` seconds, with who does */
export const untilActiveOn = (
  cloud: Cloud,
  hosts: readonly string[],
  options: Patience = {},
): Promise<void> =>
  untilActive(cloud, (active) => active.toSorted().join() === hosts.toSorted().join(), {
    wanted: hosts.join(' and '),
    ...options,
  });

/** Until one alone of these hosts takes r1 for its own. @throws as untilActiveOn */
export const untilActiveOnOneOf = (cloud: Cloud, hosts: readonly string[]): Promise<void> =>
  untilActive(cloud, ([one = '', ...others]) => hosts.includes(one) && others.length === 0, {
    wanted: `${hosts.join(' or ')} alone`,
  });

interface Patience {
  readonly router?: string;
  readonly timeout?: number;
}

async function untilActive(
  cloud: Cloud,
  isSo: (active: readonly string[]) => boolean,
  { router = 'r1', timeout = budget(cloud) + 5, wanted }: Patience & { readonly wanted: string },
): Promise<void> {
  const deadline = performance.now() + timeout * 1000;
  for (;;) {
    const { [router]: active = [] } = await cloud.activeHosts();
    if (isSo(active)) return;
    if (performance.now() > deadline) {
      const who = active.join(' and ') || 'no host';
      const said = await Promise.all(holders(cloud, router).map((node) => told(cloud, node, router)));
      throw new Error(
        [`${router} is active on ${who} after ${timeout.toFixed(1)} s, not on ${wanted}`, ...said].join('\n'),
      );
    }
    await passed(10);
  }
}

/** A host's address on the HA network and what its keepalived went through; one that hangs does not tell. */
async function told(cloud: Cloud, node: string, router: string): Promise<string> {
  const states = statesOf(cloud, node, router).then((list) => list.join(', '));
  const known = await Promise.race([states, passed(1000, 'does not answer', { ref: false })]);
  return `  ${node}, ${haAddress(cloud, node, router)}: ${known}`;
}

/** What it may take (s) until everybody has taken up the announcements of a host that has become active. */
const ALLOWANCE = 0.4;

/** What a fail-over may take (s): until the standby has missed the active host, and the announcements. */
export const budget = (cloud: Cloud): number => downInterval(cloud.topology.options) + ALLOWANCE;

/**
 * The same where the active host says that it goes (priority 0): the standby waits for its skew alone (RFC 5798,
 * 6.4.2), at a priority of 50 and with VRRP version 3.
 */
export const farewell = ({ topology }: Cloud): number =>
  (topology.options.ha_vrrp_advert_int * (256 - 50)) / 256 + ALLOWANCE;

export interface Place {
  readonly node: string;
  readonly namespace: string;
  /** The ha- device. */
  readonly device: string;
}

/** Where a host holds a router. */
export function placeOf(cloud: Cloud, node: string, router = 'r1'): Place {
  const sign = cloud.target
    .activeSigns(cloud.topology)
    .find((one) => one.node === node && one.router === router);
  if (sign === undefined) throw new Error(`${node} does not hold ${router}`);
  return sign;
}

/** The devices of a router on a host. */
export function devicesOf(cloud: Cloud, node: string, router = 'r1'): string[] {
  const { namespace } = placeOf(cloud, node, router);
  const ports = Object.values(cloud.cluster.state.nodes[node]?.ports ?? {});
  return ports.filter((port) => port.namespace === namespace).map(({ name }) => name);
}

/** A host's own address on the HA network. */
export function haAddress({ topology }: Cloud, node: string, router = 'r1'): string {
  const port = topology.routers[router]?.vrrp?.ports.find(({ host }) => host === node)?.port ?? '';
  return topology.ports[port]?.fixed_ips[0]?.ip_address ?? '';
}

export const holders = ({ topology }: Cloud, router = 'r1'): readonly string[] =>
  topology.routers[router]?.hosts ?? [];

/**
 * Who stays of several that are all active and hear each other: the one with the highest address on the HA network,
 * since all have the same priority (RFC 5798, 6.4.3).
 */
export function strongerOf(cloud: Cloud, hosts = holders(cloud)): string {
  const value = (host: string): bigint => parseAddress(haAddress(cloud, host))?.value ?? 0n;
  return hosts.reduce((best, host) => (value(host) > value(best) ? host : best));
}

/** The states of VRRP that keepalived of a router's host has been in, by its own log: `BACKUP`, `MASTER`, `FAULT`. */
export async function statesOf(cloud: Cloud, node: string, router = 'r1'): Promise<readonly string[]> {
  const { namespace } = placeOf(cloud, node, router);
  const log = `/run/netdojo/keepalived-${namespace.replace('qrouter-', '')}.log`;
  const agent = await cloud.cluster.agent(node);
  const { stdout } = await agent.run(['cat', log]);
  return [...stdout.matchAll(/Entering (\w+) STATE/gu)].map(([, state = '']) => state);
}

/** What streams showed of a fail-over; the longest time without an answer is the outage. */
export interface Outages {
  readonly streams: Readonly<Record<string, StreamResult>>;
  /** A stream between two of one network, to whose way nothing is done. */
  readonly bystander: StreamResult;
}

/**
 * Sends ICMP echoes each 10 ms out of the cloud, into it and across the router while something happens, and on until
 * so many are answered.
 */
export async function outages(
  cloud: Cloud,
  happening: () => Promise<void>,
  { answers = 20 } = {},
): Promise<Outages> {
  const guests = await cloud.guests();
  const outside = await cloud.cluster.agent('internet1');
  await using into = await stream(outside, '', FLOATING);
  await using out = await stream(guests, 'blue2', INTERNET);
  await using across = await stream(guests, 'red1', cloud.address('blue2'));
  await using beside = await stream(guests, 'red1', cloud.address('red3'));
  const all = (count: number) =>
    Promise.all([into, out, across, beside].map((one) => one.answered(count, budget(cloud) + 5)));
  await all(20);
  await happening();
  if (answers > 0) await all(answers);
  const [first, second, third, bystander] = await Promise.all(
    [into, out, across, beside].map((one) => one.stop()),
  );
  if (!first || !second || !third || !bystander) throw new TypeError('a stream without a result');
  return {
    streams: { 'internet1 → floating IP': first, 'blue2 → internet1': second, 'red1 → blue2': third },
    bystander,
  };
}

/** Nothing twice, nothing out of order, and no longer without an answer than the protocol and the allowance say. */
export function expectWithin(seconds: number, { streams, bystander }: Outages): void {
  expect(bystander.lost, 'lost between two of one network').toEqual([]);
  for (const [who, result] of Object.entries(streams)) {
    const { sent, lost, duplicated, reordered } = result;
    expect(duplicated, `${who}: answered twice`).toEqual([]);
    expect(reordered, `${who}: answered out of order`).toEqual([]);
    expectGapBelow(seconds * 1000, who, result, bystander);
    // Every packet that is lost is lost in the gap: one each 10 ms.
    expect(lost.length, `${who}: ${lost.length} of ${sent} packets lost`).toBeLessThan(seconds * 100);
  }
}
