/** What rules do with a packet, beside what the rules that were asked for would do. Pure. */
import type { KernelStep } from '../../journey/types.ts';
import type { Subject } from './match.ts';
import { type Rule, type Ruleset, ruleKey } from './rules.ts';
import { type Decision, walk } from './walk.ts';

export interface Rulings {
  readonly actual: Decision;
  readonly steps: readonly KernelStep[];
}

const LOSES: ReadonlySet<string> = new Set(['DROP', 'REJECT']);

const placeOf = ({ table, chain }: Decision): string => `${table} ${chain}`;

const stepOf = (decision: Decision, outcome: string, fault: boolean): KernelStep => ({
  where: placeOf(decision),
  what: decision.rule?.text ?? 'policy',
  outcome,
  ...ownerOf(decision),
  ...(fault && { fault }),
});

/**
 * Who asked for the rule that decided, or else for the last one on the way there. A rule that is about everything only
 * carries out what the one that led to it has decided: both are told.
 */
function ownerOf({ rule, via }: Decision): { owner?: string } {
  const led = via.findLast((one) => one.owner !== undefined)?.owner;
  const own = rule?.owner;
  const carries = rule?.words[0] === '-j' && led !== own;
  const owner = own === undefined ? led : carries && led !== undefined ? `${led}; ${own}` : own;
  return owner === undefined ? {} : { owner };
}

/**
 * The rules at a chain of the kernel's own: the one that decides, unless it merely lets the packet pass, and the one
 * that was asked for and would have decided otherwise.
 */
export function rulingsAt(
  actual: Ruleset,
  asked: Ruleset,
  table: string,
  chain: string,
  subject: Subject,
): Rulings {
  const done = walk(actual, table, chain, subject);
  const wanted = walk(asked, table, chain, subject);
  const steps: KernelStep[] = [];
  if (done.target === undefined)
    steps.push(stepOf(done, 'says what netdojo does not know: the rest is not followed', false));
  else if (done.target !== 'ACCEPT') steps.push(stepOf(done, outcomeIn(done), LOSES.has(done.target)));
  if (wanted.target !== undefined && outcomeOf(wanted) !== outcomeOf(done))
    steps.push(...lackingOf(wanted, done, actual, asked));
  return { actual: done, steps };
}

/** The rule's own text tells the target's options. */
const outcomeIn = ({ target = '', rule }: Decision): string =>
  rule && rule.owner === undefined ? `${target}; nobody asked for this rule` : target;

const outcomeOf = ({ target, options }: Decision): string => [target, ...options].join(' ');

/** The first rule on the way of the packet that the kernel lacks. */
function lackingOf(wanted: Decision, done: Decision, actual: Ruleset, asked: Ruleset): KernelStep[] {
  const lacking = firstLacking(asked, actual, wanted, done);
  if (!lacking) return [];
  const { chain, rule } = lacking;
  const owner = rule.owner === undefined ? {} : { owner: rule.owner };
  return [{ where: chain, what: rule.text, outcome: 'is missing', ...owner, fault: true }];
}

interface Placed {
  readonly chain: string;
  readonly rule: Rule;
}

/** Chains that either walk came through are looked at, in the order of the wanted one. */
function firstLacking(asked: Ruleset, actual: Ruleset, wanted: Decision, done: Decision): Placed | undefined {
  const passed = new Set<string>();
  for (const decision of [wanted, done]) {
    for (const { words } of decision.via) {
      const target = words[words.findIndex((word) => word === '-j' || word === '-g') + 1];
      passed.add(`${decision.table} ${target}`);
    }
    passed.add(placeOf(decision));
  }
  for (const [chain, { rules }] of asked.chains) {
    if (!passed.has(chain)) continue;
    const there = new Set((actual.chains.get(chain)?.rules ?? []).map(({ words }) => ruleKey(chain, words)));
    const rule = rules.find(({ words }) => !there.has(ruleKey(chain, words)));
    if (rule) return { chain, rule };
  }
  return undefined;
}
