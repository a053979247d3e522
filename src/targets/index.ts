import { EXIT, NetdojoError } from '../errors/index.ts';
import { ml2Ovs } from './ml2-ovs/index.ts';
import type { Target } from './target.ts';

export { type MemberState, memberStates, untilMember } from './ml2-ovs/load-balancer/members.ts';
export type { ActiveSign, Chosen, Compiled, Effect, Target } from './target.ts';

/** Every system under test. */
export const targets: readonly Target[] = [ml2Ovs];

/** @throws NetdojoError ND_TARGET_UNKNOWN */
export function targetNamed(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (target) return target;
  throw new NetdojoError(`no target ${name}`, {
    code: 'ND_TARGET_UNKNOWN',
    expected: `one of ${targets.map((one) => one.name).join(', ')}`,
    exitCode: EXIT.usage,
  });
}
