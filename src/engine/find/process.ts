import { readFileSync } from 'node:fs';

/** A process that cannot be taken for a later one with the same number. */
export type ProcessIdentity = { readonly pid: number; readonly startTime?: string | undefined };

/** When a process started, in clock ticks since boot; `undefined` when there is none (or no /proc). */
export function startTime(pid: number): string | undefined {
  const stat = readStat(pid);
  // The name in parentheses may hold blanks and parentheses itself; field 22 counts from before it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** True when the process runs and is the one that is meant; a zombie is gone. */
export function alive({ pid, startTime: since }: ProcessIdentity): boolean {
  if (process.platform !== 'linux') return signalled(pid);
  const stat = readStat(pid);
  if (stat === undefined) return false;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[0] !== 'X' && (since === undefined || fields[19] === since);
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function signalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
