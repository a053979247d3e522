/** The cloud of these stories: compute1 to compute3 route and lead out, network1 has what is central. */
import type { CheckedJourney, Cloud } from '../../src/cloud/index.ts';
import { type Headers, hopsBelow } from '../../src/journey/index.ts';
import { cloudDocument, type routedPatterns } from '../../src/scenario/index.ts';

export const document = await cloudDocument('juno-distributed');

/** Floating IP of db1, where it has one. */
export const DB1 = '203.0.113.62';

export type Pattern = (typeof routedPatterns)[number];

/** What frames of a network wear on the wires between hosts. */
export function worn({ encapsulation }: Pattern, network: 'web' | 'db') {
  const first = { vxlan: 7001, gre: 8001, vlan: 101 }[encapsulation];
  const id = network === 'web' ? first : first + 1;
  return encapsulation === 'vlan'
    ? { vlan: id, tunnel: null }
    : { vlan: null, tunnel: { type: encapsulation, id } };
}

/** Outside of every tunnel and without a tag. */
export const bare = { vlan: null, tunnel: null } as const;

/** MAC address of a port: of a server's NIC by the server's name, of a router's by the port's. */
export function mac(cloud: Cloud, name: string): string {
  const port = cloud.topology.servers[name] ? cloud.port(name) : cloud.topology.ports[name];
  if (!port) throw new Error(`no port ${name} among ${Object.keys(cloud.topology.ports).join(', ')}`);
  return port.mac_address;
}

/** The octets with which the addresses begin by which hosts speak for distributed routers (dvr_base_mac). */
export const DVR_BASE_MAC = 'fa:16:3f';

/** Where no packet between the networks inside, and none for or of a floating IP, may come. */
export const NETWORK_NODES = ['network1', 'network2'] as const;

/** The source MAC address under which a host has put a packet on its first wire. */
export function hostMac(journey: CheckedJourney | undefined, host: string): string {
  const first = journey?.observed.roots
    .flatMap(hopsBelow)
    .find(({ kind, node }) => kind === 'wire' && node === host);
  return first?.headers.src_mac ?? `nothing left ${host}`;
}

/** What a packet looks like where it gets to a server's NIC. */
export const arrivalAt = (journey: CheckedJourney | undefined, server: string): Headers | undefined =>
  journey?.observed.roots
    .flatMap(hopsBelow)
    .find(({ kind, node, direction }) => kind === 'guest' && node === server && direction === 'in')?.headers;
