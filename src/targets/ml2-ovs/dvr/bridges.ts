/**
 * Flows of distributed routers: ovs_dvr_neutron_agent.py with openflow/native/br_int.py, br_tun.py, br_phys.py and
 * br_dvr_process.py of Neutron.
 */
import type { Network, Port, Topology } from '../../../topology/topology.ts';
import type { AgentHost, Bindings, BoundPort, PhysicalBridge, ServicePort } from '../bindings.ts';
import { act, type FlowSet, infrastructure, type Match } from '../flow-set.ts';
import { BR_INT, BR_TUN } from '../names.ts';
import {
  ARP_DVR_MAC_TO_DST_MAC,
  ARP_DVR_MAC_TO_DST_MAC_PHYSICAL,
  DVR_NOT_LEARN,
  DVR_NOT_LEARN_PHYSICAL,
  DVR_PROCESS,
  DVR_PROCESS_PHYSICAL,
  DVR_TO_SRC_MAC,
  DVR_TO_SRC_MAC_PHYSICAL,
  FLOOD_TO_TUN,
  isTunnelType,
  LEARN_FROM_TUN,
  LOCAL_SWITCHING,
  LOCAL_VLAN_TRANSLATION,
  PACKET_RATE_LIMIT,
  PATCH_LV_TO_TUN,
  TRANSIENT_TABLE,
} from '../tables.ts';
import { isOn as isOnSubnet } from '../l3/router.ts';
import { hostAddress, SERVED_OWNERS } from './served.ts';

/** OpenFlow ports of patch-int on br-tun and of a physical bridge's end of its patch: br-tun.ts, br-phys.ts. */
export interface Patches {
  readonly int: number;
  readonly phys: number;
}

/** A host that takes part in distributed routing. */
export type DvrHost = AgentHost & { readonly dvrMac: string };

export const isDvrHost = (host: AgentHost): host is DvrHost => host.dvrMac !== undefined;

const peersOf = ({ hosts }: Bindings, here: AgentHost): DvrHost[] =>
  [...hosts.values()].filter((host): host is DvrHost => host !== here && isDvrHost(host));

/** All of it on one host. */
export const dvrFlows = (
  flows: FlowSet,
  topology: Topology,
  all: Bindings,
  here: DvrHost,
  patches: Patches,
): void => {
  brIntOfHost(flows, all, here);
  if (here.cabling.tunnel !== undefined) brTunOfHost(flows, all, here, patches);
  for (const physical of here.physical) brPhysOfHost(flows, all, here, physical, patches);
  for (const bound of here.ports) {
    if (isInterface(bound)) routerInterface(flows, topology, here, bound);
    else if (isServed(bound)) toServed(flows, topology, here, bound);
  }
};

const isInterface = (bound: BoundPort): bound is ServicePort =>
  bound.holder === 'service' &&
  bound.active &&
  bound.port.device_owner === 'network:router_interface_distributed';

/** setup_dvr_flows_on_integ_br, _add_dvr_mac and _add_dvr_mac_for_arp. */
function brIntOfHost(flows: FlowSet, all: Bindings, here: DvrHost): void {
  const own = infrastructure(BR_INT, 'from a distributed router of another host, for nobody here');
  flows.add(BR_INT, DVR_TO_SRC_MAC, 1, {}, act.drop, own);
  flows.add(BR_INT, DVR_TO_SRC_MAC_PHYSICAL, 1, {}, act.drop, own);
  const lanes = [
    ...here.physical.map(({ intOfport }) => ({
      in_port: intOfport,
      priority: 4,
      source: DVR_TO_SRC_MAC_PHYSICAL,
      destination: ARP_DVR_MAC_TO_DST_MAC_PHYSICAL,
    })),
    ...(here.cabling.tunnel === undefined
      ? []
      : [
          {
            in_port: here.patchTunOfport,
            priority: 2,
            source: DVR_TO_SRC_MAC,
            destination: ARP_DVR_MAC_TO_DST_MAC,
          },
        ]),
  ];
  for (const { in_port, priority, source, destination } of lanes) {
    for (const peer of peersOf(all, here))
      flows.add(
        BR_INT,
        LOCAL_SWITCHING,
        priority,
        { in_port, dl_src: peer.dvrMac },
        act.goto(source),
        ofHost(peer, `from distributed routers of host ${peer.name}`),
      );
    flows.add(
      BR_INT,
      LOCAL_SWITCHING,
      5,
      { in_port, dl_dst: here.dvrMac },
      act.goto(destination),
      ofHost(here, `answers to distributed routers of host ${here.name}`),
    );
  }
}

const ofHost = ({ name }: AgentHost, purpose: string) => ({ kind: 'host', name, purpose }) as const;

/** setup_dvr_flows_on_tun_br and _add_dvr_mac_for_tun_br. */
function brTunOfHost(flows: FlowSet, all: Bindings, here: DvrHost, { int }: Patches): void {
  const from = infrastructure(BR_TUN, 'from br-int: perhaps of a distributed router');
  flows.add(BR_TUN, LOCAL_SWITCHING, 1, { in_port: int }, act.goto(DVR_PROCESS), from);
  const learn = infrastructure(BR_TUN, 'not from a distributed router: learn where its sender is');
  flows.add(BR_TUN, DVR_NOT_LEARN, 0, {}, act.goto(LEARN_FROM_TUN), learn);
  const on = infrastructure(BR_TUN, 'not of a distributed router: towards the tunnels');
  flows.add(BR_TUN, DVR_PROCESS, 0, {}, act.goto(PATCH_LV_TO_TUN), on);
  for (const peer of peersOf(all, here))
    flows.add(
      BR_TUN,
      DVR_NOT_LEARN,
      1,
      { dl_src: peer.dvrMac },
      act.output(int),
      ofHost(peer, `from distributed routers of host ${peer.name}: there is nothing to learn`),
    );
}

/** setup_dvr_flows_on_phys_br and _add_dvr_mac_for_phys_br. */
function brPhysOfHost(
  flows: FlowSet,
  all: Bindings,
  here: DvrHost,
  { bridge }: PhysicalBridge,
  { phys }: Patches,
): void {
  const add = (table: number, priority: number, match: Match, actions: string, purpose: string): void =>
    flows.add(bridge, table, priority, match, actions, infrastructure(bridge, purpose));
  add(
    LOCAL_SWITCHING,
    2,
    { in_port: phys },
    act.goto(DVR_PROCESS_PHYSICAL),
    'from br-int: perhaps of a distributed router',
  );
  add(
    LOCAL_SWITCHING,
    1,
    {},
    act.goto(DVR_NOT_LEARN_PHYSICAL),
    'from the wire: perhaps of a distributed router',
  );
  add(
    DVR_PROCESS_PHYSICAL,
    0,
    {},
    act.goto(LOCAL_VLAN_TRANSLATION),
    'not of a distributed router: to the wire',
  );
  add(LOCAL_VLAN_TRANSLATION, 2, { in_port: phys }, act.drop, 'local VLAN without a network on this wire');
  add(DVR_NOT_LEARN_PHYSICAL, 1, {}, act.normal, 'not from a distributed router');
  for (const peer of peersOf(all, here))
    flows.add(
      bridge,
      DVR_NOT_LEARN_PHYSICAL,
      2,
      { dl_src: peer.dvrMac },
      act.output(phys),
      ofHost(peer, `from distributed routers of host ${peer.name}: there is nothing to learn`),
    );
}

/** _bind_distributed_router_interface_port: one interface of a distributed router. */
function routerInterface(flows: FlowSet, topology: Topology, here: DvrHost, bound: ServicePort): void {
  const { port, network, ofport } = bound;
  const vlan = here.localVlans.get(network.name);
  if (vlan === undefined) return;
  for (const { subnet } of port.fixed_ips) {
    const served = here.ports.filter((one) => isServed(one) && isOn(one, subnet));
    const cidr = topology.subnets[subnet]?.cidr;
    if (topology.options.release === 'juno' && cidr !== undefined && served.length > 0)
      toSubnetAtJuno(flows, { vlan, cidr, gateway: bound, served });
  }
  const tunnelled = isTunnelType(network['provider:network_type']);
  const own = owned(port, `answers to router ${port.owner?.name} on host ${here.name}`);
  const back = [act.setField('eth_dst', port.mac_address)];
  const arpTable = tunnelled ? ARP_DVR_MAC_TO_DST_MAC : ARP_DVR_MAC_TO_DST_MAC_PHYSICAL;
  const toRouter = { dl_vlan: vlan, dl_dst: here.dvrMac };
  // install_dvr_dst_mac_for_arp: of interfaces on one network the last takes the others' place.
  const last = here.ports.findLast((other) => isInterface(other) && other.network === network);
  if (bound === last)
    flows.add(BR_INT, arpTable, 5, toRouter, [...back, act.popVlan, act.output(ofport)], own);
  // change_arp_destination_mac.
  if (port.fixed_ips.some(({ ip_address }) => !ip_address.includes(':')))
    flows.add(
      BR_INT,
      LOCAL_SWITCHING,
      99,
      { protocol: 'arp', dl_dst: here.dvrMac, arp_op: 2, arp_tha: port.mac_address },
      [...back, act.goto(PACKET_RATE_LIMIT)],
      own,
    );
  const bridges = tunnelled
    ? [{ bridge: BR_TUN, table: DVR_PROCESS, next: PATCH_LV_TO_TUN }]
    : here.physical
        .filter(({ network: { physical_network: name } }) => name === network['provider:physical_network'])
        .map(({ bridge }) => ({ bridge, table: DVR_PROCESS_PHYSICAL, next: LOCAL_VLAN_TRANSLATION }));
  for (const { bridge, table, next } of bridges) {
    keptHere(flows, topology, { bridge, table, vlan, port });
    const leaving = owned(
      port,
      `router ${port.owner?.name} leaves host ${here.name} under the host's address`,
    );
    flows.add(
      bridge,
      table,
      1,
      { dl_vlan: vlan, dl_src: port.mac_address },
      [act.setField('eth_src', here.dvrMac), act.goto(next)],
      leaving,
    );
  }
}

const owned = ({ name }: Port, purpose: string) => ({ kind: 'port', name, purpose }) as const;

/** What goes to the gateway, and what is asked of it, stays on the host. */
function keptHere(
  flows: FlowSet,
  { options }: Topology,
  {
    bridge,
    table,
    vlan,
    port,
  }: { readonly bridge: string; readonly table: number; readonly vlan: number; readonly port: Port },
): void {
  const owner = owned(port, `each host has a router ${port.owner?.name} of its own`);
  flows.add(bridge, table, 2, { dl_vlan: vlan, dl_dst: port.mac_address }, act.drop, owner);
  const juno = options.release === 'juno';
  for (const { ip_address } of port.fixed_ips) {
    const asked: Match = !ip_address.includes(':')
      ? { protocol: 'arp', dl_vlan: vlan, arp_tpa: ip_address }
      : { protocol: 'icmp6', dl_vlan: vlan, dl_src: port.mac_address, icmp_type: 134 };
    // Since Rocky the flow is in table 22, which on a physical network's bridge no frame comes to: there the question
    // leaves the host (install_dvr_process_ipv4 is shared by both bridges).
    flows.add(bridge, juno ? table : FLOOD_TO_TUN, 3, asked, act.drop, owner);
  }
}

/** Ports that distributed routers serve, and those of their snat- namespaces. */
const isServed = ({ active, port }: BoundPort): boolean => active && SERVED_OWNERS.has(port.device_owner);

const isOn = ({ port }: BoundPort, subnet: string): boolean =>
  port.fixed_ips.some((ip) => ip.subnet === subnet);

/**
 * What comes to a port from a router of another host. There is one flow for all its subnets: behind interfaces for IPv4
 * and for IPv6 everything comes as if from that of its last address.
 */
function toServed(flows: FlowSet, topology: Topology, here: DvrHost, served: BoundPort): void {
  const { network, port } = served;
  const local = here.localVlans.get(network.name);
  const routed = port.fixed_ips.flatMap((ip) =>
    here.ports
      .filter((bound) => isInterface(bound) && isOn(bound, ip.subnet))
      .map((gateway) => ({ gateway, ip })),
  );
  const gateway = routed.at(-1)?.gateway;
  if (gateway === undefined || local === undefined) return;
  if (topology.options.release === 'juno') {
    toServedAtJuno(flows, local, gateway, served);
    return;
  }
  const pairs = port.allowed_address_pairs.filter((pair) => {
    const address = hostAddress(pair.ip_address);
    return address !== undefined && routed.some(({ ip }) => isOnSubnet(topology, ip, address));
  });
  const macs = new Set([port.mac_address, ...pairs.map(({ mac_address }) => mac_address)]);
  toServedNow(flows, local, { gateway, served, macs });
}

/** install_dvr_to_src_mac, for the port and for those of its allowed address pairs that are on a subnet of the router. */
function toServedNow(
  flows: FlowSet,
  local: number,
  {
    gateway,
    served,
    macs,
  }: { readonly gateway: BoundPort; readonly served: BoundPort; readonly macs: ReadonlySet<string> },
): void {
  const { network, port } = served;
  const tunnelled = isTunnelType(network['provider:network_type']);
  const vlan = tunnelled ? local : segmentOf(network);
  const owner = owned(port, `routed on another host to port ${port.name}: as if from the gateway`);
  for (const dl_dst of macs) {
    const match = { dl_vlan: vlan, dl_dst };
    flows.add(
      BR_INT,
      tunnelled ? DVR_TO_SRC_MAC : DVR_TO_SRC_MAC_PHYSICAL,
      20,
      match,
      [act.setField('eth_src', gateway.port.mac_address), act.goto(PACKET_RATE_LIMIT)],
      owner,
    );
    const strip = vlan === 'none' ? [] : [act.popVlan];
    flows.add(BR_INT, TRANSIENT_TABLE, 20, match, [...strip, act.output(served.ofport)], owner);
  }
}

/** _bind_port_on_dvr_subnet of Juno: straight to the port, since br-int had no other table for it to pass. */
function toServedAtJuno(flows: FlowSet, vlan: number, gateway: BoundPort, served: BoundPort): void {
  const { mac_address, name } = served.port;
  flows.add(
    BR_INT,
    DVR_TO_SRC_MAC,
    4,
    { dl_vlan: vlan, dl_dst: mac_address },
    [act.popVlan, act.setField('eth_src', gateway.port.mac_address), act.output(served.ofport)],
    owned(served.port, `routed on another host to port ${name}: as if from the gateway`),
  );
}

/** _bind_distributed_router_interface_port of Juno: what is for none of them alone every port of the subnet got. */
function toSubnetAtJuno(
  flows: FlowSet,
  {
    vlan,
    cidr,
    gateway,
    served,
  }: {
    readonly vlan: number;
    readonly cidr: string;
    readonly gateway: BoundPort;
    readonly served: readonly BoundPort[];
  },
): void {
  if (cidr.includes(':')) return;
  flows.add(
    BR_INT,
    DVR_TO_SRC_MAC,
    2,
    { protocol: 'ip', dl_vlan: vlan, nw_dst: cidr },
    [
      act.popVlan,
      act.setField('eth_src', gateway.port.mac_address),
      ...served.map(({ ofport }) => act.output(ofport)),
    ],
    owned(gateway.port, `routed on another host to subnet ${cidr}: as if from the gateway, to every port`),
  );
}

const segmentOf = (network: Network): number | 'none' => network['provider:segmentation_id'] ?? 'none';
