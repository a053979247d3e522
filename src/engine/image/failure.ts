import { EXIT, messageOf, NetdojoError } from '../../errors/index.ts';

const DISK_FULL = /no space left on device|ENOSPC|not enough free space|disk quota exceeded/i;

/** The error for a build that failed: a full disk is said as what it is. */
export function buildFailure(how: string, cause: unknown, output: readonly string[] = []): NetdojoError {
  const tail = output.slice(-8).join('\n').trimEnd();
  const everything = `${messageOf(cause)}\n${output.join('\n')}`;
  if (DISK_FULL.test(everything)) {
    return new NetdojoError('the disk is full: the node image needs 1 GB while it is built', {
      code: 'ND_DISK_FULL',
      exitCode: EXIT.environment,
      cause,
      hint: 'docker system df   (what the engine keeps)\ndf -h /tmp ~/.cache',
    });
  }
  return new NetdojoError(`the node image cannot be built with ${how}${tail === '' ? '' : `\n${tail}`}`, {
    code: 'ND_IMAGE_BUILD',
    exitCode: EXIT.environment,
    cause,
  });
}
