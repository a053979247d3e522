import { existsSync, readFileSync } from 'node:fs';
import { EXIT, messageOf, NetdojoError } from '../../errors/index.ts';
import { engineAddresses } from './addresses.ts';
import { installPackages } from './apt.ts';
import { clientFor } from './client.ts';
import { type Candidate, decide, type Host } from './decide.ts';
import { loadDockerode } from './dockerode.ts';
import type { Engine, EngineSource } from './engine.ts';
import { onPath } from './on-path.ts';
import { answered, type EngineAnswer, type NoAnswer, ping } from './ping.ts';
import { privatePaths, socketOf, startPrivate, stopPrivate } from './private.ts';

export type FindOptions = {
  /** Whether packages may be installed. */
  readonly allowSetup: boolean;
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
};

/**
 * The engine to use: `DOCKER_HOST`, else one that runs, else the private one, which is started (and before that
 * `docker.io` installed) where that is possible.
 *
 * @throws NetdojoError ND_ENGINE_UNREACHABLE (DOCKER_HOST does not answer), ND_ENGINE_NONE, ND_ENGINE_RIGHTS,
 *   ND_ENGINE_START, ND_SETUP_APT; the signal's reason when aborted
 */
export async function findEngine(options: FindOptions): Promise<Engine> {
  const { allowSetup, signal, log } = options;
  signal?.throwIfAborted();
  const dockerHost = process.env['DOCKER_HOST'];
  if (dockerHost) return await fromDockerHost(dockerHost);

  const privateAddress = `unix://${socketOf(privatePaths())}`;
  let installed = false;
  for (;;) {
    const candidates = await askAll([...engineAddresses(), privateAddress]);
    signal?.throwIfAborted();
    const step = decide({ host: thisHost(), candidates, allowSetup: allowSetup && !installed });
    switch (step.do) {
      case 'use':
        return engineAt(step.address, step.address === privateAddress ? 'private' : 'running', step.answer);
      case 'start-private':
        return { ...engineAt(privateAddress, 'private', await startPrivate({ log, signal })), started: true };
      case 'install':
        await installPackages({ packages: ['docker.io'], why: 'no Docker engine here', log, signal });
        installed = true;
        break;
      case 'fail':
        throw step.error;
    }
  }
}

async function askAll(addresses: readonly string[]): Promise<Candidate[]> {
  const answers = addresses.map(async (address) => ({ address, answer: await ask(address) }));
  // Most of the time that an answer takes is spent on the other side: enough for loading the client library.
  loadDockerode();
  return await Promise.all(answers);
}

async function ask(address: string): Promise<EngineAnswer | NoAnswer> {
  if (address.startsWith('unix://')) return await ping(address.slice('unix://'.length));
  try {
    const { Version, ApiVersion } = await clientFor(address).version();
    return { version: Version, apiVersion: ApiVersion };
  } catch (error) {
    return { refused: (error as NodeJS.ErrnoException).code ?? messageOf(error) };
  }
}

async function fromDockerHost(address: string): Promise<Engine> {
  const answer = await ask(address);
  if (answered(answer)) return engineAt(address, 'docker-host', answer);
  throw new NetdojoError(
    `the engine that DOCKER_HOST names does not answer: ${address} (${answer.refused})`,
    {
      code: 'ND_ENGINE_UNREACHABLE',
      exitCode: EXIT.environment,
      hint: 'unset DOCKER_HOST   (to use an engine of this machine)\ndocker -H "$DOCKER_HOST" version',
    },
  );
}

function engineAt(address: string, how: EngineSource, answer: EngineAnswer): Engine {
  const docker = clientFor(address);
  const idle = async () => (await docker.listContainers({ all: true })).length === 0;
  return {
    docker,
    how,
    started: false,
    socket: address.replace(/^unix:\/\//, ''),
    version: answer.version,
    apiVersion: answer.apiVersion,
    stopIfIdle: async () => (how === 'private' ? await stopPrivate(idle) : false),
  };
}

function thisHost(): Host {
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    osRelease: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
    dockerd: onPath('dockerd'),
  };
}
