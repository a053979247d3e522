import type Dockerode from 'dockerode';
import type { Engine } from '../find/index.ts';
import { alive } from '../find/process.ts';
import { imageReference } from '../image/index.ts';
import { LABEL, ownerState } from './labels.ts';
import { listOwned, type Owned, removeContainers } from './remove.ts';

export type GcOptions = {
  /** Also what is meant to stay, what other machines made, and what running processes still use. */
  readonly all?: boolean;
};

export type GcReport = {
  readonly removed: readonly Owned[];
  /** What is ours and stays, and why. */
  readonly left: readonly (Owned & { readonly why: 'kept' | 'in use' | 'of another machine' })[];
  /** Names of the node images that were removed: builds cut short, and with `all` those of other inputs. */
  readonly images: readonly string[];
};

/** Removes the containers whose owner has died; returns them. Cheap enough for every start: one question. */
export async function sweep({ docker }: Engine): Promise<Owned[]> {
  const dead = (await listOwned(docker)).filter((owned) => reasonToStay(owned) === undefined);
  await removeContainers(
    docker,
    dead.map(({ id }) => id),
  );
  return dead;
}

/**
 * Removes what is ours and dead, and with `all` everything that is ours; never anything without our label.
 *
 * @throws NetdojoError ND_REMOVE
 */
export async function gc({ docker }: Engine, options: GcOptions = {}): Promise<GcReport> {
  const owned = await listOwned(docker);
  const removed: Owned[] = [];
  const left: GcReport['left'][number][] = [];
  for (const one of owned) {
    const why = options.all ? undefined : reasonToStay(one);
    if (why === undefined) removed.push(one);
    else left.push({ ...one, why });
  }
  await removeContainers(
    docker,
    removed.map(({ id }) => id),
  );
  return {
    removed,
    left,
    images: await removeImages(docker, options.all ?? false),
  };
}

function reasonToStay({ lifetime, owner }: Owned): GcReport['left'][number]['why'] | undefined {
  if (lifetime === 'kept') return 'kept';
  const state = ownerState(owner);
  if (state === 'dead') return undefined;
  return state === 'alive' ? 'in use' : 'of another machine';
}

async function removeImages(docker: Dockerode, all: boolean): Promise<string[]> {
  const current = imageReference();
  const images = await docker.listImages({ filters: { label: [`${LABEL.ours}=1`] } });
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const useless = names.filter((name) => {
    const builder = /^netdojo-node:building-(?<pid>\d+)$/u.exec(name)?.groups?.['pid'];
    if (builder !== undefined) return !alive({ pid: Number(builder) });
    return all && name.startsWith('netdojo-node:') && name !== current;
  });
  for (const name of useless) await docker.getImage(name).remove();
  return useless;
}
