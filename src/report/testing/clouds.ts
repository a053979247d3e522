/** Clouds for tests of drawings, made from documents. */
import * as fc from 'fast-check';
import type { CloudDocumentInput, Topology, UnderlayDocumentInput } from '../../topology/index.ts';
import { cloudDocumentSchema, resolveTopology, underlayDocumentSchema } from '../../topology/index.ts';

export interface CloudShape {
  readonly computes: number;
  readonly networkNodes: number;
  readonly switches: 1 | 2;
  readonly upstream: boolean;
  readonly networks: number;
  /** For each server how many NICs it has, and on which compute it runs. */
  readonly servers: readonly { readonly nics: number; readonly host: number }[];
}

/** A cloud of any shape. */
export function cloudOf(shape: CloudShape): Topology {
  const cloud = cloudDocumentSchema.parse(cloudDocument(shape));
  return resolveTopology(cloud, underlayDocumentSchema.parse(underlayDocument(shape)));
}

function cloudDocument({ computes, networks, servers }: CloudShape): CloudDocumentInput {
  const names = Array.from({ length: networks }, (_, index) => `network-${index}`);
  return {
    cloud: 'any',
    underlay: 'any',
    networks: Object.fromEntries(names.map((name) => [name, {}])),
    subnets: Object.fromEntries(
      names.map((name, index) => [`subnet-${index}`, { network: name, cidr: `10.${index}.0.0/16` }]),
    ),
    servers: Object.fromEntries(
      servers.map(({ nics, host }, index) => [
        `server-${index}`,
        {
          host: `compute${host % computes}`,
          networks: Array.from({ length: nics }, (_, nic) => names[(index + nic) % networks] ?? ''),
        },
      ]),
    ),
  };
}

function underlayDocument({ computes, networkNodes, switches, upstream }: CloudShape): UnderlayDocumentInput {
  const hosts: UnderlayDocumentInput['hosts'] = {};
  const swOf = (index: number) => `tor${index % switches}`;
  const add = (name: string, role: 'compute' | 'network', index: number, external: boolean) => {
    const peer = swOf(index);
    const number = (role === 'compute' ? 11 : 101) + index;
    hosts[name] = {
      role,
      interfaces: {
        eth0: { network: 'management', address: `172.31.0.${number}`, peer },
        eth1: { network: 'tunnel', address: `172.31.1.${number}`, peer },
        eth2: { network: 'trunk', peer },
        ...(external && { eth3: { network: 'external', peer } }),
      },
    };
  };
  for (let index = 0; index < computes; index++) add(`compute${index}`, 'compute', index, false);
  for (let index = 0; index < networkNodes; index++) add(`network${index}`, 'network', index, true);
  hosts['controller'] = {
    role: 'controller',
    interfaces: { eth0: { network: 'management', address: '172.31.0.10', peer: 'tor0' } },
  };
  hosts['tor0'] = { role: 'switch' };
  if (switches === 2)
    hosts['tor1'] = {
      role: 'switch',
      interfaces: { up0: { networks: ['management', 'tunnel', 'trunk', 'external'], peer: 'tor0' } },
    };
  if (upstream) {
    hosts['upstream'] = {
      role: 'router',
      interfaces: {
        eth0: { network: 'external', address: '203.0.113.1', peer: 'tor0' },
        eth1: { network: 'internet', address: '198.51.100.1', peer: 'outside' },
      },
    };
    hosts['outside'] = {
      role: 'internet',
      interfaces: { eth0: { network: 'internet', address: '198.51.100.10', peer: 'upstream' } },
    };
  }
  return {
    underlay: 'any',
    networks: {
      management: { type: 'management', cidr: '172.31.0.0/24' },
      tunnel: { type: 'tunnel', cidr: '172.31.1.0/24' },
      trunk: { type: 'vlan', physical_network: 'physnet1', network_vlan_ranges: ['100:199'] },
      external: { type: 'external', cidr: '203.0.113.0/24', physical_network: 'public' },
      internet: { type: 'internet', cidr: '198.51.100.0/24' },
    },
    hosts,
  };
}

/** Clouds from almost nothing to a crowd. */
export const cloudShapes: fc.Arbitrary<CloudShape> = fc.record({
  computes: fc.integer({ min: 1, max: 5 }),
  networkNodes: fc.integer({ min: 0, max: 3 }),
  switches: fc.constantFrom(1, 2),
  upstream: fc.boolean(),
  networks: fc.integer({ min: 1, max: 15 }),
  servers: fc.array(fc.record({ nics: fc.integer({ min: 1, max: 3 }), host: fc.nat(4) }), { maxLength: 40 }),
});
