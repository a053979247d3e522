/** What a change takes away from a port that stays. */
import type { Port, Topology } from '../../../topology/topology.ts';
import { membersOf } from './members.ts';
import { type FirewallRule, rulesOf } from './rules.ts';

type Ethertype = FirewallRule['ethertype'];

/** Rules that the port's groups no longer have. */
export const removedRules = (before: Topology, after: Topology, port: Port): FirewallRule[] => {
  const kept = new Set(rulesOf(after, port).map(({ text }) => text));
  return rulesOf(before, port).filter(({ text }) => !kept.has(text));
};

/** Addresses that have left a group. */
export interface RemovedMembers {
  readonly group: string;
  readonly ethertype: Ethertype;
  readonly addresses: readonly string[];
}

/** Of the groups that rules of the port name. */
export const removedMembers = (before: Topology, after: Topology, port: Port): RemovedMembers[] => {
  const groups = new Set(rulesOf(after, port).flatMap(({ remote_group }) => remote_group ?? []));
  return [...groups].flatMap((group) =>
    (['IPv4', 'IPv6'] as const).flatMap((ethertype) => {
      const kept = new Set(membersOf(after, group, ethertype).map(({ ip_address }) => ip_address));
      const addresses = membersOf(before, group, ethertype)
        .map(({ ip_address }) => ip_address)
        .filter((ip_address) => !kept.has(ip_address));
      return addresses.length === 0 ? [] : [{ group, ethertype, addresses }];
    }),
  );
};
