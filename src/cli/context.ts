import type { Output } from './terminal/output.ts';
import type { Paint } from './terminal/paint.ts';
import type { Progress } from './terminal/progress.ts';

/** What every command is given. */
export interface Context {
  /** Aborted by Ctrl-C and SIGTERM; its reason says which. */
  readonly signal: AbortSignal;
  readonly output: Output;
  readonly progress: Progress;
  /** Prints a text of the answer; nothing where the answer is JSON. */
  readonly print: (text: string) => void;
  /** Answers are JSON. */
  readonly json: boolean;
  /** For texts on standard output. */
  readonly paint: Paint;
  readonly colour: boolean;
  /** Columns for texts that are set to a width. */
  readonly width: number;
  /** True when packages may be installed. */
  readonly setup: boolean;
}

/** How a command ended. */
export interface Result {
  /** Default: passed. */
  readonly exitCode?: number;
  /** What `--json` prints, behind `schema`; left out where the command has printed its own. */
  readonly json?: object;
}

/** A command: its named arguments and its options in one. */
export type Run<Input> = (context: Context, input: Input) => Promise<Result>;
