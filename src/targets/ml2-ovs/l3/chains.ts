import type { NetfilterChainState, Owner } from '../../../state/types.ts';
import type { NamespaceBuilder } from '../node.ts';

type Table = NetfilterChainState['table'];

/** The kernel's own chains by table, in the order of iptables-save. */
const BUILT_IN = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
} as const;

/** Chains that all agents of a namespace share: they bear no prefix. */
const TOP = 'neutron-filter-top';
const BOTTOM = 'neutron-postrouting-bottom';

/**
 * The chains of one agent in a namespace: those of the kernel, which jump to chains of the agent that bear its prefix
 * (IptablesManager of neutron/agent/linux/iptables_manager.py wraps them so).
 */
export class AgentChains {
  readonly #namespace: NamespaceBuilder;
  readonly #prefix: string;
  readonly #owner: Owner;
  readonly #family: NetfilterChainState['family'];

  constructor(
    namespace: NamespaceBuilder,
    prefix: string,
    owner: Owner,
    family: NetfilterChainState['family'] = 'ipv4',
  ) {
    this.#family = family;
    this.#namespace = namespace;
    this.#prefix = prefix;
    this.#owner = owner;
  }

  /**
   * What every agent lays out when it comes to a namespace, empty chains included (IptablesManager.__init__). Where
   * `floating` is false, the agent has taken away the way to float-snat.
   */
  lay({ nat, floating = true }: { readonly nat: boolean; readonly floating?: boolean }): void {
    this.#wrap('raw', ['PREROUTING', 'OUTPUT']);
    this.#wrap('mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
    this.chain('mangle', 'mark');
    this.add('mangle', 'PREROUTING', `-j ${this.named('mark')}`);
    if (nat) this.#layNat(floating);
    this.#wrap('filter', ['INPUT']);
    this.#shared('filter', TOP);
    for (const chain of ['FORWARD', 'OUTPUT']) {
      this.chain('filter', chain);
      this.#kernel('filter', chain, `-j ${TOP}`);
      this.#kernel('filter', chain, `-j ${this.named(chain)}`);
    }
    this.chain('filter', 'local');
    this.#kernel('filter', TOP, `-j ${this.named('local')}`);
  }

  /** The chain at the end of POSTROUTING is there for an agent's `snat` to come after all agents' POSTROUTING. */
  #layNat(floating: boolean): void {
    this.#wrap('nat', ['PREROUTING', 'OUTPUT', 'POSTROUTING']);
    this.#shared('nat', BOTTOM);
    this.#kernel('nat', 'POSTROUTING', `-j ${BOTTOM}`);
    for (const chain of ['float-snat', 'snat']) this.chain('nat', chain);
    const last = `-m comment --comment "Perform source NAT on outgoing traffic." -j ${this.named('snat')}`;
    this.#kernel('nat', BOTTOM, last);
    if (floating) this.add('nat', 'snat', `-j ${this.named('float-snat')}`);
  }

  /** The kernel's chains of a table, and a jump from each of `wrapped` to the agent's chain of that name. */
  #wrap(table: Table, wrapped: readonly string[]): void {
    for (const chain of BUILT_IN[table])
      this.#namespace.chain({ family: this.#family, table, chain, policy: 'ACCEPT' });
    for (const chain of wrapped) {
      this.chain(table, chain);
      this.#kernel(table, chain, `-j ${this.named(chain)}`);
    }
  }

  named(chain: string): string {
    return `${this.#prefix}${chain}`;
  }

  /** A chain of the agent. */
  chain(table: Table, chain: string): void {
    this.#namespace.chain({ family: this.#family, table, chain: this.named(chain) });
  }

  /** A chain that all agents share: it bears no prefix. */
  #shared(table: Table, chain: string): void {
    this.#namespace.chain({ family: this.#family, table, chain });
  }

  /** Appends to one of the kernel's chains, or to a shared one. */
  #kernel(table: Table, chain: string, text: string, owner: Owner = this.#owner): void {
    this.#namespace.netfilter({ family: this.#family, table, chain }, text, owner);
  }

  /** Appends to a chain of the agent. */
  add(table: Table, chain: string, text: string, owner: Owner = this.#owner): void {
    this.#kernel(table, this.named(chain), text, owner);
  }
}
