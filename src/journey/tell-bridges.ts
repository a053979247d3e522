/** What flow tables did, in words. */
import { type Style, wrap } from './style.ts';
import type { BridgeStep, KernelStep } from './types.ts';

/** On to another table, at once or when connection tracking has looked at the frame. */
const GOTO = /(?:^|, )(?:goto_table:\d+|resubmit\(,\d+\)|ct\([^()]*table=\d+[^()]*\))$/u;
/** Registers carry numbers from one table to the next; the matches there say what they are for. */
const REGISTER = /(?:set_field:0x[0-9a-f]+->reg\d+|load:0x[0-9a-f]+->NXM_NX_REG\d+\[[^\]]*\])(?:, |$)/gu;
/** learn() spells out the flow that it makes; the table to which it goes says enough. */
const LEARN = /learn\(table=(\d+),[^)]*\)/gu;

/** One passage through a bridge: the tables on the way, and the flow that decided. */
function passages(steps: readonly BridgeStep[]): BridgeStep[][] {
  const groups: BridgeStep[][] = [];
  let open: BridgeStep[] | undefined;
  for (const step of steps) {
    if (!open || open[0]?.bridge !== step.bridge) groups.push((open = []));
    open.push(step);
    if (!GOTO.test(step.actions)) open = undefined;
  }
  return groups;
}

/** For each passage through a bridge: its tables, the flow that decided, and what asked for that flow. */
export function bridgeLines(steps: readonly BridgeStep[], style: Style, indent: number): string[] {
  return passagesWithLines(steps, style, indent).flatMap(({ text }) => text);
}

/** The same, each passage with its flows. */
export function passagesWithLines(
  steps: readonly BridgeStep[],
  style: Style,
  indent: number,
): { passage: readonly BridgeStep[]; text: string[] }[] {
  const groups = passages(steps);
  const width = Math.max(0, ...groups.map(([first]) => first?.bridge.length ?? 0));
  return groups.map((passage) => ({ passage, text: passageLines(passage, style, { indent, width }) }));
}

function passageLines(
  group: readonly BridgeStep[],
  style: Style,
  { indent, width }: { indent: number; width: number },
): string[] {
  const { paint, signs } = style;
  const last = group.at(-1);
  if (!last) return [];
  const tables = group.map((step) => step.table).join(` ${signs.arrow} `);
  const margin = ' '.repeat(width + 2);
  const room = Math.max(30, style.width - indent - margin.length);
  const deeds = group.flatMap((step) => deedOf(step, style) ?? []);
  const [first = '', ...rest] = wrap(`table ${tables}: ${deeds.join('; ')}`, room);
  // A flow that matches everything is the bridge's own; its purpose would be said at every hop.
  const owners = group.filter((step) => step.match !== '' && step.actions.replace(GOTO, '') !== '');
  const owner = owners.flatMap((step) => (step.owner === undefined ? [] : wrap(`for ${step.owner}`, room)));
  return [
    `${last.bridge.padEnd(width)}  ${paint(first, 'dim')}`,
    ...rest.map((line) => margin + paint(line, 'dim')),
    ...owner.map((line) => margin + line),
  ];
}

/** A rule of iptables, a route or a neighbour: what it does, and who asked for it. */
export function kernelLines(
  { where, what, outcome, owner, fault }: KernelStep,
  style: Style,
  indent = 2,
): string[] {
  const { paint, signs } = style;
  const room = Math.max(30, style.width - indent - 4);
  const [first = '', ...rest] = wrap(`${where}: ${what} ${signs.arrow} ${outcome}`, room);
  const tone = fault ? 'plain' : 'dim';
  const asked = owner === undefined ? [] : wrap(`for ${owner}`, room);
  return [
    `${fault ? paint(signs.pointer, 'bad') : ' '} ${paint(first, tone)}`,
    ...rest.map((line) => `    ${paint(line, tone)}`),
    ...asked.map((line) => `    ${line}`),
  ];
}

/** What a flow did beside sending the packet on to another table. */
function deedOf({ match, actions }: BridgeStep, { signs }: Style): string | undefined {
  const deed = actions
    .replace(GOTO, '')
    .replaceAll(REGISTER, '')
    .replace(/, $/u, '')
    .replaceAll(LEARN, 'learn into table $1');
  if (deed === '') return undefined;
  return match === '' ? deed : `${match} ${signs.arrow} ${deed}`;
}
