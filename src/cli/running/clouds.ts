/** The clouds that run, and which of them a command is about. */
import type { Cloud } from '../../cloud/cloud.ts';
import { type Engine, listOwned } from '../../engine/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { nearest } from '../../topology/nearest.ts';
import type { Context } from '../context.ts';
import { runningEngine } from './engine.ts';

/** A cloud as its containers' labels tell; nothing in it is asked. */
export interface RunningCloud {
  readonly name: string;
  readonly run: string;
  readonly nodes: readonly string[];
  /** `broken` when a container of it has stopped. */
  readonly state: 'up' | 'broken';
  /** `kept`: until it is taken down. `process`: as long as the process that made it. */
  readonly lifetime: 'kept' | 'process';
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** In alphabetical order; runs without a name that a user gave (a probe of the engine) are none. */
export async function listClouds({ docker }: Engine): Promise<RunningCloud[]> {
  const runs = Map.groupBy(await listOwned(docker), (owned) => owned.run);
  return [...runs]
    .flatMap(([run, owned]): RunningCloud[] => {
      const [first] = owned;
      if (!first?.name || first.name === 'probe') return [];
      return [
        {
          name: first.name,
          run,
          nodes: owned.map(({ node }) => node).toSorted(),
          state: owned.every(({ running }) => running) ? 'up' : 'broken',
          lifetime: first.lifetime,
          created: Math.min(...owned.map(({ created }) => created)),
        },
      ];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The cloud that a command is about: the one that is named, or the only one that was brought up to stay. */
export function chooseCloud(clouds: readonly RunningCloud[], name?: string): RunningCloud {
  if (name === undefined) {
    const kept = clouds.filter(({ lifetime }) => lifetime === 'kept');
    const [only] = kept;
    if (only && kept.length === 1) return only;
    if (kept.length > 1) throw ambiguous(kept);
    throw nothingUp();
  }
  const found = clouds.find((cloud) => cloud.name === name);
  if (found) return found;
  if (clouds.length === 0) throw nothingUp(name);
  const names = clouds.map((cloud) => cloud.name);
  const [meant] = nearest(name, names);
  throw new NetdojoError(`no cloud named ${name} is up`, {
    code: 'ND_CLOUD_UNKNOWN',
    expected: names.length === 1 ? names[0] : `one of ${names.join(', ')}`,
    hint: meant === undefined ? 'netdojo ls' : `did you mean ${meant}?`,
    exitCode: EXIT.usage,
  });
}

/** A running cloud, connected to; to be disposed. @throws NetdojoError ND_CLOUD_UNKNOWN, ND_CLOUD_AMBIGUOUS */
export async function connectCloud(context: Context, name?: string): Promise<Cloud> {
  const engine = await runningEngine(context);
  const { name: chosen } = chooseCloud(engine ? await listClouds(engine) : [], name);
  if (!engine) throw nothingUp(name);
  context.signal.throwIfAborted();
  const { Cloud: Clouds } = await import('../../cloud/cloud.ts');
  return Clouds.connect({ engine, name: chosen });
}

function ambiguous(clouds: readonly RunningCloud[]): NetdojoError {
  const names = clouds.map(({ name }) => name);
  return new NetdojoError(`${names.length} clouds are up`, {
    code: 'ND_CLOUD_AMBIGUOUS',
    expected: `one of ${names.join(', ')}`,
    hint: `add --cloud ${names[0]}`,
    exitCode: EXIT.usage,
  });
}

function nothingUp(name?: string): NetdojoError {
  return new NetdojoError(name === undefined ? 'no cloud is up' : `no cloud named ${name} is up: none is`, {
    code: 'ND_CLOUD_UNKNOWN',
    expected: 'a cloud that was started with netdojo up',
    hint: 'netdojo up l2-demo',
    exitCode: EXIT.usage,
  });
}
