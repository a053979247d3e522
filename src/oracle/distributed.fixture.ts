/** A cloud with a distributed router, for tests: every compute host is on the external network. */
import {
  type CloudDocumentInput,
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../topology/index.ts';
import { host, networks, server, world } from './world.fixture.ts';

const underlay: UnderlayDocumentInput = {
  ...world,
  underlay: 'computes-outside',
  hosts: {
    ...world.hosts,
    compute1: host('compute', 11, { outside: true }),
    compute2: host('compute', 12, { outside: true }),
    compute3: host('compute', 13, { outside: true }),
    network1: host('network', 21, { outside: true }),
  },
};

export type DistributedParts = Omit<CloudDocumentInput, 'cloud' | 'underlay'>;

export const distributedBase = {
  networks,
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

/** The cloud; parts that are given take the place of its own. What was chosen before is kept. */
export function distributed(parts: DistributedParts = {}, before?: Topology): Topology {
  const document = cloudDocumentSchema.parse({
    cloud: 'test',
    underlay: 'computes-outside',
    ...distributedBase,
    ...parts,
  });
  return resolveTopology(document, underlayDocumentSchema.parse(underlay), {
    ...(before && { previous: before.allocations }),
  });
}
