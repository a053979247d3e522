/** The networks of the cloud juno-ipv6, and what is outside of it. */
import type { routedPatterns } from '../../src/scenario/index.ts';

export const INTERNET = '2001:db8:fe::10';

/** RFC 4861, 4.2 and 4.3. */
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOR_SOLICITATION = 135;

/** Neighbours by their place among the segments of each pattern. */
const ORDER = ['auto', 'told', 'leased', 'both'] as const;

/** What frames of a network wear on the wires between hosts. */
export function wornIn({ encapsulation }: (typeof routedPatterns)[number], network: (typeof ORDER)[number]) {
  const id = { vxlan: 7001, gre: 8001, vlan: 101 }[encapsulation] + ORDER.indexOf(network);
  return encapsulation === 'vlan'
    ? { vlan: id, tunnel: null }
    : { vlan: null, tunnel: { type: encapsulation, id } };
}
