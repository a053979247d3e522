/** What a port may send from. */
import type { Port } from '../../../topology/topology.ts';
import { linkLocalAddress } from '../../../topology/ipv6.ts';

export interface AddressPair {
  readonly mac_address: string;
  /** An address, or a network in CIDR notation. */
  readonly ip_address: string;
}

export const versionOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/** The port's own MAC address and those of its allowed address pairs. */
export const allowedMacs = (port: Port): string[] => [
  ...new Set([port.mac_address, ...port.allowed_address_pairs.map(({ mac_address }) => mac_address)]),
];

/** Allowed address pairs and fixed addresses of one IP version, and for IPv6 the link-local address. */
export const allowedPairs = (port: Port, version: 4 | 6): AddressPair[] => {
  const { mac_address } = port;
  const pairs = [
    ...port.fixed_ips.map(({ ip_address }) => ({ mac_address, ip_address })),
    ...port.allowed_address_pairs.map((pair) => ({
      mac_address: pair.mac_address,
      ip_address: pair.ip_address,
    })),
  ].filter(({ ip_address }) => versionOf(ip_address) === version);
  if (version === 6) pairs.push({ mac_address, ip_address: linkLocalAddress(mac_address) });
  return [...new Map(pairs.map((pair) => [`${pair.mac_address} ${pair.ip_address}`, pair])).values()];
};
