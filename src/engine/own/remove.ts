import type Dockerode from 'dockerode';
import { EXIT, messageOf, NetdojoError } from '../../errors/index.ts';
import { waitFor } from '../find/wait.ts';
import { LABEL, type Lifetime } from './labels.ts';

/** A container of ours, as its labels tell. */
export type Owned = {
  readonly id: string;
  readonly run: string;
  readonly name: string;
  readonly node: string;
  readonly lifetime: Lifetime;
  readonly owner: string;
  readonly running: boolean;
  /** When it was made, in milliseconds since 1970. */
  readonly created: number;
};

/** All containers of ours, or those of one run. */
export async function listOwned(docker: Dockerode, run?: string): Promise<Owned[]> {
  const label = [`${LABEL.ours}=1`, ...(run === undefined ? [] : [`${LABEL.run}=${run}`])];
  const found = await docker.listContainers({ all: true, filters: { label } });
  return found.map(({ Id, Labels, State, Created }) => ({
    id: Id,
    run: Labels[LABEL.run] ?? '',
    name: Labels[LABEL.name] ?? '',
    node: Labels[LABEL.node] ?? '',
    lifetime: Labels[LABEL.lifetime] === 'kept' ? 'kept' : 'process',
    owner: Labels[LABEL.owner] ?? '',
    running: State === 'running',
    created: Created * 1000,
  }));
}

/**
 * Removes containers with their anonymous volumes, all at once; one that is gone already is as good as removed.
 *
 * @throws NetdojoError ND_REMOVE that names those that could not be removed
 */
export async function removeContainers(docker: Dockerode, ids: readonly string[]): Promise<void> {
  const failures: string[] = [];
  await Promise.all(
    ids.map(async (id) => {
      try {
        await removeContainer(docker, id);
      } catch (error) {
        failures.push(`${id.slice(0, 12)}: ${messageOf(error)}`);
      }
    }),
  );
  if (failures.length > 0) {
    throw new NetdojoError(`containers could not be removed\n${failures.join('\n')}`, {
      code: 'ND_REMOVE',
      exitCode: EXIT.environment,
      hint: 'netdojo gc',
    });
  }
}

async function removeContainer(docker: Dockerode, id: string): Promise<void> {
  const container = docker.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (status(error) === 404) return;
    // 409: somebody else is at it, the watchdog for one.
    if (status(error) !== 409) throw error;
    await waitFor(async () => ((await exists(container)) ? undefined : true), {
      what: `container ${id.slice(0, 12)} to be removed`,
      deadlineMs: 15_000,
    });
  }
}

async function exists(container: Dockerode.Container): Promise<boolean> {
  try {
    await container.inspect();
    return true;
  } catch (error) {
    if (status(error) === 404) return false;
    throw error;
  }
}

const status = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;
