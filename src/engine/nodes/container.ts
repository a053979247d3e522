import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { Agent } from '../agent/connection.ts';
import { isEngineLost } from './engine-call.ts';

/** What a node is allowed: to shape its own network, and nothing of the host's. */
const capabilities = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'IPC_LOCK', 'SYS_NICE'];

const agentFile = (name: string): string =>
  readFileSync(new URL(`../agent/${name}`, import.meta.url), 'utf8');

const agentSource = agentFile('agent.py').replace(/^#include (\S+)$/mu, (_, name: string) => agentFile(name));
export const agentCommand = ['python3', '-I', '-S', '-c', agentSource];

export interface NodeContainer extends AsyncDisposable {
  readonly node: string;
  readonly id: string;
  /** As the engine's host counts: what a device is moved to. */
  readonly pid: number;
  readonly agent: Agent;
}

export interface ContainerOptions {
  readonly docker: Dockerode;
  readonly image: string;
  readonly node: string;
  /** Unique on the engine. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Sees the processes of all nodes, so that it can put the ends of cables into them. */
  readonly wiring?: boolean;
  /** What to say when another container bears the name. */
  readonly nameTaken?: () => NetdojoError;
}

function startError(node: string, cause: unknown): NetdojoError {
  return new NetdojoError(
    `node ${node} did not start: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      code: 'ND_NODE_START',
      place: { node },
      expected: 'an engine that gives a container NET_ADMIN, NET_RAW, SYS_ADMIN and /dev/net/tun',
      hint: 'netdojo doctor',
      exitCode: EXIT.environment,
      cause,
    },
  );
}

/**
 * Creates and starts one node. Its agent is the container's first process and its standard streams are the
 * stream to it, which saves an exec a node.
 *
 * @throws NetdojoError ND_NODE_START
 */
export async function startContainer(options: ContainerOptions): Promise<NodeContainer> {
  const { docker, node } = options;
  try {
    const container = await docker.createContainer({
      name: options.name,
      Image: options.image,
      Hostname: node,
      Cmd: [...agentCommand, 'stay'],
      Labels: options.labels,
      // A network namespace of its own, and nothing of the engine's in it. `NetworkMode: 'none'` alone would still have the
      // engine keep an endpoint for each, and Docker 20.10 can lock up for good when many of them end at once: one thread
      // holds the network and waits for the controller (getSvcRecords), the other the other way round
      // (processEndpointDelete).
      NetworkDisabled: true,
      OpenStdin: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      StopSignal: 'SIGKILL',
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        CapAdd: [
          ...capabilities,
          'DAC_OVERRIDE',
          'SETUID',
          'SETGID',
          'CHOWN',
          'FOWNER',
          'KILL',
          'NET_BIND_SERVICE',
        ],
        Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        // /proc/sys is written to: the settings of a router's namespace are part of what is built.
        MaskedPaths: [],
        ReadonlyPaths: [],
        Tmpfs: { '/run': 'exec' },
        LogConfig: { Type: 'none', Config: {} },
        ...(options.wiring ? { PidMode: 'host' } : {}),
      },
    });
    const stream = (await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })) as Duplex;
    const agent = new Agent(node, stream);
    await container.start();
    const { State } = await container.inspect();
    return {
      node,
      id: container.id,
      pid: State.Pid,
      agent,
      [Symbol.asyncDispose]: async () => {
        await agent[Symbol.asyncDispose]();
        await container.remove({ force: true, v: true });
      },
    };
  } catch (error) {
    if (isEngineLost(error)) throw error;
    const conflict = (error as { statusCode?: number }).statusCode === 409;
    throw (conflict ? options.nameTaken?.() : undefined) ?? startError(node, error);
  }
}
