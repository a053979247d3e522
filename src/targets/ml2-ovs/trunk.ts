/**
 * Trunks: between the NIC of a server and br-int stands a bridge of its own, which tells the networks of its ports apart
 * by the tags that the server puts on (neutron/services/trunk/drivers/openvswitch/agent/trunk_manager.py).
 */
import type { Owner } from '../../state/types.ts';
import type { GuestPort } from './bindings.ts';
import { act, infrastructure } from './flow-set.ts';
import { markerEcho } from './marker.ts';
import { BR_INT } from './names.ts';
import type { NodeBuilder, PortInput } from './node.ts';
import { parentPatch, type PatchNames, subportPatch } from './trunk-names.ts';
import type { Subport, TrunkSeat } from './trunk-ports.ts';

/** Frames that the server does not tag are in this VLAN of the trunk's bridge. */
const UNTAGGED = 0;

/**
 * The bridge with the parent's tap, as nova makes it, and the agent's patch for untagged frames. That patch is an access
 * port, or what comes from a subport would be flooded into it, tag and all, and go round by br-int (LP#2048785).
 */
export const plugParent = (
  node: NodeBuilder,
  bound: GuestPort & { readonly trunk: TrunkSeat },
  tag: number,
): void => {
  const { port, server, tap, trunk: seat } = bound;
  const { trunk, bridge } = seat;
  const owner: Owner = { kind: 'trunk', name: trunk.name, purpose: `bridge of trunk ${trunk.name}` };
  node.bridge(bridge, 'standalone', owner);
  markerEcho(node.flows, bridge);
  node.flows.add(bridge, 0, 0, {}, act.normal, infrastructure(bridge, 'switch by MAC address within a tag'));
  node.port({
    name: tap,
    bridge,
    type: '',
    ofport: seat.tapOfport,
    external_ids: {
      ...idsOf(bound),
      'iface-status': 'active',
      'vm-uuid': server.id,
      bridge_name: bridge,
      trunk_id: trunk.id,
      subport_ids: JSON.stringify(seat.subports.map(({ id }) => id)),
    },
    owner: { kind: 'port', name: port.name, purpose: `tap of port ${port.name} of server ${server.name}` },
  });
  patch(node, bound, parentPatch(port.id), tag, {
    bridge,
    ofport: seat.patchOfport,
    tag: UNTAGGED,
    owner: {
      kind: 'trunk',
      name: trunk.name,
      purpose: `untagged frames of trunk ${trunk.name}: port ${port.name}`,
    },
  });
};

/** The patch for one tag. */
export const plugSubport = (node: NodeBuilder, bound: Subport, tag: number): void => {
  const { port, trunk, bridge, trunkOfport, segmentation_id } = bound;
  patch(node, bound, subportPatch(port.id), tag, {
    bridge,
    ofport: trunkOfport,
    tag: segmentation_id,
    owner: {
      kind: 'trunk',
      name: trunk.name,
      purpose: `VLAN ${segmentation_id} of trunk ${trunk.name}: port ${port.name}`,
    },
  });
};

const idsOf = ({ port }: GuestPort | Subport): Record<string, string> => ({
  'attached-mac': port.mac_address,
  'iface-id': port.id,
});

/** The agent takes br-int's end for the port itself (get_patch_peer_attrs gives both its ids). */
const patch = (
  node: NodeBuilder,
  bound: GuestPort | Subport,
  names: PatchNames,
  tag: number,
  there: Pick<PortInput, 'bridge' | 'ofport' | 'owner'> & { readonly tag: number },
): void => {
  const external_ids = idsOf(bound);
  const common = { type: 'patch', external_ids, owner: there.owner } as const;
  node.port({
    ...common,
    name: names.trunk,
    bridge: there.bridge,
    ofport: there.ofport,
    tag: there.tag,
    vlan_mode: 'access',
    options: { peer: names.int },
  });
  node.port({
    ...common,
    name: names.int,
    bridge: BR_INT,
    ofport: bound.ofport,
    tag,
    options: { peer: names.trunk },
  });
};
