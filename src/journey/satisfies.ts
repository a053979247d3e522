/** Header constraints: what an expectation says of a frame's headers. */
import type { Constraint, Headers } from './types.ts';

/** One field that is not as it must be. */
export interface HeaderDifference {
  /** As in the headers, nested names joined by a dot: `tunnel.id`. */
  readonly field: string;
  /** null: must be absent. An object: must be there. */
  readonly expected: unknown;
  /** undefined: absent. */
  readonly observed: unknown;
}

/** True when every constraint holds. */
export function satisfies(headers: Headers, constraint: Constraint<Headers>): boolean {
  return headerDifferences(headers, constraint).length === 0;
}

/** The constraints that do not hold, in the order in which the constraint names them. */
export function headerDifferences(headers: Headers, constraint: Constraint<Headers>): HeaderDifference[] {
  const differences: HeaderDifference[] = [];
  collect(headers as unknown as Fields, constraint, '', differences);
  return differences;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function collect(headers: Fields, constraint: Fields, prefix: string, into: HeaderDifference[]): void {
  for (const [name, expected] of Object.entries(constraint)) {
    if (expected === undefined) continue;
    const observed = headers[name];
    const field = prefix + name;
    if (isFields(expected) && isFields(observed)) collect(observed, expected, `${field}.`, into);
    else if (expected === null ? observed !== undefined : observed !== expected) {
      into.push({ field, expected, observed });
    }
  }
}
