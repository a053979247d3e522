/** The way of a packet through chains of iptables (iptables(8)). Pure. */
import { matchRule, type Subject } from './match.ts';
import type { Rule, Ruleset } from './rules.ts';

/** What a table does with a packet, and the rule that says so. */
export interface Decision {
  /** ACCEPT, DROP, REJECT, or a target of NAT; undefined when a rule says what is not known here. */
  readonly target: string | undefined;
  readonly options: readonly string[];
  readonly table: string;
  readonly chain: string;
  /** Absent where the chain's policy decides. */
  readonly rule?: Rule;
  /** The last rule on the way that led to another chain for the packet's sake: it has more matches than the last. */
  readonly via: readonly Rule[];
  readonly mark: number;
}

const TERMINAL: ReadonlySet<string> = new Set([
  'ACCEPT',
  'DROP',
  'REJECT',
  'SNAT',
  'DNAT',
  'MASQUERADE',
  'REDIRECT',
  'NETMAP',
]);
/** Chains may lead to one another only so often before a walk has gone wrong. */
const DEPTH = 64;

type Outcome = Omit<Decision, 'via' | 'mark' | 'table'> & { readonly via: readonly Rule[] };

/** What a table's chain of the kernel's own (FORWARD, …) does with a packet. */
export function walk(rules: Ruleset, table: string, start: string, subject: Subject): Decision {
  let { mark } = subject;

  const run = (chain: string, via: readonly Rule[], depth: number): Outcome | 'returned' => {
    for (const rule of rules.chains.get(`${table} ${chain}`)?.rules ?? []) {
      const { matches, target, options, isGoto } = matchRule(rule.words, { ...subject, mark }, rules);
      if (matches === false || target === undefined) continue;
      const decided: Outcome = { target, options, chain, rule, via };
      if (matches === undefined) {
        // What only marks or counts decides nothing.
        if (!TERMINAL.has(target) && target !== 'RETURN' && !rules.chains.has(`${table} ${target}`)) continue;
        return { ...decided, target: undefined };
      }
      if (TERMINAL.has(target)) return decided;
      if (target === 'RETURN') return 'returned';
      if (target === 'MARK') mark = marked(mark, options);
      else if (rules.chains.has(`${table} ${target}`)) {
        if (depth > DEPTH) return { ...decided, target: undefined };
        const outcome = run(target, [...via, rule], depth + 1);
        if (outcome !== 'returned') return outcome;
        if (isGoto) return 'returned';
      }
    }
    return 'returned';
  };

  const outcome = run(start, [], 0);
  if (outcome !== 'returned') return { ...outcome, table, mark };
  const target = rules.chains.get(`${table} ${start}`)?.policy ?? 'ACCEPT';
  return { target, options: [], table, chain: start, via: [], mark };
}

function marked(mark: number, options: readonly string[]): number {
  const [option, value = ''] = options;
  if (option !== '--set-xmark') return mark;
  const [bits = '0', mask = '0xffffffff'] = value.split('/');
  return ((mark & ~Number(mask)) ^ Number(bits)) >>> 0;
}
