/** What can be wrong with a cloud as a whole. */
import { EXIT, isNetdojoError, NetdojoError } from '../errors/index.ts';

export function cloudExists(name: string): NetdojoError {
  return new NetdojoError(`a cloud named ${name} is up already`, {
    code: 'ND_CLOUD_EXISTS',
    expected: 'a name that no running cloud bears',
    hint: `netdojo down ${name}, or netdojo apply to change it`,
    exitCode: EXIT.usage,
  });
}

export function cloudUnknown(name: string, names: readonly string[]): NetdojoError {
  return new NetdojoError(`no cloud named ${name} is up`, {
    code: 'ND_CLOUD_UNKNOWN',
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a cloud that was started with netdojo up',
    hint: 'netdojo ls',
    exitCode: EXIT.usage,
  });
}

export function cloudUnfinished(name: string, cause: unknown): NetdojoError {
  return new NetdojoError(`${name} is not ready: its start is under way, or was cut short`, {
    code: 'ND_CLOUD_BROKEN',
    expected: 'a cloud whose start has ended',
    hint: `wait for it, or netdojo down ${name}`,
    exitCode: EXIT.environment,
    cause,
  });
}

export function cloudBroken(name: string, node: string): NetdojoError {
  return new NetdojoError(`${name} is not whole: node ${node} is gone`, {
    code: 'ND_CLOUD_BROKEN',
    place: { node },
    expected: 'all containers of the cloud running',
    hint: `netdojo down ${name}, then netdojo up`,
    exitCode: EXIT.environment,
  });
}

/** The same error with one more thing to do. */
export function withHint(error: unknown, hint: string): unknown {
  if (!isNetdojoError(error)) return error;
  const { code, place, expected, exitCode, cause } = error;
  return new NetdojoError(error.message, {
    code,
    place,
    expected,
    exitCode,
    cause,
    hint: error.hint === undefined ? hint : `${error.hint}\n${hint}`,
  });
}
