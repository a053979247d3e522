import type { Context, Result } from '../context.ts';
import { placeNamed } from '../running/place.ts';
import { startRemote } from '../running/remote-process.ts';
import { unlessAborted, withCloud } from '../running/with-cloud.ts';

export interface ShellInput {
  readonly place: string;
  readonly cloud?: string;
}

/** Interactive on a terminal; elsewhere it reads commands from standard input. Ends as the shell ends. */
export async function shell(context: Context, input: ShellInput): Promise<Result> {
  const { signal, output } = context;
  const { stdin, stdout } = process;
  const tty = stdin.isTTY && stdout.isTTY;
  return await withCloud({ ...context, signal: new AbortController().signal }, input.cloud, async (cloud) => {
    const place = placeNamed(cloud, input.place);
    const remote = await startRemote(cloud, place, {
      argv: ['bash', '--norc', ...(tty ? ['-i'] : [])],
      tty,
      stdin: true,
      env: [
        `PS1=${promptOf(place.name, cloud.name, context.colour)}`,
        `TERM=${process.env['TERM'] ?? 'xterm'}`,
      ],
      ...(tty && { size: sizeOf(stdout) }),
      stdout: (chunk) => output.write(chunk),
      stderr: (chunk) => process.stderr.write(chunk),
    });
    const resized = (): void => {
      // A shell that has just ended cannot be resized, and need not be.
      remote.resize(sizeOf(stdout)).catch(() => undefined);
    };
    if (tty) {
      stdin.setRawMode(true);
      stdout.on('resize', resized);
    }
    stdin.pipe(remote.input);
    try {
      const exitCode = await unlessAborted(signal, remote.ended);
      return { exitCode, json: { cloud: cloud.name, place: place.name, exitCode } };
    } catch (error) {
      await remote.kill();
      throw error;
    } finally {
      stdin.unpipe();
      stdout.off('resize', resized);
      if (tty) stdin.setRawMode(false);
    }
  });
}

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): { columns: number; rows: number } => ({
  columns,
  rows,
});

/** `web1.l2-demo:/ #`: where one is. */
export function promptOf(place: string, cloud: string, colour: boolean): string {
  const name = colour ? String.raw`\[\e[36m\]${place}\[\e[0m\]` : place;
  return String.raw`${name}.${cloud}:\w \$ `;
}
