/** How large a packet of a virtual network may be. */
import { parseNetwork } from '../addresses.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay, UnderlayNetwork } from '../topology.ts';

/**
 * Bytes that a tunnel adds over IPv4: outer IP 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348); outer IP 20, GRE with
 * key 8, inner Ethernet 14 (RFC 2890), as Neutron's type drivers have it. An IPv6 header is 20 bytes longer.
 */
const OVERHEAD = { vxlan: 50, gre: 42 } as const;
const IPV6_MORE = 20;

export function tunnelNetwork(underlay: Underlay): UnderlayNetwork | undefined {
  return Object.values(underlay.networks).find(({ type }) => type === 'tunnel');
}

export function physicalNetwork(underlay: Underlay, name: string | undefined): UnderlayNetwork | undefined {
  return Object.values(underlay.networks).find(
    ({ physical_network }) => name !== undefined && physical_network === name,
  );
}

/** The largest MTU that the underlay carries for a network; undefined where nothing limits it. */
export function allowedMtu(
  network: CloudDocument['networks'][string],
  underlay: Underlay,
): number | undefined {
  const type = network['provider:network_type'];
  if (type === 'local') return undefined;
  if (type === 'flat' || type === 'vlan')
    return physicalNetwork(underlay, network['provider:physical_network'])?.mtu;
  const tunnel = tunnelNetwork(underlay);
  if (tunnel === undefined) return undefined;
  const more = tunnel.cidr !== undefined && parseNetwork(tunnel.cidr)?.version === 6 ? IPV6_MORE : 0;
  return tunnel.mtu - OVERHEAD[type] - more;
}
