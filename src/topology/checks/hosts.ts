/** Hosts of an underlay document: their names, interfaces, cables and addresses. */
import {
  canonicalAddress,
  canonicalNetwork,
  contains,
  parseAddress,
  parseNetwork,
  reservedAddresses,
} from '../addresses.ts';
import type { Path, Report } from '../problems.ts';
import { vlanRange } from '../resolve/segmentation.ts';
import { bridgeOf, networksOf, otherEnd } from '../resolve/underlay.ts';
import type { UnderlayDocument } from '../schema/index.ts';
import { named, resolveName } from '../names.ts';

type Host = UnderlayDocument['hosts'][string];
type Interface = Host['interfaces'][string];
type Network = UnderlayDocument['networks'][string];

/** What a run calls the place where servers live. */
const RESERVED_HOST = 'guests';

/** Devices that hosts have or get: the loopback, bridges, ports of agents, and what the kernel and OVS make themselves. */
const RESERVED_DEVICE =
  /^(?:lo|all|default|br-int|br-tun|ovs-(?:system|netdev)|(?:vxlan|gre|genev)_sys.*|(?:gre|gretap|erspan|ip6?tnl|sit|tunl)\d+|(?:tap|qvo|qvb|qbr|qr-|qg-|ha-|int-|phy-|patch-|tbr-|[st]p[it]-).*)$/;

interface Cable {
  readonly host: string;
  readonly role: Host['role'];
  readonly device: string;
  readonly declared: Interface;
  readonly path: Path;
  readonly subject: string;
}

export function checkHosts(document: UnderlayDocument, report: Report): void {
  const bridges = new Set(Object.values(document.networks).flatMap((network) => bridgeOf(network) ?? []));
  const addresses = new Map<string, string>();
  for (const [host, { role, interfaces, routes }] of Object.entries(document.hosts)) {
    if (host === RESERVED_HOST) {
      report(['hosts', host], 'key', {
        code: 'ND_HOST_NAME_CLASH',
        message: `a host cannot be called "${host}": that is where servers live`,
        expected: 'another name',
      });
    }
    if (role !== 'router' && routes.length > 0)
      report(['hosts', host, 'routes'], 'key', {
        code: 'ND_UNDERLAY_ROUTES',
        message: `host "${host}" has the role ${role} and routes`,
        expected: 'routes only on hosts of role router',
      });
    const seen = new Map<string, string>();
    for (const [device, declared] of Object.entries(interfaces)) {
      const path = ['hosts', host, 'interfaces', device];
      const cable = { host, role, device, declared, path, subject: `interface ${device} of host "${host}"` };
      if (RESERVED_DEVICE.test(device) || bridges.has(device)) {
        report(path, 'key', {
          code: 'ND_DEVICE_NAME_CLASH',
          message: `${cable.subject} has the name of a device that the host gets anyway`,
          expected: 'another name, such as eth0',
        });
      }
      if (!checkCarried(document, cable, report)) continue;
      checkPeer(document, cable, report);
      checkVlans(document, cable, addresses, report);
      checkAddress(document, cable, addresses, report);
      checkIpv6Address(document, cable, addresses, report);
      if (role === 'switch') continue;
      for (const network of networksOf(declared)) {
        const first = seen.get(network);
        seen.set(network, first ?? device);
        if (first === undefined) continue;
        report(path, 'key', {
          code: 'ND_INTERFACE_TWICE',
          message: `${cable.subject} is on network "${network}", and so is ${first}`,
          expected: 'one interface of a host on each network',
        });
      }
    }
  }
}

/** Only machines beyond the cloud speak IPv6 on the wires themselves. */
function checkIpv6Address(
  document: UnderlayDocument,
  { role, host, device, declared, path, subject }: Cable,
  addresses: Map<string, string>,
  report: Report,
): void {
  const { ipv6_address: text, network: name } = declared;
  if (text === undefined) return;
  const at = [...path, 'ipv6_address'];
  if (role !== 'router' && role !== 'internet') {
    report(at, 'key', {
      code: 'ND_ADDRESS_FORBIDDEN',
      message: `${subject} of role ${role} has ipv6_address`,
      expected: 'ipv6_address only on hosts of role router or internet',
    });
    return;
  }
  const cidr = named(document.networks, name)?.ipv6_cidr;
  const range = cidr === undefined ? undefined : parseNetwork(cidr);
  const address = parseAddress(text);
  if (range === undefined || address === undefined || !contains(range, address)) {
    report(at, 'value', {
      code: 'ND_ADDRESS_OUTSIDE',
      message: `the address ${text} of ${subject} is outside ${cidr ?? `network "${name}", which has no ipv6_cidr`}`,
      expected: `an address in ${cidr ?? 'the ipv6_cidr of the network'}`,
    });
    return;
  }
  const key = canonicalAddress(text);
  const first = addresses.get(key);
  addresses.set(key, first ?? `interface ${device} of host "${host}"`);
  if (first === undefined) return;
  report(at, 'value', {
    code: 'ND_ADDRESS_TWICE',
    message: `the address ${text} of ${subject} is already that of ${first}`,
    expected: 'each address once',
  });
}

/** The networks of an interface; false where there is nothing more to check. */
function checkCarried(
  document: UnderlayDocument,
  { role, declared, path, subject }: Cable,
  report: Report,
): boolean {
  const { network, networks } = declared;
  if ((network === undefined) === (networks === undefined)) {
    report(path, 'key', {
      code: 'ND_INTERFACE_NETWORK',
      message: `${subject} has ${network === undefined ? 'neither network nor networks' : 'both network and networks'}`,
      expected: 'network: the network it is on (between switches networks: a list of those carried)',
    });
    return false;
  }
  if (networks !== undefined && role !== 'switch') {
    report([...path, 'networks'], 'key', {
      code: 'ND_INTERFACE_NETWORK',
      message: `${subject} has networks, which only a cable between switches has`,
      expected: 'network: the one network it is on',
    });
    return false;
  }
  const found = networksOf(declared).map((name, index) => {
    const at = networks === undefined ? [...path, 'network'] : [...path, 'networks', index];
    return resolveName(document.networks, name, 'network', at, subject, report);
  });
  return !found.includes(undefined);
}

function checkPeer(document: UnderlayDocument, cable: Cable, report: Report): void {
  const { host, role, declared, path, subject } = cable;
  const at = [...path, 'peer'];
  if (declared.peer === host) {
    report(at, 'value', {
      code: 'ND_CABLE',
      message: `${subject} is cabled to its own host`,
      expected: 'another host or a switch',
    });
    return;
  }
  const peer = resolveName(document.hosts, declared.peer, 'host', at, subject, report);
  if (peer === undefined || peer.role === 'switch') return;
  if (role === 'switch') {
    report(at, 'value', {
      code: 'ND_CABLE',
      message: `${subject}, a switch, declares a cable to host "${declared.peer}"`,
      expected: 'a cable between a host and a switch declared by the host',
    });
    return;
  }
  if (otherEnd(document, host, declared) !== undefined) return;
  const network = networksOf(declared).join(', ');
  report(at, 'value', {
    code: 'ND_CABLE',
    message: `${subject} is cabled to host "${declared.peer}", which has no such cable to "${host}" on network "${network}"`,
    expected: 'a cable between two hosts declared by both, on the same network',
    hint: `an interface of "${declared.peer}" with network: ${network} and peer: ${host}`,
  });
}

/** Bare metal and routers may be on networks without a cidr, and in VLANs: the virtual networks there have subnets. */
function isOnSegment({ role, declared }: Cable, network: Network | undefined): boolean {
  if (role !== 'baremetal' && role !== 'router') return false;
  return (
    declared.vlan !== undefined || (network?.cidr === undefined && network?.physical_network !== undefined)
  );
}

function checkSegmentAddress(
  { host, device, declared, subject }: Cable,
  { text, vlan, path }: { readonly text: string; readonly vlan: number | undefined; readonly path: Path },
  addresses: Map<string, string>,
  report: Report,
): void {
  const where = vlan === undefined ? subject : `${subject} in VLAN ${vlan}`;
  const [bare = ''] = text.split('/');
  const address = parseAddress(bare);
  const range = parseNetwork(text);
  if (range === undefined || address === undefined) {
    report(path, 'value', {
      code: 'ND_ADDRESS_PREFIX',
      message: `the address ${text} of ${where} has no prefix length`,
      expected: 'an address with its prefix length',
      hint: `${text}/${text.includes(':') ? 64 : 24}`,
    });
    return;
  }
  const reserved = reservedAddresses(range).find(({ value }) => value === address.value);
  if (reserved !== undefined) {
    report(path, 'value', {
      code: 'ND_ADDRESS_RESERVED',
      message: `the address ${text} of ${where} is the ${reserved.what}`,
      expected: `another address in ${canonicalNetwork(text)}`,
    });
  }
  const key = `${networksOf(declared).join()} ${vlan ?? 'untagged'} ${canonicalAddress(bare)}`;
  const first = addresses.get(key);
  addresses.set(key, first ?? `interface ${device} of host "${host}"`);
  if (first === undefined) return;
  report(path, 'value', {
    code: 'ND_ADDRESS_TWICE',
    message: `the address ${text} of ${where} is already that of ${first}`,
    expected: 'each address once',
  });
}

/** VLANs of access ports (bare metal) and of routers, and the gateway of bare metal. */
function checkVlans(
  document: UnderlayDocument,
  cable: Cable,
  addresses: Map<string, string>,
  report: Report,
): void {
  const { role, declared, path, subject } = cable;
  for (const [key, holder] of [
    ['vlan', 'baremetal'],
    ['gateway_ip', 'baremetal'],
    ['vlans', 'router'],
  ] as const) {
    if (declared[key] === undefined || role === holder) continue;
    report([...path, key], 'key', {
      code: 'ND_ACCESS_VLAN',
      message: `${subject} has ${key}, and its host the role ${role}`,
      expected: `${key} only on hosts with the role ${holder}`,
    });
    return;
  }
  const [name = ''] = networksOf(declared);
  const network = named(document.networks, name);
  if (declared.vlan !== undefined) {
    checkVlan(declared.vlan, network, { subject, path: [...path, 'vlan'] }, report);
  }
  const seen = new Set<number>();
  for (const [index, { vlan, address }] of (declared.vlans ?? []).entries()) {
    const at = [...path, 'vlans', index];
    checkVlan(vlan, network, { subject, path: [...at, 'vlan'] }, report);
    checkSegmentAddress(cable, { text: address, vlan, path: [...at, 'address'] }, addresses, report);
    if (seen.has(vlan)) {
      report([...at, 'vlan'], 'value', {
        code: 'ND_ACCESS_VLAN',
        message: `${subject} is in VLAN ${vlan} twice`,
        expected: 'each VLAN once',
      });
    }
    seen.add(vlan);
  }
  const { gateway_ip, address } = declared;
  if (gateway_ip === undefined) return;
  const cidr = address?.includes('/') ? canonicalNetwork(address) : network?.cidr;
  const range = parseNetwork(cidr ?? '');
  const gateway = parseAddress(gateway_ip);
  if (range !== undefined && gateway !== undefined && contains(range, gateway)) return;
  report([...path, 'gateway_ip'], 'value', {
    code: 'ND_GATEWAY_OUTSIDE',
    message: `the gateway ${gateway_ip} of ${subject} is outside ${cidr ?? 'its network: it has no address'}`,
    expected: cidr === undefined ? 'an address with its prefix length as well' : `an address in ${cidr}`,
  });
}

function checkVlan(
  vlan: number,
  network: Network | undefined,
  { subject, path }: { readonly subject: string; readonly path: Path },
  report: Report,
): void {
  const ranges = network?.network_vlan_ranges ?? [];
  if (ranges.some((text) => vlanRange(text).first <= vlan && vlan <= vlanRange(text).last)) return;
  report(path, 'value', {
    code: 'ND_ACCESS_VLAN',
    message: `VLAN ${vlan} of ${subject} is outside what its network carries`,
    expected:
      ranges.length === 0 ? 'a network with network_vlan_ranges' : `a VLAN id in ${ranges.join(' or ')}`,
  });
}

/** Tunnels start and end at an address, so a host on the tunnel network needs one. */
function checkAddress(
  document: UnderlayDocument,
  cable: Cable,
  addresses: Map<string, string>,
  report: Report,
): void {
  const { host, role, device, declared, path, subject } = cable;
  const [name = ''] = networksOf(declared);
  const network = named(document.networks, name);
  const at = [...path, 'address'];
  if (declared.address === undefined) {
    if (role === 'switch' || network?.type !== 'tunnel') return;
    report(path, 'key', {
      code: 'ND_ADDRESS_MISSING',
      message: `${subject} is on the tunnel network "${name}" and has no address`,
      expected: `an address in ${network.cidr ?? 'the cidr of the network'}`,
    });
    return;
  }
  if (role === 'switch' && network?.type !== 'tunnel') {
    report(at, 'key', {
      code: 'ND_ADDRESS_FORBIDDEN',
      message: `${subject}, a switch, has an address`,
      expected: 'addresses on hosts, and of switches on a network of type tunnel only',
    });
    return;
  }
  if (isOnSegment(cable, network)) {
    checkSegmentAddress(cable, { text: declared.address, vlan: declared.vlan, path: at }, addresses, report);
    return;
  }
  if (declared.address.includes('/')) {
    report(at, 'value', {
      code: 'ND_ADDRESS_PREFIX',
      message: `the address ${declared.address} of ${subject} has a prefix length, and network "${name}" a cidr`,
      expected: 'an address without prefix length',
    });
    return;
  }
  const address = parseAddress(declared.address);
  const range = network?.cidr === undefined ? undefined : parseNetwork(network.cidr);
  if (address === undefined || range === undefined || !contains(range, address)) {
    report(at, 'value', {
      code: 'ND_ADDRESS_OUTSIDE',
      message: `the address ${declared.address} of ${subject} is outside network "${name}"`,
      expected: network?.cidr === undefined ? `a cidr on network "${name}"` : `an address in ${network.cidr}`,
    });
    return;
  }
  const reserved = reservedAddresses(range).find(({ value }) => value === address.value);
  if (reserved !== undefined) {
    report(at, 'value', {
      code: 'ND_ADDRESS_RESERVED',
      message: `the address ${declared.address} of ${subject} is the ${reserved.what} of network "${name}"`,
      expected: `another address in ${network?.cidr}`,
    });
  }
  const canonical = canonicalAddress(declared.address);
  const first = addresses.get(canonical);
  if (first === undefined) addresses.set(canonical, `interface ${device} of host "${host}"`);
  else {
    report(at, 'value', {
      code: 'ND_ADDRESS_TWICE',
      message: `the address ${declared.address} of ${subject} is already that of ${first}`,
      expected: 'each address once',
    });
  }
}
