import { EXIT, NetdojoError } from '../../errors/index.ts';
import { hostsOfPort } from '../../topology/replicas.ts';
import { dvrHostMac, l3AgentMode } from '../../topology/distributed.ts';
import { bottomSegment } from '../../topology/racks.ts';
import type { Network, Port, Server, Topology } from '../../topology/topology.ts';
import type { HostCabling, PhysicalMapping } from './cabling.ts';
import {
  balancerNamespace,
  BR_PHY,
  bridgeMac,
  dhcpNamespace,
  fipNamespace,
  intPatch,
  PATCH_TUN,
  routerDevice,
  routerNamespace,
  snatNamespace,
  tapName,
  tunnelName,
} from './names.ts';
import type { Pool, Pools } from './pools.ts';
import { isTunnelType, MAX_VLAN_TAG, MIN_VLAN_TAG, type TunnelType } from './tables.ts';
import { type Subport, trunkPorts, type TrunkSeat } from './trunk-ports.ts';

export interface PluggedPort {
  readonly port: Port;
  readonly network: Network;
  /** The device that is plugged in; of a subport its patch port. */
  readonly tap: string;
  /** ACTIVE in Neutron's words; otherwise it is on the dead VLAN. */
  readonly active: boolean;
  /** OpenFlow port on br-int. */
  readonly ofport: number;
}

/** A server's port. */
export interface GuestPort extends PluggedPort {
  readonly holder: 'server';
  readonly server: Server;
  /** Device name in the guest. */
  readonly nic: string;
  /** Between the tap and br-int stands a Linux bridge, where iptables filters (ovs_hybrid_plug). */
  readonly hybrid: boolean;
  /** The tap is not on br-int but on the bridge of this trunk, and a patch port is the port's on br-int. */
  readonly trunk?: TrunkSeat;
}

/** A port of a router, of a DHCP service or of a load balancer: an internal port of br-int, in a namespace. */
export interface ServicePort extends PluggedPort {
  readonly holder: 'service';
  readonly namespace: string;
}

/** A port plugged into br-int. */
export type BoundPort = GuestPort | ServicePort | Subport;

export interface TunnelPort {
  readonly type: TunnelType;
  readonly name: string;
  readonly peer: AgentHost;
  readonly ofport: number;
}

export interface PhysicalBridge extends PhysicalMapping {
  /** br-int's end of the patch to the bridge. */
  readonly intPatch: string;
  readonly intOfport: number;
}

export interface AgentHost {
  readonly name: string;
  readonly cabling: HostCabling;
  readonly physical: readonly PhysicalBridge[];
  /** OpenFlow port of patch-tun on br-int. */
  readonly patchTunOfport: number;
  readonly local_ip?: string;
  /** Its address for distributed routers; absent where the agents know of none. */
  readonly dvrMac?: string;
  /** Address of br-phy's own port, from which the tunnels leave. */
  readonly tunnelMac: string;
  readonly ports: readonly BoundPort[];
  /** Local VLAN id of each network that has an active port here, by the network's name. */
  readonly localVlans: ReadonlyMap<string, number>;
  readonly tunPool: Pool;
}

export interface Bindings {
  readonly hosts: ReadonlyMap<string, AgentHost>;
  /** Hosts with an active port on a network, by the network's name. */
  readonly members: ReadonlyMap<string, readonly AgentHost[]>;
}

/** OFPP_MAX of OpenFlow 1.0 less the reserved numbers; taps begin above the patch ports. */
const INT_PORTS = { first: 1, last: 65_000, start: 10 };
const TUN_PORTS = { first: 2, last: 65_000 };

/** Where every port is plugged, and what its host calls its network. */
export const bindings = (
  topology: Topology,
  cables: ReadonlyMap<string, HostCabling>,
  pools: Pools,
): Bindings => {
  const byHost = Map.groupBy(Object.values(topology.servers), (server) => server.host);
  for (const [host, servers] of byHost) {
    if (cables.get(host)?.agent !== true) throw noAgent(servers[0], host);
  }
  // A local VLAN id that is also some network's segmentation id would hide a leak of the one for the other.
  const segments = new Set(
    Object.values(topology.networks)
      .filter((network) => network['provider:network_type'] === 'vlan')
      .map((network) => network['provider:segmentation_id'] ?? 0),
  );
  const agents = [...cables.values()].filter((cable) => cable.agent);
  const hosts = new Map(
    agents.map((cable, index) => [
      cable.host.name,
      agentHost(topology, cable, byHost.get(cable.host.name) ?? [], pools, segments, index),
    ]),
  );
  const members = new Map<string, AgentHost[]>();
  for (const host of hosts.values()) {
    for (const network of host.localVlans.keys())
      members.set(network, [...(members.get(network) ?? []), host]);
  }
  return { hosts, members };
};

const agentHost = (
  topology: Topology,
  cable: HostCabling,
  servers: readonly Server[],
  pools: Pools,
  segments: ReadonlySet<number>,
  index: number,
): AgentHost => {
  const { name, local_ip } = cable.host;
  const distributed =
    Object.values(topology.routers).some((router) => router.distributed) &&
    l3AgentMode(topology.options, cable.host) !== 'legacy';
  const intPool = pools.pool(`ml2-ovs/ofport/${name}/br-int`, INT_PORTS);
  const tunPool = pools.pool(`ml2-ovs/ofport/${name}/br-tun`, TUN_PORTS);
  // The agent hands out its lowest free id, so on hosts that have lived a while the same network has different ids.
  // Fresh hosts would all begin at 1; each begins elsewhere, so that nobody can take a local id for a global one.
  const vlans = pools.pool(`ml2-ovs/local-vlan/${name}`, {
    first: MIN_VLAN_TAG,
    last: MAX_VLAN_TAG,
    start: MIN_VLAN_TAG + ((index * 10) % MAX_VLAN_TAG),
    avoid: segments,
  });
  const patchTunOfport = intPool.take(PATCH_TUN, 1);
  const physical = cable.physical.map((mapping, position) => {
    const patch = intPatch(mapping.bridge);
    return { ...mapping, intPatch: patch, intOfport: intPool.take(patch, position + 2) };
  });
  const localVlans = new Map<string, number>();
  const plugged = (
    portName: string,
    device: (port: Port) => string,
    onInt: (port: Port) => string = device,
  ): PluggedPort[] => {
    const port = topology.ports[portName];
    const top = port === undefined ? undefined : topology.networks[port.network];
    if (port === undefined || top === undefined) return [];
    const network = bottomSegment(topology.underlay, top, name);
    const active = port.admin_state_up && bindable(network, cable);
    if (active) localVlans.set(network.name, vlans.take(network.name));
    return [{ port, network, tap: device(port), active, ofport: intPool.take(onInt(port)) }];
  };
  const hybrid = topology.options.firewall_driver === 'iptables_hybrid';
  const guests = servers.flatMap((server) =>
    server.nics.flatMap(({ device: nic, port }) => {
      const guest = { holder: 'server', server, nic, hybrid } as const;
      const trunk = Object.values(topology.trunks).find((one) => one.port === port);
      if (trunk !== undefined) return trunkPorts(pools, name, trunk, guest, plugged);
      return plugged(port, ({ id }) => tapName(id)).map((one): GuestPort => ({ ...one, ...guest }));
    }),
  );
  const services = Object.values(topology.ports).flatMap((port) => {
    const here = hostsOfPort(topology, port).includes(name);
    const namespace = here ? serviceNamespace(topology, port) : undefined;
    if (namespace === undefined) return [];
    return plugged(port.name, serviceDevice).map(
      (one): ServicePort => ({ ...one, holder: 'service', namespace }),
    );
  });
  const ports = [...guests, ...services];
  return {
    name,
    cabling: cable,
    physical,
    patchTunOfport,
    ...(local_ip === undefined ? {} : { local_ip }),
    ...(distributed ? { dvrMac: dvrHostMac(name) } : {}),
    tunnelMac: bridgeMac(BR_PHY, name),
    ports,
    localVlans,
    tunPool,
  };
};

/** The namespace that holds a port of a service, if it is one (the agents' NS_PREFIX). */
const serviceNamespace = (topology: Topology, { owner, network, device_owner }: Port): string | undefined => {
  if (owner?.kind === 'host') return fipNamespace(topology.networks[network]?.id ?? '');
  if (owner?.kind === 'router') {
    const router = topology.routers[owner.name];
    const central =
      router?.distributed &&
      (device_owner === 'network:router_gateway' ||
        device_owner === 'network:router_centralized_snat' ||
        device_owner === 'network:router_ha_interface');
    if (central) return router.admin_state_up ? snatNamespace(router.id) : undefined;
    // The L3 agent is told of routers that are up alone.
    return router?.admin_state_up ? routerNamespace(router.id) : undefined;
  }
  if (owner?.kind === 'network') return dhcpNamespace(topology.networks[network]?.id ?? '');
  if (owner?.kind === 'loadbalancer') return balancerNamespace(topology.loadbalancers[owner.name]?.id ?? '');
  return undefined;
};

/** As the agents name the device of a port: INTERNAL_, EXTERNAL_ and HA_DEV_PREFIX of the L3 agent, else a tap. */
const serviceDevice = ({ id, device_owner }: Port): string => {
  if (
    device_owner === 'network:router_interface' ||
    device_owner === 'network:router_interface_distributed' ||
    device_owner === 'network:ha_router_replicated_interface'
  )
    return routerDevice('qr-', id);
  if (device_owner === 'network:router_ha_interface') return routerDevice('ha-', id);
  if (device_owner === 'network:router_gateway') return routerDevice('qg-', id);
  if (device_owner === 'network:router_centralized_snat') return routerDevice('sg-', id);
  if (device_owner === 'network:floatingip_agent_gateway') return routerDevice('fg-', id);
  return tapName(id);
};

/**
 * Whether the openvswitch mechanism driver could bind a port of the network on the host (try_to_bind_segment_for_agent
 * of mech_openvswitch.py): the host must reach the segment. Where it could not, the agent leaves the port dead.
 */
const bindable = (network: Network, { host, physical }: HostCabling): boolean => {
  const type = network['provider:network_type'];
  if (type === 'local') return true;
  if (isTunnelType(type)) return host.local_ip !== undefined;
  return physical.some((entry) => entry.network.physical_network === network['provider:physical_network']);
};

/**
 * Tunnel ports of a host. Without l2population the agent makes one to every other agent at its start, for each of its
 * tunnel_types (tunnel_sync of ovs_neutron_agent.py); we take the types that the cloud's networks have. With it, one
 * appears with the first forwarding entry for a host that has an active port on a network which is here too
 * (fdb_add_tun of l2population_rpc.py), and goes with the last.
 */
export const tunnelPorts = (
  topology: Topology,
  { hosts, members }: Bindings,
  here: AgentHost,
): TunnelPort[] => {
  if (here.local_ip === undefined) return [];
  const networks = Object.values(topology.networks);
  return (['gre', 'vxlan'] as const).flatMap((type) => {
    const ofType = networks.filter((network) => network['provider:network_type'] === type);
    const shared = ofType.filter((network) => here.localVlans.has(network.name));
    const wanted = topology.options.l2_population
      ? new Set(shared.flatMap((network) => members.get(network.name) ?? []))
      : new Set(ofType.length === 0 ? [] : hosts.values());
    return [...hosts.values()].flatMap((peer) => {
      if (peer === here || peer.local_ip === undefined || !wanted.has(peer)) return [];
      const name = tunnelName(type, peer.local_ip);
      return [{ type, name, peer, ofport: here.tunPool.take(name) }];
    });
  });
};

const noAgent = (server: Server | undefined, host: string): NetdojoError =>
  new NetdojoError(`server ${server?.name} is on host ${host}, which runs no Open vSwitch agent`, {
    code: 'ND_TARGET_HOST',
    expected: 'a host of role compute, network or gateway',
    exitCode: EXIT.usage,
  });
