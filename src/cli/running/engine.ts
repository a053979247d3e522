/** The engine, as commands want it: found, prepared, or only looked for. */
import { engineAddresses } from '../../engine/find/addresses.ts';
import { answered, ping } from '../../engine/find/ping.ts';
import { privatePaths, socketOf } from '../../engine/find/private.ts';
import type { Datapath } from '../../engine/find/index.ts';
import { type Engine, ensureNodeImage, findEngine, type FindOptions, sweep } from '../../engine/index.ts';
import type { Context } from '../context.ts';

/** What a cloud is started with. */
export interface Ready {
  readonly engine: Engine;
  readonly image: string;
  readonly datapathType: Datapath;
}

/** The engine, found or (where that is possible) set up. @throws NetdojoError as findEngine */
export function engineFor(context: Context): Promise<Engine> {
  return findEngine(findOptions(context, context.setup));
}

/** Engine, node image and datapath; what dead processes left behind is swept away meanwhile. */
export async function prepare(context: Context, engine: Engine): Promise<Ready> {
  const swept = sweep(engine);
  const prepared = imageAndDatapath(context, engine);
  const [{ image, datapathType }] = await Promise.all([prepared, swept]);
  return { engine, image, datapathType };
}

async function imageAndDatapath(context: Context, engine: Engine): Promise<Omit<Ready, 'engine'>> {
  const { probeDatapath } = await import('../../engine/find/index.ts');
  const image = await ensureNodeImage(engine, findOptions(context, context.setup));
  const datapathType = await probeDatapath(engine, { image, signal: context.signal });
  return { image, datapathType };
}

/**
 * The engine if one runs; none is started or installed for a question that no cloud can be the answer to.
 *
 * @throws NetdojoError ND_ENGINE_UNREACHABLE, ND_ENGINE_RIGHTS
 */
export async function runningEngine(context: Context): Promise<Engine | undefined> {
  if (!process.env['DOCKER_HOST'] && !(await somethingListens())) return undefined;
  return findEngine(findOptions(context, false));
}

async function somethingListens(): Promise<boolean> {
  const addresses = [...engineAddresses(), `unix://${socketOf(privatePaths())}`];
  const answers = await Promise.all(
    addresses.map(async (address) => {
      if (!address.startsWith('unix://')) return true;
      const answer = await ping(address.slice('unix://'.length));
      // One that may not be used is there all the same, and the user is to be told.
      return answered(answer) || /^E(?:ACCES|PERM)$/.test(answer.refused);
    }),
  );
  return answers.includes(true);
}

function findOptions({ signal, progress }: Context, allowSetup: boolean): FindOptions {
  return { allowSetup, signal, log: (line) => progress.note(line) };
}
