import { emptyNode, type NamespaceState, type NodeState, type WireState } from '../../state/types.ts';
import { GUESTS } from '../../state/types.ts';
import type { Server, Subnet, Topology } from '../../topology/topology.ts';
import type { AgentHost, GuestPort } from './bindings.ts';
import { servesMetadata } from './dhcp/isolated.ts';
import { METADATA_ADDRESS } from './l3/metadata.ts';
import { BR_INT, tapMac } from './names.ts';
import { NamespaceBuilder } from './node.ts';
import { sysctlsOf } from './sysctls.ts';

/** All servers, whatever host they run on. */
export const guestsNode = (topology: Topology): NodeState => ({
  ...emptyNode(),
  namespaces: Object.fromEntries(
    Object.values(topology.servers).map((server) => [server.name, guestNamespace(topology, server)]),
  ),
});

/**
 * A guest; one that does not ask by DHCP has the addresses and routes that it would give. Offloads are off: with them on, TCP segments reach
 * the OVS port with half a checksum, which userspace Open vSwitch passes on as it is.
 */
const guestNamespace = (topology: Topology, server: Server): NamespaceState => {
  const guest = new NamespaceBuilder(server.name);
  guest.link({ device: 'lo', up: true });
  for (const nic of server.nics) {
    const port = topology.ports[nic.port];
    const network = port === undefined ? undefined : topology.networks[port.network];
    if (port === undefined || network === undefined) continue;
    const { mac_address } = port;
    guest.link({ device: nic.device, mtu: network.mtu, mac_address, up: true, offloads: 'off' });
    for (const { subnet: name, ip_address } of port.fixed_ips) {
      const subnet = topology.subnets[name];
      if (subnet === undefined || (nic.address === 'dhcp' && subnet.enable_dhcp)) continue;
      guest.address(nic.device, `${ip_address}/${subnet.cidr.split('/')[1] ?? ''}`);
      subnetRoutes(guest, subnet, nic.device, ip_address);
      const via = isolatedMetadata(topology, subnet);
      if (via !== undefined) guest.route({ destination: `${METADATA_ADDRESS}/32`, via, device: nic.device });
    }
  }
  const ipv6 = server.nics.some((nic) =>
    topology.ports[nic.port]?.fixed_ips.some(({ ip_address }) => ip_address.includes(':')),
  );
  // A NIC that asks by itself is given other settings when it does.
  const devices = server.nics.map(({ device }) => device);
  guest.sysctls(sysctlsOf({ forward: false, ipv6, devices }));
  return guest.build();
};

/**
 * host_routes come first: a classless static route takes the place of the gateway where both name a destination
 * (RFC 3442). A guest that holds the next hop itself has no route to it.
 */
const subnetRoutes = (guest: NamespaceBuilder, subnet: Subnet, device: string, own: string): void => {
  for (const { destination, nexthop } of subnet.host_routes) {
    if (nexthop !== own) guest.route({ destination, via: nexthop, device });
  }
  if (subnet.gateway_ip === null || subnet.gateway_ip === own) return;
  guest.route({
    destination: subnet.ip_version === 6 ? '::/0' : '0.0.0.0/0',
    via: subnet.gateway_ip,
    device,
  });
};

/** Where there is no router DHCP says that it serves metadata itself. */
const isolatedMetadata = (topology: Topology, subnet: Subnet): string | undefined => {
  if (subnet.ip_version !== 4 || !subnet.enable_dhcp || !servesMetadata(topology, subnet)) return undefined;
  return Object.values(topology.ports)
    .filter(({ device_owner }) => device_owner === 'network:dhcp')
    .flatMap(({ fixed_ips }) => fixed_ips)
    .find((ip) => ip.subnet === subnet.name)?.ip_address;
};

/** The cable between a guest's NIC and its tap; a server that moves is replugged, its namespace stays. */
export const guestWire = (
  here: AgentHost,
  { port, network, server, nic, tap, hybrid, trunk }: GuestPort,
): WireState => ({
  key: `guest:${port.name}`,
  kind: 'guest',
  ends: [
    { node: GUESTS, namespace: server.name, device: nic, mac_address: port.mac_address },
    {
      node: here.name,
      namespace: '',
      device: tap,
      mac_address: tapMac(port.mac_address),
      ...(hybrid ? {} : { bridge: trunk?.bridge ?? BR_INT }),
    },
  ],
  mtu: network.mtu,
  owner: {
    kind: 'port',
    name: port.name,
    purpose: `${nic} of server ${server.name} to ${tap} on host ${here.name}`,
  },
});
