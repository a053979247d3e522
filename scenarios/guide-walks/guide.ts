/**
 * The clouds of the packet walks in OpenStack's Networking guide ("Open vSwitch: Provider networks", "Open vSwitch:
 * Self-service networks" and "Open vSwitch: High availability using DVR"), and what a packet wears there.
 *
 * The guide numbers every device that a packet passes. Where frames are captured (NICs, taps, cables, devices of
 * namespaces) a step is a hop; what happens between two of those, inside of switches, shows in what the packet wears at
 * the next one. The guide filters with iptables, so that a Linux bridge stands before each server.
 */
import type { Cloud } from '../../src/cloud/index.ts';
import { cloudDocument } from '../../src/scenario/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';

const GROUPS: NonNullable<CloudDocumentInput['security_groups']> = {
  walks: {
    description: 'Echo requests from anywhere, as the guide lets them in.',
    security_group_rules: [{ direction: 'ingress', protocol: 'icmp' }],
  },
};

/** Every server in the group of the walks. */
function guarded(document: CloudDocumentInput): CloudDocumentInput {
  const { servers = {}, options, ...rest } = document;
  const members = Object.entries(servers).map(
    ([name, server]) => [name, { ...server, security_groups: Object.keys(GROUPS) }] as const,
  );
  return {
    ...rest,
    options: { ...options, firewall_driver: 'iptables_hybrid', ipset: true },
    security_groups: GROUPS,
    servers: Object.fromEntries(members),
  };
}

/** VLANs 101 and 102, a physical router between them and the outside. */
export const provider = guarded(await cloudDocument('provider-routed'));

/** Two networks with the VNIs of the guide, one router on the network node. */
export const selfService = await (async (): Promise<CloudDocumentInput> => {
  const { networks, ...rest } = guarded(await cloudDocument('classic-routed'));
  const numbered = Object.entries({ red: 101, blue: 102 }).map(
    ([name, segment]) => [name, { ...networks?.[name], 'provider:segmentation_id': segment }] as const,
  );
  return { ...rest, networks: { ...networks, ...Object.fromEntries(numbered) } };
})();

/** Two network nodes, and routers that are on both of them; adverts often enough for a story. */
export const highlyAvailable = await (async (): Promise<CloudDocumentInput> => {
  const { options, ...rest } = guarded(await cloudDocument('vrrp-routed'));
  return { ...rest, options: { ...options, ha_vrrp_advert_int: 0.3 } };
})();

/** Two networks with the VNIs of the guide, behind a router that every compute node has a part of. */
export const distributed = await (async (): Promise<CloudDocumentInput> => {
  const { networks, ...rest } = guarded(await cloudDocument('juno-distributed'));
  const numbered = Object.entries({ web: 101, db: 102 }).map(
    ([name, segment]) => [name, { ...networks?.[name], 'provider:segmentation_id': segment }] as const,
  );
  return { ...rest, networks: { ...networks, ...Object.fromEntries(numbered) } };
})();

/** Outside of every tunnel and without a tag. */
export const bare = { vlan: null, tunnel: null } as const;

/** Tunnel endpoints of the hosts. */
const VTEP = {
  compute1: '172.31.1.11',
  compute2: '172.31.1.12',
  gateway1: '172.31.1.21',
  network1: '172.31.1.21',
} as const;

type Host = keyof typeof VTEP;

/** What a frame of a self-service network wears from one host to another. */
export const vxlan = (id: number, from: Host, to: Host) =>
  ({
    vlan: null,
    tunnel: { type: 'vxlan', id, src_ip: VTEP[from], dst_ip: VTEP[to], dst_port: 4789, vlan: null },
  }) as const;

/** MAC address of a port: of a server's NIC by the server's name, of a router's interface by the port's. */
export function mac(cloud: Cloud, name: string): string {
  const port = cloud.topology.servers[name] ? cloud.port(name) : cloud.topology.ports[name];
  if (!port) throw new Error(`no port ${name} among ${Object.keys(cloud.topology.ports).join(', ')}`);
  return port.mac_address;
}
