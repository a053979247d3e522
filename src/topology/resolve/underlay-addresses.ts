/** Addresses that machines of the underlay have on virtual networks: upstream routers, physical routers, bare metal. */
import { parseAddress } from '../addresses.ts';
import type { DeclaredPort } from '../declared/ports.ts';
import type { Report } from '../problems.ts';
import type { FixedIp, Network, Underlay } from '../topology.ts';

interface Taken {
  readonly address: string;
  /** As errors say it. */
  readonly subject: string;
}

/** What is taken on each flat or VLAN network. */
export function takenAddresses(
  networks: Readonly<Record<string, Network>>,
  underlay: Underlay,
): ReadonlyMap<string, readonly Taken[]> {
  return new Map(Object.values(networks).map((network) => [network.name, takenOn(network, underlay)]));
}

function takenOn(network: Network, underlay: Underlay): Taken[] {
  const type = network['provider:network_type'];
  const label = network['provider:physical_network'];
  if ((type !== 'flat' && type !== 'vlan') || label === undefined) return [];
  const segment = network['provider:segmentation_id'];
  return Object.values(underlay.hosts).flatMap(({ interfaces }) =>
    interfaces.flatMap(({ host, device, networks, address, ipv6_address, vlan, vlans = [] }) => {
      if (!networks.some((name) => underlay.networks[name]?.physical_network === label)) return [];
      const own = [{ vlan, address }, { vlan, address: ipv6_address }, ...vlans].filter(
        (each) => each.vlan === segment,
      );
      const subject = `interface ${device} of host "${host}"`;
      return own.flatMap((each) =>
        each.address === undefined ? [] : [{ address: each.address.replace(/\/\d+$/, ''), subject }],
      );
    }),
  );
}

export function valuesOf(taken: readonly Taken[] = []): bigint[] {
  return taken.flatMap(({ address }) => parseAddress(address)?.value ?? []);
}

/** Addresses that a document asks for by name, and that are taken. */
export function checkTakenAddresses(
  ports: readonly DeclaredPort[],
  fixedIps: ReadonlyMap<string, readonly FixedIp[]>,
  taken: ReadonlyMap<string, readonly Taken[]>,
  report: Report,
): void {
  for (const port of ports) {
    for (const [index, { ip_address }] of (fixedIps.get(port.name) ?? []).entries()) {
      const other = taken.get(port.network)?.find(({ address }) => address === ip_address);
      if (other === undefined) continue;
      report(port.ipPath(index), 'value', {
        code: 'ND_ADDRESS_TWICE',
        message: `the address ${ip_address} of ${port.subject} is already that of ${other.subject} of the underlay`,
        expected: 'each address once on a network',
      });
    }
  }
}
