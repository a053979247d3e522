/** Ports of a cloud document, declared and made for servers: their addresses and MAC addresses. */
import {
  canonicalAddress,
  contains,
  type IpNetwork,
  parseAddress,
  parseNetwork,
  reservedAddresses,
} from '../addresses.ts';
import type { DeclaredPort } from '../declared/ports.ts';
import { hasAutomaticAddresses } from '../ipv6.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import { named, resolveName } from '../names.ts';

interface SubnetRange {
  readonly name: string;
  readonly cidr: string;
  readonly gateway: bigint | undefined;
  readonly range: IpNetwork;
  /** Its addresses are no choice. */
  readonly automatic: boolean;
}

export function checkPorts(document: CloudDocument, ports: readonly DeclaredPort[], report: Report): void {
  const subnets = Map.groupBy(Object.entries(document.subnets), ([, { network }]) => network);
  const addresses = new Map<string, string>();
  const macs = new Map<string, string>();
  checkNames(ports, report);
  for (const port of ports) {
    if (port.path[0] === 'ports') {
      resolveName(
        document.networks,
        port.network,
        'network',
        [...port.path, 'network'],
        port.subject,
        report,
      );
    }
    if (named(document.networks, port.network) === undefined) continue;
    checkMac(port, macs, report);
    const ranges = (subnets.get(port.network) ?? []).flatMap(([name, subnet]) => rangeOfSubnet(name, subnet));
    for (const [index, wanted] of (port.fixed_ips ?? []).entries()) {
      const path = port.addressPath(index);
      if (!checkSubnetName(document, port, wanted, path, report)) continue;
      if (wanted.ip_address === undefined) continue;
      const own = ranges.filter(({ name }) => wanted.subnet === undefined || name === wanted.subnet);
      checkAddress(port, wanted.ip_address, own, addresses, port.ipPath(index), report);
    }
  }
}

/** Names of ports that are made for services; those made for servers are looked at with the servers. */
function checkNames(ports: readonly DeclaredPort[], report: Report): void {
  const seen = new Map<string, DeclaredPort>();
  for (const port of ports) {
    const first = seen.get(port.name);
    seen.set(port.name, first ?? port);
    if (first === undefined || port.path[0] === 'servers') continue;
    const other = first.path[0] === 'ports' ? 'a port of the document' : `that of ${first.subject}`;
    report(port.path, 'key', {
      code: 'ND_PORT_NAME_CLASH',
      message: `the port made for ${port.subject} would be called "${port.name}", as ${other} is`,
      expected: 'other names',
    });
  }
}

function rangeOfSubnet(name: string, subnet: CloudDocument['subnets'][string]): SubnetRange[] {
  const { cidr, gateway_ip } = subnet;
  const range = parseNetwork(cidr);
  if (range === undefined) return [];
  const gateway = gateway_ip === undefined ? range.first + 1n : parseAddress(gateway_ip ?? '')?.value;
  return [{ name, cidr, range, gateway, automatic: hasAutomaticAddresses(subnet) }];
}

function checkMac(
  { mac_address, network, path, subject }: DeclaredPort,
  macs: Map<string, string>,
  report: Report,
): void {
  if (mac_address === undefined) return;
  const key = `${network} ${mac_address}`;
  const first = macs.get(key);
  macs.set(key, first ?? subject);
  if (first === undefined) return;
  report([...path, 'mac_address'], 'value', {
    code: 'ND_MAC_TWICE',
    message: `the MAC address ${mac_address} of ${subject} is already that of ${first} on network "${network}"`,
    expected: 'each MAC address once on a network',
  });
}

/** False where the address cannot be checked any further. */
function checkSubnetName(
  document: CloudDocument,
  port: DeclaredPort,
  { subnet, ip_address }: NonNullable<DeclaredPort['fixed_ips']>[number],
  path: Path,
  report: Report,
): boolean {
  if (subnet === undefined) {
    if (ip_address !== undefined) return true;
    report(path, 'value', {
      code: 'ND_FIXED_IP_EMPTY',
      message: `an entry in fixed_ips of ${port.subject} has neither subnet nor ip_address`,
      expected: 'a subnet, an address, or both',
    });
    return false;
  }
  const own = Object.fromEntries(
    Object.entries(document.subnets).filter(([, { network }]) => network === port.network),
  );
  const found = named(document.subnets, subnet);
  if (found === undefined)
    return resolveName(own, subnet, 'subnet', [...path, 'subnet'], port.subject, report) !== undefined;
  if (found.network === port.network) return true;
  report([...path, 'subnet'], 'value', {
    code: 'ND_SUBNET_OTHER_NETWORK',
    message: `subnet "${subnet}" of ${port.subject} is on network "${found.network}", and the port on "${port.network}"`,
    expected: oneOf(Object.keys(own)),
  });
  return false;
}

function checkAddress(
  port: DeclaredPort,
  text: string,
  subnets: readonly SubnetRange[],
  addresses: Map<string, string>,
  path: Path,
  report: Report,
): void {
  const address = parseAddress(text);
  const subnet = address && subnets.find(({ range }) => contains(range, address));
  if (address === undefined || subnet === undefined) {
    const cidrs = subnets.map(({ name, cidr }) => `${cidr} (${name})`);
    const [only] = subnets.length === 1 ? subnets : [];
    report(path, 'value', {
      code: 'ND_ADDRESS_OUTSIDE',
      message: `the address ${text} of ${port.subject} is outside ${only === undefined ? `every subnet of network "${port.network}"` : `subnet "${only.name}" (${only.cidr})`}`,
      expected:
        only !== undefined
          ? `an address in ${only.cidr}`
          : cidrs.length === 0
            ? `a subnet of network "${port.network}"`
            : `an address in ${oneOf(cidrs)}`,
    });
    return;
  }
  if (subnet.automatic && !isRouterInterface(port)) {
    report(path, 'value', {
      code: 'ND_ADDRESS_AUTOMATIC',
      message: `the address ${text} of ${port.subject} is in subnet "${subnet.name}", whose addresses are made from MAC addresses`,
      expected: 'no address, and a mac_address where it matters',
    });
    return;
  }
  const special =
    subnet.gateway === address.value && !isRouterInterface(port)
      ? 'gateway'
      : reservedAddresses(subnet.range).find(({ value }) => value === address.value)?.what;
  if (special !== undefined) {
    report(path, 'value', {
      code: 'ND_ADDRESS_RESERVED',
      message: `the address ${text} of ${port.subject} is the ${special} of subnet "${subnet.name}"`,
      expected: `another address in ${subnet.cidr}`,
      ...(special === 'gateway' ? { hint: 'another address, or gateway_ip: null on the subnet' } : {}),
    });
  }
  const key = `${port.network} ${canonicalAddress(text)}`;
  const first = addresses.get(key);
  addresses.set(key, first ?? port.subject);
  if (first === undefined) return;
  report(path, 'value', {
    code: 'ND_ADDRESS_TWICE',
    message: `the address ${text} of ${port.subject} is already that of ${first} on network "${port.network}"`,
    expected: 'each address once on a network',
    hint: isRouterInterface(port) ? 'a port with another address: { port: … }' : undefined,
  });
}

/** Whoever is the gateway has its address. */
const isRouterInterface = ({ owner, device_owner }: DeclaredPort): boolean =>
  owner?.kind === 'router' && device_owner !== 'network:router_gateway';
