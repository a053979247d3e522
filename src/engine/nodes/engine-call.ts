import { EXIT, isNetdojoError, messageOf, NetdojoError } from '../../errors/index.ts';

/** Longer than anything that is asked of the engine takes on a machine that can bear a cloud. */
const ANSWER_MS = 60_000;

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Whether an error says that nobody answers at the engine's address (and not that the engine refuses something). */
export function isEngineLost(error: unknown): boolean {
  if (isNetdojoError(error)) return error.code === 'ND_ENGINE_LOST';
  return UNREACHABLE.has(String(codeOf(error))) || messageOf(error) === 'socket hang up';
}

/**
 * The outcome of a call of the engine's API, with a deadline.
 *
 * @throws NetdojoError ND_ENGINE_LOST when nobody answers there any more; whatever the engine refuses with
 */
export async function engineCall<T>(address: string, call: PromiseLike<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const deadline = setTimeout(
    () => reject(engineLost(address, new Error(`no answer within ${ANSWER_MS / 1000} s`))),
    ANSWER_MS,
  );
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    throw isEngineLost(error) && !isNetdojoError(error) ? engineLost(address, error) : error;
  } finally {
    clearTimeout(deadline);
  }
}

function engineLost(address: string, cause: unknown): NetdojoError {
  return new NetdojoError(`the engine at ${address} does not answer any more`, {
    code: 'ND_ENGINE_LOST',
    expected: 'an engine that runs until the cloud is taken down',
    hint: 'netdojo doctor\nnetdojo gc, when it runs again: removes what is left',
    exitCode: EXIT.environment,
    cause,
  });
}
