import { EXIT, NetdojoError } from '../errors/index.ts';

/** Those who wait for something that is going to be told. */
export class Listeners<T> {
  readonly #all = new Set<(told: T) => void>();

  tell(what: T): void {
    for (const one of this.#all) one(what);
  }

  /** The next that fits. @throws NetdojoError ND_TIMEOUT after so many seconds without it */
  next(fits: (told: T) => boolean, seconds: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(deadline);
        this.#all.delete(hear);
      };
      const hear = (told: T): void => {
        if (!fits(told)) return;
        end();
        resolve(told);
      };
      const deadline = setTimeout(() => {
        end();
        reject(
          new NetdojoError(`waited ${Number(seconds.toFixed(2))} s for ${what}`, {
            code: 'ND_TIMEOUT',
            exitCode: EXIT.environment,
          }),
        );
      }, seconds * 1000);
      this.#all.add(hear);
    });
  }
}
