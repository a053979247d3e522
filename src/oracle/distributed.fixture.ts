/** A cloud with a distributed router, for tests: every compute host is on the external network. */
import {
  type CloudDocumentInput,
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../topology/index.ts';

const host = (role: 'compute' | 'network', last: number) => ({
  role,
  interfaces: {
    eth1: { network: 'tunnel', address: `172.31.1.${last}`, peer: 'tor1' },
    eth2: { network: 'vlan', peer: 'tor1' },
    eth3: { network: 'external', peer: 'tor1' },
  },
});

const underlay: UnderlayDocumentInput = {
  underlay: 'computes-outside',
  networks: {
    tunnel: { type: 'tunnel', cidr: '172.31.1.0/24' },
    vlan: { type: 'vlan', physical_network: 'physnet1', network_vlan_ranges: ['100:199'] },
    external: {
      type: 'external',
      cidr: '203.0.113.0/24',
      gateway_ip: '203.0.113.1',
      physical_network: 'external',
    },
    internet: { type: 'internet', cidr: '198.51.100.0/24', gateway_ip: '198.51.100.1' },
  },
  hosts: {
    compute1: host('compute', 11),
    compute2: host('compute', 12),
    compute3: host('compute', 13),
    network1: host('network', 21),
    tor1: { role: 'switch' },
    upstream1: {
      role: 'router',
      interfaces: {
        eth0: { network: 'external', address: '203.0.113.1', peer: 'tor1' },
        eth1: { network: 'internet', address: '198.51.100.1', peer: 'internet1' },
      },
    },
    internet1: {
      role: 'internet',
      interfaces: { eth0: { network: 'internet', address: '198.51.100.10', peer: 'upstream1' } },
    },
  },
};

const server = (on: string, network: string, fixed_ip: string) => ({
  host: on,
  networks: [{ network, fixed_ip }],
});

export type DistributedParts = Omit<CloudDocumentInput, 'cloud' | 'underlay'>;

export const distributedBase = {
  networks: {
    public: {
      'provider:network_type': 'flat',
      'provider:physical_network': 'external',
      'router:external': true,
    },
    web: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 7001 },
    db: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 7002 },
  },
  subnets: {
    outside: {
      network: 'public',
      cidr: '203.0.113.0/24',
      gateway_ip: '203.0.113.1',
      allocation_pools: [{ start: '203.0.113.50', end: '203.0.113.99' }],
    },
    'web-subnet': { network: 'web', cidr: '10.0.1.0/24' },
    'db-subnet': { network: 'db', cidr: '10.0.2.0/24' },
  },
  routers: {
    r1: {
      distributed: true,
      hosts: ['network1'],
      external_gateway_info: { network: 'public', external_fixed_ips: [{ ip_address: '203.0.113.50' }] },
      interfaces: ['web-subnet', 'db-subnet'],
    },
  },
  servers: {
    web1: server('compute1', 'web', '10.0.1.11'),
    web2: server('compute2', 'web', '10.0.1.12'),
    db1: server('compute1', 'db', '10.0.2.11'),
    db2: server('compute2', 'db', '10.0.2.12'),
  },
  floatingips: {
    web1: { floating_network: 'public', floating_ip_address: '203.0.113.60', server: 'web1' },
    db2: { floating_network: 'public', floating_ip_address: '203.0.113.61', server: 'db2' },
    db1: { floating_network: 'public', floating_ip_address: '203.0.113.62', server: 'db1' },
  },
} satisfies DistributedParts;

/** The cloud; parts that are given take the place of its own. */
export function distributed(parts: DistributedParts = {}): Topology {
  const document = cloudDocumentSchema.parse({
    cloud: 'test',
    underlay: 'computes-outside',
    ...distributedBase,
    ...parts,
  });
  return resolveTopology(document, underlayDocumentSchema.parse(underlay), {});
}
