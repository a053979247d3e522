import type { Engine } from '../../engine/index.ts';
import type { Context } from '../context.ts';

/** Stops the private engine that this process has started, unless somebody else uses it by now. */
export async function stopWhenIdle({ progress }: Context, engine: Engine): Promise<void> {
  if (engine.how !== 'private') return;
  progress.step('stopping the private engine');
  await engine.stopIfIdle();
  progress.clear();
}
