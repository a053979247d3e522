import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Engine } from '../find/index.ts';
import type { BuildOptions } from './dockerfile.ts';
import { buildFailure } from './failure.ts';
import { startGuarded } from './guarded.ts';
import { IMAGE_FOLDER, packageNames, SUITE } from './inputs.ts';

const DEBIAN_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** `mmdebstrap` that writes a root file system as tar to its standard output. */
function mmdebstrapCommand(): string[] {
  const packages = packageNames(readFileSync(join(IMAGE_FOLDER, 'packages.txt'), 'utf8'));
  return [
    'unshare', // a mount namespace of its own: what is mounted in the new root goes with the processes
    '--mount',
    'mmdebstrap',
    '--variant=essential',
    '--format=tar',
    `--include=${packages.join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=force-unsafe-io',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    ...(existsSync(DEBIAN_KEYS) ? [`--keyring=${DEBIAN_KEYS}`] : []),
    `--customize-hook=copy-in ${join(IMAGE_FOLDER, 'finish.sh')} /root`,
    '--customize-hook=chroot "$1" sh /root/finish.sh',
    '--customize-hook=rm "$1/root/finish.sh"',
    SUITE,
    '-',
  ];
}

/**
 * Makes the image out of the distribution's packages, where no registry answers. Nothing is named until it is
 * complete, so that a build that was cut short is never taken for an image.
 *
 * @throws NetdojoError ND_IMAGE_BUILD, ND_DISK_FULL; the signal's reason when aborted
 */
export async function buildFromPackages({ docker }: Engine, options: BuildOptions): Promise<void> {
  const { reference, log, signal } = options;
  log(`building the node image ${reference} from Debian packages (once, about 20 s)`);
  await using guarded = startGuarded(mmdebstrapCommand());
  const { child } = guarded;
  const kill = () => guarded.kill();
  signal?.addEventListener('abort', kill, { once: true });
  const said = buffer(child.stderr);
  const closed = once(child, 'close') as Promise<[code: number | null]>;
  const partial = `netdojo-node:building-${process.pid}`;
  let imported = false;
  try {
    const [repo = '', tag = ''] = partial.split(':');
    const changes = [
      'LABEL io.netdojo=1',
      'CMD ["sleep","infinity"]',
      'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ];
    const answer = await docker.importImage(child.stdout, { repo, tag, changes });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()));
    });
    imported = true;
    const [code] = await closed;
    if (code !== 0) throw new Error(`mmdebstrap ended with exit code ${code}`);
    const [name = '', hash = ''] = reference.split(':');
    await docker.getImage(partial).tag({ repo: name, tag: hash });
  } catch (error) {
    kill();
    const output = await said;
    signal?.throwIfAborted();
    throw buildFailure('mmdebstrap', error, output.toString().split('\n'));
  } finally {
    signal?.removeEventListener('abort', kill);
    // Takes the name away; the image itself stays when it has its real name by now.
    if (imported) await docker.getImage(partial).remove({ force: true });
  }
}
