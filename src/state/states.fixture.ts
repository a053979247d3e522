import * as fc from 'fast-check';
import type { CloudState, NamespaceState, NodeState } from './types.ts';

/** Few keys, so that two states have many in common; some are what every object has. */
const keys = ['a', 'b', 'compute1', 'constructor', 'toString', ''];

const recordOf = <Piece>(piece: fc.Arbitrary<Piece>): fc.Arbitrary<Record<string, Piece>> =>
  fc.dictionary(fc.constantFrom(...keys), piece, { maxKeys: 4, noNullPrototype: true });

/** Pieces need not make sense: for a difference they are plain data. */
const piece = <Piece>(): fc.Arbitrary<Piece> =>
  fc.record(
    {
      name: fc.constantFrom('x', 'y'),
      options: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('1', '2'), { noNullPrototype: true }),
      trunks: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
      tag: fc.integer({ min: 1, max: 2 }),
    },
    { requiredKeys: ['name'], noNullPrototype: true },
  ) as unknown as fc.Arbitrary<Piece>;

const named = <Value extends object>(value: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  recordOf(value).map((record) =>
    Object.fromEntries(Object.entries(record).map(([name, each]) => [name, { ...each, name }])),
  );

const namespaceArbitrary: fc.Arbitrary<NamespaceState> = fc.record(
  {
    name: fc.constant(''),
    links: recordOf(piece<NamespaceState['links'][string]>()),
    addresses: recordOf(piece<NamespaceState['addresses'][string]>()),
    routes: recordOf(piece<NamespaceState['routes'][string]>()),
    neighbours: recordOf(piece<NamespaceState['neighbours'][string]>()),
    sysctls: recordOf(fc.constantFrom('0', '1')),
    rules: recordOf(piece<NamespaceState['rules'][string]>()),
    netfilter: recordOf(piece<NamespaceState['netfilter'][string]>()),
    ipsets: recordOf(piece<NamespaceState['ipsets'][string]>()),
  },
  { noNullPrototype: true },
);

const nodeArbitrary: fc.Arbitrary<NodeState> = fc.record(
  {
    namespaces: named(namespaceArbitrary),
    bridges: recordOf(piece<NodeState['bridges'][string]>()),
    ports: recordOf(piece<NodeState['ports'][string]>()),
    flows: recordOf(piece<NodeState['flows'][string]>()),
    tunnelNeighbours: recordOf(piece<NodeState['tunnelNeighbours'][string]>()),
    files: recordOf(piece<NodeState['files'][string]>()),
    processes: recordOf(piece<NodeState['processes'][string]>()),
  },
  { noNullPrototype: true },
);

export const stateArbitrary: fc.Arbitrary<CloudState> = fc.record(
  { nodes: recordOf(nodeArbitrary), wires: recordOf(piece<CloudState['wires'][string]>()) },
  { noNullPrototype: true },
);
