/** Security group rules in the words of iptables-save(8) (neutron/agent/linux/iptables_firewall.py). */
import { IP_PROTOCOLS } from '../../../topology/schema/security-groups.ts';
import { type FirewallRule, isIcmp } from './rules.ts';

/** IPSET_NAME_MAX_LENGTH: room is left for the `-n` of a set that is to take the place of another. */
const SET_NAME_MAX_LENGTH = 29;

/** get_name of ipset_manager.py. */
export const setName = (groupId: string, ethertype: FirewallRule['ethertype']): string =>
  `N${ethertype}${groupId}`.slice(0, SET_NAME_MAX_LENGTH);

/** Names that iptables itself knows; it would look for others in a file that a small system lacks. */
const NAMED = new Map<number, string>(
  (['tcp', 'udp', 'udplite', 'sctp', 'icmp', 'ipv6-icmp', 'esp', 'ah'] as const).map((name) => [
    IP_PROTOCOLS[name],
    name,
  ]),
);

/** IPTABLES_PROTOCOL_MAP of neutron_lib: the match extension that comes with a port, an ICMP type or a code. */
const EXTENSIONS = new Map<number, string>([
  [IP_PROTOCOLS.tcp, 'tcp'],
  [IP_PROTOCOLS.udp, 'udp'],
  [IP_PROTOCOLS.sctp, 'sctp'],
  [IP_PROTOCOLS.dccp, 'dccp'],
  [IP_PROTOCOLS.icmp, 'icmp'],
  [IP_PROTOCOLS['ipv6-icmp'], 'icmp6'],
]);

/** Words for protocol, ports, ICMP type and code. Number 0 is no protocol to iptables: it matches all. */
const protocolArguments = (rule: FirewallRule): string[] => {
  const { protocolNumber: number, port_range_min: min } = rule;
  if (number === undefined || number === 0) return [];
  const protocol = ['-p', NAMED.get(number) ?? String(number)];
  if (min === null) return protocol;
  const extension = EXTENSIONS.get(number);
  return [...protocol, ...(extension === undefined ? [] : ['-m', extension]), ...portArguments(rule, min)];
};

const portArguments = (rule: FirewallRule, min: number): string[] => {
  const { protocolNumber, port_range_max: max } = rule;
  if (isIcmp(rule)) {
    const option = protocolNumber === IP_PROTOCOLS.icmp ? '--icmp-type' : '--icmpv6-type';
    return [option, max === null ? String(min) : `${min}/${max}`];
  }
  // UDP-Lite has no extension of its own (IPTABLES_MULTIPORT_ONLY_PROTOCOLS).
  if (min === max && protocolNumber !== IP_PROTOCOLS.udplite) return ['--dport', String(min)];
  return ['-m', 'multiport', '--dports', min === max ? String(min) : `${min}:${max}`];
};

/** An address or network as iptables-save writes it; nothing for all of them. */
export const prefixArguments = (option: '-s' | '-d', prefix: string): string[] => {
  if (prefix.endsWith('/0')) return [];
  const full = prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`;
  return [option, full];
};

/** The rule with its remote end as a prefix, or as the set of a remote group. */
export const plainArguments = (rule: FirewallRule, prefix: string | null): string[] => [
  ...(prefix === null ? [] : prefixArguments(rule.direction === 'ingress' ? '-s' : '-d', prefix)),
  ...protocolArguments(rule),
  '-j RETURN',
];

export const setArguments = (rule: FirewallRule, set: string): string[] => [
  ...protocolArguments(rule),
  '-m set --match-set',
  set,
  rule.direction === 'ingress' ? 'src' : 'dst',
  '-j RETURN',
];
