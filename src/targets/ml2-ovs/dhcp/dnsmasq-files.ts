/** The files from which dnsmasq reads whom it serves and with what (Dnsmasq of neutron/agent/linux/dhcp.py). */
import type { Network, Port, Subnet, Topology } from '../../../topology/topology.ts';
import { METADATA_ADDRESS } from '../l3/metadata.ts';

const DOMAIN = 'openstacklocal';

interface Served {
  readonly port: Port;
  readonly ip_address: string;
  readonly name: string;
}

/** Addresses of the network's ports on subnets with DHCP, those of DHCP itself apart. */
const served = ({ ports }: Topology, network: Network, subnets: readonly Subnet[]): Served[] =>
  Object.values(ports).flatMap((port) =>
    port.network !== network.name || port.device_owner === 'network:dhcp'
      ? []
      : port.fixed_ips
          .filter(({ subnet }) => subnets.some(({ name }) => name === subnet))
          .map(({ ip_address }) => ({ port, ip_address, name: `host-${ip_address.replaceAll('.', '-')}` })),
  );

const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');

/** One line a port: who gets which address (_output_hosts_file). */
export const hostEntries = (topology: Topology, network: Network, subnets: readonly Subnet[]): string =>
  lines(
    served(topology, network, subnets).map(
      ({ port, ip_address, name }) => `${port.mac_address},${name}.${DOMAIN},${ip_address}`,
    ),
  );

/** Names for dnsmasq's DNS (_output_addn_hosts_file). */
export const additionalHosts = (topology: Topology, network: Network, subnets: readonly Subnet[]): string =>
  lines(
    served(topology, network, subnets).map(
      ({ ip_address, name }) => `${ip_address}\t${name}.${DOMAIN} ${name}`,
    ),
  );

/** What goes with an address (_generate_opts_per_subnet). 249 is option 121 as old Windows clients want it. */
export const options = (topology: Topology, own: Port, subnets: readonly Subnet[]): string =>
  lines(subnets.flatMap((subnet) => optionsOf(topology, own, subnet)));

function optionsOf(topology: Topology, own: Port, subnet: Subnet): string[] {
  const { id, dns_nameservers, host_routes, gateway_ip } = subnet;
  const tag = `tag:subnet-${id}`;
  const list: string[] = [];
  // 0.0.0.0 says that there is none; without a word dnsmasq names itself.
  if (dns_nameservers.includes('0.0.0.0')) list.push(`${tag},option:dns-server`);
  else if (dns_nameservers.length > 0) list.push(`${tag},option:dns-server,${dns_nameservers.join(',')}`);
  const routes = host_routes.map(({ destination, nexthop }) => `${destination},${nexthop}`);
  const metadata = metadataVia(topology, own, subnet);
  if (metadata !== undefined) routes.push(`${METADATA_ADDRESS}/32,${metadata}`);
  if (routes.length > 0) {
    // Who takes option 121 does not look at the routers of option 3 (RFC 3442).
    if (gateway_ip !== null && !host_routes.some(({ destination }) => destination === '0.0.0.0/0'))
      routes.push(`0.0.0.0/0,${gateway_ip}`);
    list.push(`${tag},option:classless-static-route,${routes.join(',')}`);
    list.push(`${tag},249,${routes.join(',')}`);
  }
  list.push(gateway_ip === null ? `${tag},option:router` : `${tag},option:router,${gateway_ip}`);
  return list;
}

/** By the router where the subnet has one, else by DHCP's own port. */
function metadataVia(topology: Topology, own: Port, { name }: Subnet): string | undefined {
  if (!topology.options.enable_isolated_metadata) return undefined;
  const routed = Object.values(topology.routers)
    .flatMap(({ interfaces }) => interfaces.flatMap(({ fixed_ips }) => fixed_ips))
    .find(({ subnet }) => subnet === name);
  return routed?.ip_address ?? own.fixed_ips.find(({ subnet }) => subnet === name)?.ip_address;
}
