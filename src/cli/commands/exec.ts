import type { Context, Result } from '../context.ts';
import { placeNamed } from '../running/place.ts';
import { startRemote } from '../running/remote-process.ts';
import { unlessAborted, withCloud } from '../running/with-cloud.ts';

export interface ExecInput {
  readonly place: string;
  readonly command: readonly string[];
  readonly cloud?: string;
  readonly interactive?: boolean;
}

/** The command's output as it comes and its own exit code; with `--json` all of it at the end. */
export async function exec(context: Context, input: ExecInput): Promise<Result> {
  const { signal, output, json } = context;
  const { command, interactive = false } = input;
  return await withCloud({ ...context, signal: new AbortController().signal }, input.cloud, async (cloud) => {
    const place = placeNamed(cloud, input.place);
    const kept: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
    const remote = await startRemote(cloud, place, {
      argv: command,
      tty: false,
      stdin: interactive,
      stdout: (chunk) => (json ? kept.stdout.push(chunk) : output.write(chunk)),
      stderr: (chunk) => (json ? kept.stderr.push(chunk) : process.stderr.write(chunk)),
    });
    if (interactive) process.stdin.pipe(remote.input);
    try {
      const exitCode = await unlessAborted(AbortSignal.any([signal, output.closed]), remote.ended);
      const texts = {
        stdout: Buffer.concat(kept.stdout).toString(),
        stderr: Buffer.concat(kept.stderr).toString(),
      };
      return { exitCode, json: { cloud: cloud.name, place: place.name, command, exitCode, ...texts } };
    } catch (error) {
      await remote.kill();
      // Nobody reads any more: that is no failure.
      if (output.closed.aborted && !signal.aborted) return {};
      throw error;
    } finally {
      process.stdin.unpipe();
    }
  });
}
