import type { Network, Port, Topology } from '../../../topology/topology.ts';

/** One address of a port. */
export interface Host {
  readonly port: Port;
  readonly ip_address: string;
  /** Its subnet is one with DHCP. */
  readonly served: boolean;
}

/** port_requires_dhcp_configuration of neutron/agent/linux/dhcp.py: these have their addresses by other means. */
const NOT_SERVED = new Set(['network:dhcp', 'network:floatingip']);

/** IPv4 addresses of the network's ports, whoever holds them and wherever they are (_iter_hosts). */
export const hostsOf = ({ ports, subnets }: Topology, network: Network): Host[] =>
  Object.values(ports).flatMap((port) => {
    if (port.network !== network.name || NOT_SERVED.has(port.device_owner)) return [];
    return port.fixed_ips.flatMap(({ subnet: name, ip_address }): Host[] => {
      const subnet = subnets[name];
      return subnet?.ip_version === 4 ? [{ port, ip_address, served: subnet.enable_dhcp }] : [];
    });
  });
