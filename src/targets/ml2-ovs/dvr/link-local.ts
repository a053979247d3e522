/** The pairs of addresses between a distributed router and the fip- namespace of its host. */
import { crc32 } from 'node:zlib';
import { formatAddress, parseNetwork } from '../../../topology/addresses.ts';
import type { Options } from '../../../topology/schema/index.ts';
import type { Pools } from '../pools.ts';

/** DVR_FIP_LL_CIDR of neutron-lib; at Juno 169.254.30.0/23 (l3_agent.py). */
const RANGES = { now: '169.254.64.0/18', juno: '169.254.30.0/23' } as const;

export interface LinkLocalPair {
  /** Of the router's rfp-, with prefix length. */
  readonly router: string;
  /** Of the fip- namespace's fpr-. */
  readonly fip: string;
}

/** A /31 for each router of a host, kept as long as the cloud runs (fip-linklocal-networks in the agent's state_path). */
export function linkLocalPair(
  pools: Pools,
  { release }: Pick<Options, 'release'>,
  host: string,
  router: string,
): LinkLocalPair {
  const range = parseNetwork(RANGES[release]);
  if (range === undefined) throw new TypeError('no range of link-local addresses');
  const { first, last, version } = range;
  const last31 = Number((last - first + 1n) / 2n) - 1;
  const pair = pools.pool(`ml2-ovs/fip-linklocal/${host}`, { first: 0, last: last31 }).take(router);
  const at = (offset: bigint): string =>
    formatAddress({ version, value: first + BigInt(pair) * 2n + offset });
  return { router: `${at(0n)}/31`, fip: `${at(1n)}/31` };
}

/** FIP_PR_START and FIP_PR_END of dvr_fip_ns.py. */
const PRIORITIES = { first: 32_768, last: 72_767 };

/** Priority of the rule of a floating IP, kept likewise (fip-priorities). */
export const floatingIpPriority = (pools: Pools, host: string, floatingIp: string): number =>
  pools.pool(`ml2-ovs/fip-priorities/${host}`, PRIORITIES).take(floatingIp);

/**
 * _get_snat_idx of dvr_local_router.py: a number for the rules and the table of an address with its prefix length. Of
 * IPv6 a checksum, folded to thirty bits, and above those that the system itself gives.
 */
export function tableOf(address: string): number {
  if (address.includes(':')) {
    const sum = crc32(address);
    const folded = (sum >>> 30) ^ (sum & 0x3f_ff_ff_ff);
    return folded < 32_768 ? folded + 0x3f_ff_ff_ff : folded;
  }
  const [a = 0, b = 0, c = 0, d = 0] = (address.split('/')[0] ?? '').split('.').map(Number);
  return ((a * 256 + b) * 256 + c) * 256 + d;
}
