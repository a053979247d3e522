/** Other programs, and when they print what. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Line {
  readonly text: string;
  /** Since the program was started. */
  readonly ms: number;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
}

/** A program to its end; the lines of its standard output with their times. @throws ExecaError */
export async function runProgram(
  file: string,
  args: readonly string[],
  { env = {}, timeout = 120_000 }: ProgramOptions = {},
): Promise<{ readonly lines: readonly Line[]; readonly ms: number }> {
  const { execa } = await import('execa');
  const started = performance.now();
  const child = execa(file, [...args], { env, timeout, stdin: 'ignore' });
  const lines: Line[] = [];
  for await (const text of child) lines.push({ text, ms: performance.now() - started });
  await child;
  return { lines, ms: performance.now() - started };
}

/** A program of entries/, in a process of its own. */
export const runEntry = (
  entry: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof runProgram> =>
  runProgram(process.execPath, [fileHere('entries/cached.mjs'), entry, ...args], { env });

/** When the line appeared. */
export function lineTime(lines: readonly Line[], text: string): number {
  const line = lines.find((one) => one.text === text);
  if (line) return line.ms;
  throw new Error(`no line "${text}" among: ${lines.map((one) => one.text).join(' | ')}`);
}

export const fileHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Path of a program; undefined where it is not installed. */
export function installed(program: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!(error instanceof Error)) throw error; // not there: the next folder
    }
  }
  return undefined;
}

/** Why a script on this machine cannot do what needs its kernel; undefined where it can. */
export function whyNoScript(engineSocket: string, programs: readonly string[]): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  if (!engineSocket.startsWith('/')) return 'the engine is on another machine';
  const missing = programs.filter((program) => installed(program) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  return undefined;
}
