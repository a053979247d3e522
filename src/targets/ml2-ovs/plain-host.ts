import type { Underlay } from '../../topology/topology.ts';
import type { HostCabling, Nic } from './cabling.ts';
import type { NodeBuilder } from './node.ts';
import { sysctlsOf } from './sysctls.ts';
import { nicMac } from './vlan-router.ts';

/** lo, the NICs, the addresses on those that the kernel's own stack uses, and the way out. */
export const hostStack = (node: NodeBuilder, underlay: Underlay, { host, nics }: HostCabling): void => {
  node.root.link({ device: 'lo', up: true });
  for (const nic of nics) {
    node.root.link(nicLink(nic));
    for (const address of [nic.interface.address, nic.interface.ipv6_address])
      if (address !== undefined) node.root.address(addressDevice(nic), address);
  }
  for (const { destination, nexthop } of host.routes) node.root.route({ destination, via: nexthop });
  for (const nic of nics) {
    defaultRoute(node, underlay, nic);
    defaultRoute6(node, nic);
  }
  const devices = nics.map(({ device }) => device);
  node.root.sysctls(sysctlsOf({ forward: host.role === 'router', ipv6: node.root.hasAddress(6), devices }));
};

const nicLink = (nic: Nic) => ({
  device: nic.device,
  mtu: nic.link.mtu,
  mac_address: nicMac(nic.interface),
  up: true,
  // Only where a kernel's own segments go straight into Open vSwitch.
  ...(nic.bridge === undefined && nic.peerBridge !== undefined ? { offloads: 'off' as const } : {}),
});

/** An address of a NIC that is a port of a bridge is on the bridge's own port, as ever with Open vSwitch. */
const addressDevice = (nic: Nic): string => nic.bridge ?? nic.device;

/** Via gateway_ip, or else via the upstream router's address on that network; never via the host itself. */
const defaultRoute = (node: NodeBuilder, underlay: Underlay, nic: Nic): void => {
  const { address } = nic.interface;
  const network = nic.networks[0];
  if (address === undefined || network === undefined) return;
  const via = nic.interface.gateway_ip ?? network.gateway_ip ?? routerAddress(underlay, network.name);
  if (via === undefined || via === withoutPrefix(address)) return;
  const destination = via.includes(':') ? '::/0' : '0.0.0.0/0';
  node.root.route({ destination, via, device: addressDevice(nic) });
};

const defaultRoute6 = (node: NodeBuilder, nic: Nic): void => {
  const { ipv6_address } = nic.interface;
  const via = nic.networks[0]?.ipv6_gateway_ip;
  if (ipv6_address === undefined || via === undefined || via === withoutPrefix(ipv6_address)) return;
  node.root.route({ destination: '::/0', via, device: addressDevice(nic) });
};

const routerAddress = (underlay: Underlay, network: string): string | undefined =>
  Object.values(underlay.hosts)
    .filter((host) => host.role === 'router')
    .flatMap((host) => host.interfaces)
    .filter((nic) => nic.networks.includes(network) && nic.address !== undefined)
    .map((nic) => withoutPrefix(nic.address ?? ''))[0];

const withoutPrefix = (cidr: string): string => cidr.replace(/\/.*$/u, '');
