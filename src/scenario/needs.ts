/** What stories say that a target must be able to do. */
import { EXIT, NetdojoError } from '../errors/index.ts';
import { type Target, targets } from '../targets/index.ts';
import { nearest, oneOf } from '../topology/nearest.ts';

/**
 * Why a story is not for a target; undefined where it is.
 *
 * @throws NetdojoError ND_NEED_UNKNOWN: a misspelt word would skip the story for ever
 */
export function lacking(needs: readonly string[], target: Target): string | undefined {
  const known = [...new Set(targets.flatMap(({ capabilities }) => capabilities))];
  for (const need of needs) {
    if (known.includes(need)) continue;
    const [alike] = nearest(need, known);
    throw new NetdojoError(`no target knows of "${need}", which the story needs`, {
      code: 'ND_NEED_UNKNOWN',
      expected: oneOf(known),
      ...(alike === undefined ? {} : { hint: alike }),
      exitCode: EXIT.usage,
    });
  }
  const missing = needs.filter((need) => !target.capabilities.includes(need));
  return missing.length === 0 ? undefined : `target ${target.name} cannot do: ${missing.join(', ')}`;
}
