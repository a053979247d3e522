import { Cloud } from '../../cloud/cloud.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { loadCloud, type Topology } from '../../topology/index.ts';
import type { Context, Result } from '../context.ts';
import { cloudDocument, DEFAULT_CLOUD, shortest } from '../documents.ts';
import { planFromNothing, tellPlan } from '../plan-text.ts';
import { chooseCloud, listClouds } from '../running/clouds.ts';
import { runningEngine } from '../running/engine.ts';

export interface PlanInput {
  readonly document?: string;
  readonly cloud?: string;
}

export async function plan(context: Context, input: PlanInput): Promise<Result> {
  await using found = await findCloud(context, input);
  if (found.cloud === undefined) {
    const { document = cloudDocument(DEFAULT_CLOUD), topology = await loadCloud(document) } = found;
    return planFromNothing(context, { topology, document });
  }
  const { cloud } = found;
  const { document, topology } = await edited(cloud, found.document);
  const { state } = cloud.plan(topology);
  if (cloud.cluster.halfWay) context.progress.note('a change was cut short; apply mends it as well');
  return tellPlan(context, { name: cloud.name, document, before: cloud.cluster.state, after: state });
}

/** What a command about a document and a running cloud is about. */
export interface Found extends AsyncDisposable {
  readonly document?: string;
  readonly topology?: Topology;
  /** Absent where no cloud of that name is up. */
  readonly cloud?: Cloud;
}

/**
 * The running cloud that `--cloud` names, else the one that bears the document's name, else (without a document) the
 * only one.
 */
export async function findCloud(context: Context, input: PlanInput): Promise<Found> {
  const document = input.document === undefined ? undefined : cloudDocument(input.document);
  // What is wrong with the document is said before anything is asked.
  const topology = document === undefined ? undefined : await loadCloud(document);
  const engine = await runningEngine(context);
  const clouds = engine ? await listClouds(engine) : [];
  const name = input.cloud ?? topology?.name;
  const known = clouds.some((cloud) => cloud.name === name);
  const chosen =
    known || input.cloud !== undefined || (document === undefined && clouds.length > 0)
      ? chooseCloud(clouds, name).name
      : undefined;
  const cloud = engine && chosen !== undefined ? await Cloud.connect({ engine, name: chosen }) : undefined;
  return {
    ...(document !== undefined && { document }),
    ...(topology && { topology }),
    ...(cloud && { cloud }),
    [Symbol.asyncDispose]: async () => cloud?.[Symbol.asyncDispose](),
  };
}

/** The document as it is now, resolved so that what it does not change stays as it is in the running cloud. */
export async function edited(
  cloud: Cloud,
  named: string | undefined,
): Promise<{ document: string; topology: Topology }> {
  const file = named ?? cloud.document;
  if (file !== undefined) {
    const document = shortest(file);
    return { document, topology: await loadCloud(document, { previous: cloud.allocations }) };
  }
  throw new NetdojoError(`${cloud.name} was not made from a file`, {
    code: 'ND_USAGE',
    expected: 'a document',
    hint: 'netdojo apply my-cloud.yaml',
    exitCode: EXIT.usage,
  });
}
