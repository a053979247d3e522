/** An underlay document, checked, becomes hosts, cables and switch ports. */
import { canonicalAddress, canonicalNetwork, parseNetwork } from '../addresses.ts';
import type { UnderlayDocument } from '../schema/index.ts';
import type {
  Underlay,
  UnderlayHost,
  UnderlayInterface,
  UnderlayLink,
  UnderlayNetwork,
} from '../topology.ts';
import { MacAddresses } from './identifiers.ts';

/** VLAN ids above those of provider networks (1 to 4000) keep the underlay's networks apart on its switches. */
const FIRST_SWITCH_VLAN = 4001;

type DeclaredInterface = UnderlayDocument['hosts'][string]['interfaces'][string];

export function networksOf(declared: DeclaredInterface): readonly string[] {
  return declared.networks ?? (declared.network === undefined ? [] : [declared.network]);
}

/** Name of the OVS bridge that holds the uplink to a physical network. */
export function bridgeOf(network: UnderlayDocument['networks'][string]): string | undefined {
  return network.physical_network === undefined
    ? undefined
    : (network.bridge ?? `br-${network.physical_network}`);
}

/** Resolves a document that `checkUnderlay` has passed. */
export function resolveUnderlay(document: UnderlayDocument): Underlay {
  const networks = resolveNetworks(document);
  const links = resolveLinks(document, networks);
  const interfaces = Map.groupBy(
    links.flatMap(({ ends }) => ends),
    ({ host }) => host,
  );
  const hosts: Record<string, UnderlayHost> = {};
  for (const [name, { role, routes }] of Object.entries(document.hosts)) {
    const own = interfaces.get(name) ?? [];
    const tunnel = own.find(({ networks: on }) => on.some((network) => networks[network]?.type === 'tunnel'));
    const localIp = tunnel?.address?.replace(/\/\d+$/, '');
    hosts[name] = {
      name,
      role,
      ...(localIp === undefined ? {} : { local_ip: localIp }),
      interfaces: own,
      routes: routes.map(({ destination, nexthop }) => ({
        destination: canonicalNetwork(destination),
        nexthop: canonicalAddress(nexthop),
      })),
    };
  }
  return { name: document.underlay, networks, hosts, links };
}

function resolveNetworks(document: UnderlayDocument): Record<string, UnderlayNetwork> {
  const networks: Record<string, UnderlayNetwork> = {};
  let switchVlan = FIRST_SWITCH_VLAN;
  for (const [name, declared] of Object.entries(document.networks)) {
    const {
      type,
      cidr,
      gateway_ip,
      ipv6_cidr,
      ipv6_gateway_ip,
      mtu,
      physical_network,
      network_vlan_ranges = [],
    } = declared;
    const bridge = bridgeOf(declared);
    networks[name] = {
      name,
      type,
      ...(cidr === undefined ? {} : { cidr: canonicalNetwork(cidr) }),
      ...(gateway_ip === undefined ? {} : { gateway_ip: canonicalAddress(gateway_ip) }),
      ...(ipv6_cidr === undefined ? {} : { ipv6_cidr: canonicalNetwork(ipv6_cidr) }),
      ...(ipv6_gateway_ip === undefined ? {} : { ipv6_gateway_ip: canonicalAddress(ipv6_gateway_ip) }),
      mtu,
      ...(physical_network === undefined ? {} : { physical_network }),
      network_vlan_ranges,
      ...(bridge === undefined ? {} : { bridge }),
      switchVlan: switchVlan++,
    };
  }
  return networks;
}

/** Each cable once, in document order; the ports of switches are numbered as the cables come. */
function resolveLinks(document: UnderlayDocument, networks: Record<string, UnderlayNetwork>): UnderlayLink[] {
  const macs = new MacAddresses();
  const nextPort = new Map<string, number>();
  const cabled = new Set<string>();
  const links: UnderlayLink[] = [];

  const end = (
    host: string,
    device: string,
    on: readonly string[],
    declared?: DeclaredInterface,
  ): UnderlayInterface => {
    const cidr = on.length === 1 && on[0] !== undefined ? networks[on[0]]?.cidr : undefined;
    const address = addressWithPrefix(declared?.address, cidr);
    const cidr6 = on.length === 1 && on[0] !== undefined ? networks[on[0]]?.ipv6_cidr : undefined;
    const ipv6_address = addressWithPrefix(declared?.ipv6_address, cidr6);
    const { vlan, gateway_ip, vlans } = declared ?? {};
    return {
      host,
      device,
      networks: on,
      ...(address === undefined ? {} : { address }),
      ...(ipv6_address === undefined ? {} : { ipv6_address }),
      ...(vlan === undefined ? {} : { vlan }),
      ...(gateway_ip === undefined ? {} : { gateway_ip: canonicalAddress(gateway_ip) }),
      ...(vlans === undefined
        ? {}
        : {
            vlans: vlans.map((each) => ({
              vlan: each.vlan,
              address: addressWithPrefix(each.address, undefined) ?? '',
            })),
          }),
      mac_address: macs.forInterface(`${document.underlay}/${host}/${device}`),
    };
  };
  const switchPort = (host: string): string => {
    const declared = document.hosts[host]?.interfaces ?? {};
    let port = nextPort.get(host) ?? 1;
    while (Object.hasOwn(declared, `swp${port}`)) port++;
    nextPort.set(host, port + 1);
    return `swp${port}`;
  };

  for (const [host, { interfaces }] of Object.entries(document.hosts)) {
    for (const [device, declared] of Object.entries(interfaces)) {
      if (cabled.has(`${host} ${device}`)) continue;
      const on = networksOf(declared);
      const near = end(host, device, on, declared);
      const other = otherEnd(document, host, declared);
      if (other !== undefined) cabled.add(`${declared.peer} ${other.device}`);
      const far =
        other === undefined
          ? end(declared.peer, switchPort(declared.peer), on)
          : end(declared.peer, other.device, on, other.declared);
      links.push({
        key: `${near.host}:${near.device}--${far.host}:${far.device}`,
        ends: [near, far],
        mtu: Math.max(...on.map((network) => networks[network]?.mtu ?? 0)),
      });
    }
  }
  return links;
}

/** With the prefix length that is given, or else that of the network. */
function addressWithPrefix(text: string | undefined, cidr: string | undefined): string | undefined {
  const [address, given] = text?.split('/') ?? [];
  const prefix = given ?? (cidr === undefined ? undefined : parseNetwork(cidr)?.prefix);
  return address === undefined || prefix === undefined ? undefined : `${canonicalAddress(address)}/${prefix}`;
}

/** The declaration of the same cable at its other end; none where that is a switch. */
export function otherEnd(
  document: UnderlayDocument,
  host: string,
  declared: DeclaredInterface,
): { device: string; declared: DeclaredInterface } | undefined {
  const peer = Object.hasOwn(document.hosts, declared.peer) ? document.hosts[declared.peer] : undefined;
  if (peer === undefined || peer.role === 'switch') return undefined;
  const found = Object.entries(peer.interfaces).find(
    ([, candidate]) =>
      candidate.peer === host && networksOf(candidate).join() === networksOf(declared).join(),
  );
  return found === undefined ? undefined : { device: found[0], declared: found[1] };
}
