import { EXIT, NetdojoError } from '../../errors/index.ts';
import { lock } from './lock.ts';

export type InstallOptions = {
  readonly packages: readonly string[];
  /** What they are for, as it reads after "installing docker.io (". */
  readonly why: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Runs one command and gives its exit code and output; tests put their own here. */
  readonly run?: Run;
};

export type Run = (
  command: readonly string[],
  signal?: AbortSignal,
) => Promise<{ readonly code: number; readonly output: string }>;

/**
 * Installs packages of the distribution, after saying so.
 *
 * @throws NetdojoError ND_SETUP_APT with the end of apt's output, ND_DISK_FULL, or the signal's reason
 */
export async function installPackages(options: InstallOptions): Promise<void> {
  const { packages, why, log, signal, run = runApt } = options;
  log(`installing ${packages.join(' ')} (${why}; --no-setup forbids this)`);
  await using _held = await lock('apt', signal);
  const update = ['apt-get', 'update', '-q'];
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages];
  for (const command of [update, install]) {
    signal?.throwIfAborted();
    const { code, output } = await run(command, signal);
    // A foreign source that does not answer makes `update` fail although the one that matters did answer.
    if (code === 0 || command === update) continue;
    signal?.throwIfAborted();
    const full = /No space left on device|not enough free space/i.test(output);
    throw new NetdojoError(
      `${command.join(' ')} failed\n${output.trimEnd().split('\n').slice(-8).join('\n')}`,
      {
        code: full ? 'ND_DISK_FULL' : 'ND_SETUP_APT',
        exitCode: EXIT.environment,
        hint: full ? 'make room on /' : `${update.join(' ')}\n${install.join(' ')}`,
      },
    );
  }
}

const runApt: Run = async (command, signal) => {
  const { $ } = await import('zx');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const { exitCode, stdall } = await $({
    nothrow: true,
    quiet: true,
    env,
    ...(signal ? { signal } : {}),
  })`${command}`;
  return { code: exitCode ?? 1, output: stdall };
};
