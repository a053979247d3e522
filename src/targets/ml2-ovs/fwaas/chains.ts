/**
 * Chains by which routers filter what they forward, as the L3 agent's firewall drivers lay them out:
 * neutron_fwaas/services/firewall/drivers/linux/iptables_fwaas.py (v1) and iptables_fwaas_v2.py.
 */
import type { Owner } from '../../../state/types.ts';
import type { Firewall, FirewallGroup, FirewallRule, Topology } from '../../../topology/topology.ts';
import type { NamespaceBuilder } from '../node.ts';

type Family = 'ipv4' | 'ipv6';

/** Where the chains go: a namespace in which the agent has its FORWARD chain. */
export interface Filtered {
  readonly namespace: NamespaceBuilder;
  /** The agent's prefix of chain names. */
  readonly prefix: string;
}

/** MAX_CHAIN_LEN_WRAP of iptables_manager.py: what a name may have after the prefix. */
const named = (prefix: string, chain: string): string => `${prefix}${chain.slice(0, 11)}`;

/** FWAAS_DEFAULT_CHAIN: of the two names the one that is cut. */
const DEFAULT = 'fwaas-default-policy';

const ESTABLISHED = '-m state --state RELATED,ESTABLISHED -j ACCEPT';

/** _setup_firewall of v1: devices by their prefix, such as qr-; on both families. */
export const firewallChains = (
  topology: Topology,
  firewall: Firewall,
  { namespace, prefix }: Filtered,
  devices: string,
): void => {
  const owner: Owner = {
    kind: 'firewall',
    name: firewall.name,
    purpose: `firewall ${firewall.name}`,
  };
  const rest: Owner = {
    ...owner,
    purpose: firewall.admin_state_up
      ? `firewall ${firewall.name}: no rule of policy ${firewall.firewall_policy} is about it`
      : `firewall ${firewall.name} is down: nothing passes`,
  };
  for (const family of ['ipv4', 'ipv6'] as const) {
    const lay = layer({ namespace, prefix }, family);
    lay.forward();
    lay.chain(DEFAULT);
    lay.add(DEFAULT, '-j DROP', rest);
    if (firewall.admin_state_up) {
      for (const side of SIDES) {
        const chain = chainOf(side, family, firewall.id);
        lay.chain(chain);
        lay.add(chain, '-m state --state INVALID -j DROP', {
          ...owner,
          purpose: `firewall ${firewall.name}: it answers nothing that is known`,
        });
        lay.add(chain, ESTABLISHED, owner);
        for (const rule of rulesOf(topology, firewall.firewall_policy, family))
          lay.add(chain, `${matchOf(rule)}-j ${TARGETS[rule.action](family)}`, ownerOf(rule, owner));
        lay.jump(`${OPTION[side]} ${devices}+`, chain, owner);
      }
    }
    for (const side of SIDES) lay.jump(`${OPTION[side]} ${devices}+`, DEFAULT, rest);
  }
};

/** _setup_firewall of v2: devices one by one, and a chain for each action. */
export const groupChains = (
  topology: Topology,
  group: FirewallGroup,
  { namespace, prefix }: Filtered,
  devices: readonly string[],
): void => {
  const name = `firewall group ${group.name}`;
  const owner: Owner = { kind: 'firewall', name: group.name, purpose: name };
  const policies = { i: group.ingress_firewall_policy, o: group.egress_firewall_policy };
  for (const family of ['ipv4', 'ipv6'] as const) {
    const lay = layer({ namespace, prefix }, family);
    lay.forward();
    lay.actions();
    lay.chain(DEFAULT);
    lay.once(DEFAULT, `-j ${named(prefix, 'dropped')}`, {
      ...owner,
      purpose: 'no rule of a firewall group is about it',
    });
    if (group.admin_state_up) {
      for (const side of SIDES) {
        const chain = chainOf(side, family, group.id);
        lay.chain(chain);
        lay.add(chain, `-m state --state INVALID -j ${named(prefix, 'dropped')}`, {
          ...owner,
          purpose: `${name}: it answers nothing that is known`,
        });
        lay.add(chain, ESTABLISHED, owner);
        for (const rule of rulesOf(topology, policies[side], family))
          lay.add(chain, `${matchOf(rule)}-j ${named(prefix, CHAINS[rule.action])}`, ownerOf(rule, owner));
      }
      for (const side of SIDES)
        for (const device of devices)
          lay.jump(`${OPTION[side]} ${device}`, chainOf(side, family, group.id), owner);
    }
    for (const side of SIDES)
      for (const device of devices) lay.jump(`${OPTION[side]} ${device}`, DEFAULT, owner);
  }
};

/** Into a network inside (i) and out of it (o); in the order in which FORWARD jumps. */
const SIDES = ['i', 'o'] as const;
type Side = (typeof SIDES)[number];

const OPTION: Readonly<Record<Side, string>> = { i: '-o', o: '-i' };

const chainOf = (side: Side, family: Family, id: string): string => `${side}v${family.slice(3)}${id}`;

const rejection = (family: Family): string =>
  `REJECT --reject-with ${family === 'ipv4' ? 'icmp' : 'icmp6'}-port-unreachable`;

const TARGETS: Readonly<Record<FirewallRule['action'], (family: Family) => string>> = {
  allow: () => 'ACCEPT',
  deny: () => 'DROP',
  reject: rejection,
};

/** FWAAS_TO_IPTABLE_ACTION_MAP of v2. */
const CHAINS: Readonly<Record<FirewallRule['action'], string>> = {
  allow: 'accepted',
  deny: 'dropped',
  reject: 'rejected',
};

const rulesOf = (topology: Topology, policy: string | null, family: Family): FirewallRule[] =>
  (topology.firewall_policies[policy ?? '']?.firewall_rules ?? [])
    .flatMap((name) => topology.firewall_rules[name] ?? [])
    .filter(({ enabled, ip_version }) => enabled && `ipv${ip_version}` === family);

const ownerOf = ({ name, action }: FirewallRule, { purpose }: Owner): Owner => ({
  kind: 'firewall_rule',
  name,
  purpose: `rule ${name} of ${purpose}: ${action}`,
});

/** The words of a rule as iptables-save(8) has them (_convert_fwaas_to_iptables_rule), with a space behind. */
const matchOf = (rule: FirewallRule): string => {
  const {
    source_ip_address: from,
    destination_ip_address: to,
    source_port,
    destination_port,
    ip_version,
  } = rule;
  const protocol = rule.protocol === 'icmp' && ip_version === 6 ? 'ipv6-icmp' : rule.protocol;
  const words = [
    ...(from === null || from.endsWith('/0') ? [] : ['-s', from]),
    ...(to === null || to.endsWith('/0') ? [] : ['-d', to]),
    ...(protocol === null ? [] : ['-p', protocol]),
    ...((source_port ?? destination_port) ? ['-m', String(protocol)] : []),
    ...(source_port ? ['--sport', rangeOf(source_port)] : []),
    ...(destination_port ? ['--dport', rangeOf(destination_port)] : []),
  ];
  return words.map((word) => `${word} `).join('');
};

const rangeOf = ([first, last]: readonly [number, number]): string =>
  first === last ? String(first) : `${first}:${last}`;

/** Lays out chains of the agent in the filter table of one family. */
const layer = ({ namespace, prefix }: Filtered, family: Family) => {
  const at = (chain: string) => ({ family, table: 'filter' as const, chain });
  const laid = (chain: string) => at(named(prefix, chain));
  const plumbing: Owner = { kind: 'infrastructure', name: 'iptables', purpose: 'chains of the L3 agent' };
  const chain = (name: string): void => namespace.chain(laid(name));
  const add = (name: string, text: string, owner: Owner): void =>
    namespace.netfilter(laid(name), text, owner);
  /** Only into a chain that has no rule. */
  const once = (name: string, text: string, owner: Owner): void => {
    if (!namespace.hasRules(laid(name))) add(name, text, owner);
  };
  return {
    chain,
    add,
    once,
    /** The agent's own FORWARD, where it is not laid out for the family yet. */
    forward: (): void => {
      if (namespace.hasRules(at('FORWARD'))) return;
      namespace.chain({ ...at('FORWARD'), policy: 'ACCEPT' });
      chain('FORWARD');
      namespace.netfilter(at('FORWARD'), `-j ${named(prefix, 'FORWARD')}`, plumbing);
    },
    /** _add_accepted_chain_v4v6 and its like. */
    actions: (): void => {
      for (const [name, target] of [
        ['accepted', 'ACCEPT'],
        ['dropped', 'DROP'],
        ['rejected', rejection(family)],
      ] as const) {
        chain(name);
        once(name, `-j ${target}`, { ...plumbing, purpose: `firewall groups: what is ${name}` });
      }
    },
    jump: (match: string, to: string, owner: Owner): void =>
      add('FORWARD', `${match} -j ${named(prefix, to)}`, owner),
  };
};
