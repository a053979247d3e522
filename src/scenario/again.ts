/** A measurement that a busy machine kept from being made is made again. Nothing else is ever tried again. */
import { isNetdojoError, NetdojoError } from '../errors/index.ts';

export interface AgainOptions {
  /** For how long (ms) altogether; one that was cut short took less than the next may, which is expected to take half as much again. */
  readonly patience: number;
  /** Before it begins anew: makes all as it was. */
  readonly restore: () => Promise<unknown>;
  readonly now?: () => number;
}

/**
 * Does something until its budget of time could be judged; tells why it could not, each time that it began anew.
 *
 * @throws whatever it throws, ND_TOO_BUSY only when there is no time left for another attempt or it could not begin
 */
export async function untilJudged<T>(
  attempt: () => Promise<T>,
  onAgain: (why: string) => void,
  { patience, restore, now = () => performance.now() }: AgainOptions,
): Promise<T> {
  const began = now();
  for (let times = 1; ; times++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isNetdojoError(error) || error.code !== 'ND_TOO_BUSY') throw error;
      const taken = now() - began;
      if (taken + (1.5 * taken) / times > patience) throw error;
      onAgain(error.message);
      try {
        await restore();
      } catch (cause) {
        throw new NetdojoError(`${error.message}\nand it could not be played again`, {
          code: error.code,
          exitCode: error.exitCode,
          cause,
        });
      }
    }
  }
}
