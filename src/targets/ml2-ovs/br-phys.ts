import type { Network } from '../../topology/topology.ts';
import type { AgentHost, PhysicalBridge } from './bindings.ts';
import { act, type FlowSet, infrastructure } from './flow-set.ts';
import { BR_INT } from './names.ts';
import { LOCAL_SWITCHING, LOCAL_VLAN_TRANSLATION, PACKET_RATE_LIMIT } from './tables.ts';

/** OpenFlow ports of a physical network's bridge. */
export const UPLINK_OFPORT = 1;
export const PHY_PATCH_OFPORT = 2;

/** setup_physical_bridges of ovs_neutron_agent.py: what no network asked for passes in neither direction. */
export const brPhysDefaults = (
  flows: FlowSet,
  { dvrMac }: AgentHost,
  { bridge, intOfport }: PhysicalBridge,
): void => {
  flows.add(
    bridge,
    LOCAL_SWITCHING,
    0,
    {},
    act.normal,
    infrastructure(bridge, 'switch between uplink and br-int'),
  );
  // With distributed routers this is left to a later table (dvr/bridges.ts).
  if (dvrMac === undefined)
    flows.add(
      bridge,
      LOCAL_SWITCHING,
      2,
      { in_port: PHY_PATCH_OFPORT },
      act.drop,
      infrastructure(bridge, 'local VLAN without a network on this wire'),
    );
  flows.add(
    BR_INT,
    LOCAL_SWITCHING,
    2,
    { in_port: intOfport },
    act.drop,
    infrastructure(bridge, 'frame from the wire that is of no network on this host'),
  );
};

/** _local_vlan_for_physical of ovs_neutron_agent.py: segmentation id on the wire, local VLAN id on br-int. */
export const brPhysNetwork = (
  flows: FlowSet,
  here: AgentHost,
  { bridge, intOfport }: PhysicalBridge,
  network: Network,
): void => {
  const vlan = here.localVlans.get(network.name);
  if (vlan === undefined) return;
  const id = network['provider:segmentation_id'];
  const tag = id === undefined ? 'untagged frames' : `VLAN ${id}`;
  const owner = (purpose: string) => ({ kind: 'network', name: network.name, purpose }) as const;
  flows.add(
    bridge,
    here.dvrMac === undefined ? LOCAL_SWITCHING : LOCAL_VLAN_TRANSLATION,
    4,
    { in_port: PHY_PATCH_OFPORT, dl_vlan: vlan },
    [id === undefined ? act.popVlan : act.setVlan(id), act.normal],
    owner(`network ${network.name} leaves host ${here.name} as ${tag} on ${bridge}`),
  );
  flows.add(
    BR_INT,
    LOCAL_SWITCHING,
    3,
    { in_port: intOfport, dl_vlan: id ?? 'none' },
    [...(id === undefined ? [act.pushVlan] : []), act.setVlan(vlan), act.goto(PACKET_RATE_LIMIT)],
    owner(`network ${network.name} comes to host ${here.name} as ${tag} on ${bridge}`),
  );
};
