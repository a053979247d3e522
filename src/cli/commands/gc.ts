import { gc as collect, type GcReport } from '../../engine/index.ts';
import type { Context, Result } from '../context.ts';
import { engineFor } from '../running/engine.ts';
import { stopWhenIdle } from '../running/private-engine.ts';
import { count } from '../terminal/table.ts';

export interface GcInput {
  readonly all?: boolean;
}

export async function gc(context: Context, { all = false }: GcInput): Promise<Result> {
  // A private engine that is not running may hold what a crash left behind, so it is started.
  const engine = await engineFor({ ...context, setup: false });
  const report = await collect(engine, { all });
  if (all) await stopWhenIdle(context, engine);
  context.print(gcText(report));
  return { json: { ...report } };
}

export function gcText({ removed, left, images }: GcReport): string {
  const lines: string[] = [];
  for (const [run, owned] of Map.groupBy(removed, (one) => one.run)) {
    lines.push(`removed ${owned[0]?.name || run}: ${count(owned.length, 'container')}`);
  }
  for (const image of images) lines.push(`removed image ${image}`);
  if (lines.length === 0) lines.push('Nothing to remove.');
  for (const owned of Map.groupBy(left, (one) => one.run).values()) {
    const [first] = owned;
    if (first)
      lines.push(`left ${first.name || first.run}: ${count(owned.length, 'container')}, ${first.why}`);
  }
  return lines.join('\n');
}
