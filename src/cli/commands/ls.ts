import type { Context, Result } from '../context.ts';
import { listClouds, type RunningCloud } from '../running/clouds.ts';
import { runningEngine } from '../running/engine.ts';
import { span, table } from '../terminal/table.ts';

export async function ls(context: Context): Promise<Result> {
  const engine = await runningEngine(context);
  const clouds = engine ? await listClouds(engine) : [];
  if (clouds.length === 0) context.print('No cloud is up.');
  else context.print(cloudTable(clouds, context, Date.now()));
  return {
    json: {
      clouds: clouds.map(({ created, ...cloud }) => ({ ...cloud, created: new Date(created).toISOString() })),
    },
  };
}

export function cloudTable(
  clouds: readonly RunningCloud[],
  { paint }: Pick<Context, 'paint'>,
  now: number,
): string {
  const head = ['CLOUD', 'NODES', 'STATE', 'STAYS', 'AGE'].map((cell) => paint('dim', cell));
  const rows = clouds.map(({ name, nodes, state, lifetime, created }) => [
    name,
    // The guests' container is no node of the cloud.
    String(nodes.filter((node) => node !== 'guests').length),
    state === 'up' ? state : paint('red', state),
    lifetime === 'kept' ? 'until down' : 'with its process',
    span(Math.max(0, now - created)),
  ]);
  return table([head, ...rows]);
}
