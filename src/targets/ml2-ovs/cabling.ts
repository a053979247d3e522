import type {
  Topology,
  UnderlayHost,
  UnderlayInterface,
  UnderlayLink,
  UnderlayNetwork,
} from '../../topology/topology.ts';
import { BR_PHY, BR_SW, vlanBridge } from './names.ts';

/** A NIC with its cable, and what holds it. */
export interface Nic {
  readonly device: string;
  readonly interface: UnderlayInterface;
  readonly link: UnderlayLink;
  readonly peer: UnderlayInterface;
  readonly networks: readonly UnderlayNetwork[];
  /** The OVS bridge that the device is a port of; absent where the kernel's stack uses it. */
  readonly bridge?: string;
  /** What holds the other end. */
  readonly peerBridge?: string;
}

export interface PhysicalMapping {
  readonly network: UnderlayNetwork;
  readonly bridge: string;
  readonly nic: Nic;
}

export interface HostCabling {
  readonly host: UnderlayHost;
  /** Runs the OVS agent. */
  readonly agent: boolean;
  readonly nics: readonly Nic[];
  /** Bridges of physical networks (bridge_mappings), in the order of the NICs. */
  readonly physical: readonly PhysicalMapping[];
  /** The NIC below br-phy; absent where the host has no tunnel address. */
  readonly tunnel?: Nic;
}

const runsAgent = (host: UnderlayHost): boolean =>
  host.role === 'compute' || host.role === 'network' || host.role === 'gateway';

const holder = (
  host: UnderlayHost,
  { device, vlans }: UnderlayInterface,
  networks: readonly UnderlayNetwork[],
): string | undefined => {
  // A switch that ends tunnels sends them by a bridge apart from that of the VLANs.
  if (host.role === 'switch')
    return host.local_ip !== undefined && networks[0]?.type === 'tunnel' ? BR_PHY : BR_SW;
  if (vlans !== undefined) return vlanBridge(device);
  if (!runsAgent(host)) return undefined;
  const network = networks[0];
  if (network === undefined) return undefined;
  if (network.type === 'tunnel') return host.local_ip === undefined ? undefined : BR_PHY;
  return network.physical_network === undefined ? undefined : network.bridge;
};

/** Who is plugged into whom, seen from each host, hosts in the order of the underlay. */
export const cabling = ({ underlay }: Topology): Map<string, HostCabling> => {
  const nics = new Map<string, Nic[]>(Object.keys(underlay.hosts).map((name) => [name, []]));
  for (const link of underlay.links) {
    const [first, second] = link.ends;
    // Both ends carry the same networks; an end that does not say so is on whatever the other end is on.
    const named = first.networks.length > 0 ? first.networks : second.networks;
    const networks = named.map((name) => underlay.networks[name]).filter((network) => network !== undefined);
    const bridges = link.ends.map((end) => {
      const host = underlay.hosts[end.host];
      return host === undefined ? undefined : holder(host, end, networks);
    });
    for (const [index, end] of link.ends.entries()) {
      const bridge = bridges[index];
      const peerBridge = bridges[1 - index];
      nics.get(end.host)?.push({
        device: end.device,
        interface: end,
        link,
        peer: index === 0 ? second : first,
        networks,
        ...(bridge === undefined ? {} : { bridge }),
        ...(peerBridge === undefined ? {} : { peerBridge }),
      });
    }
  }
  return new Map(
    Object.values(underlay.hosts).map((host) => [host.name, hostCabling(host, nics.get(host.name) ?? [])]),
  );
};

const hostCabling = (host: UnderlayHost, unsorted: readonly Nic[]): HostCabling => {
  const nics = unsorted.toSorted((a, b) => compareNatural(a.device, b.device));
  const tunnel = nics.find((nic) => nic.bridge === BR_PHY);
  const physical = runsAgent(host)
    ? nics.flatMap((nic) => {
        const network = nic.networks[0];
        return nic.bridge === undefined || nic.bridge === BR_PHY || network === undefined
          ? []
          : [{ network, bridge: nic.bridge, nic }];
      })
    : [];
  return { host, agent: runsAgent(host), nics, physical, ...(tunnel === undefined ? {} : { tunnel }) };
};

/** swp10 after swp9. */
const compareNatural = (a: string, b: string): number => {
  const [, nameA = a, numberA = '0'] = /^(.*?)(\d*)$/u.exec(a) ?? [];
  const [, nameB = b, numberB = '0'] = /^(.*?)(\d*)$/u.exec(b) ?? [];
  if (nameA !== nameB) return nameA < nameB ? -1 : 1;
  return Number(numberA) - Number(numberB);
};
