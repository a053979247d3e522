/** Where ports are: who holds them, the host, the devices. */
import { bottomSegment } from '../topology/racks.ts';
import { hostsOfPort } from '../topology/replicas.ts';
import type { Network, Port, Topology, Underlay, UnderlayNetwork } from '../topology/topology.ts';
import { deviceName, serviceDevice } from './devices.ts';
import { hostsOfRouter, isDistributed } from './distributed.ts';
import { linkSeats } from './links.ts';
import { subportsOf } from './trunk.ts';

/**
 * Who holds a port: a server its guest, the others a network namespace on the port's host. Of a distributed router
 * `snat` is what is central, and `router` its part on a host; `fip`, named after an external network, leads the
 * floating IPs of a host to it.
 */
export interface Holder {
  readonly kind: 'server' | 'router' | 'snat' | 'fip' | 'dhcp' | 'loadbalancer';
  readonly name: string;
}

/** A port that is plugged in on a host. */
export interface Seat {
  readonly kind: 'guest' | 'namespace';
  readonly port: Port;
  readonly network: Network;
  readonly holder: Holder;
  readonly host: string;
  /** Device in the guest or in the namespace. */
  readonly device: string;
  /** Point id of that device. */
  readonly point: string;
  /** Device by which the host holds a guest: nova names it after the port (its NIC_NAME_LEN is 14). */
  readonly tap: string;
  /** Of a trunk's subport: the tag that its frames wear at the server. */
  readonly tag?: number;
  readonly mac: string;
  /** As texts say it. */
  readonly name: string;
  /** Names the broadcast domain: equal for all that hear each other. */
  readonly segment: string;
  /** Neutron's ACTIVE: wanted up, and on a host that reaches the network. Otherwise it is wired to nothing. */
  readonly active: boolean;
  /** A router with ha is active on another host: the device is there and hears, but says nothing and owns nothing. */
  readonly standby?: true;
  /** Equal on every host that has its router: nobody but that host's own ports reaches it. */
  readonly distributed?: true;
  /** An end of a cable between two namespaces, whose MAC addresses are the kernel's choice. */
  readonly link?: 'rfp' | 'fpr';
}

/** All ports that are plugged in, in the order of the document: servers', then those of routers, DHCP and balancers. */
export function seatsOf(topology: Topology): Seat[] {
  const guests = Object.values(topology.servers).flatMap(({ name, host, nics }) =>
    nics.flatMap(({ device, port }) => {
      const holder = { kind: 'server', name } as const;
      return seatOf(topology, port, holder, host, device).flatMap((parent) => [
        parent,
        ...subportsOf(topology, port).flatMap((one) =>
          seatOf(topology, one.port, holder, host, device).map(
            (seat): Seat => ({ ...seat, tap: parent.tap, tag: one.segmentation_id }),
          ),
        ),
      ]);
    }),
  );
  const services = Object.values(topology.ports).flatMap((port) => {
    const holder = serviceOf(topology, port);
    if (holder === undefined) return [];
    const distributed = isDistributed(port);
    const hosts = distributed ? hostsOfRouter(topology, holder.name) : hostsOfPort(topology, port);
    return hosts.flatMap((host, at) =>
      seatOf(topology, port.name, holder, host, serviceDevice(port)).map((seat): Seat => {
        if (distributed) return { ...seat, distributed };
        return at === 0 ? seat : { ...seat, standby: true };
      }),
    );
  });
  return [...guests, ...services, ...linkSeats(topology)];
}

function seatOf(topology: Topology, name: string, holder: Holder, host: string, device: string): Seat[] {
  const port = topology.ports[name];
  const top = port && topology.networks[port.network];
  if (!port || !top) return [];
  // What the host is bound to: with hierarchical binding a VLAN of its rack.
  const network = bottomSegment(topology.underlay, top, host);
  const kind = holder.kind === 'server' ? 'guest' : 'namespace';
  // The L3 agent takes a router that is administratively down away (router_removed of its agent.py).
  const routes = holder.kind === 'router' || holder.kind === 'snat';
  const up = !routes || topology.routers[holder.name]?.admin_state_up !== false;
  return [
    {
      kind,
      port,
      network,
      holder,
      host,
      device,
      point: `${kind === 'guest' ? holder.name : host}:${device}`,
      tap: kind === 'guest' ? deviceName('tap', port.id) : device,
      mac: port.mac_address,
      name: port.name,
      segment: segmentKey(topology.underlay, top, host),
      active: port.admin_state_up && up && reaches(topology.underlay, host, network),
    },
  ];
}

function serviceOf({ routers }: Topology, port: Port): Holder | undefined {
  const { owner, device_owner, network } = port;
  if (owner?.kind === 'router') {
    const central = routers[owner.name]?.distributed === true && !isDistributed(port);
    return { kind: central ? 'snat' : 'router', name: owner.name };
  }
  if (device_owner === 'network:floatingip_agent_gateway') return { kind: 'fip', name: network };
  if (owner?.kind === 'network') return { kind: 'dhcp', name: owner.name };
  if (owner?.kind === 'loadbalancer') return { kind: 'loadbalancer', name: owner.name };
  return undefined;
}

export const isStandby = (member: { readonly kind: string } & Partial<Pick<Seat, 'standby'>>): boolean =>
  member.standby === true;
/** Whether frames for a member's own address get there: a distributed router's part serves its own host. */
export const isNear = (from: { readonly host: string }, to: { readonly host: string }): boolean =>
  !('distributed' in to && to.distributed === true) || from.host === to.host;

export const isTunnelled = (network: Network): boolean =>
  network['provider:network_type'] === 'vxlan' || network['provider:network_type'] === 'gre';

/** A physical network without a VLAN, or within one, is what it is whatever the cloud calls it. */
export const physicalSegment = (carrier: UnderlayNetwork, vlan: number | undefined): string =>
  `physical ${carrier.name} ${vlan ?? 'untagged'}`;

function segmentKey(underlay: Underlay, network: Network, host: string): string {
  // A network of type local does not leave its host.
  if (network['provider:network_type'] === 'local') return `local ${network.name} ${host}`;
  const carrier = isTunnelled(network) ? undefined : physicalNetwork(underlay, network);
  if (carrier) return physicalSegment(carrier, network['provider:segmentation_id']);
  return `network ${network.name}`;
}

/** The underlay network that carries a VLAN or flat network (its provider:physical_network). */
export function physicalNetwork(underlay: Underlay, network: Network): UnderlayNetwork | undefined {
  const label = network['provider:physical_network'];
  if (label === undefined) return undefined;
  return Object.values(underlay.networks).find(({ physical_network }) => physical_network === label);
}

export function tunnelNetwork(underlay: Underlay): UnderlayNetwork | undefined {
  return Object.values(underlay.networks).find(({ type }) => type === 'tunnel');
}

/** Hosts that run a networking agent; the others (controllers, switches, routers) hold no ports and end no tunnels. */
export function agentHosts(underlay: Underlay): string[] {
  return Object.values(underlay.hosts)
    .filter(({ role }) => role === 'compute' || role === 'network' || role === 'gateway')
    .map(({ name }) => name);
}

export const localIp = (underlay: Underlay, host: string): string | undefined =>
  underlay.hosts[host]?.local_ip;

/** A host has to be connected to what carries a network before a port there can be on it. */
function reaches(underlay: Underlay, host: string, network: Network): boolean {
  if (network['provider:network_type'] === 'local') return true;
  if (isTunnelled(network)) return localIp(underlay, host) !== undefined;
  const physical = physicalNetwork(underlay, network);
  if (!physical) return false;
  return underlay.links.some(
    ({ ends }) =>
      ends.some((end) => end.host === host) && ends.some(({ networks }) => networks.includes(physical.name)),
  );
}
