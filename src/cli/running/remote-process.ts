/** A process in a node, with its streams; unlike an agent's command it may run for ever and answer meanwhile. */
import { once } from 'node:events';
import { type Duplex, PassThrough } from 'node:stream';
import type { Cloud } from '../../cloud/cloud.ts';
import { waitFor } from '../../engine/find/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Place } from './place.ts';

export interface RemoteOptions {
  readonly argv: readonly string[];
  /** One stream, with a terminal between. */
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly env?: readonly string[];
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

export interface RemoteProcess {
  /** Standard input. */
  readonly input: Duplex;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number>;
  resize(size: { columns: number; rows: number }): Promise<void>;
  /** Ends it and what it started. */
  kill(): Promise<void>;
}

// The engine has no way to end what it runs in a container: the process itself says which it is, before all else.
const ANNOUNCE = 'echo "$$" >&2; exec "$@"';

export async function startRemote(
  cloud: Cloud,
  place: Place,
  options: RemoteOptions,
): Promise<RemoteProcess> {
  const { docker } = cloud.cluster.engine;
  const { tty, stdin, argv, env = [], size } = options;
  const container = docker.getContainer(cloud.cluster.containerId(place.node));
  const exec = await container.exec({
    Cmd: ['sh', '-c', ANNOUNCE, 'sh', ...place.prefix, ...argv],
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Env: [...env],
  });
  const stream = await exec.start({ hijack: true, stdin, Tty: tty });
  const resize: RemoteProcess['resize'] = async ({ columns, rows }) => {
    await exec.resize({ w: columns, h: rows });
  };
  if (size) await resize(size);

  let pid: string | undefined;
  // The two output streams are not in step: what the command says may come before the line that tells its process.
  const announced = Promise.withResolvers<string | undefined>();
  stream.once('close', () => announced.resolve(undefined));
  stream.once('end', () => announced.resolve(undefined));
  const withoutPid = (deliver: (chunk: Buffer) => void): ((chunk: Buffer) => void) => {
    let early = Buffer.alloc(0);
    return (chunk) => {
      if (pid !== undefined) return deliver(chunk);
      early = Buffer.concat([early, chunk]);
      const end = early.indexOf('\n');
      if (end < 0) return;
      pid = early.toString('latin1', 0, end).trim();
      announced.resolve(pid);
      if (early.length > end + 1) deliver(early.subarray(end + 1));
    };
  };
  const stderr = withoutPid(options.stderr);
  if (tty) stream.on('data', withoutPid(options.stdout));
  else {
    const [out, err] = [new PassThrough(), new PassThrough()];
    out.on('data', options.stdout);
    err.on('data', stderr);
    docker.modem.demuxStream(stream, out, err);
  }
  return {
    input: stream,
    ended: exitCodeOf(stream, exec),
    resize,
    async kill() {
      const leader = await announced.promise;
      if (leader === undefined) return;
      const agent = await cloud.cluster.agent(place.node);
      // The engine makes it the leader of a group of its own.
      await agent.run(['sh', '-c', `kill -TERM -- -${Number(leader)} || kill -TERM ${Number(leader)}`], {
        check: false,
      });
    },
  };
}

async function exitCodeOf(
  stream: Duplex,
  exec: { inspect(): Promise<{ Running: boolean; ExitCode: number | null }> },
): Promise<number> {
  if (!stream.readableEnded) await once(stream, 'end');
  const code = await waitFor(
    async () => {
      const { Running, ExitCode } = await exec.inspect();
      return Running ? undefined : ExitCode;
    },
    { what: 'the exit code of a command', deadlineMs: 5000 },
  );
  if (code !== null) return code;
  throw new NetdojoError('the engine does not say how the command ended', {
    code: 'ND_EXEC',
    exitCode: EXIT.environment,
  });
}
