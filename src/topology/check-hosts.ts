/** Hosts of an underlay document: their names, interfaces, cables and addresses. */
import { canonicalAddress, contains, parseAddress, parseNetwork, reservedAddresses } from './addresses.ts';
import { named, resolveName } from './checks.ts';
import type { Path, Report } from './problems.ts';
import { bridgeOf, networksOf, otherEnd } from './resolve-underlay.ts';
import type { UnderlayDocument } from './schema.ts';

type Host = UnderlayDocument['hosts'][string];
type Interface = Host['interfaces'][string];

/** What a run calls the place where servers live. */
const RESERVED_HOST = 'guests';

/** Devices that hosts have or get: the loopback, bridges, ports of agents, and what the kernel and OVS make themselves. */
const RESERVED_DEVICE =
  /^(?:lo|all|default|br-int|br-tun|ovs-(?:system|netdev)|(?:vxlan|gre|genev)_sys.*|(?:gre|gretap|erspan|ip6?tnl|sit|tunl)\d+|(?:tap|qvo|qvb|qbr|qr-|qg-|ha-|int-|phy-|patch-).*)$/;

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
  for (const [host, { role, interfaces }] of Object.entries(document.hosts)) {
    if (host === RESERVED_HOST) {
      report(['hosts', host], 'key', {
        code: 'ND_HOST_NAME_CLASH',
        message: `a host cannot be called "${host}": that is where servers live`,
        expected: 'another name',
      });
    }
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
      checkAddress(document, cable, addresses, report);
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
  if (role === 'switch') {
    report(at, 'key', {
      code: 'ND_ADDRESS_FORBIDDEN',
      message: `${subject}, a switch, has an address`,
      expected: 'addresses on hosts only',
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
