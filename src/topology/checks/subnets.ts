/** Subnets of a cloud document: addresses that lie where they say they do. */
import {
  contains,
  containsRange,
  hostRange,
  type IpNetwork,
  networkHasHostBits,
  overlappingPairs,
  parseAddress,
  parseNetwork,
  rangeOf,
  reservedAddresses,
} from '../addresses.ts';
import { hasAutomaticAddresses } from '../ipv6.ts';
import type { Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import { resolveName } from '../names.ts';
import { checkNetworkAddress } from './network-address.ts';

type Declared = CloudDocument['subnets'][string];

export function checkSubnets(document: CloudDocument, report: Report): void {
  const subnets = Object.entries(document.subnets);
  for (const [name, subnet] of subnets) {
    const path = ['subnets', name];
    resolveName(
      document.networks,
      subnet.network,
      'network',
      [...path, 'network'],
      `subnet "${name}"`,
      report,
    );
    checkNetworkAddress(subnet.cidr, [...path, 'cidr'], `subnet "${name}"`, report);
    for (const [index, { destination }] of subnet.host_routes.entries()) {
      checkNetworkAddress(
        destination,
        [...path, 'host_routes', index, 'destination'],
        `a route of subnet "${name}"`,
        report,
      );
    }
    const range = parseNetwork(subnet.cidr);
    if (range === undefined || networkHasHostBits(subnet.cidr)) continue;
    checkGateway(name, subnet, range, report);
    checkIpv6Modes(name, subnet, range, report);
    checkPools(name, subnet, range, report);
  }
  for (const own of Map.groupBy(subnets, ([, { network }]) => network).values()) {
    for (const [[first, a], [second, b]] of overlappingPairs(own, ([, { cidr }]) => parseNetwork(cidr))) {
      report(['subnets', second, 'cidr'], 'value', {
        code: 'ND_SUBNET_OVERLAP',
        message: `subnet "${second}" (${b.cidr}) overlaps subnet "${first}" (${a.cidr}) on network "${b.network}"`,
        expected: 'subnets of one network apart from each other',
      });
    }
  }
}

function checkGateway(name: string, { cidr, gateway_ip }: Declared, range: IpNetwork, report: Report): void {
  const gateway = typeof gateway_ip === 'string' ? parseAddress(gateway_ip) : undefined;
  if (gateway === undefined) return;
  const path = ['subnets', name, 'gateway_ip'];
  if (!contains(range, gateway)) {
    report(path, 'value', {
      code: 'ND_GATEWAY_OUTSIDE',
      message: `the gateway ${gateway_ip} of subnet "${name}" is outside ${cidr}`,
      expected: `an address in ${cidr}, or null for no gateway`,
    });
    return;
  }
  const reserved = reservedAddresses(range).find(({ value }) => value === gateway.value);
  if (reserved === undefined) return;
  report(path, 'value', {
    code: 'ND_ADDRESS_RESERVED',
    message: `the gateway ${gateway_ip} of subnet "${name}" is the ${reserved.what}`,
    expected: `another address in ${cidr}`,
  });
}

/** _validate_ipv6_attributes and _validate_eui64_applicable of Neutron's db_base_plugin_v2.py. */
function checkIpv6Modes(name: string, subnet: Declared, range: IpNetwork, report: Report): void {
  const { ipv6_ra_mode, ipv6_address_mode, enable_dhcp, cidr } = subnet;
  const modes = { ipv6_ra_mode, ipv6_address_mode };
  const given = Object.entries(modes).find(([, mode]) => mode !== undefined);
  if (given === undefined) return;
  const [key, mode = ''] = given;
  const path = ['subnets', name, key];
  if (range.version === 4) {
    report(path, 'key', {
      code: 'ND_IPV6_MODE',
      message: `subnet "${name}" (${cidr}) is IPv4 and has ${key}`,
      expected: `${key} only on IPv6 subnets`,
    });
    return;
  }
  if (!enable_dhcp)
    report(path, 'key', {
      code: 'ND_IPV6_MODE',
      message: `subnet "${name}" has ${key}, and enable_dhcp is false`,
      expected: 'enable_dhcp: true',
    });
  if (ipv6_ra_mode !== undefined && ipv6_address_mode !== undefined && ipv6_ra_mode !== ipv6_address_mode)
    report(['subnets', name, 'ipv6_address_mode'], 'value', {
      code: 'ND_IPV6_MODE',
      message: `subnet "${name}" has ipv6_ra_mode ${ipv6_ra_mode} and ipv6_address_mode ${ipv6_address_mode}`,
      expected: `ipv6_address_mode: ${ipv6_ra_mode}`,
    });
  if (hasAutomaticAddresses(modes) && range.prefix !== 64)
    report(['subnets', name, 'cidr'], 'value', {
      code: 'ND_IPV6_MODE',
      message: `subnet "${name}" (${cidr}) has ${key} ${mode}: addresses made from MAC addresses have 64 bits`,
      expected: 'a prefix length of 64',
    });
}

function checkPools(name: string, subnet: Declared, range: IpNetwork, report: Report): void {
  const { cidr, gateway_ip, allocation_pools = [] } = subnet;
  const gateway = typeof gateway_ip === 'string' ? parseAddress(gateway_ip) : undefined;
  const pools = allocation_pools.map(({ start, end }, index) => ({
    text: `${start} to ${end}`,
    path: ['subnets', name, 'allocation_pools', index],
    pool: rangeOf(start, end),
  }));
  for (const { text, path, pool } of pools) {
    const subject = `the allocation pool ${text} of subnet "${name}"`;
    if (pool === undefined) {
      report(path, 'value', {
        code: 'ND_POOL',
        message: `${subject} ends before it begins`,
        expected: 'the first address in start, the last in end, of one IP version',
      });
    } else if (!containsRange(hostRange(range), pool)) {
      report(path, 'value', {
        code: 'ND_POOL_OUTSIDE',
        message: `${subject} is not within the addresses for hosts of ${cidr}`,
        expected: `addresses in ${cidr}${range.version === 4 ? ', without its network and broadcast address' : ''}`,
      });
    } else if (gateway !== undefined && contains(pool, gateway)) {
      report(path, 'value', {
        code: 'ND_POOL_GATEWAY',
        message: `${subject} holds the gateway ${gateway_ip}`,
        expected: 'pools without the gateway',
      });
    }
  }
  for (const [first, second] of overlappingPairs(pools, ({ pool }) => pool)) {
    report(second.path, 'value', {
      code: 'ND_POOL_OVERLAP',
      message: `the allocation pool ${second.text} of subnet "${name}" overlaps ${first.text}`,
      expected: 'pools apart from each other',
    });
  }
}
