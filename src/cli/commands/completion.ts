import { EXIT, NetdojoError } from '../../errors/index.ts';
import { nearest, oneOf } from '../../topology/nearest.ts';
import { completionScripts, shells } from '../complete/scripts.ts';
import type { Context, Result } from '../context.ts';

export interface CompletionInput {
  readonly shell: string;
}

export function completion(context: Context, { shell }: CompletionInput): Promise<Result> {
  const known = shells.find((name) => name === shell);
  if (!known) {
    const [meant] = nearest(shell, shells);
    throw new NetdojoError(`no completion for the shell ${shell}`, {
      code: 'ND_USAGE',
      expected: oneOf(shells),
      hint: meant === undefined ? undefined : `did you mean ${meant}?`,
      exitCode: EXIT.usage,
    });
  }
  const script = completionScripts[known];
  context.print(script.trimEnd());
  return Promise.resolve({ json: { shell: known, script } });
}
