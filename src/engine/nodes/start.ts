/** All nodes of a cloud, started at once or found running. */
import { isNetdojoError } from '../../errors/index.ts';
import { type CloudState, GUESTS } from '../../state/index.ts';
import { Agent } from '../agent/connection.ts';
import type { Steps } from '../apply/steps.ts';
import { cloudExists } from '../cluster-errors.ts';
import type { Engine } from '../find/index.ts';
import { type DatapathType, firstTransaction } from '../ovsdb/operations.ts';
import { type Lifetime, listOwned, type Owned, ownerLabels, ownerState, sweep } from '../own/index.ts';
import { agentCommand, type NodeContainer, startContainer } from './container.ts';
import { engineCall } from './engine-call.ts';

export interface Node {
  readonly name: string;
  readonly id: string;
  readonly pid: number;
  agent(): Promise<Agent>;
}

export const ownedBy = (owned: readonly Owned[], name: string): Owned[] =>
  owned.filter((one) => one.name === name);

/** @throws NetdojoError ND_CLOUD_EXISTS */
export async function assertFree(engine: Engine, name: string): Promise<void> {
  const found = ownedBy(await engineCall(engine.socket, listOwned(engine.docker)), name);
  if (found.length === 0) return;
  const isDead = ({ lifetime, owner }: Owned): boolean =>
    lifetime === 'process' && ownerState(owner) === 'dead';
  if (!found.every(isDead)) throw cloudExists(name);
  // Of a process that was killed just now; its watchdog is at it as well.
  await engineCall(engine.socket, sweep(engine));
}

export interface StartNodesOptions {
  readonly engine: Engine;
  readonly image: string;
  readonly name: string;
  readonly run: string;
  readonly state: CloudState;
  readonly steps: Steps;
  readonly lifetime: Lifetime;
  readonly datapathType: DatapathType;
}

/** @throws NetdojoError ND_CLOUD_EXISTS, ND_NODE_START, ND_ENGINE_LOST, …; by then no start is under way any more */
export async function startNodes(options: StartNodesOptions): Promise<NodeContainer[]> {
  const { engine, image, name, run, state, steps, lifetime, datapathType } = options;
  const starts = Object.keys(state.nodes).map(async (node) => {
    const container = await startContainer({
      docker: engine.docker,
      image,
      node,
      // One name for the guests of all runs of a cloud: of two starts at the same time the engine refuses one.
      name: node === GUESTS ? `netdojo-${name}-${GUESTS}` : `netdojo-${run}-${node}`,
      labels: ownerLabels({ run, name, node, lifetime }),
      wiring: node === GUESTS,
      ...(node === GUESTS ? { nameTaken: () => cloudExists(name) } : {}),
    });
    const bridges = steps.nodes.get(node)?.bridges;
    if (bridges && bridges.addBridges.length > 0) {
      await container.agent.request('start-switch', { transaction: firstTransaction(bridges, datapathType) });
    }
    return container;
  });
  const results = await Promise.allSettled(starts);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length > 0)
    throw failures.find((error) => isNetdojoError(error) && error.code === 'ND_CLOUD_EXISTS') ?? failures[0];
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

export const ofContainer = ({ node, id, pid, agent }: NodeContainer): Node => ({
  name: node,
  id,
  pid,
  agent: () => Promise.resolve(agent),
});

/** A node of a container that runs already: an agent of its own comes by exec when it is first asked for. */
export function ofExec(
  engine: Engine,
  { id, node, pid }: { id: string; node: string; pid: number },
  onAgent: (agent: Agent) => void,
): Node {
  let agent: Promise<Agent> | undefined;
  const connect = async (): Promise<Agent> => {
    const container = engine.docker.getContainer(id);
    const attach = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const exec = await engineCall(engine.socket, container.exec({ Cmd: [...agentCommand], ...attach }));
    const stream = await engineCall(engine.socket, exec.start({ hijack: true, stdin: true }));
    const connected = new Agent(node, stream);
    onAgent(connected);
    return connected;
  };
  const ask = (): Promise<Agent> => {
    agent ??= connect().catch((error: unknown) => {
      agent = undefined;
      throw error;
    });
    return agent;
  };
  return { name: node, id, pid, agent: ask };
}
