/** Names that a look at the project and at what runs gives. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Cloud } from '../../cloud/cloud.ts';
import type { Context } from '../context.ts';
import { shippedClouds } from '../documents.ts';
import type { Candidate, Values } from './candidates.ts';
import { shells } from './scripts.ts';

const SCENARIOS = fileURLToPath(new URL('../../../scenarios/', import.meta.url));

/** `cloud` is the one that the line names, if any. */
export function valuesFor(context: Context, cloud: string | undefined): Values {
  const inCloud = (tell: (running: Cloud) => Candidate[]): Promise<Candidate[]> =>
    namesInCloud(context, cloud, tell);
  return {
    async of(name) {
      switch (name) {
        case 'cloud':
          return { values: await cloudNames(context) };
        case 'document':
          return {
            values: shippedClouds().map((value) => ({ value, description: 'shipped cloud' })),
            files: true,
          };
        case 'from':
        case 'to':
          return { values: await inCloud(servers) };
        case 'place':
          return { values: await inCloud((running) => [...servers(running), ...nodes(running)]) };
        case 'node':
          return { values: await inCloud(nodes) };
        case 'point':
          return { values: await inCloud(points) };
        case 'target':
          return { values: await targetNames() };
        case 'shell':
          return { values: shells.map((value) => ({ value, description: 'shell' })) };
        case 'filter':
          return { values: capabilities() };
        case 'file':
          return { values: [], files: true };
        default:
          return undefined;
      }
    },
  };
}

async function cloudNames(context: Context): Promise<Candidate[]> {
  const { listClouds } = await import('../running/clouds.ts');
  const { runningEngine } = await import('../running/engine.ts');
  const engine = await runningEngine(context);
  const clouds = engine ? await listClouds(engine) : [];
  return clouds.map(({ name, nodes: { length } }) => ({ value: name, description: `${length} containers` }));
}

async function namesInCloud(
  context: Context,
  name: string | undefined,
  tell: (cloud: Cloud) => Candidate[],
): Promise<Candidate[]> {
  const { withCloud } = await import('../running/with-cloud.ts');
  return await withCloud(context, name, (cloud) => Promise.resolve(tell(cloud)));
}

const servers = ({ topology }: Cloud): Candidate[] =>
  Object.values(topology.servers).map(({ name, host }) => ({
    value: name,
    description: `server on ${host}`,
  }));

const nodes = ({ topology }: Cloud): Candidate[] =>
  Object.values(topology.underlay.hosts).map(({ name, role }) => ({ value: name, description: role }));

const points = (cloud: Cloud): Candidate[] => [
  ...servers(cloud),
  ...[...cloud.points.values()].map(({ id, kind, peer }) => ({
    value: id,
    description: `${kind}, to ${peer}`,
  })),
];

async function targetNames(): Promise<Candidate[]> {
  const { targets } = await import('../../targets/index.ts');
  return targets.map(({ name }) => ({ value: name, description: 'system under test' }));
}

function capabilities(): Candidate[] {
  return readdirSync(SCENARIOS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ value: name, description: 'capability' }));
}
