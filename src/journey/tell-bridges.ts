/** What flow tables did, in words. */
import { type Style, wrap } from './style.ts';
import type { BridgeStep } from './types.ts';

/** A line for each flow that decided something: table, priority, match, actions, and what asked for the flow. */
export function bridgeLines(steps: readonly BridgeStep[], style: Style, indent: number): string[] {
  return steps.flatMap((step) => flowLines(step, style, indent));
}

/** One flow; further lines are indented. */
export function flowLines(step: BridgeStep, style: Style, indent: number): string[] {
  const { paint, signs } = style;
  const width = Math.max(30, style.width - indent);
  const match = step.match === '' ? 'any' : step.match;
  const head = `${step.bridge} table ${step.table} priority ${step.priority} ${match} ${signs.arrow} ${step.actions}`;
  const [first = '', ...rest] = wrap(head, width - 2);
  const owner = step.owner === undefined ? [] : wrap(`for ${step.owner}`, width - 2);
  return [
    paint(first, 'dim'),
    ...rest.map((line) => `  ${paint(line, 'dim')}`),
    ...owner.map((line) => `  ${line}`),
  ];
}
