/** Exit codes of the `netdojo` command. */
export const EXIT = {
  passed: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  nothing: 4,
  inconclusive: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A place in a document; line and column count from 1. */
export type DocumentPlace = { readonly file: string; readonly line: number; readonly column: number };

/** A place in a running cloud: a node, and the command that went wrong there. */
export type NodePlace = {
  readonly node: string;
  readonly command?: string | readonly string[];
  readonly exitCode?: number;
  readonly stderr?: string;
};

export type Place = DocumentPlace | NodePlace;

export type ErrorCode = `ND_${string}`;

export type NetdojoErrorOptions = {
  readonly code: ErrorCode;
  readonly place?: Place | undefined;
  /** What would have been right, in words. */
  readonly expected?: string | undefined;
  /** What the user can do; one step a line. */
  readonly hint?: string | undefined;
  readonly exitCode?: ExitCode | undefined;
  readonly cause?: unknown;
};

/**
 * An error that is meant to be read by a user: a stable code, where, what was expected, what to do.
 * `exitCode` is what the command ends with when nobody handles the error (`EXIT.failed` unless given).
 */
export class NetdojoError extends Error {
  override readonly name = 'NetdojoError';
  readonly code: ErrorCode;
  readonly place?: Place;
  readonly expected?: string;
  readonly hint?: string;
  readonly exitCode: ExitCode;

  constructor(message: string, options: NetdojoErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.exitCode = options.exitCode ?? EXIT.failed;
    if (options.place !== undefined) this.place = options.place;
    if (options.expected !== undefined) this.expected = options.expected;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** True for a `NetdojoError`, also for one that another copy of this module made (a worker, a bundle). */
export function isNetdojoError(value: unknown): value is NetdojoError {
  return (
    value instanceof Error &&
    value.name === 'NetdojoError' &&
    'code' in value &&
    typeof value.code === 'string' &&
    value.code.startsWith('ND_')
  );
}

/** The message of anything that was thrown. */
export function messageOf(value: unknown): string {
  if (value instanceof AggregateError && value.message === '') {
    return value.errors.map(messageOf).join('; ');
  }
  return value instanceof Error ? value.message : String(value);
}

const STDERR_LINES = 10;

/**
 * Text of an error for a terminal: `code: message`, then indented lines for place, what was expected and what
 * to try. The text is stable (tests hold it); only `colour` adds escape sequences.
 */
export function formatError(error: unknown, options: { readonly colour?: boolean } = {}): string {
  const paint = (code: number, text: string) => (options.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const label = (name: string) => `  ${paint(2, `${name}:`)} `;

  if (!isNetdojoError(error)) {
    if (!(error instanceof Error)) return `${paint(31, 'ND_UNEXPECTED')}: ${messageOf(error)}`;
    const [, ...frames] = (error.stack ?? '')
      .slice((error.stack ?? '').indexOf(messageOf(error)))
      .split('\n');
    const stack = frames.map((frame) => `  ${frame.trim()}`).filter((frame) => frame.startsWith('  at '));
    return [`${paint(31, 'ND_UNEXPECTED')}: ${error.name}: ${messageOf(error)}`, ...stack].join('\n');
  }

  const [first = '', ...rest] = error.message.split('\n');
  const lines = [`${paint(31, error.code)}: ${first}`, ...rest.map((line) => `  ${line}`)];
  if (error.place) lines.push(...placeLines(error.place, label));
  if (error.expected !== undefined) lines.push(...block(label('expected'), error.expected, 12));
  if (error.cause !== undefined) lines.push(...block(label('because'), messageOf(error.cause), 11));
  if (error.hint !== undefined) lines.push(...block(label('try'), error.hint, 7));
  return lines.join('\n');
}

function placeLines(place: Place, label: (name: string) => string): string[] {
  if ('file' in place) return [`  at ${place.file}:${place.line}:${place.column}`];
  const lines = [`  on node ${place.node}`];
  if (place.command !== undefined) lines.push(label('command') + shellWords(place.command));
  if (place.exitCode !== undefined) lines.push(label('exit code') + place.exitCode);
  const stderr = (place.stderr ?? '').trimEnd();
  if (stderr !== '') {
    const all = stderr.split('\n');
    const left = all.length - STDERR_LINES;
    lines.push(
      label('stderr').trimEnd() + (left > 0 ? ` (last ${STDERR_LINES} of ${all.length} lines)` : ''),
    );
    lines.push(...all.slice(-STDERR_LINES).map((line) => `    ${line}`));
  }
  return lines;
}

function shellWords(command: string | readonly string[]): string {
  if (typeof command === 'string') return command;
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}

/** `head` before the first line, the further lines under the text of the first. */
function block(head: string, text: string, indent: number): string[] {
  return text.split('\n').map((line, index) => (index === 0 ? head + line : ' '.repeat(indent) + line));
}
