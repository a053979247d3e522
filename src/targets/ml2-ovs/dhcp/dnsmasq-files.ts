/** The files from which dnsmasq reads whom it serves and with what (Dnsmasq of neutron/agent/linux/dhcp.py). */
import type { Network, Port, Subnet, Topology } from '../../../topology/topology.ts';
import { METADATA_ADDRESS } from '../l3/metadata.ts';
import { hostsOf } from './hosts.ts';
import { isIsolated, servesMetadata } from './isolated.ts';

/** dns_domain of the agents' configuration. */
export const DOMAIN = 'openstacklocal';

const hostName = (ip: string): string => `host-${ip.replaceAll(/[.:]/gu, '-')}`;

const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');

/** Who gets which address (_output_hosts_file). */
export const hostEntries = (topology: Topology, network: Network): string =>
  lines(
    hostsOf(topology, network)
      .filter(({ served }) => served)
      .map(({ port, ip_address, version }) => {
        // The tag: only as an answer to DHCPv6.
        const [tag, address] = version === 6 ? ['tag:dhcpv6,', `[${ip_address}]`] : ['', ip_address];
        return `${port.mac_address},${tag}${hostName(ip_address)}.${DOMAIN},${address}`;
      }),
  );

/** Names for dnsmasq's DNS, those of other subnets included (_output_addn_hosts_file). */
export const additionalHosts = (topology: Topology, network: Network): string =>
  lines(
    hostsOf(topology, network).map(({ ip_address }) => {
      const name = hostName(ip_address);
      return `${ip_address}\t${name}.${DOMAIN} ${name}`;
    }),
  );

/**
 * Leases of all who may have one, so that a server that has just been started knows them (_output_init_lease_file).
 * dnsmasq keeps the file current itself and reads it only at its start. The agent lets them end when a lease would that
 * were given now; 0, which never ends, makes the file the same at all times.
 */
export const firstLeases = (topology: Topology, network: Network): string =>
  lines(
    hostsOf(topology, network)
      // Leases of DHCPv6 have numbers that the client chose.
      .filter(({ served, version }) => served && version === 4)
      .map(({ port, ip_address }) => `0 ${port.mac_address} ${ip_address} * *`),
  );

/** What goes with an address: _generate_opts_per_subnet, then _generate_opts_per_port. */
export const options = (topology: Topology, own: Port, subnets: readonly Subnet[]): string =>
  lines([
    ...subnets.flatMap((subnet) =>
      subnet.ip_version === 6 ? options6(subnet) : optionsOf(topology, own, subnet),
    ),
    ...subnets.filter(({ dns_nameservers }) => dns_nameservers.length === 0).flatMap(nameServers(topology)),
  ]);

const tagged = ({ id }: Subnet, option: string, values: readonly string[]): string =>
  [`tag:subnet-${id}`, option, ...values].join(',');

/** What DHCPv6 tells; on a subnet whose addresses are told by the router alone, nothing. */
function options6(subnet: Subnet): string[] {
  const { dns_nameservers: servers, ipv6_address_mode } = subnet;
  if (ipv6_address_mode === 'slaac') return [];
  const literal = servers.join() === '::' ? [] : servers.map((address) => `[${address}]`);
  return [
    ...(servers.length > 0 ? [tagged(subnet, 'option6:dns-server', literal)] : []),
    tagged(subnet, 'option6:domain-search', [DOMAIN]),
  ];
}

function optionsOf(topology: Topology, own: Port, subnet: Subnet): string[] {
  const { dns_nameservers, host_routes } = subnet;
  const anywhere = host_routes.find(({ destination }) => destination === ANYWHERE);
  const gateway = subnet.gateway_ip ?? anywhere?.nexthop;
  // 0.0.0.0 says that there is none.
  const dns = dns_nameservers.join() === '0.0.0.0' ? [] : dns_nameservers;
  const metadata = metadataVia(topology, own, subnet, gateway);
  const routes = [
    // Other subnets of the network are on the same wire; 0.0.0.0 says so (RFC 3442).
    ...Object.values(topology.subnets)
      .filter(
        ({ name, network, ip_version }) =>
          network === subnet.network && ip_version === 4 && name !== subnet.name,
      )
      .map(({ cidr }) => `${cidr},0.0.0.0`)
      .toReversed(),
    ...host_routes
      .filter((route) => route.destination !== ANYWHERE)
      .map(({ destination, nexthop }) => `${destination},${nexthop}`),
    ...(metadata === undefined ? [] : [`${METADATA_ADDRESS}/32,${metadata}`]),
  ];
  // Who takes option 121 does not look at the routers of option 3 (RFC 3442).
  const classless =
    routes.length > 0 && gateway !== undefined ? [...routes, `${ANYWHERE},${gateway}`] : routes;
  return [
    ...(dns_nameservers.length > 0 ? [tagged(subnet, 'option:dns-server', dns)] : []),
    // 249 is option 121 as old Windows clients want it.
    ...(classless.length > 0
      ? ['option:classless-static-route', '249'].map((option) => tagged(subnet, option, classless))
      : []),
    tagged(subnet, 'option:router', gateway === undefined ? [] : [gateway]),
  ];
}

const ANYWHERE = '0.0.0.0/0';

/** By the router where it has the gateway's address, else by DHCP's own port. */
function metadataVia(
  topology: Topology,
  own: Port,
  subnet: Subnet,
  gateway: string | undefined,
): string | undefined {
  if (!isIsolated(topology, subnet)) return gateway;
  if (!servesMetadata(topology, subnet)) return undefined;
  return own.fixed_ips.find((ip) => ip.subnet === subnet.name)?.ip_address;
}

/** Without a word dnsmasq names itself; where there are several, each names them all. */
const nameServers =
  ({ ports }: Topology) =>
  (subnet: Subnet): string[] => {
    if (subnet.ipv6_address_mode === 'slaac') return [];
    const six = subnet.ip_version === 6;
    const servers = Object.values(ports)
      .filter(({ device_owner }) => device_owner === 'network:dhcp')
      .flatMap(({ fixed_ips }) => fixed_ips.filter((ip) => ip.subnet === subnet.name))
      .map(({ ip_address }) => (six ? `[${ip_address}]` : ip_address));
    return servers.length > 1
      ? [tagged(subnet, six ? 'option6:dns-server' : 'option:dns-server', servers)]
      : [];
  };
