/** Addresses that nobody chooses: made from a prefix and a MAC address (RFC 4862; RFC 4291, appendix A). */
import { formatAddress, parseNetwork } from './addresses.ts';
import type { Ipv6Mode } from './topology.ts';

export interface Ipv6Modes {
  readonly ipv6_ra_mode?: Ipv6Mode | undefined;
  readonly ipv6_address_mode?: Ipv6Mode | undefined;
}

/** Of a subnet: addresses are no choice (Neutron's is_auto_address_subnet). */
export const hasAutomaticAddresses = ({ ipv6_ra_mode, ipv6_address_mode }: Ipv6Modes): boolean =>
  isAutomatic(ipv6_address_mode) || isAutomatic(ipv6_ra_mode);

/** Of one mode: addresses are made from MAC addresses. */
export const isAutomatic = (mode: Ipv6Mode | undefined): boolean =>
  mode === 'slaac' || mode === 'dhcpv6-stateless';

/** The interface identifier of a MAC address, as a number of 64 bits. */
function eui64(mac: string): bigint {
  const [first = 0, ...rest] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  // The bit that says that an address is unique in the world is turned round.
  const octets = [first ^ 0x02, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  return octets.reduce((value, octet) => value * 256n + BigInt(octet), 0n);
}

/** The address of a MAC address in a network of 64 bits. */
export function eui64Address(cidr: string, mac: string): string {
  const network = parseNetwork(cidr);
  if (network === undefined) throw new TypeError(`${cidr} is no network`);
  return formatAddress({ version: 6, value: network.first + eui64(mac) });
}

export const linkLocalAddress = (mac: string): string => eui64Address('fe80::/64', mac);
