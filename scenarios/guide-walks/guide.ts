/**
 * The clouds of the packet walks in OpenStack's Networking guide ("Open vSwitch: Provider networks", "Open vSwitch:
 * Self-service networks" and "Open vSwitch: High availability using DVR"), and what a packet wears there.
 *
 * The guide numbers every device that a packet passes. Where frames are captured (NICs, taps, cables, devices of
 * namespaces) a step is a hop; what happens between two of those, inside of a host's switches, Open vSwitch is asked for (`withinHosts`).
 * The guide filters with iptables, so that a Linux bridge stands before each server.
 */
import type { Cloud, Exchange } from '../../src/cloud/index.ts';
import { type BridgeStep, hopsBelow } from '../../src/journey/index.ts';
import { explain } from '../../src/observe/live/explain.ts';
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

/** The same with IPv6: a network with fixed addresses, behind a router that has a way out. */
export const selfServiceIpv6 = await (async (): Promise<CloudDocumentInput> => {
  const { networks, subnets, servers, routers, ...rest } = await cloudDocument('juno-ipv6');
  const only = <T>(things: Readonly<Record<string, T>> | undefined, ...names: readonly string[]) =>
    Object.fromEntries(Object.entries(things ?? {}).filter(([name]) => names.includes(name)));
  const { r1 } = routers ?? {};
  return {
    ...rest,
    options: { ...rest.options, firewall_driver: 'iptables_hybrid', ipset: true },
    security_groups: {
      walks: {
        project: 'tenant',
        security_group_rules: [{ direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp' }],
      },
    },
    networks: {
      ...only(networks, 'public'),
      leased: { ...networks?.['leased'], 'provider:segmentation_id': 101 },
    },
    subnets: only(subnets, 'public-v4', 'public-v6', 'leased-v6'),
    routers: { r1: { ...r1, interfaces: ['leased-v6'] } },
    servers: { leased1: { ...servers?.['leased1'], security_groups: ['walks'] } },
  } as CloudDocumentInput;
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

/** Bridges that no guide has: of the host's own tunnel NIC, and of the physical network's machines. */
const NOT_IN_THE_GUIDE = new Set(['br-phy', 'br-sw', 'br-eth0']);

/**
 * What the bridges of hosts did with a packet, in its order, such as `compute1 br-vlan: tag 2 → tag 101`. Open vSwitch
 * tells it after the fact, from the frame that was seen last before.
 */
export async function withinHosts(
  cloud: Cloud,
  { observed: { frames } }: Exchange<unknown>,
  journey: Exchange<unknown>['request'],
): Promise<string[]> {
  if (journey === undefined) return [];
  const { roots } = await explain(cloud.cluster, journey.observed, frames);
  return roots.flatMap(hopsBelow).flatMap(({ kind, node, to, bridges = [] }) => {
    const host = kind === 'wire' ? to : node;
    return [...Map.groupBy(bridges, ({ bridge }) => bridge)]
      .filter(([bridge]) => !NOT_IN_THE_GUIDE.has(bridge))
      .map(([bridge, steps]) => `${host} ${bridge}${changeBy(steps)}`);
  });
}

/** Of what a flow writes into a tag; above is the bit that says that there is one. */
const VLAN_VID = 0xfff;

/** What a bridge took from the packet and what it put in its place, if anything. */
function changeBy(steps: readonly BridgeStep[]): string {
  const matches = steps.map(({ match }) => match).join(' ');
  const actions = steps.map((step) => step.actions.replaceAll(/learn\(.*?\)/gu, '')).join(' ');
  const number = (text: string, of: RegExp): number | undefined => {
    const found = of.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const worn = (tag: number | undefined, vni: number | undefined): string =>
    vni === undefined ? (tag === undefined ? 'nothing' : `tag ${tag & VLAN_VID}`) : `vni ${vni}`;
  const before = worn(number(matches, /dl_vlan=(\d+)/u), number(matches, /tun_id=(0x[\da-f]+)/u));
  const after = worn(
    number(actions, /set_field:(\d+)->vlan_vid/u),
    number(actions, /set_field:(0x[\da-f]+)->tun_id/u),
  );
  return before === after ? '' : `: ${before} → ${after}`;
}
