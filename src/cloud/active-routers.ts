/** Which host of each router with ha is active: VRRP decides, and the cloud looks. */
import { setTimeout as passed } from 'node:timers/promises';
import type { Cluster } from '../engine/index.ts';
import { EXIT, isNetdojoError, NetdojoError } from '../errors/index.ts';
import type { ActiveRouters } from '../oracle/index.ts';
import type { ActiveSign } from '../targets/index.ts';
import type { Options } from '../topology/index.ts';
import { type Goodbye, sayGoodbye } from './goodbye.ts';

type Address = readonly [namespace: string, device: string, address: string];

/** The hosts that take themselves for active, by router; a node that does not answer in time is none. */
export async function activeHosts(
  cluster: Cluster,
  signs: readonly ActiveSign[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const byNode = [...Map.groupBy(signs, ({ node }) => node)];
  const active = await Promise.all(
    byNode.map(async ([node, own]) => {
      const namespaces = [...new Set(own.map(({ namespace }) => namespace))];
      const addresses = await addressesOf(cluster, node, namespaces);
      const set = new Set(addresses.map((address) => address.join(' ')));
      return own.filter(({ namespace, device, ip_address }) =>
        set.has(`${namespace} ${device} ${ip_address}`),
      );
    }),
  );
  const found = Map.groupBy(active.flat(), ({ router }) => router);
  return Object.fromEntries(
    signs.map(({ router }) => [router, (found.get(router) ?? []).map(({ node }) => node)]),
  );
}

/** How long (ms) a node may take to answer: one that hangs is active for nobody. */
const ANSWER = 1000;

async function addressesOf(
  cluster: Cluster,
  node: string,
  namespaces: readonly string[],
): Promise<readonly Address[]> {
  const asked = async (): Promise<readonly Address[]> => {
    const agent = await cluster.agent(node);
    return await agent.request<Address[]>('addresses', { namespaces });
  };
  try {
    return await Promise.race([asked(), passed<readonly Address[]>(ANSWER, [], { ref: false })]);
  } catch (error) {
    if (isNetdojoError(error) && error.code === 'ND_NODE_LOST') return [];
    throw error;
  }
}

/** Routers of which exactly one host is active, with that host. */
export const settled = (hosts: Readonly<Record<string, readonly string[]>>): ActiveRouters =>
  Object.fromEntries(
    Object.entries(hosts).flatMap(([router, [one, ...others]]) =>
      one === undefined || others.length > 0 ? [] : [[router, one]],
    ),
  );

/**
 * How long (s) a standby waits for the active host before it takes over: RFC 5798, 6.1, Master_Down_Interval; at whole
 * seconds keepalived speaks version 2, where the skew is not scaled (RFC 3768, 6.1).
 */
export function downInterval({ ha_vrrp_advert_int: interval }: Pick<Options, 'ha_vrrp_advert_int'>): number {
  const skew = (256 - PRIORITY) / 256;
  return 3 * interval + (Number.isInteger(interval) ? skew : skew * interval);
}

/** Neutron's HA_DEFAULT_PRIORITY, of all hosts. */
const PRIORITY = 50;

/** What the first election may take (s) beyond what the protocol says: hosts that start, all at once. */
const ALLOWANCE = 15;
/** How often (ms) it is looked. */
const PAUSE = 50;

/** How many times in a row the same must be seen after an election: two that start together may both begin. */
export const AFTER_ELECTION = 3;

/**
 * Until exactly one host of each router is active, as seen so many times in a row.
 *
 * @throws NetdojoError ND_NO_ACTIVE_ROUTER
 */
export async function untilActive(
  cluster: Cluster,
  signs: readonly ActiveSign[],
  options: Options,
  {
    looks: wanted,
    goodbyes = [],
    signal,
  }: {
    readonly looks: number;
    readonly goodbyes?: readonly Goodbye[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ActiveRouters> {
  if (signs.length === 0) return {};
  const patience = downInterval(options) + ALLOWANCE;
  const deadline = performance.now() + patience * 1000;
  let before = '';
  let unsaid = goodbyes;
  for (let looks = 1; ; ) {
    const hosts = await activeHosts(cluster, signs);
    unsaid = await sayGoodbye(
      cluster,
      unsaid.filter(({ router }) => hosts[router]?.length === 0),
    );
    const active = settled(hosts);
    const text = JSON.stringify(active);
    looks = text === before ? looks + 1 : 1;
    before = text;
    const open = Object.entries(hosts).filter(([router]) => active[router] === undefined);
    if (open.length === 0 && looks >= wanted) return active;
    if (performance.now() > deadline) throw noneActive(cluster.name, open, patience);
    await passed(PAUSE, undefined, signal === undefined ? {} : { signal });
  }
}

function noneActive(
  cloud: string,
  open: readonly (readonly [string, readonly string[]])[],
  patience: number,
): NetdojoError {
  const told = open.map(
    ([router, hosts]) =>
      `router ${router} is active on ${hosts.length === 0 ? 'no host' : hosts.join(' and ')}`,
  );
  return new NetdojoError(`${cloud}: ${told.join('; ')}, after ${patience.toFixed(1)} s`, {
    code: 'ND_NO_ACTIVE_ROUTER',
    expected: 'exactly one active host of each router with ha',
    hint: 'netdojo exec <network node> -- sh -c "tail /run/netdojo/keepalived-*.log"',
    exitCode: EXIT.environment,
  });
}
