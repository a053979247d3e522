/** What an underlay document must be beyond its shape: networks here, hosts in check-hosts.ts. */
import { contains, networkHasHostBits, overlappingPairs, parseAddress, parseNetwork } from '../addresses.ts';
import type { Report } from '../problems.ts';
import { vlanRange } from '../resolve/segmentation.ts';
import { bridgeOf } from '../resolve/underlay.ts';
import type { UnderlayDocument } from '../schema/index.ts';
import { checkHosts } from './hosts.ts';
import { named } from '../names.ts';
import { checkNetworkAddress } from './network-address.ts';
import { checkSwitches } from './switches.ts';

/** VLAN ids of provider networks; the switches keep underlay networks apart by those from 4001. */
const LAST_PROVIDER_VLAN = 4000;
const DEVICE_NAME_LENGTH = 15;

/** Reports every mistake in a document whose shape is right. */
export function checkUnderlay(document: UnderlayDocument, report: Report): void {
  checkPlan(document, report);
  checkPhysicalNetworks(document, report);
  checkHosts(document, report);
  checkSwitches(document, report);
  checkRacks(document, report);
}

/** Between more than two the tunnels of one network would make a loop: switches have no split horizon here. */
function checkRacks(document: UnderlayDocument, report: Report): void {
  const ends = Object.entries(document.hosts).flatMap(([host, { role, interfaces }]) =>
    role === 'switch'
      ? Object.entries(interfaces).flatMap(([device, { address, network }]) =>
          address !== undefined && named(document.networks, network)?.type === 'tunnel'
            ? [{ host, device }]
            : [],
        )
      : [],
  );
  const switches = new Set(ends.map(({ host }) => host));
  for (const [host, { role, interfaces }] of Object.entries(document.hosts)) {
    for (const [device, { network, peer }] of Object.entries(interfaces)) {
      if (role === 'switch' || !switches.has(peer) || named(document.networks, network)?.type !== 'tunnel')
        continue;
      report(['hosts', host, 'interfaces', device, 'network'], 'value', {
        code: 'ND_UNDERLAY_RACKS',
        message: `host "${host}" is on the tunnel network at switch "${peer}", which ends tunnels itself`,
        expected: 'either the hosts of a rack or its switch on the tunnel network',
      });
    }
  }
  const third = ends[2];
  if (third === undefined) return;
  report(['hosts', third.host, 'interfaces', third.device, 'address'], 'value', {
    code: 'ND_UNDERLAY_RACKS',
    message: `switch "${third.host}" is a third tunnel endpoint`,
    expected: 'at most two switches with an address on the tunnel network',
  });
}

function checkPlan(document: UnderlayDocument, report: Report): void {
  const networks = Object.entries(document.networks);
  for (const [name, network] of networks) {
    checkAddresses(name, network, 'cidr', 'gateway_ip', report);
    checkAddresses(name, network, 'ipv6_cidr', 'ipv6_gateway_ip', report);
  }
  const planned = networks.filter(([, { cidr }]) => cidr !== undefined && !networkHasHostBits(cidr));
  for (const [[first, a], [second, b]] of overlappingPairs(planned, ([, { cidr }]) =>
    parseNetwork(cidr ?? ''),
  )) {
    report(['networks', second, 'cidr'], 'value', {
      code: 'ND_UNDERLAY_OVERLAP',
      message: `network "${second}" (${b.cidr}) overlaps network "${first}" (${a.cidr})`,
      expected: 'an address plan in which every address is on one network',
    });
  }
  for (const [name] of networks.filter(([, { type }]) => type === 'tunnel').slice(1)) {
    report(['networks', name, 'type'], 'value', {
      code: 'ND_UNDERLAY_TUNNELS',
      message: `"${name}" is a second tunnel network`,
      expected: 'at most one network of type tunnel',
    });
  }
}

function checkAddresses(
  name: string,
  network: UnderlayDocument['networks'][string],
  cidrKey: 'cidr' | 'ipv6_cidr',
  gatewayKey: 'gateway_ip' | 'ipv6_gateway_ip',
  report: Report,
): void {
  const { [cidrKey]: cidr, [gatewayKey]: gateway_ip } = network;
  const path = ['networks', name];
  if (cidr !== undefined) {
    checkNetworkAddress(cidr, [...path, cidrKey], `network "${name}"`, report);
    if (cidrKey === 'ipv6_cidr' && !cidr.includes(':'))
      report([...path, cidrKey], 'value', {
        code: 'ND_UNDERLAY_IPV6',
        message: `ipv6_cidr of network "${name}" is ${cidr}, which is IPv4`,
        expected: 'an IPv6 network, such as 2001:db8:1::/64',
      });
  }
  if (gateway_ip === undefined) return;
  const range = cidr === undefined ? undefined : parseNetwork(cidr);
  const gateway = parseAddress(gateway_ip);
  if (gateway !== undefined && range !== undefined && contains(range, gateway)) return;
  report([...path, gatewayKey], 'value', {
    code: 'ND_GATEWAY_OUTSIDE',
    message: `the gateway ${gateway_ip} of network "${name}" is outside ${cidr ?? `its ${cidrKey}, which is not given`}`,
    expected: `an address in ${cidr ?? `the ${cidrKey} of the network`}`,
  });
}

function checkPhysicalNetworks(document: UnderlayDocument, report: Report): void {
  const labels = new Map<string, string>();
  const bridges = new Map<string, string>();
  for (const [name, network] of Object.entries(document.networks)) {
    const path = ['networks', name];
    const { type, physical_network, network_vlan_ranges = [] } = network;
    const provider = type === 'vlan' || type === 'external';
    for (const key of ['physical_network', 'network_vlan_ranges', 'bridge'] as const) {
      if (
        network[key] === undefined ||
        (provider && (key === 'physical_network' || physical_network !== undefined))
      )
        continue;
      report([...path, key], 'key', {
        code: 'ND_PHYSICAL_NETWORK_FORBIDDEN',
        message: provider
          ? `network "${name}" has ${key} but no physical_network`
          : `network "${name}" is of type ${type} and has ${key}`,
        expected: provider ? 'a physical_network' : `${key} only on networks of type vlan or external`,
      });
    }
    if (type === 'vlan' && physical_network === undefined) {
      report(path, 'key', {
        code: 'ND_PHYSICAL_NETWORK_MISSING',
        message: `network "${name}" is of type vlan and has no physical_network`,
        expected: 'physical_network: the label that provider networks refer to',
      });
    }
    if (!provider || physical_network === undefined) continue;
    checkUnique(labels, physical_network, name, (first) =>
      report([...path, 'physical_network'], 'value', {
        code: 'ND_PHYSICAL_NETWORK_TWICE',
        message: `physical_network "${physical_network}" of network "${name}" is already that of network "${first}"`,
        expected: 'a label of its own for each network',
      }),
    );
    checkBridge(name, network, bridges, report);
    checkRanges(name, network_vlan_ranges, report);
  }
}

function checkBridge(
  name: string,
  network: UnderlayDocument['networks'][string],
  bridges: Map<string, string>,
  report: Report,
): void {
  const bridge = bridgeOf(network) ?? '';
  const path = ['networks', name, network.bridge === undefined ? 'physical_network' : 'bridge'];
  if (bridge === 'br-int' || bridge === 'br-tun') {
    report(path, 'value', {
      code: 'ND_DEVICE_NAME_CLASH',
      message: `network "${name}" has the bridge ${bridge}, which every host has for itself`,
      expected: 'another name than br-int and br-tun',
    });
  } else if (bridge.length > DEVICE_NAME_LENGTH) {
    report(path, 'value', {
      code: 'ND_DEVICE_NAME_LENGTH',
      message: `network "${name}" has the bridge ${bridge}, whose name is too long`,
      expected: `at most ${DEVICE_NAME_LENGTH} characters`,
      hint: 'bridge: a shorter name',
    });
  } else {
    checkUnique(bridges, bridge, name, (first) =>
      report(path, 'value', {
        code: 'ND_DEVICE_NAME_CLASH',
        message: `the bridge ${bridge} of network "${name}" is already that of network "${first}"`,
        expected: 'a bridge of its own for each physical network',
      }),
    );
  }
}

function checkRanges(name: string, ranges: readonly string[], report: Report): void {
  const earlier: { first: number; last: number; text: string }[] = [];
  for (const [index, text] of ranges.entries()) {
    const { first, last } = vlanRange(text);
    const path = ['networks', name, 'network_vlan_ranges', index];
    if (first < 1 || last > LAST_PROVIDER_VLAN || first > last) {
      report(path, 'value', {
        code: 'ND_VLAN_RANGE',
        message: `the VLAN range "${text}" of network "${name}" ${first > last ? 'ends before it begins' : 'is not possible'}`,
        expected: `"first:last" within 1:${LAST_PROVIDER_VLAN} (the switches use those above for themselves)`,
      });
      continue;
    }
    const overlap = earlier.find((other) => other.first <= last && first <= other.last);
    if (overlap !== undefined) {
      report(path, 'value', {
        code: 'ND_VLAN_RANGE',
        message: `the VLAN range "${text}" of network "${name}" overlaps "${overlap.text}"`,
        expected: 'each VLAN id once',
      });
    }
    earlier.push({ first, last, text });
  }
}

function checkUnique(
  seen: Map<string, string>,
  key: string,
  name: string,
  clash: (first: string) => void,
): void {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, name);
  else clash(first);
}
