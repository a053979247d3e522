/**
 * Trunks: several ports behind one NIC of a server, told apart by the 802.1Q tags of its frames. Source: the OpenStack
 * Networking API (trunk service) and Neutron's guide to trunking: untagged frames are the parent's, the tag that is a
 * subport's segmentation_id leads into that subport's network, and nothing else leads anywhere.
 */
import type { SubPort, Topology } from '../topology/topology.ts';
import type { Member } from './outsiders.ts';

/** The subports behind the NIC of a port; none where it is no trunk's parent. */
export const subportsOf = ({ trunks }: Topology, parent: string): readonly SubPort[] =>
  Object.values(trunks).find(({ port }) => port === parent)?.sub_ports ?? [];

/** Whose frame it is that a NIC sends with a tag: a subport's, or the parent's own. */
export function bearerOf(members: readonly Member[], parent: Member, vlan: number | undefined): Member {
  const subport = members.find(
    (one) => one.kind === 'guest' && one.tag !== undefined && one.tag === vlan && one.point === parent.point,
  );
  return subport ?? parent;
}

/** Why the tag of a frame leads nowhere, if it does. */
export function strayTag(topology: Topology, sender: Member, vlan: number | undefined): string | undefined {
  if (!vlan || sender.kind === 'outsider' || sender.tag === vlan) return undefined;
  const { name } = sender;
  const trunk = Object.values(topology.trunks).find(({ port }) => port === name);
  if (!trunk) return `port ${name} is no trunk: a frame with a tag of the server's own`;
  return `trunk ${trunk.name} has no subport with VLAN ${vlan}`;
}
