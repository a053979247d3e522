/**
 * Pairs of addresses between the part of a distributed router on a host and the host's own way out for floating IPs:
 * each once on a host, and the same as long as the cloud runs (fip-linklocal-networks in the state_path of Neutron's L3
 * agent). The agent takes any that is free; here it is the first.
 */
import { formatAddress, parseNetwork } from '../addresses.ts';
import { distributedHosts } from '../declared/distributed.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Allocations, Underlay } from '../topology.ts';

/** By host, then by router: the number of the pair. */
export type PairNumbers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** DVR_FIP_LL_CIDR of neutron-lib; at Juno 169.254.30.0/23 (l3_agent.py). */
const RANGES = { now: '169.254.64.0/18', juno: '169.254.30.0/23' } as const;

const poolOf = (host: string): string => `fip_link_local/${host}`;

/** A document has no more than 250 routers, and the smaller range 256 pairs. */
export function allocatePairs(
  document: CloudDocument,
  underlay: Underlay,
  previous: Allocations,
): PairNumbers {
  const needed = Object.entries(document.routers).flatMap(([router, declared]) =>
    declared.distributed && declared.external_gateway_info
      ? distributedHosts(declared, document, underlay).map((host) => ({ router, host }))
      : [],
  );
  const byHost = Map.groupBy(needed, ({ host }) => host);
  return Object.fromEntries(
    [...byHost].map(([host, mates]) => {
      const before = previous[poolOf(host)] ?? {};
      const kept = mates.flatMap(({ router }) =>
        Object.hasOwn(before, router) ? [[router, Number(before[router])] as const] : [],
      );
      const chosen = Object.fromEntries(kept);
      const used = new Set(Object.values(chosen));
      let next = 0;
      for (const { router } of mates) {
        if (chosen[router] !== undefined) continue;
        while (used.has(next)) next += 1;
        used.add(next);
        chosen[router] = next;
      }
      return [host, chosen];
    }),
  );
}

/** The networks of a router's pairs, by host. */
export function pairsOf(
  router: string,
  numbers: PairNumbers,
  { release }: Pick<CloudDocument['options'], 'release'>,
): Record<string, string> | undefined {
  const range = parseNetwork(RANGES[release]);
  if (range === undefined) throw new TypeError('no range of link-local addresses');
  const { first, version } = range;
  const pairs = Object.entries(numbers).flatMap(([host, { [router]: number }]) =>
    number === undefined
      ? []
      : [[host, `${formatAddress({ version, value: first + 2n * BigInt(number) })}/31`] as const],
  );
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** What has to be remembered of them. */
export const pairAllocations = (numbers: PairNumbers): Allocations =>
  Object.fromEntries(Object.entries(numbers).map(([host, chosen]) => [poolOf(host), chosen]));
