/** What keeps a result from being judged: a machine that had no time, captures that missed frames. */
import { expect } from 'vitest';
import type { Check } from '../cloud/index.ts';
import { isMereLoss } from '../journey/index.ts';
import { judgeGap, type StreamResult, type Taken } from '../probe/index.ts';
import { ScenarioError } from './errors.ts';

/**
 * A stream was never without an answer for as long as `budget` milliseconds.
 *
 * Where it was, and would not have been without the time that the machine took, it is inconclusive: neither green nor
 * red. What the machine took is told by the stream's own sender, by how many others wanted a processor, and by a `bystander`: a stream
 * at the same time between two servers to whose way nothing is done.
 *
 * @throws ScenarioError ND_TOO_BUSY
 */
export function expectGapBelow(
  budget: number,
  who: string,
  result: StreamResult,
  bystander?: StreamResult,
): void {
  const { longest_gap_ms: gap } = result;
  const { within, taken } = judgeGap(budget, result, bystander);
  if (within === 'too-busy')
    throw new ScenarioError(tooBusy(who, gap, budget, taken), { code: 'ND_TOO_BUSY', inconclusive: true });
  expect(gap, `${who}: no answer for ${Math.round(gap)} ms`).toBeLessThan(budget);
}

function tooBusy(who: string, gap: number, budget: number, signs: Taken): string {
  const ms = (value: number) => `${Math.round(value)} ms`;
  return [
    `${who}: no answer for ${ms(gap)} where the budget is ${ms(budget)}, on a machine that was too busy to judge it`,
    `  its own sender did not run for              ${ms(signs.sender)} of that`,
    `  a stream that nothing was done to missed    ${ms(signs.bystander)} of that`,
    `  by the shortage of processors around it     ${ms(signs.waiting)} of that`,
  ].join('\n');
}

/** @param dropped by node @throws ScenarioError ND_INCONCLUSIVE */
export function assertNoneMissed(what: string, dropped: Readonly<Record<string, number>>): void {
  const missed = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  if (missed === 0) return;
  throw new ScenarioError(`${what}: the captures missed ${missed} frames, so that nothing is proven`, {
    code: 'ND_INCONCLUSIVE',
    inconclusive: true,
  });
}

/**
 * That frames did not arrive, and no more than that, proves nothing where a switch had no turn to take some in: it is the
 * machine's doing. What came to where it must not, or came otherwise, or round and round until sockets were full, is the
 * network's.
 *
 * @param lost by node
 * @param story what differs
 * @throws ScenarioError ND_TOO_BUSY
 */
export function assertNoneLost(
  what: string,
  lost: Readonly<Record<string, number>>,
  { journeys, unexplained }: Pick<Check, 'journeys' | 'unexplained'>,
  story: string,
): void {
  const losers = Object.entries(lost).map(([node, count]) => `${count} at ${node}`);
  const wrong = journeys.filter(({ ok }) => !ok);
  if (losers.length === 0 || wrong.length === 0 || unexplained.length > 0) return;
  if (!wrong.every(({ comparison }) => isMereLoss(comparison))) return;
  throw new ScenarioError(
    `${what}: switches lost frames that they had no turn to take (${losers.join(', ')}), so that nothing is proven\n\n${story}`,
    { code: 'ND_TOO_BUSY', inconclusive: true },
  );
}
