import { bottomSegment } from '../../topology/racks.ts';
import type { Topology } from '../../topology/topology.ts';
import {
  type AgentHost,
  type Bindings,
  type BoundPort,
  type GuestPort,
  type ServicePort,
  type TunnelPort,
  tunnelPorts,
} from './bindings.ts';
import { brIntDefaults, brIntPort } from './br-int.ts';
import { brPhysDefaults, brPhysNetwork, PHY_PATCH_OFPORT, UPLINK_OFPORT } from './br-phys.ts';
import { brTunDefaults, brTunNetwork, brTunPort, PATCH_INT_OFPORT } from './br-tun.ts';
import type { Nic } from './cabling.ts';
import { act, infrastructure } from './flow-set.ts';
import { dvrFlows, isDvrHost } from './dvr/index.ts';
import { hybridLinks } from './firewall/hybrid-plug.ts';
import { markerEcho } from './marker.ts';
import { BR_INT, BR_PHY, BR_TUN, hybridNames, PATCH_INT, PATCH_TUN, phyPatch } from './names.ts';
import { LOCAL_OFPORT, type NodeBuilder } from './node.ts';
import { bandwidthLimits } from './qos.ts';
import { BRIDGE_MAC_TABLE_SIZE, DEAD_VLAN_TAG } from './tables.ts';
import { plugParent, plugSubport } from './trunk.ts';
import type { TrunkSeat } from './trunk-ports.ts';

/** As OVSBridge.create and disable_in_band of neutron/agent/common/ovs_lib.py set them. */
const AGENT_BRIDGE = { 'mac-table-size': String(BRIDGE_MAC_TABLE_SIZE), 'disable-in-band': 'true' };

/** A host with the OVS agent on it. */
export const agentNode = (node: NodeBuilder, topology: Topology, all: Bindings, here: AgentHost): void => {
  integrationBridge(node, topology, here);
  for (const physical of here.physical) physicalBridge(node, topology, here, physical);
  if (here.cabling.tunnel !== undefined) {
    tunnelUplink(node, all, here, here.cabling.tunnel);
    tunnelBridge(node, topology, all, here);
  }
  if (isDvrHost(here))
    dvrFlows(node.flows, topology, all, here, { int: PATCH_INT_OFPORT, phys: PHY_PATCH_OFPORT });
};

const agentBridge = (node: NodeBuilder, name: string, here: AgentHost): void =>
  node.bridge(
    name,
    'secure',
    { kind: 'host', name: here.name, purpose: `${name} of the OVS agent` },
    AGENT_BRIDGE,
  );

const integrationBridge = (node: NodeBuilder, topology: Topology, here: AgentHost): void => {
  agentBridge(node, BR_INT, here);
  brIntDefaults(node.flows);
  markerEcho(node.flows, BR_INT);
  for (const bound of here.ports) {
    if (bound.holder === 'service') plugService(node, here, bound);
    else if (bound.holder === 'subport') plugSubport(node, bound, tagOf(here, bound));
    else {
      if (bound.hybrid) hybridLinks(node.root, bound);
      else node.root.link({ device: bound.tap, mtu: bound.network.mtu, up: true });
      if (isParent(bound)) plugParent(node, bound, tagOf(here, bound));
      else plug(node, topology, here, bound);
    }
    brIntPort(node.flows, bound);
  }
};

/** The agent tags a port with the local VLAN of its network (port_bound), or with the dead one (port_dead). */
const tagOf = (here: AgentHost, { network, active }: BoundPort): number =>
  active ? (here.localVlans.get(network.name) ?? DEAD_VLAN_TAG) : DEAD_VLAN_TAG;

const isParent = (bound: GuestPort): bound is GuestPort & { readonly trunk: TrunkSeat } =>
  bound.trunk !== undefined;

/** As nova (os-vif) plugs a port. */
const plug = (node: NodeBuilder, topology: Topology, here: AgentHost, bound: GuestPort): void => {
  const { port, server, tap, ofport, hybrid } = bound;
  node.port({
    name: hybrid ? hybridNames(port.id).qvo : tap,
    bridge: BR_INT,
    type: '',
    ofport,
    tag: tagOf(here, bound),
    ...bandwidthLimits(topology, port),
    external_ids: {
      'iface-id': port.id,
      'iface-status': 'active',
      'attached-mac': port.mac_address,
      'vm-uuid': server.id,
    },
    owner: {
      kind: 'port',
      name: port.name,
      purpose: `${hybrid ? 'qvo' : 'tap'} of port ${port.name} of server ${server.name}`,
    },
  });
};

/** As the agents' interface driver plugs a device (OVSInterfaceDriver of neutron/agent/linux/interface.py). */
const plugService = (node: NodeBuilder, here: AgentHost, bound: ServicePort): void => {
  const { port, network, namespace, tap, ofport } = bound;
  const { mac_address } = port;
  node.port({
    name: tap,
    bridge: BR_INT,
    type: 'internal',
    ofport,
    tag: tagOf(here, bound),
    namespace,
    mac_address,
    mtu: network.mtu,
    external_ids: { 'iface-id': port.id, 'iface-status': 'active', 'attached-mac': mac_address },
    owner: { kind: 'port', name: port.name, purpose: `device of port ${port.name} in ${namespace}` },
  });
  node.namespace(namespace).link({ device: tap, mtu: network.mtu, mac_address, up: true });
};

const patch = (
  node: NodeBuilder,
  near: { readonly bridge: string; readonly name: string; readonly ofport: number },
  peer: string,
  to: string,
): void =>
  node.port({
    ...near,
    type: 'patch',
    options: { peer },
    owner: infrastructure(near.bridge, `patch from ${near.bridge} to ${to}`),
  });

const uplink = (node: NodeBuilder, bridge: string, nic: Nic): void =>
  node.port({
    name: nic.device,
    bridge,
    type: '',
    ofport: UPLINK_OFPORT,
    owner: { kind: 'link', name: nic.link.key, purpose: `cable to ${nic.peer.host} ${nic.peer.device}` },
  });

const physicalBridge = (
  node: NodeBuilder,
  topology: Topology,
  here: AgentHost,
  physical: AgentHost['physical'][number],
): void => {
  const { bridge, nic, intPatch, intOfport } = physical;
  agentBridge(node, bridge, here);
  uplink(node, bridge, nic);
  patch(node, { bridge, name: phyPatch(bridge), ofport: PHY_PATCH_OFPORT }, intPatch, BR_INT);
  patch(node, { bridge: BR_INT, name: intPatch, ofport: intOfport }, phyPatch(bridge), bridge);
  if (nic.interface.address !== undefined) ownPort(node, bridge, nic.link.mtu);
  markerEcho(node.flows, bridge);
  brPhysDefaults(node.flows, here, physical);
  for (const top of Object.values(topology.networks)) {
    const network = bottomSegment(topology.underlay, top, here.name);
    const type = network['provider:network_type'];
    const onWire = network['provider:physical_network'] === physical.network.physical_network;
    if (onWire && (type === 'vlan' || type === 'flat')) brPhysNetwork(node.flows, here, physical, network);
  }
};

/** The port that a bridge itself is, used as a NIC by the host. Its address is the bridge's hwaddr. */
const ownPort = (node: NodeBuilder, bridge: string, mtu: number): void => {
  node.port({
    name: bridge,
    bridge,
    type: 'internal',
    ofport: LOCAL_OFPORT,
    mtu,
    owner: { kind: 'host', name: node.name, purpose: `the host's own NIC on ${bridge}` },
  });
  node.root.link({ device: bridge, mtu, up: true });
};

/** Userspace Open vSwitch sends a tunnel's packets by the bridge whose own port bears the tunnel's address. */
const tunnelUplink = (node: NodeBuilder, { hosts }: Bindings, here: AgentHost, nic: Nic): void => {
  const owner = {
    kind: 'host',
    name: here.name,
    purpose: `the way of the tunnels of host ${here.name}`,
  } as const;
  node.bridge(BR_PHY, 'standalone', owner);
  uplink(node, BR_PHY, nic);
  ownPort(node, BR_PHY, nic.link.mtu);
  markerEcho(node.flows, BR_PHY);
  const normal = infrastructure(BR_PHY, 'switch between uplink and tunnel endpoint');
  node.flows.add(BR_PHY, 0, 0, {}, act.normal, normal);
  for (const peer of hosts.values()) {
    if (peer === here || peer.local_ip === undefined) continue;
    node.tunnelNeighbour({ bridge: BR_PHY, ip_address: peer.local_ip, mac_address: peer.tunnelMac });
  }
};

const tunnelBridge = (node: NodeBuilder, topology: Topology, all: Bindings, here: AgentHost): void => {
  agentBridge(node, BR_TUN, here);
  patch(node, { bridge: BR_INT, name: PATCH_TUN, ofport: here.patchTunOfport }, PATCH_INT, BR_TUN);
  patch(node, { bridge: BR_TUN, name: PATCH_INT, ofport: PATCH_INT_OFPORT }, PATCH_TUN, BR_INT);
  brTunDefaults(node.flows, topology, here);
  const tunnels = tunnelPorts(topology, all, here);
  for (const tunnel of tunnels) {
    tunnelPort(node, here, tunnel);
    brTunPort(node.flows, tunnel);
  }
  for (const network of Object.values(topology.networks)) {
    brTunNetwork(node.flows, topology, all, here, tunnels, network);
  }
};

/** add_tunnel_port of ovs_lib.py, which names dst_port only where it is not VXLAN's own 4789. */
const tunnelPort = (node: NodeBuilder, here: AgentHost, { type, name, peer, ofport }: TunnelPort): void =>
  node.port({
    name,
    bridge: BR_TUN,
    type,
    ofport,
    options: {
      df_default: 'true',
      remote_ip: peer.local_ip ?? '',
      local_ip: here.local_ip ?? '',
      in_key: 'flow',
      out_key: 'flow',
      egress_pkt_mark: '0',
    },
    owner: { kind: 'host', name: peer.name, purpose: `${type} tunnel to host ${peer.name}` },
  });
