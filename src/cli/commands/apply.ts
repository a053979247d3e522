import { resolve } from 'node:path';
import { diff } from '../../state/index.ts';
import { countChanges } from '../../state/describe.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Context, Result } from '../context.ts';
import { count, span } from '../terminal/table.ts';
import { edited, type Found, findCloud, type PlanInput } from './plan.ts';

export async function apply(context: Context, input: PlanInput): Promise<Result> {
  const { signal, progress, print, paint } = context;
  await using found = await findCloud(context, input);
  const { cloud } = found;
  if (!cloud) throw notUp(found);
  const { document, topology } = await edited(cloud, found.document);
  const changes = diff(cloud.cluster.state, cloud.plan(topology).state);
  const mending = cloud.cluster.halfWay;
  const started = performance.now();
  if (mending) progress.note('an earlier change was cut short; it is mended first');
  if (changes.length > 0) progress.step(`applying ${count(changes.length, 'change')}`);
  // Not raced against the signal: what was cut short is remembered, so that the next apply can mend it.
  const changed = await cloud.apply(topology, { signal, document: resolve(document), keep: true });
  const ms = Math.round(performance.now() - started);
  const summary = countChanges(changes);
  const { add, update, remove } = summary;
  const what = changed
    ? `: ${add} added, ${update} changed, ${remove} removed${mending ? ', mended' : ''}, ${span(ms)}`
    : '; nothing changed';
  print(`${paint('bold', cloud.name)} is as ${document} says${what}`);
  return { json: { cloud: cloud.name, document, changed, summary, ms } };
}

function notUp({ document, topology }: Found): NetdojoError {
  const name = topology?.name ?? 'the cloud';
  return new NetdojoError(`${name} is not up`, {
    code: 'ND_CLOUD_UNKNOWN',
    expected: 'a running cloud of that name, or --cloud with the name of another',
    hint: `netdojo up ${document ?? ''}`.trimEnd(),
    exitCode: EXIT.usage,
  });
}
