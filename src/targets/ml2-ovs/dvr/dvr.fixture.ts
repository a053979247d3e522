import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { NamespaceState } from '../../../state/types.ts';
import type { CloudDocumentInput, Topology } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';

const fixture = parse(readFileSync('fixtures/clouds/juno-distributed.yaml', 'utf8')) as CloudDocumentInput;

export interface Changes {
  readonly options?: CloudDocumentInput['options'];
  readonly router?: Partial<NonNullable<CloudDocumentInput['routers']>[string]>;
  readonly floatingips?: CloudDocumentInput['floatingips'];
  /** Host by server, for those that are elsewhere than in the document. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly type?: 'vxlan' | 'gre' | 'vlan';
}

type Network = NonNullable<CloudDocumentInput['networks']>[string];

/** juno-distributed with changes. */
export const distributedCloud = ({
  options = {},
  router,
  floatingips,
  hosts = {},
  type = 'vxlan',
}: Changes = {}): CloudDocumentInput => {
  const wire = type === 'vlan' ? { 'provider:physical_network': 'physnet1' } : {};
  const inside = (id: number): Network => ({
    project: 'tenant',
    'provider:network_type': type,
    'provider:segmentation_id': id,
    ...wire,
  });
  return {
    ...fixture,
    options,
    networks: { ...fixture.networks, web: inside(171), db: inside(172) },
    routers: { r1: { ...fixture.routers?.['r1'], ...router } },
    servers: Object.fromEntries(
      Object.entries(fixture.servers ?? {}).map(([name, server]) => [
        name,
        { ...server, host: hosts[name] ?? server.host },
      ]),
    ),
    floatingips: floatingips ?? fixture.floatingips ?? {},
  };
};

export const distributedTopology = (changes?: Changes): Topology => topologyOf(distributedCloud(changes));

export const distributedState = (changes?: Changes) => compile(distributedTopology(changes)).state;

/** The namespace of a node whose name begins so. */
export const spaceOn = (changes: Changes, node: string, prefix: string): NamespaceState | undefined =>
  Object.values(distributedState(changes).nodes[node]?.namespaces ?? {}).find(({ name }) =>
    name.startsWith(prefix),
  );

/** Device names without the ids of ports and routers. */
export const plain = (text: string): string =>
  text.replaceAll(/\b(q[rg]|sg|fg|rfp|fpr)-[-0-9a-f]{10,11}/gu, '$1');
