/** Rules of a chain that come and go, in words. */
import type { Change } from './changes.ts';
import type { NetfilterChainState, NetfilterRule } from './types.ts';

type ChainChange = Extract<Change, { part: 'netfilter' }>;

interface Difference {
  readonly comes: readonly NetfilterRule[];
  readonly goes: readonly NetfilterRule[];
}

/** One line a rule, `+` or `-` first; nothing for rules that stay, be it in another place. */
export const describeRules = (change: ChainChange): string[] => {
  const { comes, goes } = rulesDifference(
    change.action === 'add' ? [] : change.before.rules,
    change.action === 'remove' ? [] : change.after.rules,
  );
  return [...goes.map((rule) => `- ${ruleText(rule)}`), ...comes.map((rule) => `+ ${ruleText(rule)}`)];
};

const ruleText = ({ text, owner }: NetfilterRule): string => `${text}  (${owner.purpose})`;

/** How many rules come and go. */
export const rulesCount = (before: NetfilterChainState, after: NetfilterChainState): string => {
  const { comes, goes } = rulesDifference(before.rules, after.rules);
  const told = [
    comes.length > 0 ? `${comes.length} more` : '',
    goes.length > 0 ? `${goes.length} less` : '',
  ].filter((part) => part !== '');
  if (told.length > 0) return `rules: ${told.join(', ')}`;
  const same = before.rules.every(({ text }, at) => text === after.rules[at]?.text);
  return same ? 'rules asked for by another' : 'rules in another order';
};

/** A rule may be there twice. */
const rulesDifference = (before: readonly NetfilterRule[], after: readonly NetfilterRule[]): Difference => {
  const left = new Map<string, NetfilterRule[]>();
  for (const rule of before) left.set(rule.text, [...(left.get(rule.text) ?? []), rule]);
  const comes = after.filter(({ text }) => left.get(text)?.shift() === undefined);
  return { comes, goes: before.filter((rule) => left.get(rule.text)?.includes(rule)) };
};
