/** Where ports are: the server, the host, the devices. */
import type { Network, Port, Topology, Underlay, UnderlayNetwork } from '../topology/topology.ts';

/** A port that a server holds. */
export interface Seat {
  readonly port: Port;
  readonly network: Network;
  readonly server: string;
  readonly host: string;
  /** Device in the guest. */
  readonly device: string;
  /** Point id of the guest's NIC. */
  readonly point: string;
  /** Device by which the host holds it: nova names it after the port (its NIC_NAME_LEN is 14). */
  readonly tap: string;
  /** Neutron's ACTIVE: wanted up, and on a host that reaches the network. Otherwise it is wired to nothing. */
  readonly active: boolean;
}

/** All ports of servers, in the order of the document. */
export function seatsOf(topology: Topology): Seat[] {
  return Object.values(topology.servers).flatMap(({ name: server, host, nics }) =>
    nics.flatMap(({ device, port: portName }): Seat[] => {
      const port = topology.ports[portName];
      const network = port && topology.networks[port.network];
      if (!port || !network) return [];
      const active = port.admin_state_up && reaches(topology.underlay, host, network);
      const tap = `tap${port.id}`.slice(0, 14);
      return [{ port, network, server, host, device, point: `${server}:${device}`, tap, active }];
    }),
  );
}

export const isTunnelled = (network: Network): boolean =>
  network['provider:network_type'] === 'vxlan' || network['provider:network_type'] === 'gre';

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
