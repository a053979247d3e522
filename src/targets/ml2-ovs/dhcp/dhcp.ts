import type { Owner } from '../../../state/types.ts';
import type { Network, Subnet, Topology } from '../../../topology/topology.ts';
import type { AgentHost, ServicePort } from '../bindings.ts';
import { AgentChains } from '../l3/chains.ts';
import { isolatedMetadataProxy, METADATA_ADDRESS } from '../l3/metadata.ts';
import { dhcpNamespace } from '../names.ts';
import type { NodeBuilder } from '../node.ts';
import { additionalHosts, hostEntries, options } from './dnsmasq-files.ts';

/** Seconds (dhcp_lease_duration). */
const LEASE = 86_400;

/** Every network that the DHCP agent on a host serves. */
export const dhcpServers = (node: NodeBuilder, topology: Topology, here: AgentHost): void => {
  for (const port of here.ports) {
    if (port.holder === 'service' && port.port.device_owner === 'network:dhcp')
      dhcpServer(node, topology, port);
  }
};

/** Dnsmasq of neutron/agent/linux/dhcp.py: one dnsmasq for a network, in a namespace of its own. */
const dhcpServer = (node: NodeBuilder, topology: Topology, own: ServicePort): void => {
  const { network } = own;
  const name = dhcpNamespace(network.id);
  const namespace = node.namespace(name);
  const owner: Owner = { kind: 'network', name: network.name, purpose: `DHCP of network ${network.name}` };
  const subnets = servedSubnets(topology, network);
  namespace.link({ device: 'lo', up: true });
  namespace.sysctls({
    'net/ipv6/conf/all/disable_ipv6': '1',
    'net/ipv6/conf/default/disable_ipv6': '1',
    'net/ipv4/conf/all/promote_secondaries': '1',
    'net/ipv4/ip_nonlocal_bind': '1',
  });
  for (const { subnet, ip_address } of own.port.fixed_ips) {
    const served = topology.subnets[subnet];
    if (served === undefined || served.ip_version !== 4) continue;
    namespace.address(own.tap, `${ip_address}/${served.cidr.split('/')[1] ?? '32'}`);
    const { gateway_ip } = served;
    if (gateway_ip !== null && gateway_ip !== ip_address)
      namespace.route({ destination: '0.0.0.0/0', via: gateway_ip, device: own.tap });
  }
  checksums(namespace, owner);
  if (topology.options.enable_isolated_metadata) {
    namespace.address(own.tap, `${METADATA_ADDRESS}/32`);
    if (!isRouted(topology, subnets)) isolatedMetadataProxy(node, network, name);
  }
  dnsmasq(node, topology, { own, subnets, owner, namespace: name });
};

const servedSubnets = ({ subnets }: Topology, network: Network): Subnet[] =>
  Object.values(subnets).filter(
    (subnet) => subnet.network === network.name && subnet.enable_dhcp && subnet.ip_version === 4,
  );

/** Whether some subnet has a router's port at its gateway. */
const isRouted = ({ routers }: Topology, subnets: readonly Subnet[]): boolean =>
  Object.values(routers).some(({ interfaces }) =>
    interfaces.some(({ fixed_ips }) =>
      fixed_ips.some(({ subnet }) => subnets.some(({ name }) => name === subnet)),
    ),
  );

/** _setup_dhcp_port's rule for clients that do not take what a NIC was to complete. */
function checksums(namespace: ConstructorParameters<typeof AgentChains>[0], owner: Owner): void {
  const chains = new AgentChains(namespace, 'neutron-dhcp-age-', owner);
  chains.wrap('mangle', ['POSTROUTING']);
  chains.add('mangle', 'POSTROUTING', '-p udp -m udp --dport 68 -j CHECKSUM --checksum-fill', {
    ...owner,
    purpose: `${owner.purpose}: complete checksums`,
  });
}

interface Served {
  readonly own: ServicePort;
  readonly subnets: readonly Subnet[];
  readonly owner: Owner;
  readonly namespace: string;
}

function dnsmasq(node: NodeBuilder, topology: Topology, { own, subnets, owner, namespace }: Served): void {
  const { network } = own;
  const folder = `/var/lib/neutron/dhcp/${network.id}`;
  const files = {
    host: hostEntries(topology, network, subnets),
    addn_hosts: additionalHosts(topology, network, subnets),
    opts: options(topology, own.port, subnets),
  };
  for (const [name, text] of Object.entries(files)) node.file({ path: `${folder}/${name}`, text, owner });
  const ranges = subnets.map(
    ({ id, cidr }) => `--dhcp-range=set:subnet-${id},${base(cidr)},static,${netmask(cidr)},${LEASE}s`,
  );
  const addresses = subnets.reduce((sum, { cidr }) => sum + 2 ** (32 - prefix(cidr)), 0);
  node.process({
    name: `dnsmasq-${network.id}`,
    namespace,
    argv: [
      'dnsmasq',
      // The agent lets it go to the background; here the node's agent holds it.
      '--keep-in-foreground',
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
      ...ranges,
      `--dhcp-option-force=option:mtu,${network.mtu}`,
      `--dhcp-lease-max=${Math.min(addresses, 2 ** 24)}`,
      '--conf-file=/dev/null',
      '--domain=openstacklocal',
    ],
    files: Object.keys(files).map((name) => `${folder}/${name}`),
    reload: 'hup',
    ready: { protocol: 'udp', port: 67 },
    owner,
  });
}

const prefix = (cidr: string): number => Number(cidr.split('/')[1] ?? 32);
const base = (cidr: string): string => cidr.split('/')[0] ?? cidr;

/** 255.255.255.0 of a /24. */
const netmask = (cidr: string): string =>
  [0, 8, 16, 24].map((bit) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix(cidr) - bit)))).join('.');
