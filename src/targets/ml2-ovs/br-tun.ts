import { LEARNED_COOKIE } from '../../state/cookies.ts';
import { routerOfReplica } from '../../topology/replicas.ts';
import type { Network, Topology } from '../../topology/topology.ts';
import type { AgentHost, Bindings, TunnelPort } from './bindings.ts';
import { act, type FlowSet, infrastructure, type Match } from './flow-set.ts';
import { BR_TUN } from './names.ts';
import {
  ARP_RESPONDER,
  DVR_NOT_LEARN,
  FLOOD_TO_TUN,
  isTunnelType,
  LEARN_FROM_TUN,
  LEARN_HARD_TIMEOUT,
  LOCAL_SWITCHING,
  PATCH_LV_TO_TUN,
  TUN_TABLE,
  type TunnelType,
  UCAST_TO_TUN,
} from './tables.ts';

/** OpenFlow port of patch-int. */
export const PATCH_INT_OFPORT = 1;

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const MULTICAST_BIT = '01:00:00:00:00:00';

/** arp_responder counts only together with l2_population (ovs_neutron_agent.py). */
const respondsToArp = ({ options }: Topology): boolean => options.l2_population && options.arp_responder;

/** setup_default_table and _setup_learn_flows of br_tun.py; what distributed routers add is in dvr/. */
export const brTunDefaults = (flows: FlowSet, topology: Topology, { dvrMac }: AgentHost): void => {
  const add = (table: number, priority: number, match: Match, actions: string, purpose: string): void =>
    flows.add(BR_TUN, table, priority, match, actions, infrastructure(BR_TUN, purpose));

  const fromInt = { in_port: PATCH_INT_OFPORT };
  if (dvrMac === undefined)
    add(LOCAL_SWITCHING, 1, fromInt, act.goto(PATCH_LV_TO_TUN), 'from br-int: towards the tunnels');
  add(LOCAL_SWITCHING, 0, {}, act.drop, 'from a port that the agent does not know');
  if (respondsToArp(topology)) {
    const request = { protocol: 'arp', dl_dst: BROADCAST } as const;
    add(PATCH_LV_TO_TUN, 1, request, act.goto(ARP_RESPONDER), 'ARP request: perhaps answered here');
    add(ARP_RESPONDER, 0, {}, act.goto(FLOOD_TO_TUN), 'ARP request for an unknown address: flood');
  }
  const unicast = { dl_dst: `00:00:00:00:00:00/${MULTICAST_BIT}` };
  const multicast = { dl_dst: `${MULTICAST_BIT}/${MULTICAST_BIT}` };
  add(PATCH_LV_TO_TUN, 0, unicast, act.goto(UCAST_TO_TUN), 'unicast: look for its tunnel');
  add(PATCH_LV_TO_TUN, 0, multicast, act.goto(FLOOD_TO_TUN), 'broadcast and multicast: flood');
  for (const [type, table] of Object.entries(TUN_TABLE)) {
    add(table, 0, {}, act.drop, `${type} frame of a network that is not on this host`);
  }
  const learn = learnAndDeliver();
  // Since 2025 these three stand apart, above the rest, with the same actions.
  add(LEARN_FROM_TUN, 2, { protocol: 'arp', arp_tha: BROADCAST }, learn, 'learn from a gratuitous ARP');
  add(LEARN_FROM_TUN, 2, { protocol: 'icmp6', icmp_type: 134 }, learn, 'learn from a router advertisement');
  add(
    LEARN_FROM_TUN,
    2,
    { protocol: 'icmp6', icmp_type: 136 },
    learn,
    'learn from a neighbour advertisement',
  );
  add(LEARN_FROM_TUN, 1, {}, learn, 'learn which tunnel leads to the sender, then on to br-int');
  add(UCAST_TO_TUN, 0, {}, act.goto(FLOOD_TO_TUN), 'unknown unicast: flood');
  add(FLOOD_TO_TUN, 0, {}, act.drop, 'nobody to flood to');
};

/** The flow that learn() makes: VLAN and MAC of the sender lead back into the tunnel that the frame came from. */
const learnAndDeliver = (): string => {
  const specs = [
    `table=${UCAST_TO_TUN}`,
    `hard_timeout=${LEARN_HARD_TIMEOUT}`,
    'priority=1',
    `cookie=${LEARNED_COOKIE}`,
    'NXM_OF_VLAN_TCI[0..11]',
    'NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]',
    'load:0->NXM_OF_VLAN_TCI[]',
    'load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[]',
    'output:NXM_OF_IN_PORT[]',
  ];
  return `learn(${specs.join(',')}),${act.output(PATCH_INT_OFPORT)}`;
};

/** setup_tunnel_port of br_tun.py. */
export const brTunPort = (flows: FlowSet, { type, peer, ofport }: TunnelPort): void => {
  flows.add(BR_TUN, LOCAL_SWITCHING, 1, { in_port: ofport }, act.goto(TUN_TABLE[type]), {
    kind: 'host',
    name: peer.name,
    purpose: `${type} tunnel from host ${peer.name}`,
  });
};

/** Everything of one network on one host: provision_local_vlan and add_fdb_flow of ovs_neutron_agent.py. */
export const brTunNetwork = (
  flows: FlowSet,
  topology: Topology,
  { members }: Bindings,
  here: AgentHost,
  tunnels: readonly TunnelPort[],
  network: Network,
): void => {
  const type = network['provider:network_type'];
  const vlan = here.localVlans.get(network.name);
  const id = network['provider:segmentation_id'];
  if (!isTunnelType(type) || vlan === undefined || id === undefined) return;
  const label = `${segmentName(type)} ${id} of network ${network.name}`;
  const owner = (purpose: string) => ({ kind: 'network', name: network.name, purpose }) as const;

  flows.add(
    BR_TUN,
    TUN_TABLE[type],
    1,
    { tun_id: id },
    [act.pushVlan, act.setVlan(vlan), act.goto(here.dvrMac === undefined ? LEARN_FROM_TUN : DVR_NOT_LEARN)],
    owner(`${label} arrives on host ${here.name}`),
  );

  // With l2_population the peers that were announced. The agent is less exact at first: provision_local_vlan floods to
  // every tunnel of the type that is there already, and stays with that until the first announcement for the network.
  // What it floods depends on the order of events then; ours is the state after a restart with all ports announced.
  const present = new Set(members.get(network.name));
  const peers = tunnels.filter(
    (tunnel) => tunnel.type === type && (!topology.options.l2_population || present.has(tunnel.peer)),
  );
  if (peers.length > 0) {
    const sorted = peers.toSorted((a, b) => a.ofport - b.ofport);
    flows.add(
      BR_TUN,
      FLOOD_TO_TUN,
      1,
      { dl_vlan: vlan },
      [act.popVlan, act.setTunnelId(id), ...sorted.map((tunnel) => act.output(tunnel.ofport))],
      owner(
        `${label}: flood from host ${here.name} to ${peers.map((tunnel) => tunnel.peer.name).join(', ')}`,
      ),
    );
  }
  if (!topology.options.l2_population) return;
  for (const tunnel of peers) forwardingEntries(flows, topology, network, tunnel, { vlan, id, label });
};

/**
 * The forwarding entries that the l2population driver sends about the ports of one peer (l2pop/mech_driver.py). They
 * come from the port's addresses: a port without any is not announced and has to be learned.
 */
const forwardingEntries = (
  flows: FlowSet,
  topology: Topology,
  network: Network,
  tunnel: TunnelPort,
  { vlan, id, label }: { vlan: number; id: number; label: string },
): void => {
  for (const { port, network: of, active } of tunnel.peer.ports) {
    // Whose host may be another one at any moment is learned from what it says (is_ha_router_port of l3_hamode_db.py).
    if (!active || of !== network || routerOfReplica(topology, port)) continue;
    // Every host has its own (update_port_up of l2pop/mech_driver.py).
    if (port.device_owner === 'network:router_interface_distributed') continue;
    for (const { ip_address } of port.fixed_ips) {
      flows.add(
        BR_TUN,
        UCAST_TO_TUN,
        2,
        { dl_vlan: vlan, dl_dst: port.mac_address },
        [act.popVlan, act.setTunnelId(id), act.output(tunnel.ofport)],
        {
          kind: 'port',
          name: port.name,
          purpose: `${label} → host ${tunnel.peer.name}, for port ${port.name}`,
        },
      );
      // The agent answers ARP only; neighbour solicitations are flooded.
      if (ip_address.includes(':') || !respondsToArp(topology)) continue;
      flows.add(
        BR_TUN,
        ARP_RESPONDER,
        1,
        { protocol: 'arp', dl_vlan: vlan, arp_tpa: ip_address },
        arpReply(ip_address, port.mac_address),
        { kind: 'port', name: port.name, purpose: `ARP responder for ${ip_address} (port ${port.name})` },
      );
    }
  }
};

/** install_arp_responder of ovs_bridge.py: the request is turned into the reply and sent back where it came from. */
const arpReply = (ip: string, mac: string): string[] => [
  act.setField('arp_op', 2),
  act.moveField('NXM_NX_ARP_SHA', 'NXM_NX_ARP_THA'),
  act.moveField('NXM_OF_ARP_SPA', 'NXM_OF_ARP_TPA'),
  act.setField('arp_sha', mac),
  act.setField('arp_spa', ip),
  act.moveField('NXM_OF_ETH_SRC', 'NXM_OF_ETH_DST'),
  act.setField('eth_src', mac),
  act.inPort,
];

const segmentName = (type: TunnelType): string => (type === 'vxlan' ? 'VNI' : 'GRE key');
