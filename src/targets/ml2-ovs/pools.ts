import { NetdojoError } from '../../errors/index.ts';
import type { Allocations } from '../../topology/topology.ts';

/** Where the next free number is remembered; no name of a thing begins with '#'. */
const NEXT = '#next';

export interface Range {
  readonly first: number;
  readonly last: number;
  /** Where to begin; default first. */
  readonly start?: number;
  readonly avoid?: ReadonlySet<number>;
}

/**
 * Numbers that stay with their names for as long as a cloud runs. A number that was given back is not given out again
 * before the range is used up: what the switch has learned about the old one (a learned flow, a MAC table entry, a port
 * that is about to go in the same transaction) must not come to mean the new one.
 */
export class Pool {
  readonly #range: Range;
  readonly #previous: ReadonlyMap<string, number>;
  readonly #taken = new Map<string, number>();
  readonly #used: Set<number>;
  #next: number;

  constructor(range: Range, previous: Readonly<Record<string, string | number>> = {}) {
    this.#range = range;
    const { [NEXT]: next = range.start ?? range.first, ...numbers } = previous;
    this.#previous = new Map(Object.entries(numbers).map(([name, number]) => [name, Number(number)]));
    this.#used = new Set(this.#previous.values());
    this.#next = Number(next);
  }

  /** The number of a name: the one it had, else the wanted one if it is free, else the next free one. */
  take(name: string, wanted?: number): number {
    const number = this.#taken.get(name) ?? this.#previous.get(name) ?? this.#free(name, wanted);
    this.#taken.set(name, number);
    return number;
  }

  #free(name: string, wanted: number | undefined): number {
    if (wanted !== undefined && !this.#used.has(wanted)) {
      this.#used.add(wanted);
      return wanted;
    }
    const { first, last, avoid } = this.#range;
    const size = last - first + 1;
    for (const strict of [true, false]) {
      for (let step = 0; step < size; step += 1) {
        const number = first + ((this.#next - first + step) % size);
        if (this.#used.has(number) || (strict && avoid?.has(number) === true)) continue;
        this.#used.add(number);
        this.#next = number + 1;
        return number;
      }
    }
    throw new NetdojoError(`no number left for ${name} between ${first} and ${last}`, {
      code: 'ND_POOL_EMPTY',
      hint: 'use fewer networks or servers on one host',
    });
  }

  /** Names that were taken in this round; the others have given their number back. */
  record(): Readonly<Record<string, number>> {
    return { ...Object.fromEntries(this.#taken), [NEXT]: this.#next };
  }
}

/** The pools of one compilation, by name. */
export class Pools {
  readonly #previous: Allocations;
  readonly #pools = new Map<string, Pool>();

  constructor(previous: Allocations) {
    this.#previous = previous;
  }

  pool(name: string, range: Range): Pool {
    const present = this.#pools.get(name);
    if (present !== undefined) return present;
    const pool = new Pool(range, this.#previous[name]);
    this.#pools.set(name, pool);
    return pool;
  }

  record(): Allocations {
    return Object.fromEntries([...this.#pools].map(([name, pool]) => [name, pool.record()]));
  }
}
