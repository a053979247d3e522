import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { flowText } from '../../state/flows.ts';
import type { CloudState, FlowState } from '../../state/types.ts';
import {
  type Allocations,
  type CloudDocumentInput,
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  type UnderlayDocument,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../../topology/index.ts';

const fixtures = new URL('../../../fixtures/', import.meta.url);

const underlayOf = (name: string): UnderlayDocument =>
  underlayDocumentSchema.parse(parse(readFileSync(new URL(`underlays/${name}.yaml`, fixtures), 'utf8')));

const underlays = new Map<string, UnderlayDocument>();

/** The topology of a document, on a shipped underlay by its name or on one of the test's own. */
export const topologyOf = (
  document: CloudDocumentInput,
  previous: Allocations = {},
  underlay: UnderlayDocumentInput = shipped(document.underlay),
): Topology =>
  resolveTopology(cloudDocumentSchema.parse(document), underlayDocumentSchema.parse(underlay), { previous });

const shipped = (name: string): UnderlayDocument => {
  const underlay = underlays.get(name) ?? underlayOf(name);
  underlays.set(name, underlay);
  return underlay;
};

export const flowsOf = (state: CloudState, node: string, bridge?: string): FlowState[] =>
  Object.values(state.nodes[node]?.flows ?? {}).filter(
    (flow) => bridge === undefined || flow.bridge === bridge,
  );

export const findFlows = (state: CloudState, node: string, start: string): FlowState[] =>
  flowsOf(state, node).filter((flow) =>
    `${flow.bridge} table=${flow.table} priority=${flow.priority} ${flow.match}`.startsWith(start),
  );

export const allFlows = (state: CloudState): FlowState[] =>
  Object.values(state.nodes).flatMap((node) => Object.values(node.flows));

/** Flows for people to read: what ovs-ofctl takes, without the cookie but with what it stands for, sorted. */
export const readableFlows = (state: CloudState, node: string): string => {
  const sorted = flowsOf(state, node).toSorted(
    (a, b) =>
      a.bridge.localeCompare(b.bridge) ||
      a.table - b.table ||
      b.priority - a.priority ||
      a.match.localeCompare(b.match, 'en', { numeric: true }),
  );
  return [...Map.groupBy(sorted, (flow) => flow.bridge)]
    .map(([bridge, flows]) =>
      [
        `${node} ${bridge}`,
        ...flows.flatMap((flow) => [`  # ${flow.owner.purpose}`, `  ${withoutCookie(flow)}`]),
      ].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
};

const withoutCookie = (flow: FlowState): string => flowText(flow).replace(/^cookie=0x[0-9a-f]+,/u, '');

// ------------------------------------------------------------------------------------ generated clouds

const HOSTS = ['compute1', 'compute2', 'compute3'];
const TYPES = ['vxlan', 'gre', 'vlan', 'flat', 'local'] as const;

type NetworkInput = NonNullable<CloudDocumentInput['networks']>[string];

const networkInput = (type: (typeof TYPES)[number], index: number): NetworkInput => ({
  'provider:network_type': type,
  ...(type === 'vlan' || type === 'flat' ? { 'provider:physical_network': 'physnet1' } : {}),
  ...(type === 'flat' || type === 'local' ? {} : { 'provider:segmentation_id': 101 + index }),
});

const serverArbitrary = (networks: readonly string[]) =>
  fc.record({
    host: fc.constantFrom(...HOSTS),
    networks: fc.uniqueArray(fc.constantFrom(...networks), { minLength: 1, maxLength: 2 }),
    down: fc.boolean(),
    port_security_enabled: fc.boolean(),
  });

export interface GeneratedCloud {
  readonly document: CloudDocumentInput;
  /** The same with one server more. */
  readonly grown: CloudDocumentInput;
}

const ADDED = 'added';

/** Small clouds of all network types, with ports that are down and ports without port security. */
export const cloudArbitrary: fc.Arbitrary<GeneratedCloud> = fc
  .uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 4 })
  .chain((types) => {
    const networks = types.map((type) => `net-${type}`);
    return fc.record({
      types: fc.constant(types),
      servers: fc.array(serverArbitrary(networks), { maxLength: 6 }),
      added: serverArbitrary(networks),
      l2_population: fc.boolean(),
      arp_responder: fc.boolean(),
    });
  })
  .map(({ types, servers, added, l2_population, arp_responder }) => {
    const build = (all: readonly (readonly [string, (typeof servers)[number]])[]): CloudDocumentInput => ({
      cloud: 'generated',
      underlay: 'neutron-reference',
      options: { l2_population, arp_responder: arp_responder && l2_population },
      networks: Object.fromEntries(types.map((type, index) => [`net-${type}`, networkInput(type, index)])),
      subnets: Object.fromEntries(
        types.map((type, index) => [`sub-${type}`, { network: `net-${type}`, cidr: `10.0.${index}.0/24` }]),
      ),
      ports: Object.fromEntries(
        all.flatMap(([name, server]) =>
          server.networks.map((network) => [
            `${name}-on-${network}`,
            { network, admin_state_up: !server.down, port_security_enabled: server.port_security_enabled },
          ]),
        ),
      ),
      servers: Object.fromEntries(
        all.map(([name, server]) => [
          name,
          {
            host: server.host,
            networks: server.networks.map((network) => ({ port: `${name}-on-${network}` })),
          },
        ]),
      ),
    });
    const named = servers.map((server, index) => [`server${index}`, server] as const);
    return { document: build(named), grown: build([...named, [ADDED, added]]) };
  });
