import { removeRun } from '../../engine/own/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Context, Result } from '../context.ts';
import { chooseCloud, listClouds, type RunningCloud } from '../running/clouds.ts';
import { runningEngine } from '../running/engine.ts';
import { count, span } from '../terminal/table.ts';

export interface DownInput {
  readonly cloud?: string;
  readonly all?: boolean;
}

/** By labels alone: a cloud that is broken goes as well as one that is whole. */
export async function down(context: Context, { cloud, all }: DownInput): Promise<Result> {
  const started = performance.now();
  if (cloud !== undefined && all) {
    throw new NetdojoError('--all and the name of a cloud exclude each other', {
      code: 'ND_USAGE',
      hint: `netdojo down ${cloud}`,
      exitCode: EXIT.usage,
    });
  }
  const engine = await runningEngine(context);
  const clouds = engine ? await listClouds(engine) : [];
  const chosen: RunningCloud[] = all
    ? clouds.filter(({ lifetime }) => lifetime === 'kept')
    : [chooseCloud(clouds, cloud)];
  if (engine && chosen.length > 0) {
    context.progress.step(`removing ${count(chosen.flatMap(({ nodes }) => nodes).length, 'container')}`);
    await Promise.all(chosen.map(({ run }) => removeRun(engine, run)));
  }
  const time = span(performance.now() - started);
  if (chosen.length === 0) context.print('No cloud is up.');
  for (const { name } of chosen) context.print(`${name} is down, ${time}`);
  return { json: { clouds: chosen.map(({ name, run, nodes }) => ({ name, run, nodes })) } };
}
