import type { Subnet, Topology } from '../../../topology/topology.ts';

/** No router has the subnet's gateway address (get_isolated_subnets of neutron/agent/linux/dhcp.py). */
export const isIsolated = ({ routers }: Topology, { name, gateway_ip }: Subnet): boolean =>
  !Object.values(routers).some(({ interfaces }) =>
    interfaces.some(({ fixed_ips }) =>
      fixed_ips.some(({ subnet, ip_address }) => subnet === name && ip_address === gateway_ip),
    ),
  );

/** The agent serves metadata itself to whoever is on the subnet. */
export const servesMetadata = (topology: Topology, subnet: Subnet): boolean =>
  topology.options.enable_isolated_metadata && isIsolated(topology, subnet);
