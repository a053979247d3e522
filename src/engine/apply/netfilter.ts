/** Chains of iptables as inputs of iptables-restore(8), sets as inputs of `ipset restore` (ipset(8)). Pure. */
import {
  type Change,
  equal,
  type IpsetState,
  type NetfilterChainState,
  type Owner,
} from '../../state/index.ts';

/** A text for a program, and for its complaints what asked for a line (they count from 1). */
export interface OwnedText {
  readonly text: string;
  readonly owners: ReadonlyMap<number, Owner>;
}

interface Restore extends OwnedText {
  readonly family: NetfilterChainState['family'];
}

/** What is done in one namespace, in this order. */
export interface FirewallBatch {
  readonly namespace: string;
  /** Sets that come, and members that come and go. */
  readonly sets: OwnedText;
  /** One a family; a family's tables are each replaced in one piece. */
  readonly restores: readonly Restore[];
  /** Sets that go: no rule names them any more. */
  readonly formerSets: OwnedText;
}

const TABLES = ['raw', 'mangle', 'nat', 'filter'] as const;

/** Chains of the kernel's own: they are there always, and `--noflush` empties them only when told so. */
const BUILT_IN = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

class Lines {
  readonly #lines: string[] = [];
  readonly #owners = new Map<number, Owner>();

  add(line: string, owner?: Owner): void {
    this.#lines.push(line);
    if (owner) this.#owners.set(this.#lines.length, owner);
  }

  owned(): OwnedText {
    return { text: this.#lines.map((line) => `${line}\n`).join(''), owners: this.#owners };
  }
}

type ChainChange = Extract<Change, { part: 'netfilter' }>;
type SetChange = Extract<Change, { part: 'ipsets' }>;

/** What carries the changes of one namespace out; can be repeated, whatever part of it is done. */
export function firewallBatch(namespace: string, changes: readonly Change[]): FirewallBatch | undefined {
  const chains = changes.filter((change) => change.part === 'netfilter').filter(isOfRules);
  const sets = changes.filter((change) => change.part === 'ipsets');
  const batch: FirewallBatch = {
    namespace,
    sets: presentSets(sets),
    restores: (['ipv4', 'ipv6'] as const).flatMap((family) => restoreOf(family, chains)),
    formerSets: formerSets(sets),
  };
  const nothing = batch.restores.length === 0 && batch.sets.text === '' && batch.formerSets.text === '';
  return nothing ? undefined : batch;
}

const textsOf = ({ rules }: NetfilterChainState): string[] => rules.map(({ text }) => text);

/** Who asked for a rule is nothing to the kernel. */
const isOfRules = (change: ChainChange): boolean =>
  change.action !== 'update' ||
  change.before.policy !== change.after.policy ||
  !equal(textsOf(change.before), textsOf(change.after));

function restoreOf(family: Restore['family'], changes: readonly ChainChange[]): Restore[] {
  const lines = new Lines();
  for (const table of TABLES) {
    const wanted = new Map<string, NetfilterChainState>();
    const former = new Set<string>();
    for (const change of changes) {
      const chain = change.action === 'remove' ? change.before : change.after;
      if (chain.family !== family || chain.table !== table) continue;
      if (change.action === 'remove') former.add(chain.chain);
      else wanted.set(chain.chain, chain);
    }
    if (wanted.size + former.size > 0) tableLines(lines, table, wanted, former);
  }
  const owned = lines.owned();
  return owned.text === '' ? [] : [{ family, ...owned }];
}

function tableLines(
  lines: Lines,
  table: string,
  wanted: ReadonlyMap<string, NetfilterChainState>,
  former: ReadonlySet<string>,
): void {
  const names = [...wanted.keys(), ...former];
  lines.add(`*${table}`);
  for (const name of names) {
    // Declaring a chain that is there empties it; one that is to go may be gone already.
    const policy = BUILT_IN.has(name) ? (wanted.get(name)?.policy ?? 'ACCEPT') : '-';
    lines.add(`:${name} ${policy} [0:0]`);
  }
  for (const name of names) if (BUILT_IN.has(name)) lines.add(`-F ${name}`);
  for (const { chain, rules } of wanted.values())
    for (const { text, owner } of rules) lines.add(`-A ${chain} ${text}`, owner);
  for (const name of former) if (!BUILT_IN.has(name)) lines.add(`-X ${name}`);
  lines.add('COMMIT');
}

const isSameSet = (a: IpsetState, b: IpsetState): boolean => a.type === b.type && a.family === b.family;

function presentSets(changes: readonly SetChange[]): OwnedText {
  const lines = new Lines();
  for (const change of changes) {
    if (change.action === 'remove') continue;
    const { name, type, family, members, owner } = change.after;
    const kept = change.action === 'update' && isSameSet(change.before, change.after);
    if (!kept) {
      if (change.action === 'update') lines.add(`destroy ${name}`, change.before.owner);
      lines.add(`create ${name} ${type} family ${family}`, owner);
      // One that is there already is what is left of an attempt.
      lines.add(`flush ${name}`, owner);
    }
    const before = new Set(kept ? change.before.members : []);
    for (const member of members) if (!before.delete(member)) lines.add(`add ${name} ${member}`, owner);
    for (const member of before) lines.add(`del ${name} ${member}`, owner);
  }
  return lines.owned();
}

function formerSets(changes: readonly SetChange[]): OwnedText {
  const lines = new Lines();
  const gone = new Map(
    changes.flatMap((change) => (change.action === 'remove' ? [[change.key, change.before]] : [])),
  );
  for (const { name, owner } of gone.values()) lines.add(`destroy ${name}`, owner);
  return lines.owned();
}
