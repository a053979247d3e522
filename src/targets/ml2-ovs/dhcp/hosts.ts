import { isAutomatic } from '../../../topology/ipv6.ts';
import type { Network, Port, Topology } from '../../../topology/topology.ts';

/** One address of a port. */
export interface Host {
  readonly port: Port;
  readonly ip_address: string;
  readonly version: 4 | 6;
  /** It has the address by DHCP: its subnet has that, and does not have addresses made from MAC addresses. */
  readonly served: boolean;
}

/** port_requires_dhcp_configuration of neutron/agent/linux/dhcp.py: these have their addresses by other means. */
const NOT_SERVED = new Set(['network:dhcp', 'network:floatingip']);

/** Addresses of the network's ports, whoever holds them and wherever they are (_iter_hosts). */
export const hostsOf = ({ ports, subnets }: Topology, network: Network): Host[] =>
  Object.values(ports).flatMap((port) => {
    if (port.network !== network.name || NOT_SERVED.has(port.device_owner)) return [];
    return port.fixed_ips.flatMap(({ subnet: name, ip_address }): Host[] => {
      const subnet = subnets[name];
      if (subnet === undefined) return [];
      const { ip_version: version, enable_dhcp, ipv6_address_mode } = subnet;
      return [{ port, ip_address, version, served: enable_dhcp && !isAutomatic(ipv6_address_mode) }];
    });
  });
