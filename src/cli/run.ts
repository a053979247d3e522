/** One run of the command: parse, start, end with the right code. */
import { CommanderError, type Command } from 'commander';
import { EXIT, isNetdojoError } from '../errors/index.ts';
import type { Context, Result } from './context.ts';
import { Interrupted, type Interrupts, watchSignals } from './interrupt.ts';
import { buildProgram, commandNamed, type Invocation } from './program.ts';
import { type Output, outputTo } from './terminal/output.ts';
import { painter, wantsColour } from './terminal/paint.ts';
import { type Progress, startProgress } from './terminal/progress.ts';
import { usageError } from './usage-error.ts';
import { VERSION } from './version.ts';

/** Clean-up takes a second or two; a node that hangs must not keep the user waiting for ever. */
const GRACE_MS = 20_000;

/** Runs what `argv` (without node and script) says; returns the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const output = outputTo(process.stdout);
  process.stderr.on('error', () => undefined); // nobody listens to complaints any more
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const json = words.includes('--json');
  const colourOf = (stream: NodeJS.WriteStream, allowed = !words.includes('--no-colour')): boolean =>
    wantsColour({ allowed, tty: stream.isTTY, env: process.env });
  const complain = async (error: unknown): Promise<number> => {
    const { complainOf } = await import('./complain.ts');
    return complainOf(error, { output, json, colour: colourOf(process.stderr) });
  };

  let exitCode: number = EXIT.passed;
  const start = async (invocation: Invocation): Promise<void> => {
    const progress = startProgress({
      write: (text) => process.stderr.write(text),
      tty: process.stderr.isTTY,
      paint: painter(colourOf(process.stderr)),
      width: process.stderr.columns,
    });
    const colour = colourOf(process.stdout, invocation.colour);
    exitCode = await carryOut(invocation, { output, progress, colour, complain });
  };
  const program = buildProgram({ version: VERSION, colour: colourOf(process.stdout), start });
  try {
    if (argv.length === 0) return helpInstead(program);
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return await complain(error);
    if (error.exitCode === 0) return EXIT.passed; // help and version have been printed
    return await complain(usageError(error, commandNamed(program, words)));
  } finally {
    await output.flush();
  }
  return exitCode;
}

interface Face {
  readonly output: Output;
  readonly progress: Progress;
  readonly colour: boolean;
  readonly complain: (error: unknown) => Promise<number>;
}

async function carryOut(invocation: Invocation, face: Face): Promise<number> {
  const { output, progress, colour, complain } = face;
  const interrupts = watchSignals();
  const { json } = invocation;
  const context: Context = {
    signal: interrupts.signal,
    output,
    progress,
    print: (text) => {
      if (json) return;
      progress.clear();
      output.print(text);
    },
    json,
    colour,
    paint: painter(colour),
    width: Math.min(100, process.stdout.columns || 100),
    setup: invocation.setup,
  };
  try {
    const command = await invocation.load();
    const result = await patiently(command(context, invocation.input as never), interrupts, progress);
    progress.clear();
    if (typeof result === 'number') return result;
    if (json && result.json) {
      output.print(JSON.stringify({ schema: `netdojo.${invocation.name}/1`, ...result.json }));
    }
    return result.exitCode ?? EXIT.passed;
  } catch (error) {
    progress.clear();
    return await complain(error);
  }
}

/** The command's result; after a signal it has some time to clean up, until a second signal takes that away. */
async function patiently(
  command: Promise<Result>,
  { signal, insisted }: Interrupts,
  progress: Progress,
): Promise<Result | number> {
  const late = new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => {
      progress.step('stopping');
      setTimeout(() => resolve((signal.reason as Interrupted).exitCode), GRACE_MS).unref();
    });
  });
  try {
    return await Promise.race([command, insisted, late]);
  } catch (error) {
    // What fails after a signal fails because of it; that something could not be removed is news all the same.
    if (!signal.aborted || (isNetdojoError(error) && error.code === 'ND_REMOVE')) throw error;
    throw signal.reason;
  }
}

function helpInstead(program: Command): number {
  process.stderr.write(program.helpInformation());
  return EXIT.usage;
}
