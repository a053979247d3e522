/** What tests that need an engine begin with. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, vi } from 'vitest';
import { isNetdojoError, type NetdojoError } from '../../errors/index.ts';
import { type Engine, findEngine } from '../find/index.ts';
import { ensureNodeImage } from '../image/index.ts';
import { type NodeContainer, startContainer } from '../nodes/container.ts';
import { ownerLabels, startWatchdog } from '../own/index.ts';

export interface Lab {
  readonly engine: Engine;
  readonly image: string;
}

/** Why there can be no engine here; anything else that goes wrong is a failure. */
const REASONS = new Set(['ND_ENGINE_NONE', 'ND_ENGINE_RIGHTS', 'ND_IMAGE_NONE']);

const isReason = (error: unknown): error is NetdojoError => isNetdojoError(error) && REASONS.has(error.code);

async function findLab(): Promise<Lab | NetdojoError> {
  const options = { allowSetup: false, log: () => undefined };
  try {
    const engine = await findEngine(options);
    return { engine, image: await ensureNodeImage(engine, options) };
  } catch (error) {
    if (isReason(error)) return error;
    throw error;
  }
}

let found: Promise<Lab | NetdojoError> | undefined;

/** The engine and the image. In a file that calls this, tests are skipped where there is none, and say why. */
export async function needsEngine(): Promise<Lab> {
  // A node takes its time on a machine that is busy; what hangs is found by the deadlines of what is tested.
  vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });
  afterAll(() => vi.resetConfig());
  found ??= findLab();
  const lab = await found;
  if (!isReason(lab)) return lab;
  const why = lab;
  beforeEach((context) => context.skip(`${why.code}: ${why.message}`));
  return undefined as unknown as Lab;
}

/** A name that no other run of the tests uses at this moment. */
export const uniqueName = (what: string): string => `test-${what}-${randomBytes(3).toString('hex')}`;

/** One container with an agent and nothing else. */
export async function startNode(lab: Lab, node: string): Promise<NodeContainer> {
  const run = uniqueName(node);
  const watchdog = startWatchdog(lab.engine, run);
  const container = await startContainer({
    docker: lab.engine.docker,
    image: lab.image,
    node,
    name: `netdojo-${run}`,
    labels: ownerLabels({ run, name: run, node, lifetime: 'process' }),
  });
  return {
    ...container,
    [Symbol.asyncDispose]: async () => {
      await container.agent[Symbol.asyncDispose]();
      await watchdog[Symbol.asyncDispose]();
    },
  };
}
