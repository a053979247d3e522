import type { Topology } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { dhcpNamespace, tapName } from '../names.ts';
import { hostsOf } from './hosts.ts';

/**
 * A DHCPRELEASE (RFC 2131) to a server in the same namespace, in the name of a client: dhcp_release(1), which Debian
 * keeps apart from dnsmasq. Arguments: device, server, address, MAC address.
 */
const RELEASE = `
import os, socket, sys
device, server, address, mac = sys.argv[1:]
packet = bytes((1, 1, 6, 0)) + os.urandom(4) + bytes(4) + socket.inet_aton(address) + bytes(12)
packet += bytes.fromhex(mac.replace(':', '')) + bytes(10 + 64 + 128)
packet += bytes((99, 130, 83, 99, 53, 1, 7, 54, 4)) + socket.inet_aton(server) + bytes((255,))
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
client.sendto(packet.ljust(300, bytes(1)), (server, 67))
`.trim();

/**
 * Leases of addresses that are no longer whose they were end, so that the next one gets them (_release_unused_leases of
 * neutron/agent/linux/dhcp.py).
 */
export const dhcpEffects = (before: Topology, after: Topology): Effect[] =>
  Object.values(after.ports).flatMap((own): Effect[] => {
    const { device_owner, 'binding:host_id': node, id, network: name } = own;
    const network = after.networks[name];
    const was = before.networks[name];
    if (device_owner !== 'network:dhcp' || node === undefined || !network?.admin_state_up) return [];
    // Else it is another server, which has just read who may have a lease.
    if (was?.id !== network.id || before.ports[own.name]?.['binding:host_id'] !== node) return [];
    const keyOf = ({ port, ip_address }: ReturnType<typeof hostsOf>[number]) =>
      `${port.mac_address} ${ip_address}`;
    const left = new Set(hostsOf(after, network).map(keyOf));
    return (
      hostsOf(before, was)
        // Neutron ends those of DHCPv6 too; its client's identifier, which that takes, is in no document.
        .filter((host) => host.served && host.version === 4 && !left.has(keyOf(host)))
        .flatMap(({ port, ip_address }): Effect[] => {
          const subnet = port.fixed_ips.find((ip) => ip.ip_address === ip_address)?.subnet;
          const server = own.fixed_ips.find((ip) => ip.subnet === subnet)?.ip_address;
          if (server === undefined) return [];
          return [
            {
              kind: 'run',
              node,
              namespace: dhcpNamespace(network.id),
              argv: ['python3', '-I', '-c', RELEASE, tapName(id), server, ip_address, port.mac_address],
              because: `${ip_address} of network ${name} is no longer leased to ${port.mac_address}`,
            },
          ];
        })
    );
  });
