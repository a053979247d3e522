/** Everything that is wrong with a document, collected with places, so that one run reports all of it. */
import { type DocumentPlace, type ErrorCode, EXIT, formatError, NetdojoError } from '../errors/index.ts';

export type Path = readonly (string | number)[];

/** Where a document came from, and where in its text a path of it is. */
export interface DocumentSource {
  /** As errors name it: a file, or what stands for one. */
  readonly file: string;
  /** Undefined for documents that were never text: their errors name the path instead. */
  place(path: Path, part: 'key' | 'value'): DocumentPlace | undefined;
}

export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
}

/** Reports a problem of one document. */
export type Report = (path: Path, part: 'key' | 'value', problem: Problem) => void;

const SHOWN = 20;

/** Errors that are kept; further ones are counted. */
const KEPT = 1000;

/**
 * More than one error in the documents of a cloud. It is a NetdojoError itself (code ND_DOCUMENT, exit 2), whose
 * message holds the text of the first twenty in file order.
 */
export class DocumentErrors extends NetdojoError {
  /** The first thousand. */
  readonly errors: readonly NetdojoError[];
  /** How many there are in all. */
  readonly count: number;

  constructor(errors: readonly NetdojoError[], count = errors.length) {
    const files = [
      ...new Set(errors.flatMap((error) => (error.place && 'file' in error.place ? [error.place.file] : []))),
    ];
    const more = count - SHOWN;
    const text = [
      `${count} errors${files.length > 0 ? ` in ${files.join(' and ')}` : ''}`,
      ...errors.slice(0, SHOWN).map((error) => formatError(error)),
      ...(more > 0 ? [`and ${more} more`] : []),
    ];
    super(text.join('\n'), { code: 'ND_DOCUMENT', exitCode: EXIT.usage });
    this.errors = errors;
    this.count = count;
  }
}

/** The errors that a thrown one stands for: those of a DocumentErrors, or itself. */
export function errorsOf(error: NetdojoError): readonly NetdojoError[] {
  return error instanceof DocumentErrors ? error.errors : [error];
}

export class Problems {
  readonly #found: { readonly error: NetdojoError; readonly source: DocumentSource }[] = [];
  readonly #sources: DocumentSource[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `path` and `part` say where; without a text the message begins with the path. */
  add(source: DocumentSource, path: Path, part: 'key' | 'value', problem: Problem): void {
    if (++this.#count > KEPT) return;
    const place = source.place(path, part);
    const prefix = place === undefined && path.length > 0 ? `${path.join('.')}: ` : '';
    const { message, ...rest } = problem;
    this.#keep(source, new NetdojoError(prefix + message, { ...rest, place, exitCode: EXIT.usage }));
  }

  /** `add` for one document. */
  reportFor(source: DocumentSource): Report {
    return (path, part, problem) => this.add(source, path, part, problem);
  }

  /** An error that was thrown elsewhere about the same document, or all that it stands for. */
  addError(source: DocumentSource, error: NetdojoError): void {
    const errors = errorsOf(error);
    this.#count += error instanceof DocumentErrors ? error.count : errors.length;
    for (const each of errors) if (this.#found.length < KEPT) this.#keep(source, each);
  }

  #keep(source: DocumentSource, error: NetdojoError): void {
    if (!this.#sources.includes(source)) this.#sources.push(source);
    this.#found.push({ source, error });
  }

  /** Nothing where nothing was found. @throws NetdojoError the only error, or DocumentErrors with all of them. */
  throwIfAny(): void {
    const order = (found: { source: DocumentSource; error: NetdojoError }): [number, number, number] => {
      const { place } = found.error;
      const at: [number, number] =
        place !== undefined && 'line' in place ? [place.line, place.column] : [0, 0];
      return [this.#sources.indexOf(found.source), ...at];
    };
    const sorted = this.#found
      .map((found) => ({ error: found.error, key: order(found) }))
      .toSorted((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2])
      .map(({ error }) => error);
    const [first, second] = sorted;
    if (first === undefined) return;
    throw second === undefined ? first : new DocumentErrors(sorted, this.#count);
  }
}
