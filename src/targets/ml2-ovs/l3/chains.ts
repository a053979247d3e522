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

/**
 * The chains of one agent in a namespace: those of the kernel, which jump to chains of the agent that bear its prefix
 * (IptablesManager of neutron/agent/linux/iptables_manager.py wraps them so).
 */
export class AgentChains {
  readonly #namespace: NamespaceBuilder;
  readonly #prefix: string;
  readonly #owner: Owner;

  constructor(namespace: NamespaceBuilder, prefix: string, owner: Owner) {
    this.#namespace = namespace;
    this.#prefix = prefix;
    this.#owner = owner;
  }

  /** The kernel's chains of a table, and a jump from each of `wrapped` to the agent's chain of that name. */
  wrap(table: Table, wrapped: readonly string[]): void {
    for (const chain of BUILT_IN[table])
      this.#namespace.chain({ family: 'ipv4', table, chain, policy: 'ACCEPT' });
    for (const chain of wrapped) {
      this.chain(table, chain);
      this.kernel(table, chain, `-j ${this.named(chain)}`);
    }
  }

  named(chain: string): string {
    return `${this.#prefix}${chain}`;
  }

  /** A chain of the agent. */
  chain(table: Table, chain: string): void {
    this.#namespace.chain({ family: 'ipv4', table, chain: this.named(chain) });
  }

  /** A chain that all agents share: it bears no prefix. */
  shared(table: Table, chain: string): void {
    this.#namespace.chain({ family: 'ipv4', table, chain });
  }

  /** Appends to one of the kernel's chains, or to a shared one. */
  kernel(table: Table, chain: string, text: string, owner: Owner = this.#owner): void {
    this.#namespace.netfilter({ family: 'ipv4', table, chain }, text, owner);
  }

  /** Appends to a chain of the agent. */
  add(table: Table, chain: string, text: string, owner: Owner = this.#owner): void {
    this.kernel(table, this.named(chain), text, owner);
  }
}
