import { existsSync, readFileSync } from 'node:fs';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { installPackages } from '../find/apt.ts';
import type { Engine } from '../find/index.ts';
import { lock } from '../find/lock.ts';
import { onPath } from '../find/on-path.ts';
import { isDebianLike } from '../find/remedy.ts';
import { buildFromPackages } from './bootstrap.ts';
import { baseImageThere, buildFromDockerfile } from './dockerfile.ts';
import { BASE_IMAGE, imageReference } from './inputs.ts';

export { imageReference } from './inputs.ts';

export type ImageOptions = {
  /** Whether packages may be installed. */
  readonly allowSetup: boolean;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
};

/**
 * The node image's reference; the image is built when the engine does not have it, which happens once for each state
 * of the files in fixtures/images/node, however many processes ask at the same time.
 *
 * @throws NetdojoError ND_IMAGE_BUILD, ND_IMAGE_NONE (no way to build it here), ND_DISK_FULL, ND_SETUP_APT; the
 *   signal's reason when aborted
 */
export async function ensureNodeImage(engine: Engine, options: ImageOptions): Promise<string> {
  const { log, signal } = options;
  const reference = imageReference();
  if (await imageSize(engine, reference)) return reference;
  await using _held = await lock(`image/${reference}/${engine.socket}`.slice(0, 90), signal);
  if (await imageSize(engine, reference)) return reference;
  const started = performance.now();
  await build(engine, reference, options);
  const size = (await imageSize(engine, reference)) ?? 0;
  const seconds = (performance.now() - started) / 1000;
  log(`built ${reference}: ${Math.round(size / 1e6)} MB in ${seconds.toFixed(1)} s`);
  return reference;
}

/** Size of the image in bytes; `undefined` when the engine does not have it. */
export async function imageSize({ docker }: Engine, reference: string): Promise<number | undefined> {
  try {
    return (await docker.getImage(reference).inspect()).Size;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

async function build(
  engine: Engine,
  reference: string,
  { allowSetup, log, signal }: ImageOptions,
): Promise<void> {
  const options = { reference, log, signal };
  if (await baseImageThere(engine, options)) return await buildFromDockerfile(engine, options);
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  const aptHost =
    root && existsSync('/etc/os-release') && isDebianLike(readFileSync('/etc/os-release', 'utf8'));
  if (aptHost && !onPath('mmdebstrap') && allowSetup) {
    await installPackages({
      packages: ['mmdebstrap', 'debian-archive-keyring'],
      why: 'no registry answers; the node image is made of packages',
      log,
      signal,
    });
  }
  if (aptHost && onPath('mmdebstrap')) return await buildFromPackages(engine, options);
  throw new NetdojoError('the node image is not there and cannot be built: no registry answers the engine', {
    code: 'ND_IMAGE_NONE',
    exitCode: EXIT.environment,
    expected: `a registry that has ${BASE_IMAGE}, the image on the engine, or root on Debian or Ubuntu with mmdebstrap`,
    hint: `docker pull ${BASE_IMAGE}\n${aptHost ? 'apt-get install -y mmdebstrap' : `docker load < ${BASE_IMAGE.replace(':', '-')}.tar   (saved where there is a registry)`}`,
  });
}
