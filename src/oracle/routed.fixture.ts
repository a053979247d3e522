/** A cloud with routers, services and a world outside, for tests; and journeys as lines. */
import type { ExpectedHop, ExpectedJourney } from '../journey/types.ts';
import {
  type CloudDocumentInput,
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../topology/index.ts';
import type { Connections } from './connections.ts';
import type { IpPacket } from './packets.ts';
import { type AnyPacket, foresee } from './predict.ts';
import { host, networks, server, world } from './world.fixture.ts';

/** core1 routes between VLANs 150 and 160, metal1 is bare metal in the first. */
const underlay: UnderlayDocumentInput = {
  ...world,
  underlay: 'with-a-world',
  hosts: {
    ...world.hosts,
    compute1: host('compute', 11, { outside: false }),
    compute2: host('compute', 12, { outside: false }),
    network1: host('network', 21, { outside: true }),
    core1: {
      role: 'router',
      interfaces: {
        eth0: {
          network: 'vlan',
          vlans: [
            { vlan: 150, address: '10.0.50.1/24' },
            { vlan: 160, address: '10.0.60.1/24' },
          ],
          peer: 'tor1',
        },
      },
    },
    metal1: {
      role: 'baremetal',
      interfaces: {
        eth0: {
          network: 'vlan',
          vlan: 150,
          address: '10.0.50.9/24',
          gateway_ip: '10.0.50.1',
          peer: 'tor1',
        },
      },
    },
  },
};

const vlan = (id: number) =>
  ({
    'provider:network_type': 'vlan',
    'provider:physical_network': 'physnet1',
    'provider:segmentation_id': id,
  }) as const;

export type Parts = Omit<CloudDocumentInput, 'cloud' | 'underlay'>;

const base = {
  networks: {
    ...networks,
    floor: vlan(150),
    cellar: vlan(160),
  },
  subnets: {
    outside: {
      network: 'public',
      cidr: '203.0.113.0/24',
      gateway_ip: '203.0.113.1',
      allocation_pools: [{ start: '203.0.113.100', end: '203.0.113.199' }],
    },
    'web-subnet': { network: 'web', cidr: '10.0.1.0/24', enable_dhcp: true },
    'db-subnet': { network: 'db', cidr: '10.0.2.0/24' },
    'floor-subnet': { network: 'floor', cidr: '10.0.50.0/24' },
    'cellar-subnet': { network: 'cellar', cidr: '10.0.60.0/24' },
  },
  routers: {
    r1: { external_gateway_info: { network: 'public' }, interfaces: ['web-subnet', 'db-subnet'] },
  },
  servers: {
    web1: server('compute1', 'web', '10.0.1.11'),
    web2: server('compute2', 'web', '10.0.1.12'),
    db1: server('compute1', 'db', '10.0.2.11'),
    db2: server('compute2', 'db', '10.0.2.12'),
    desk: server('compute1', 'floor', '10.0.50.11'),
    wine: server('compute2', 'cellar', '10.0.60.11'),
  },
  floatingips: {
    web1: { floating_network: 'public', floating_ip_address: '203.0.113.110', server: 'web1' },
    db2: { floating_network: 'public', floating_ip_address: '203.0.113.111', server: 'db2' },
    shared: {
      floating_network: 'public',
      floating_ip_address: '203.0.113.112',
      port_forwardings: [
        { protocol: 'tcp', external_port: 2222, internal_port: 22, server: 'web2' },
        { protocol: 'udp', external_port: 53, internal_port: 5353, server: 'web2' },
      ],
    },
  },
} satisfies Parts;

/** The cloud; parts that are given take the place of its own. What was chosen before is kept. */
export function routed(parts: Parts = {}, before?: Topology): Topology {
  const document = cloudDocumentSchema.parse({
    cloud: 'test',
    underlay: 'with-a-world',
    ...base,
    ...parts,
  });
  return resolveTopology(document, underlayDocumentSchema.parse(underlay), {
    ...(before && { previous: before.allocations }),
  });
}

export { base };

/** Asks one packet after the other; what is remembered of one counts for the next. */
export class Talk {
  connections: Connections = [];
  readonly topology: Topology;

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /** The packet's own journey and those that the cloud owes. */
  all(packet: AnyPacket): readonly ExpectedJourney[] {
    const { journeys, connections } = foresee(this.topology, packet, { connections: this.connections });
    this.connections = connections;
    return journeys;
  }

  own(packet: AnyPacket): ExpectedJourney {
    return this.all(packet)[0] as ExpectedJourney;
  }
}

/** Address and port, as in `10.0.1.11:4000`. */
type Place = `${string}.${string}:${number}` | `${string}.${string}`;

/** `tcp('web1-eth0', '10.0.1.11:4000', '10.0.2.11:80')` */
const packet =
  (protocol: number) =>
  (from: string, source: Place, destination: Place, more: Partial<IpPacket> = {}): IpPacket => {
    const [src_ip = '', src_port] = source.split(':');
    const [dst_ip = '', dst_port] = destination.split(':');
    return {
      kind: 'ip',
      from,
      src_ip,
      dst_ip,
      protocol,
      ...(src_port === undefined ? {} : { src_port: Number(src_port) }),
      ...(dst_port === undefined ? {} : { dst_port: Number(dst_port) }),
      ...more,
    };
  };
export const tcp = packet(6);
export const udp = packet(17);

/** An echo request or its reply. */
export const ping = (
  from: string,
  src_ip: string,
  dst_ip: string,
  more: Partial<IpPacket> = {},
): IpPacket => ({
  kind: 'ip',
  from,
  src_ip,
  dst_ip,
  protocol: 1,
  icmp: { type: 8, code: 0, identifier: 77, sequence: 1 },
  ...more,
});

/**
 * One line a hop, copies indented: place, direction, what it wears, and of IP the addresses and the TTL. Names of
 * devices are cut to their prefixes: the rest is the ports' ids.
 */
export function lines(hops: readonly ExpectedHop[], indent = ''): string[] {
  return hops.flatMap((hop) => {
    const { tunnel, vlan: tag, src_ip, dst_ip, src_port, dst_port, ttl } = hop.headers;
    const at = (ip: unknown, port: unknown): string =>
      typeof port === 'number' ? `${String(ip)}:${port}` : String(ip);
    const device = hop.device?.replace(/^(tap|qr-|qg-|sg-|rfp-|fpr-|fg-).*/, '$1');
    const words = [
      hop.kind,
      hop.to === undefined ? `${hop.node} ${device} ${hop.direction}` : `${hop.node}>${hop.to}`,
      ...(tunnel ? [`${tunnel.type} ${tunnel.id}`] : []),
      ...(tag ? [`tag ${tag}`] : []),
      ...(src_ip === undefined ? [] : [at(src_ip, src_port), '>', at(dst_ip, dst_port), `ttl ${ttl}`]),
    ];
    const deeper = hops.length > 1 ? `${indent}  ` : indent;
    return [`${indent}${words.join(' ')}`, ...lines(hop.next, deeper)];
  });
}

/** The last hop of a way without copies. */
export function lastOf({ roots }: ExpectedJourney): ExpectedHop {
  let hop = roots[0] as ExpectedHop;
  while (hop.next[0]) [hop] = hop.next as [ExpectedHop];
  return hop;
}

/** All hops, parents first. */
export const hopsOf = (hops: readonly ExpectedHop[]): ExpectedHop[] =>
  hops.flatMap((hop) => [hop, ...hopsOf(hop.next)]);
