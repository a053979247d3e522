/** Packets that were checked, in words and as JSON. */
import type { Check, CheckedJourney } from '../cloud/check.ts';
import { EXIT } from '../errors/index.ts';
import { journeyToJson, tellComparison, tellJourney, type TellOptions } from '../journey/index.ts';
import type { Context } from './context.ts';
import { count } from './terminal/table.ts';

/** All packets of an exchange and what captures missed. */
export interface Checked {
  readonly check: Check;
  readonly dropped: number;
  /** Points without a link. */
  readonly down?: readonly string[];
  readonly switchLosses?: Readonly<Record<string, number>>;
}

/** `nothing`: no packet was seen, so nothing was proved. */
export type Fate = 'passed' | 'failed' | 'inconclusive' | 'nothing';

export function fateOf({ check, dropped }: Checked): Fate {
  if (dropped > 0 || check.journeys.some(({ comparison }) => comparison.inconclusive)) return 'inconclusive';
  if (!check.ok) return 'failed';
  return check.journeys.length === 0 ? 'nothing' : 'passed';
}

export const EXIT_OF: Readonly<Record<Fate, number>> = {
  passed: EXIT.passed,
  failed: EXIT.failed,
  inconclusive: EXIT.inconclusive,
  nothing: EXIT.nothing,
};

/** The gravest of several. */
export function gravest(fates: readonly Fate[]): Fate {
  return (['failed', 'inconclusive', 'nothing'] as const).find((fate) => fates.includes(fate)) ?? 'passed';
}

/** Each packet's way; the two columns where it was not as expected. */
export function tellCheck(context: Context, { check, down = [], switchLosses = {} }: Checked): void {
  const style = tellOptions(context);
  for (const journey of check.journeys) {
    context.print(tellChecked(journey, style));
    if (journey.ok) context.print(expectationLine(context, journey));
    context.print('');
  }
  for (const { label, sightings } of check.unexplained) {
    const point = sightings[0]?.point ?? 'nowhere';
    context.print(`${context.paint('red', '✗')} ${label}, first seen at ${point}: nothing explains it\n`);
  }
  for (const finding of check.findings) context.print(`${context.paint('red', '✗')} ${finding}\n`);
  if (!check.ok && down.length > 0) context.print(`no link at ${down.join(', ')}: nothing passes there\n`);
  const losses = check.ok ? [] : Object.entries(switchLosses);
  for (const [node, lost] of losses)
    context.print(
      `the switch of ${node} lost ${count(lost, 'frame')} that it had no turn to take: is the machine busy?\n`,
    );
}

function tellChecked({ ok, observed, comparison }: CheckedJourney, style: TellOptions): string {
  if (!ok) return tellComparison(comparison, style);
  return tellJourney(observed, { ...style, bridges: true });
}

/** Who was to get the packet, and did. */
function expectationLine(
  { paint }: Pick<Context, 'paint'>,
  { expected, comparison }: CheckedJourney,
): string {
  const { receivers = [], bystanders = [] } = expected;
  const names = (points: readonly string[]): string =>
    points.map((point) => point.replace(/:eth0$/, '')).join(', ');
  const reaches = receivers.length > 0 ? `reaches ${names(receivers)}` : 'reaches no server';
  const others = bystanders.length > 0 ? `, ${names(bystanders)} by flooding` : '';
  const nobodyElse = receivers.length + bystanders.length > 0 ? ' and nobody else' : '';
  const text = `as expected: ${count(comparison.rows.length, 'hop')}, ${reaches}${others}${nobodyElse}`;
  return `  ${paint('green', '✓')} ${paint('dim', text)}`;
}

function tellOptions({ colour, width }: Pick<Context, 'colour' | 'width'>): TellOptions {
  return { colour, width };
}

/** One line about all packets together. */
export function verdictLine({ paint }: Pick<Context, 'paint'>, checked: Checked): string {
  const { check, dropped } = checked;
  const packets = count(check.journeys.length + check.unexplained.length, 'packet');
  const fate = fateOf(checked);
  if (fate === 'inconclusive') {
    return `${paint('yellow', '?')} inconclusive: captures missed ${count(dropped, 'frame')}`;
  }
  if (fate === 'nothing') return `${paint('yellow', '?')} no packet was sent`;
  if (fate === 'passed') return `${paint('green', '✓')} ${packets}, each as expected`;
  const wrong = check.journeys.filter(({ ok }) => !ok).length + check.unexplained.length;
  if (wrong === 0) return `${paint('red', '✗')} ${packets}, and no answer`;
  return `${paint('red', '✗')} ${wrong} of ${packets} not as expected`;
}

/** The packets of an exchange for programs. */
export function checkJson(checked: Checked): object {
  const { check, dropped } = checked;
  return {
    result: fateOf(checked),
    dropped,
    packets: check.journeys.map(({ title, from, ok, expected, observed, comparison }) => ({
      packet: title,
      from: from ?? null,
      ok,
      verdict: comparison.verdict,
      receivers: expected.receivers ?? [],
      journey: journeyToJson(observed),
      differences: comparison.differences,
    })),
    findings: check.findings,
    unexplained: check.unexplained.map(({ label, sightings }) => ({
      packet: label,
      points: [...new Set(sightings.map(({ point }) => point))],
    })),
  };
}
