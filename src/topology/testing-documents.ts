/** Arbitrary documents: of the right shape, and with something changed anywhere. */
import * as fc from 'fast-check';
import {
  type CloudDocumentInput,
  networkTypes,
  type UnderlayDocumentInput,
  hostRoles,
  underlayNetworkTypes,
} from './schema.ts';

const names = fc.constantFrom('red', 'blue', 'green', 'a', 'Net_1.x-y', 'constructor');
const hostNames = fc.constantFrom('compute1', 'compute2', 'gateway1', 'web1', 'h-9');
const ipv4 = fc.constantFrom('10.0.0.1', '10.0.0.255', '10.0.1.7', '255.255.255.255');
const addresses = fc.oneof(
  ipv4,
  fc.ipV6().filter((text) => !text.includes('.')),
);
const cidrs = fc.constantFrom(
  '10.0.0.0/24',
  '10.0.1.0/30',
  '10.0.0.5/24',
  'fd00::/64',
  '0.0.0.0/0',
  '::1/128',
);
const macs = fc.constantFrom('fa:16:3e:00:00:01', '02:00:00:00:00:0a');
const mtus = fc.integer({ min: 576, max: 9216 });
const optional: { requiredKeys: [] } = { requiredKeys: [] };

function mapping<T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
}

/** Of the right shape; its meaning may be wrong. */
export const cloudDocuments: fc.Arbitrary<CloudDocumentInput> = fc.record(
  {
    cloud: names,
    description: fc.string(),
    underlay: fc.constantFrom('demo-cluster', 'neutron-reference', 'demo'),
    options: fc.record({ l2_population: fc.boolean(), arp_responder: fc.boolean() }, optional),
    projects: mapping(names, fc.record({ id: fc.uuid(), description: fc.string() }, optional)),
    networks: mapping(
      names,
      fc.record(
        {
          id: fc.uuid(),
          project: names,
          admin_state_up: fc.boolean(),
          mtu: mtus,
          'provider:network_type': fc.constantFrom(...networkTypes),
          'provider:physical_network': fc.constantFrom('physnet1', 'external', 'red'),
          'provider:segmentation_id': fc.integer({ min: 1, max: 4_294_967_295 }),
        },
        optional,
      ),
    ),
    subnets: mapping(
      names,
      fc.record(
        {
          network: names,
          cidr: cidrs,
          gateway_ip: fc.option(addresses),
          allocation_pools: fc.array(fc.record({ start: ipv4, end: ipv4 }), { maxLength: 3 }),
          dns_nameservers: fc.array(addresses, { maxLength: 2 }),
          host_routes: fc.array(fc.record({ destination: cidrs, nexthop: addresses }), { maxLength: 2 }),
        },
        { requiredKeys: ['network', 'cidr'] },
      ),
    ),
    ports: mapping(
      names,
      fc.record(
        {
          network: names,
          mac_address: macs,
          fixed_ips: fc.array(fc.record({ subnet: names, ip_address: addresses }, optional), {
            maxLength: 3,
          }),
          port_security_enabled: fc.boolean(),
        },
        { requiredKeys: ['network'] },
      ),
    ),
    servers: mapping(
      hostNames,
      fc.record({
        host: hostNames,
        networks: fc.array(
          fc.oneof(
            names,
            fc.record(
              { network: names, fixed_ip: addresses, mac_address: macs },
              { requiredKeys: ['network'] },
            ),
            fc.record({ port: names }),
          ),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    ),
  },
  { requiredKeys: ['cloud', 'underlay'], noNullPrototype: true },
);

/** Of the right shape; its meaning may be wrong. */
export const underlayDocuments: fc.Arbitrary<UnderlayDocumentInput> = fc.record({
  underlay: names,
  networks: mapping(
    names,
    fc.record(
      {
        type: fc.constantFrom(...underlayNetworkTypes),
        cidr: cidrs,
        gateway_ip: addresses,
        mtu: mtus,
        physical_network: names,
        network_vlan_ranges: fc.array(fc.constantFrom('1:5', '5:1', '100:4001', '3:9'), { maxLength: 3 }),
        bridge: fc.constantFrom('br-x', 'br-int', 'br-red'),
      },
      { requiredKeys: ['type'] },
    ),
  ),
  hosts: mapping(
    hostNames,
    fc.record(
      {
        role: fc.constantFrom(...hostRoles),
        interfaces: mapping(
          fc.constantFrom('eth0', 'eth1', 'swp1', 'lo'),
          fc.record(
            {
              network: names,
              networks: fc.array(names, { minLength: 1, maxLength: 3 }),
              address: addresses,
              peer: hostNames,
            },
            { requiredKeys: ['peer'] },
          ),
        ),
      },
      { requiredKeys: ['role'] },
    ),
  ),
});

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    '1.2.3.4',
    '::',
    'fa:16:3e:00:00:0',
    [],
    {},
    1e21,
    9217,
    '10.0.0.0/33',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The document with one value anywhere in it replaced, removed, or given a neighbour. */
export function mutated(documents: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  return fc
    .tuple(documents, fc.nat(), fc.constantFrom('replace', 'remove', 'add', 'rename'), fc.string(), junk)
    .map(([document, pick, act, key, value]) => {
      const copy: unknown = structuredClone(document);
      const spots = spotsIn(copy);
      const spot = spots[pick % spots.length];
      if (spot === undefined) return value;
      const { parent, at } = spot;
      if (act === 'replace') parent[at] = value;
      else if (act === 'add') parent[key] = value;
      else {
        const moved = parent[at];
        if (Array.isArray(parent)) parent.splice(Number(at), 1);
        else delete parent[at];
        if (act === 'rename') parent[key] = moved;
      }
      // Keys of lists and undefined values are nothing that a document can have.
      return JSON.parse(JSON.stringify(copy)) as unknown;
    });
}

function spotsIn(value: unknown): { parent: Record<string, unknown>; at: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((at) => [{ parent, at }, ...spotsIn(parent[at])]);
}
