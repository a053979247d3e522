import type { Owner, ProcessState } from '../../../state/types.ts';
import type { Network, Subnet, Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import { AgentChains } from '../l3/chains.ts';
import { isolatedMetadataProxy, METADATA_ADDRESS } from '../l3/metadata.ts';
import type { NamespaceBuilder, NodeBuilder } from '../node.ts';
import { ipv6Sysctls, sysctlsOf } from '../sysctls.ts';
import { additionalHosts, DOMAIN, firstLeases, hostEntries, options } from './dnsmasq-files.ts';
import { servesMetadata } from './isolated.ts';

/** Seconds (dhcp_lease_duration). */
const LEASE = 86_400;
/** dnsmasq_lease_max. */
const MOST_LEASES = 2 ** 24;
/** PREFIX of the DHCP agent's chains: its name, cut to sixteen letters (wrap_name of iptables_manager.py). */
const PREFIX = 'neutron-dhcp-age-';

/** Every network that the DHCP agent on a host serves; one that is down is served by none. */
export const dhcpServers = (node: NodeBuilder, topology: Topology, here: AgentHost): void => {
  for (const bound of here.ports) {
    if (bound.holder !== 'service' || bound.port.device_owner !== 'network:dhcp') continue;
    if (bound.network.admin_state_up) dhcpServer(node, topology, bound);
  }
};

/** Dnsmasq of neutron/agent/linux/dhcp.py: one dnsmasq for a network, in a namespace of its own. */
const dhcpServer = (node: NodeBuilder, topology: Topology, own: ServicePort): void => {
  const { network } = own;
  const namespace = node.namespace(own.namespace);
  const owner: Owner = { kind: 'network', name: network.name, purpose: `DHCP of network ${network.name}` };
  const subnets = servedSubnets(topology, network);
  namespace.link({ device: 'lo', up: true });
  const ipv6 = own.port.fixed_ips.some(({ ip_address }) => ip_address.includes(':'));
  namespace.sysctls({
    ...sysctlsOf({ forward: false, ipv6 }),
    ...(ipv6 ? ipv6Sysctls([own]) : {}),
    'net/ipv4/conf/all/promote_secondaries': '1',
    'net/ipv4/ip_nonlocal_bind': '1',
  });
  addresses(topology, namespace, own);
  chains(namespace, owner);
  if (subnets.some((subnet) => servesMetadata(topology, subnet)))
    isolatedMetadataProxy(node, topology, network, own.namespace);
  dnsmasq(node, topology, { own, subnets, owner });
};

/** setup and _set_default_route of DeviceManager: the first gateway is taken. */
const addresses = (topology: Topology, namespace: NamespaceBuilder, { port, tap }: ServicePort): void => {
  if (topology.options.enable_isolated_metadata) namespace.address(tap, `${METADATA_ADDRESS}/32`);
  for (const { subnet: name, ip_address } of port.fixed_ips) {
    const subnet = topology.subnets[name];
    if (subnet === undefined) continue;
    namespace.address(tap, `${ip_address}/${prefixOf(subnet)}`);
    const { gateway_ip, ip_version } = subnet;
    const destination = ip_version === 6 ? '::/0' : '0.0.0.0/0';
    if (gateway_ip !== null && gateway_ip !== ip_address)
      namespace.route({ destination, via: gateway_ip, device: tap });
  }
};

const prefixOf = ({ cidr }: Subnet): number => Number(cidr.split('/')[1] ?? 32);

const servedSubnets = ({ subnets }: Topology, network: Network): Subnet[] =>
  Object.values(subnets).filter((subnet) => subnet.network === network.name && subnet.enable_dhcp);

/** fill_dhcp_udp_checksums of DeviceManager: some clients do not take what a NIC was to complete. */
const chains = (namespace: NamespaceBuilder, owner: Owner): void => {
  for (const [family, port] of [
    ['ipv4', 68],
    ['ipv6', 546],
  ] as const) {
    const own = new AgentChains(namespace, PREFIX, owner, family);
    own.lay({ nat: false });
    own.add('mangle', 'POSTROUTING', `-p udp -m udp --dport ${port} -j CHECKSUM --checksum-fill`, {
      ...owner,
      purpose: `${owner.purpose}: its answers have checksums`,
    });
  }
};

interface Served {
  readonly own: ServicePort;
  readonly subnets: readonly Subnet[];
  readonly owner: Owner;
}

const dnsmasq = (node: NodeBuilder, topology: Topology, { own, subnets, owner }: Served): void => {
  const { network, port, namespace } = own;
  const folder = `/var/lib/neutron/dhcp/${network.id}`;
  const files = {
    host: hostEntries(topology, network),
    addn_hosts: additionalHosts(topology, network),
    opts: options(topology, port, subnets),
  };
  for (const [name, text] of Object.entries({ ...files, leases: firstLeases(topology, network) }))
    node.file({ path: `${folder}/${name}`, text, owner });
  node.process({
    name: `dnsmasq-${network.id}`,
    namespace,
    argv: command(network, subnets, folder),
    // Not the leases: they are dnsmasq's own while it runs.
    files: Object.keys(files).map((name) => `${folder}/${name}`),
    reload: 'hup',
    ...readyOf(subnets),
    owner,
  });
};

/** Where dnsmasq listens: with addresses made from MAC addresses alone there is nothing to lease. */
const readyOf = (subnets: readonly Subnet[]): Pick<ProcessState, 'ready'> => {
  const port = subnets.some(({ ip_version }) => ip_version === 4)
    ? 67
    : subnets.some(hasRange)
      ? 547
      : undefined;
  return port === undefined ? {} : { ready: { protocol: 'udp', port } };
};

/** Neutron knows DHCPv6 from 64 bits on. */
const hasRange = ({ ip_version, ipv6_address_mode, ipv6_ra_mode, cidr }: Subnet): boolean => {
  if (ip_version === 4) return true;
  if (Number(cidr.split('/')[1]) < 64) return false;
  if (ipv6_address_mode === undefined) return ipv6_ra_mode === undefined;
  return ipv6_address_mode !== 'slaac';
};

/** _build_cmdline_callback, with what keeps it in front and lets it say what is wrong. */
const command = (network: Network, subnets: readonly Subnet[], folder: string): string[] => {
  const ranges = subnets.filter(hasRange);
  const size = ranges.reduce(
    (sum, subnet) => sum + 2 ** ((subnet.ip_version === 6 ? 128 : 32) - prefixOf(subnet)),
    0,
  );
  return [
    'dnsmasq',
    '--keep-in-foreground',
    '--log-facility=-',
    '--no-hosts',
    '--no-resolv',
    `--pid-file=${folder}/pid`,
    `--dhcp-hostsfile=${folder}/host`,
    `--addn-hosts=${folder}/addn_hosts`,
    `--dhcp-optsfile=${folder}/opts`,
    `--dhcp-leasefile=${folder}/leases`,
    '--dhcp-match=set:ipxe,175',
    '--dhcp-userclass=set:ipxe6,iPXE',
    '--local-service',
    '--bind-dynamic',
    // static: an address for those in the hosts file, and no answer for others.
    ...ranges.map(
      (subnet) =>
        `--dhcp-range=set:subnet-${subnet.id},${subnet.cidr.split('/')[0]},static,${subnet.ip_version === 6 ? prefixOf(subnet) : netmask(subnet)},${LEASE}s`,
    ),
    `--dhcp-option-force=option:mtu,${network.mtu}`,
    `--dhcp-lease-max=${Math.min(size, MOST_LEASES)}`,
    '--conf-file=/dev/null',
    `--domain=${DOMAIN}`,
  ];
};

/** 255.255.255.0 of a /24. */
const netmask = (subnet: Subnet): string =>
  [0, 8, 16, 24].map((bit) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefixOf(subnet) - bit)))).join('.');
