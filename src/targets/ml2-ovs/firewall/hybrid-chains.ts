/** Chains of one port of the driver `iptables_hybrid` (neutron/agent/linux/iptables_firewall.py). */
import type { Owner } from '../../../state/types.ts';
import type { Port, SecurityGroup, Topology } from '../../../topology/topology.ts';
import { linkLocalAddress } from '../../../topology/ipv6.ts';
import { type AddressPair, versionOf } from './addresses.ts';
import { plainArguments, prefixArguments, setArguments, setName } from './hybrid-rules.ts';
import { membersOf } from './members.ts';
import { type FirewallRule, ruleOwner, rulesOf } from './rules.ts';

export type Family = 'ipv4' | 'ipv6';

export interface ChainRule {
  readonly text: string;
  readonly owner: Owner;
}

export const WRAP = 'neutron-openvswi';

/** Chain names have room for eleven letters after the prefix (MAX_CHAIN_LEN_WRAP of iptables_manager.py). */
export const chainOf = (direction: 'i' | 'o' | 's', { id }: Port): string =>
  `${WRAP}-${`${direction}${id}`.slice(0, 11)}`;

export const comment = (text: string): string => `-m comment --comment "${text}"`;

const ESTABLISHED = `-m state --state RELATED,ESTABLISHED ${comment(
  'Direct packets associated with a known session to the RETURN chain.',
)} -j RETURN`;
const INVALID = `-m state --state INVALID ${comment(
  'Drop packets that appear related to an existing connection (e.g. TCP ACK/FIN) but do not have an entry in conntrack.',
)} -j DROP`;
const FALLBACK = `${comment('Send unmatched traffic to the fallback chain.')} -j ${WRAP}-sg-fallback`;

const ETHERTYPE = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

const portOwner = ({ name }: Port, purpose: string): Owner => ({ kind: 'port', name, purpose });

/** Rules of the port's groups in one direction, equal ones once (_convert_sgr_to_iptables_rules). */
const groupRules = (
  topology: Topology,
  port: Port,
  family: Family,
  direction: FirewallRule['direction'],
): ChainRule[] => {
  const wanted = new Map<string, FirewallRule[]>();
  for (const rule of rulesOf(topology, port)) {
    if (rule.direction !== direction || rule.ethertype !== ETHERTYPE[family]) continue;
    for (const words of rulesArguments(topology, port, rule)) {
      const text = words.join(' ');
      wanted.set(text, [...(wanted.get(text) ?? []), rule]);
    }
  }
  return [...wanted].map(([text, rules]) => ({ text, owner: ruleOwner(rules, port) }));
};

/** One rule, or without sets one for each member of the remote group that is not the port itself. */
const rulesArguments = (topology: Topology, port: Port, rule: FirewallRule): string[][] => {
  if (rule.remote_group === null) return [plainArguments(rule, rule.remote_ip_prefix)];
  const group = topology.security_groups[rule.remote_group];
  if (group === undefined) return [];
  if (topology.options.ipset) return [setArguments(rule, setName(group.id, rule.ethertype))];
  const own = new Set(port.fixed_ips.map(({ ip_address }) => ip_address));
  return membersOf(topology, group.name, rule.ethertype)
    .filter(({ ip_address }) => !own.has(ip_address))
    .map(({ ip_address }) => plainArguments(rule, ip_address));
};

/** What goes to the port. */
export const ingressChain = (topology: Topology, port: Port, family: Family): ChainRule[] => {
  const owner = (purpose: string) => portOwner(port, purpose);
  const { name } = port;
  const dhcp = owner(`DHCP answers to ${name}`);
  const discovery = owner(`neighbour discovery to ${name}`);
  const fixed = port.fixed_ips.map(({ ip_address }) => ip_address);
  const rule = (words: readonly string[], by: Owner): ChainRule => ({ text: words.join(' '), owner: by });
  const icmp6 = (type: number): ChainRule =>
    rule(['-p ipv6-icmp -m icmp6 --icmpv6-type', String(type), '-j RETURN'], discovery);
  // What the server adds to the rules of every port (_apply_provider_rule of securitygroups_rpc_base.py).
  const server =
    family === 'ipv4'
      ? [...fixed.filter((ip) => versionOf(ip) === 4), '255.255.255.255'].map((ip) =>
          rule([...prefixArguments('-d', ip), '-p udp -m udp --sport 67 --dport 68 -j RETURN'], dhcp),
        )
      : [
          ...(fixed.some((ip) => versionOf(ip) === 6) ? [icmp6(134)] : []),
          ...[...fixed.filter((ip) => versionOf(ip) === 6), 'fe80::/64'].map((ip) =>
            rule([...prefixArguments('-d', ip), '-p udp -m udp --sport 547 --dport 546 -j RETURN'], dhcp),
          ),
        ];
  return [
    ...(family === 'ipv6' ? [icmp6(130), icmp6(135), icmp6(136)] : []),
    { text: ESTABLISHED, owner: owner(`belongs to a connection of ${name} that is allowed`) },
    ...server,
    ...groupRules(topology, port, family, 'ingress'),
    ...ending(port, 'ingress'),
  ];
};

/** What comes from the port. */
export const egressChain = (topology: Topology, port: Port, family: Family): ChainRule[] => {
  const { name } = port;
  const owner = (purpose: string) => portOwner(port, purpose);
  const client = owner(`${name} is a DHCP client`);
  const notServer = owner(`${name} must not be a DHCP server`);
  const allowDhcp = `${comment('Allow DHCP client traffic.')} -j RETURN`;
  const noDhcp = `${comment('Prevent DHCP Spoofing by VM.')} -j DROP`;
  const allowIcmp = `${comment('Allow IPv6 ICMP traffic.')} -j RETURN`;
  const discovery = owner(`neighbour discovery of ${name}`);
  const spoof =
    spoofChain(port, family).length === 0
      ? []
      : [{ text: `-j ${chainOf('s', port)}`, owner: owner(`${name} sends from its own addresses`) }];
  const fixed: ChainRule[] =
    family === 'ipv4'
      ? [
          {
            text: `-s 0.0.0.0/32 -d 255.255.255.255/32 -p udp -m udp --sport 68 --dport 67 ${allowDhcp}`,
            owner: client,
          },
          ...spoof,
          { text: `-p udp -m udp --sport 68 --dport 67 ${allowDhcp}`, owner: client },
          { text: `-p udp -m udp --sport 67 --dport 68 ${noDhcp}`, owner: notServer },
        ]
      : [
          // From nowhere: duplicate address detection (ICMPV6_ALLOWED_UNSPEC_ADDR_TYPES of neutron_lib).
          ...[131, 135, 143].map((type) => ({
            text: `-s ::/128 -d ff02::/16 -p ipv6-icmp -m icmp6 --icmpv6-type ${type} ${allowIcmp}`,
            owner: discovery,
          })),
          ...spoof,
          {
            text: `-p ipv6-icmp -m icmp6 --icmpv6-type 134 ${comment('Drop IPv6 Router Advts from VM Instance.')} -j DROP`,
            owner: owner(`${name} must not advertise itself as a router`),
          },
          { text: `-p ipv6-icmp ${allowIcmp}`, owner: discovery },
          { text: `-p udp -m udp --sport 546 --dport 547 ${allowDhcp}`, owner: client },
          { text: `-p udp -m udp --sport 547 --dport 546 ${noDhcp}`, owner: notServer },
        ];
  return [
    ...fixed,
    { text: ESTABLISHED, owner: owner(`belongs to a connection of ${name} that is allowed`) },
    ...groupRules(topology, port, family, 'egress'),
    ...ending(port, 'egress'),
  ];
};

const ending = (port: Port, direction: FirewallRule['direction']): ChainRule[] => [
  { text: INVALID, owner: portOwner(port, 'belongs to no connection') },
  {
    text: FALLBACK,
    owner: portOwner(port, `no ${direction} rule of a security group of ${port.name} allows it`),
  },
];

/** Pairs of addresses in the order of _spoofing_rule; an IPv6 address brings its MAC's link-local one along. */
const spoofPairs = (
  { mac_address, fixed_ips, allowed_address_pairs }: Port,
  family: Family,
): AddressPair[] => {
  const all = [
    ...allowed_address_pairs,
    ...fixed_ips.map(({ ip_address }) => ({ mac_address, ip_address })),
  ].filter(({ ip_address }) => versionOf(ip_address) === (family === 'ipv4' ? 4 : 6));
  const pairs = new Map<string, AddressPair>();
  for (const pair of all) {
    const own = { mac_address: pair.mac_address, ip_address: linkLocalAddress(pair.mac_address) };
    for (const one of family === 'ipv6' ? [pair, own] : [pair])
      pairs.set(`${one.mac_address} ${one.ip_address}`, one);
  }
  return [...pairs.values()];
};

/** Which addresses the port may send from; empty where nothing is asked. */
export const spoofChain = (port: Port, family: Family): ChainRule[] => {
  const allowed = `${comment('Allow traffic from defined IP/MAC pairs.')} -j RETURN`;
  const rule = (words: readonly string[], mac: string): ChainRule => ({
    text: [...words, `-m mac --mac-source ${mac}`, allowed].join(' '),
    owner: portOwner(port, `${port.name} sends from its own addresses`),
  });
  const pairs = spoofPairs(port, family).map(({ mac_address, ip_address }) =>
    rule(prefixArguments('-s', ip_address), mac_address),
  );
  // Without an address of its own its MAC address is enough.
  if (port.fixed_ips.length === 0) pairs.push(rule([], port.mac_address));
  if (pairs.length === 0) return [];
  return [
    ...pairs,
    {
      text: `${comment('Drop traffic without an IP/MAC allow rule.')} -j DROP`,
      owner: portOwner(port, `${port.name} sends from an address that is not its own`),
    },
  ];
};

/** Whether connections of the port are tracked: its first group says so (_are_sg_rules_stateful). */
export const isStateful = (topology: Topology, port: Port): boolean => {
  const group: SecurityGroup | undefined = topology.security_groups[port.security_groups[0] ?? ''];
  return group === undefined || group.security_group_rules.length === 0 || group.stateful;
};
