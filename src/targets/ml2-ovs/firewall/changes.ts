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

export interface RemovedMember {
  readonly group: string;
  readonly ethertype: Ethertype;
  readonly ip_address: string;
}

/** Addresses that have left a group which a rule of the port names. */
export const removedMembers = (before: Topology, after: Topology, port: Port): RemovedMember[] => {
  const groups = new Set(rulesOf(after, port).flatMap(({ remote_group }) => remote_group ?? []));
  return [...groups].flatMap((group) =>
    (['IPv4', 'IPv6'] as const).flatMap((ethertype) => {
      const kept = new Set(membersOf(after, group, ethertype).map(({ ip_address }) => ip_address));
      return membersOf(before, group, ethertype)
        .filter(({ ip_address }) => !kept.has(ip_address))
        .map(({ ip_address }) => ({ group, ethertype, ip_address }));
    }),
  );
};
