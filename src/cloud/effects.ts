/** Carries out what agents do once because something changed: all nodes at once, in order on each. */
import type { Cluster } from '../engine/index.ts';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { gratuitousArp } from '../probe/index.ts';
import type { Effect } from '../targets/index.ts';

/** @throws NetdojoError ND_EFFECT for a command with another exit code than those that mean that it is done */
export async function perform(cluster: Cluster, effects: readonly Effect[]): Promise<void> {
  const byNode = Map.groupBy(effects, (effect) => effect.node);
  await Promise.all(
    [...byNode].map(async ([node, list]) => {
      const agent = await cluster.agent(node);
      const results = await agent.request<unknown[]>('batch', { steps: list.map(step) });
      for (const [at, effect] of list.entries()) {
        if (effect.kind === 'run') assertDone(effect, results[at] as { code: number; stderr: string });
      }
    }),
  );
}

const step = (effect: Effect): [operation: string, parameters: object] => {
  const { namespace } = effect;
  if (effect.kind === 'run') return ['run', { argv: effect.argv, namespace, check: false }];
  const frames = gratuitousArp(effect).map((bytes) => [
    namespace,
    effect.device,
    Buffer.from(bytes).toString('hex'),
  ]);
  return ['inject', { frames }];
};

function assertDone(
  { node, namespace, argv, because, codes = [0] }: Extract<Effect, { kind: 'run' }>,
  { code, stderr }: { readonly code: number; readonly stderr: string },
): void {
  if (codes.includes(code)) return;
  const command = namespace === '' ? argv : ['ip', 'netns', 'exec', namespace, ...argv];
  throw new NetdojoError(`an agent's work is not done: ${because}`, {
    code: 'ND_EFFECT',
    place: { node, command, exitCode: code, stderr },
    expected: `exit code ${codes.join(' or ')}`,
    exitCode: EXIT.environment,
  });
}
