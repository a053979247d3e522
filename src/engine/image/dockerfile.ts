import type { Engine } from '../find/index.ts';
import { buildFailure } from './failure.ts';
import { BASE_IMAGE, IMAGE_FILES, IMAGE_FOLDER } from './inputs.ts';

export type BuildOptions = {
  readonly reference: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

type Progress = { readonly stream?: string; readonly status?: string; readonly error?: string };

/** True when the base image is here, or could be pulled from a registry. Refusals of a registry are an answer. */
export async function baseImageThere({ docker }: Engine, { log, signal }: BuildOptions): Promise<boolean> {
  try {
    await docker.getImage(BASE_IMAGE).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
  try {
    // A registry that swallows packets would hold this up for minutes; the manifest comes at once from one that answers.
    const deadline = AbortSignal.timeout(20_000);
    const abortSignal = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const stream: NodeJS.ReadableStream = await docker.pull(BASE_IMAGE, { abortSignal });
    await follow(docker, stream, []);
    log(`pulled ${BASE_IMAGE}`);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/**
 * Builds the image from its Dockerfile.
 *
 * @throws NetdojoError ND_IMAGE_BUILD, ND_DISK_FULL; the signal's reason when aborted
 */
export async function buildFromDockerfile(engine: Engine, options: BuildOptions): Promise<void> {
  const { docker } = engine;
  const { reference, log, signal } = options;
  log(`building the node image ${reference} from ${BASE_IMAGE} (once, about a minute)`);
  const output: string[] = [];
  try {
    const stream = await docker.buildImage(
      { context: IMAGE_FOLDER, src: [...IMAGE_FILES] },
      {
        t: reference,
        forcerm: true,
        // The private engine has no bridge; the build needs the package archive and nothing else.
        ...(engine.how === 'private' ? { networkmode: 'host' } : {}),
        ...(signal ? { abortSignal: signal } : {}),
      },
    );
    await follow(docker, stream, output);
  } catch (error) {
    await docker.pruneImages({ filters: { dangling: ['true'], label: ['io.netdojo=1'] } });
    signal?.throwIfAborted();
    throw buildFailure('its Dockerfile', error, output);
  }
}

function follow(docker: Engine['docker'], stream: NodeJS.ReadableStream, output: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null) => (error ? reject(error) : resolve()),
      (event: Progress) => {
        const line = (event.error ?? event.stream ?? event.status ?? '').trimEnd();
        if (line !== '') output.push(...line.split('\n'));
      },
    );
  });
}
