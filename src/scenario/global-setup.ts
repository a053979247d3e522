/** Before the first scenario: an engine, the node image, and what kind of datapath the kernel has. */
import type { TestProject } from 'vitest/node';
import { type DatapathType, ensureNodeImage, findEngine, probeDatapath, sweep } from '../engine/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    netdojo: { readonly image: string; readonly datapathType: DatapathType; readonly target: 'ml2-ovs' };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => console.error(`netdojo: ${line}`);
  const allowSetup = process.env['NETDOJO_NO_SETUP'] === undefined;
  const engine = await findEngine({ allowSetup, log });
  const [image] = await Promise.all([ensureNodeImage(engine, { allowSetup, log }), sweep(engine)]);
  const datapathType = await probeDatapath(engine, { image });
  project.provide('netdojo', { image, datapathType, target: 'ml2-ovs' });
  return async () => {
    if (engine.started) await engine.stopIfIdle();
  };
}
