/** Topologies for tests: chosen ones and any. */
import * as fc from 'fast-check';
import {
  type CloudDocumentInput,
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../topology/index.ts';
import type { L2Packet } from './packets.ts';

/** Three compute hosts and a network node behind two switches; compute3 is not on the VLAN trunk. */
const underlay: UnderlayDocumentInput = {
  underlay: 'two-switches',
  networks: {
    tunnel: { type: 'tunnel', cidr: '172.31.1.0/24', mtu: 1600 },
    trunk: { type: 'vlan', physical_network: 'physnet1', network_vlan_ranges: ['100:199'] },
  },
  hosts: {
    compute1: {
      role: 'compute',
      interfaces: {
        eth1: { network: 'tunnel', address: '172.31.1.11', peer: 'tor1' },
        eth2: { network: 'trunk', peer: 'tor1' },
      },
    },
    compute2: {
      role: 'compute',
      interfaces: {
        eth1: { network: 'tunnel', address: '172.31.1.12', peer: 'tor2' },
        eth2: { network: 'trunk', peer: 'tor2' },
      },
    },
    compute3: {
      role: 'compute',
      interfaces: { eth1: { network: 'tunnel', address: '172.31.1.13', peer: 'tor2' } },
    },
    network1: {
      role: 'network',
      interfaces: {
        eth1: { network: 'tunnel', address: '172.31.1.21', peer: 'tor1' },
        eth2: { network: 'trunk', peer: 'tor1' },
      },
    },
    tor1: { role: 'switch', interfaces: { swp1: { networks: ['tunnel', 'trunk'], peer: 'tor2' } } },
    tor2: { role: 'switch' },
  },
};

const TYPES = ['vxlan', 'gre', 'vlan', 'flat', 'local'] as const;
type NetworkType = (typeof TYPES)[number];

export interface ServerSpec {
  readonly host: string;
  readonly network: string;
  readonly down?: boolean;
  readonly port_security_enabled?: boolean;
}

/**
 * A cloud with networks `red` and `blue` of a type each and the same addresses in both; the port of server `a` is
 * `a-port`, its address 10.0.0.11 for the first server, and so on.
 */
export function cloud(
  types: Readonly<Record<string, NetworkType>>,
  servers: Readonly<Record<string, ServerSpec>>,
  options: CloudDocumentInput['options'] = {},
): Topology {
  const names = Object.keys(servers);
  const document: CloudDocumentInput = {
    cloud: 'test',
    underlay: 'two-switches',
    options,
    networks: Object.fromEntries(
      Object.entries(types).map(([name, type], index) => [
        name,
        {
          'provider:network_type': type,
          ...(type === 'vlan' || type === 'flat' ? { 'provider:physical_network': 'physnet1' } : {}),
          ...(type === 'flat' || type === 'local' ? {} : { 'provider:segmentation_id': 101 + index }),
        },
      ]),
    ),
    subnets: Object.fromEntries(
      Object.keys(types).map((name) => [`${name}-subnet`, { network: name, cidr: '10.0.0.0/24' }]),
    ),
    ports: Object.fromEntries(
      Object.entries(servers).map(([name, { network, down, port_security_enabled = true }]) => [
        `${name}-port`,
        {
          network,
          admin_state_up: !down,
          port_security_enabled,
          mac_address: macOf(names.indexOf(name)),
          fixed_ips: [{ ip_address: `10.0.0.${11 + names.indexOf(name)}` }],
        },
      ]),
    ),
    servers: Object.fromEntries(
      Object.entries(servers).map(([name, { host }]) => [
        name,
        { host, networks: [{ port: `${name}-port` }] },
      ]),
    ),
  };
  return resolveTopology(cloudDocumentSchema.parse(document), underlayDocumentSchema.parse(underlay), {});
}

export const macOf = (index: number): string => `fa:16:3e:00:00:${(index + 1).toString(16).padStart(2, '0')}`;

const COMPUTES = ['compute1', 'compute2', 'compute3'];

export interface Question {
  readonly topology: Topology;
  readonly packet: L2Packet;
  readonly known: ReadonlySet<string> | 'all';
  readonly learnedHosts: ReadonlySet<string> | 'all';
}

/** Any small cloud, and any packet of one of its servers. */
export const questions: fc.Arbitrary<Question> = fc
  .record({
    red: fc.constantFrom(...TYPES),
    blue: fc.constantFrom(...TYPES.filter((type) => type !== 'flat')),
    servers: fc.array(
      fc.record({
        host: fc.constantFrom(...COMPUTES),
        network: fc.constantFrom('red', 'red', 'blue'),
        down: fc.nat(6).map((n) => n === 0),
        port_security_enabled: fc.boolean(),
      }),
      { minLength: 2, maxLength: 7 },
    ),
    l2_population: fc.boolean(),
    arp_responder: fc.boolean(),
    kind: fc.constantFrom(
      'unicast',
      'unknown-unicast',
      'broadcast',
      'arp-request',
      'arp-reply',
      'gratuitous-arp',
      'rarp',
    ),
    to: fc.nat(7),
    spoof: fc.nat(8).map((n) => n === 0),
    known: fc.oneof(
      fc.constant('all' as const),
      fc.subarray([0, 1, 2, 3, 4, 5, 6]).map((list) => new Set(list.map(macOf))),
    ),
    learnedHosts: fc.oneof(
      fc.constant('all' as const),
      fc.subarray([...COMPUTES, 'network1']).map((hosts) => new Set(hosts)),
    ),
  })
  .map((pick) => {
    const servers = Object.fromEntries(
      pick.servers.map((server, index) => {
        const type = server.network === 'red' ? pick.red : pick.blue;
        const trunk = type === 'vlan' || type === 'flat';
        return [`s${index}`, trunk && server.host === 'compute3' ? { ...server, host: 'compute2' } : server];
      }),
    );
    const { l2_population } = pick;
    const options = { l2_population, arp_responder: pick.arp_responder && l2_population };
    const topology = cloud({ red: pick.red, blue: pick.blue }, servers, options);
    const to = `s${1 + (pick.to % (pick.servers.length - 1))}-port`;
    const from = 's0-port';
    const spoofed = pick.spoof ? { src_mac: 'fa:16:3e:99:99:99' } : {};
    const packet: L2Packet = {
      unicast: { kind: 'unicast', from, to, ...spoofed } as const,
      'unknown-unicast': { kind: 'unknown-unicast', from, dst_mac: macOf(pick.to), ...spoofed } as const,
      broadcast: { kind: 'broadcast', from, ...spoofed } as const,
      'arp-request': { kind: 'arp-request', from, target_ip: `10.0.0.${11 + pick.to}`, ...spoofed } as const,
      'arp-reply': { kind: 'arp-reply', from, to, ...spoofed } as const,
      'gratuitous-arp': { kind: 'gratuitous-arp', from, ...spoofed } as const,
      rarp: { kind: 'rarp', from, ...spoofed } as const,
    }[pick.kind];
    return { topology, packet, known: pick.known, learnedHosts: pick.learnedHosts };
  });
