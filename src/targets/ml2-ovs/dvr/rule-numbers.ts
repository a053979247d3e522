/** Numbers of the rules and tables by which a host chooses the way of what comes from an address. */
import { crc32 } from 'node:zlib';
import type { Pools } from '../pools.ts';

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
