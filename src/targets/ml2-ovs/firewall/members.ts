/** Who is in a security group. */
import type { Owner } from '../../../state/types.ts';
import type { Port, Topology } from '../../../topology/topology.ts';
import { versionOf } from './addresses.ts';

export interface GroupMember {
  /** An address, or a network in CIDR notation (an allowed address pair may be one). */
  readonly ip_address: string;
  readonly mac_address: string;
  readonly port: Port;
}

/**
 * Members of a group: the fixed addresses and the allowed address pairs of its ports, wherever they are
 * (_select_ips_for_remote_group of neutron/api/rpc/handlers/securitygroups_rpc.py). One entry for an address.
 */
export const membersOf = (
  topology: Topology,
  group: string,
  ethertype: 'IPv4' | 'IPv6',
): readonly GroupMember[] => membersByGroup(topology).get(`${group} ${ethertype}`) ?? [];

const known = new WeakMap<Topology, ReadonlyMap<string, readonly GroupMember[]>>();

const membersByGroup = (topology: Topology): ReadonlyMap<string, readonly GroupMember[]> => {
  const present = known.get(topology);
  if (present !== undefined) return present;
  const groups = new Map<string, Map<string, GroupMember>>();
  for (const port of Object.values(topology.ports)) {
    if (port.security_groups.length === 0) continue;
    const addresses = [
      ...port.fixed_ips.map(({ ip_address }) => ({ ip_address, mac_address: port.mac_address })),
      ...port.allowed_address_pairs,
    ];
    for (const { ip_address, mac_address } of addresses) {
      const ethertype = versionOf(ip_address) === 6 ? 'IPv6' : 'IPv4';
      for (const group of port.security_groups) {
        const key = `${group} ${ethertype}`;
        const members = groups.get(key) ?? new Map<string, GroupMember>();
        groups.set(key, members);
        // "Any address" says something only together with a MAC address.
        const entry = ip_address.endsWith('/0') ? `${ip_address} ${mac_address}` : ip_address;
        if (!members.has(entry)) members.set(entry, { ip_address, mac_address, port });
      }
    }
  }
  const lists = new Map([...groups].map(([key, members]) => [key, [...members.values()]]));
  known.set(topology, lists);
  return lists;
};

export const memberOwner = (group: string, { ip_address, port }: GroupMember): Owner => ({
  kind: 'security_group',
  name: group,
  purpose: `${ip_address} of ${port.name} is in security group ${group}`,
});
