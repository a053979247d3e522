/** The rules of security groups as the drivers look at them. */

import type { Owner } from '../../../state/types.ts';
import { IP_PROTOCOLS } from '../../../topology/schema/security-groups.ts';
import type { Port, SecurityGroup, SecurityGroupRule, Topology } from '../../../topology/topology.ts';

export interface FirewallRule extends SecurityGroupRule {
  readonly group: SecurityGroup;
  /** As OpenFlow and iptables want it. */
  readonly protocolNumber?: number;
  /** Such as `web: ingress tcp 80 from any`. */
  readonly text: string;
}

const numberOf = (protocol: string): number =>
  (IP_PROTOCOLS as Readonly<Record<string, number>>)[protocol] ?? Number(protocol);

const ICMP = new Set<number>([IP_PROTOCOLS.icmp, IP_PROTOCOLS['ipv6-icmp']]);

export const isIcmp = ({ protocolNumber }: Pick<FirewallRule, 'protocolNumber'>): boolean =>
  protocolNumber !== undefined && ICMP.has(protocolNumber);

const rangeText = (rule: SecurityGroupRule, icmp: boolean): string[] => {
  const { port_range_min: min, port_range_max: max } = rule;
  if (min === null) return [];
  if (icmp) return [`type ${min}`, ...(max === null ? [] : [`code ${max}`])];
  return [min === max ? String(min) : `${min}-${max}`];
};

const ruleText = (group: SecurityGroup, rule: SecurityGroupRule, icmp: boolean): string => {
  const { direction, ethertype, protocol, remote_ip_prefix, remote_group } = rule;
  const remote = remote_ip_prefix ?? (remote_group === null ? 'any' : `group ${remote_group}`);
  return [
    `${group.name}:`,
    direction,
    ...(ethertype === 'IPv6' ? ['IPv6'] : []),
    protocol ?? 'any',
    ...rangeText(rule, icmp),
    direction === 'ingress' ? 'from' : 'to',
    remote,
  ].join(' ');
};

const firewallRule = (group: SecurityGroup, rule: SecurityGroupRule): FirewallRule => {
  const protocolNumber = rule.protocol === null ? undefined : numberOf(rule.protocol);
  const text = ruleText(group, rule, protocolNumber !== undefined && ICMP.has(protocolNumber));
  return { ...rule, group, text, ...(protocolNumber === undefined ? {} : { protocolNumber }) };
};

/** The rules of the port's groups, in the order of the groups. */
export const rulesOf = (topology: Topology, port: Port): FirewallRule[] =>
  port.security_groups.flatMap((name) => {
    const group = topology.security_groups[name];
    return group === undefined ? [] : group.security_group_rules.map((rule) => firewallRule(group, rule));
  });

/** Whoever asked for what lets packets through to or from a port: one rule, or several that share a flow. */
export const ruleOwner = (rules: readonly Pick<FirewallRule, 'text'>[], port: Port): Owner => {
  const name = [...new Set(rules.map(({ text }) => text))].join(' and ');
  return { kind: 'security_group_rule', name, purpose: `security group rule ${name}, on ${port.name}` };
};
