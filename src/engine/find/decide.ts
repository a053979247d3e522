import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { EngineAnswer, NoAnswer } from './ping.ts';
import { engineRemedy, isDebianLike } from './remedy.ts';

export type Host = {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
  /** `/etc/os-release` as text; empty where there is none. */
  readonly osRelease: string;
  readonly dockerd: boolean;
};

/** A place where an engine may be: the sockets of the system, of the user, of the desktop. */
export type Candidate = { readonly address: string; readonly answer: EngineAnswer | NoAnswer };

export type Step =
  | { readonly do: 'use'; readonly address: string; readonly answer: EngineAnswer }
  | { readonly do: 'start-private' }
  | { readonly do: 'install' }
  | { readonly do: 'fail'; readonly error: NetdojoError };

export type Facts = {
  readonly host: Host;
  /** In the order in which they are preferred. */
  readonly candidates: readonly Candidate[];
  readonly allowSetup: boolean;
};

/** What to do when `DOCKER_HOST` is not set: the first engine that answers, else one of our own. */
export function decide({ host, candidates, allowSetup }: Facts): Step {
  for (const { address, answer } of candidates) {
    if ('version' in answer) return { do: 'use', address, answer };
  }
  const linuxRoot = host.platform === 'linux' && host.root;
  if (linuxRoot && host.dockerd) return { do: 'start-private' };
  if (linuxRoot && isDebianLike(host.osRelease) && allowSetup) return { do: 'install' };
  return { do: 'fail', error: noEngine({ host, candidates, allowSetup }) };
}

function noEngine({ host, candidates, allowSetup }: Facts): NetdojoError {
  const refused = candidates.filter(({ answer }) => 'refused' in answer && answer.refused !== 'ENOENT');
  const locked = refused.find(({ answer }) => 'refused' in answer && /^E(ACCES|PERM)$/.test(answer.refused));
  const lines = [
    locked ? `this user may not use the engine at ${locked.address}` : 'no Docker engine answers',
  ];
  for (const { address, answer } of refused) {
    if ('refused' in answer) lines.push(`${address}: ${answer.refused}`);
  }
  if (!allowSetup && host.platform === 'linux' && host.root && isDebianLike(host.osRelease)) {
    lines.push('--no-setup forbids to install one');
  }
  return new NetdojoError(lines.join('\n'), {
    code: locked ? 'ND_ENGINE_RIGHTS' : 'ND_ENGINE_NONE',
    exitCode: EXIT.environment,
    expected: 'a running engine, DOCKER_HOST pointing to one, or root on Linux with dockerd installed',
    hint: engineRemedy({ host, locked: locked !== undefined }).join('\n'),
  });
}
