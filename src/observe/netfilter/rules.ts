/** Chains of iptables as a walk needs them, from what the kernel says and from what was asked for. Pure. */
import type { NamespaceState, NetfilterChainState } from '../../state/index.ts';

export interface Rule {
  /** In the syntax of iptables-save(8), without `-A` and the chain. */
  readonly text: string;
  readonly words: readonly string[];
  /** In words: what asked for it. */
  readonly owner?: string;
}

interface Chain {
  readonly policy?: string;
  readonly rules: readonly Rule[];
}

export interface Ruleset {
  /** Keyed `table chain`. */
  readonly chains: ReadonlyMap<string, Chain>;
  /** Members of sets, in CIDR notation or as single addresses. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
}

type Family = NetfilterChainState['family'];

/** The words of a rule; a quoted one may hold spaces. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/gu)].map(([word, quoted]) => quoted ?? word);
}

const ruleOf = (text: string, owner?: string): Rule => ({
  text,
  words: wordsOf(text),
  ...(owner !== undefined && { owner }),
});

/** What was asked for in a namespace. */
export function rulesetOf({ netfilter, ipsets }: NamespaceState, family: Family): Ruleset {
  const chains = new Map<string, Chain>();
  for (const { table, chain, policy, rules, ...rest } of Object.values(netfilter)) {
    if (rest.family !== family) continue;
    chains.set(`${table} ${chain}`, {
      ...(policy !== undefined && { policy }),
      rules: rules.map(({ text, owner }) => ruleOf(text, owner.purpose)),
    });
  }
  return {
    chains,
    sets: new Map(Object.values(ipsets).map(({ name, members }) => [name, members])),
  };
}

/**
 * What the kernel has, from the texts of iptables-save(8) and `ipset save` (ipset(8)). Rules that were asked for have
 * their owners.
 */
export function parseRuleset(save: string, ipsets: string, asked: Ruleset): Ruleset {
  const owners = new Map<string, string>();
  for (const [chain, { rules }] of asked.chains)
    for (const { words, owner } of rules) if (owner !== undefined) owners.set(ruleKey(chain, words), owner);
  const chains = new Map<string, { policy?: string; rules: Rule[] }>();
  let table = '';
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const declared = /^:(\S+) (\S+)/u.exec(line);
    if (declared) {
      const [, chain = '', policy = '-'] = declared;
      chains.set(`${table} ${chain}`, { ...(policy !== '-' && { policy }), rules: [] });
    }
    const rule = /^-A (\S+) ?(.*)$/u.exec(line);
    if (rule) {
      const [, chain = '', text = ''] = rule;
      const place = `${table} ${chain}`;
      chains.get(place)?.rules.push(ruleOf(text, owners.get(ruleKey(place, wordsOf(text)))));
    }
  }
  return { chains, sets: parseSets(ipsets) };
}

function parseSets(text: string): Map<string, string[]> {
  const sets = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [verb, name = '', member = ''] = line.split(' ');
    if (verb === 'create') sets.set(name, []);
    else if (verb === 'add') sets.get(name)?.push(member);
  }
  return sets;
}

/** Equal for rules that say the same in the same chain. */
export const ruleKey = (chain: string, words: readonly string[]): string => `${chain} ${words.join(' ')}`;
