import { resolve } from 'node:path';
import { diff } from '../../state/index.ts';
import { countChanges } from '../../state/describe.ts';
import type { Context, Result } from '../context.ts';
import { chooseCloud } from '../running/clouds.ts';
import { unlessAborted } from '../running/with-cloud.ts';
import { count, span } from '../terminal/table.ts';
import { edited, findCloud, type PlanInput } from './plan.ts';

export async function apply(context: Context, input: PlanInput): Promise<Result> {
  const { signal, progress, print, paint } = context;
  await using found = await findCloud(context, input);
  const { cloud } = found;
  // Nothing of that name is up: the same error as for any other cloud that is not there.
  if (!cloud) throw await missing(context, found.topology?.name ?? input.cloud);
  const { document, topology } = await edited(cloud, found.document);
  const { state } = cloud.plan(topology);
  const changes = diff(cloud.cluster.state, state);
  const started = performance.now();
  if (changes.length > 0) progress.step(`applying ${count(changes.length, 'change')}`);
  await unlessAborted(signal, cloud.apply(topology, { signal, document: resolve(document), keep: true }));
  const ms = Math.round(performance.now() - started);
  const summary = countChanges(changes);
  const { add, update, remove } = summary;
  print(
    changes.length === 0
      ? `${paint('bold', cloud.name)} is as ${document} says; nothing changed`
      : `${paint('bold', cloud.name)} is as ${document} says: ${add} added, ${update} changed, ${remove} removed, ${span(ms)}`,
  );
  return { json: { cloud: cloud.name, document, changed: changes.length > 0, summary, ms } };
}

async function missing(context: Context, name: string | undefined): Promise<unknown> {
  const { listClouds } = await import('../running/clouds.ts');
  const { runningEngine } = await import('../running/engine.ts');
  const engine = await runningEngine(context);
  try {
    return chooseCloud(engine ? await listClouds(engine) : [], name);
  } catch (error) {
    return error;
  }
}
