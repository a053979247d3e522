/**
 * Machines of the underlay that are no part of the cloud and talk to it: upstream routers, hosts beyond them, bare
 * metal, routers between VLANs. Each has addresses on physical networks, as the underlay's document says.
 */
import { parseNetwork } from '../topology/addresses.ts';
import type { Topology, Underlay, UnderlayInterface, UnderlayNetwork } from '../topology/topology.ts';
import { physicalSegment, type Seat, seatsOf } from './seats.ts';

/** A NIC of such a machine, in one VLAN or without. */
export interface Outsider {
  readonly kind: 'outsider';
  readonly host: string;
  readonly device: string;
  /** Point id of the NIC. */
  readonly point: string;
  readonly mac: string;
  readonly name: string;
  readonly segment: string;
  readonly active: true;
  readonly carrier: UnderlayNetwork;
  readonly vlan?: number;
  /** With its prefix length. */
  readonly address?: string;
  readonly gateway_ip?: string;
  /** The same of IPv6. */
  readonly ipv6_address?: string;
  readonly ipv6_gateway_ip?: string;
  /** It passes on what is not for itself. */
  readonly forwards: boolean;
}

/** Whoever can send and receive frames. */
export type Member = Seat | Outsider;

/** All who can send and receive. */
export function membersOf(topology: Topology): readonly Member[] {
  const known = cache.get(topology);
  if (known) return known;
  const members = [...seatsOf(topology), ...outsidersOf(topology.underlay)];
  cache.set(topology, members);
  return members;
}

/** One topology is asked about many packets. */
const cache = new WeakMap<Topology, readonly Member[]>();

const isOutside = (underlay: Underlay, host: string): boolean => {
  const role = underlay.hosts[host]?.role;
  return role === 'router' || role === 'internet' || role === 'baremetal';
};

function outsidersOf(underlay: Underlay): Outsider[] {
  return Object.values(underlay.hosts)
    .filter(({ name }) => isOutside(underlay, name))
    .flatMap(({ name, role, interfaces }) =>
      interfaces.flatMap((nic) => outsidersAt(underlay, nic, name, role === 'router')),
    );
}

function outsidersAt(
  underlay: Underlay,
  nic: UnderlayInterface,
  host: string,
  forwards: boolean,
): Outsider[] {
  const [first] = nic.networks;
  const carrier = first === undefined ? undefined : underlay.networks[first];
  if (!carrier || carrier.type === 'management' || carrier.type === 'tunnel') return [];
  const { device, mac_address } = nic;
  const { ipv6_address } = nic;
  const { ipv6_gateway_ip } = carrier;
  const own = (vlan: number | undefined, address: string | undefined): Outsider => {
    const gateway_ip = nic.gateway_ip ?? gatewayOf(underlay, carrier, address);
    return {
      kind: 'outsider',
      host,
      device,
      point: `${host}:${device}`,
      mac: mac_address,
      name: vlan === undefined ? `${host} ${device}` : `${host} ${device}.${vlan}`,
      segment: physicalSegment(carrier, vlan),
      active: true,
      carrier,
      ...(vlan === undefined ? {} : { vlan }),
      ...(address === undefined ? {} : { address }),
      ...(gateway_ip === undefined ? {} : { gateway_ip }),
      ...(ipv6_address === undefined || vlan !== nic.vlan ? {} : { ipv6_address }),
      ...(ipv6_gateway_ip === undefined || ipv6_gateway_ip === ipOf(ipv6_address) ? {} : { ipv6_gateway_ip }),
      forwards,
    };
  };
  return [own(nic.vlan, nic.address), ...(nic.vlans ?? []).map(({ vlan, address }) => own(vlan, address))];
}

/** The way out of a network without VLANs: its gateway_ip or the router on it, unless that is the host itself. */
function gatewayOf(
  underlay: Underlay,
  carrier: UnderlayNetwork,
  address: string | undefined,
): string | undefined {
  if (address === undefined || parseNetwork(address) === undefined) return undefined;
  const routers = Object.values(underlay.hosts).filter(({ role }) => role === 'router');
  const nics = routers.flatMap(({ interfaces }) => interfaces);
  const router = nics.find((nic) => nic.networks.includes(carrier.name) && nic.address !== undefined);
  const via = carrier.gateway_ip ?? ipOf(router?.address);
  return via === ipOf(address) ? undefined : via;
}

/** The addresses of a machine's NIC, without prefix lengths. */
export const addressesAt = ({ address, ipv6_address }: Outsider): string[] =>
  [address, ipv6_address].flatMap((one) => ipOf(one) ?? []);

/** The address of an address with a prefix length. */
const ipOf = (address: string | undefined): string | undefined => address?.split('/')[0];
