/** Security groups with the rules that nobody writes down, and which ports are in which groups. */
import { canonicalAddress, canonicalNetwork } from '../addresses.ts';
import { named } from '../names.ts';
import type { DeclaredPort } from '../declared/ports.ts';
import type { CloudDocument } from '../schema/index.ts';
import { IP_PROTOCOLS } from '../schema/security-groups.ts';
import type { AllowedAddressPair, SecurityGroup, SecurityGroupRule } from '../topology.ts';
import { policyGroupsOf } from './group-policy.ts';
import { type IdOf, mapRecord, optional } from './resolving.ts';

type DeclaredRule = CloudDocument['security_groups'][string]['security_group_rules'][number];
type Rule = Omit<SecurityGroupRule, 'id' | 'description'>;

/** What documents call the group that each project has anyway. */
export const DEFAULT_GROUP = 'default';

/** One name for each number: the last, so that 58 is ipv6-icmp. */
const NAMES = new Map<number, string>(Object.entries(IP_PROTOCOLS).map(([name, number]) => [number, name]));

/** Protocols that mean ICMPv6 in a rule for IPv6 (IPV6_ICMP_LEGACY_PROTO_LIST of Neutron). */
const ICMP_OF_IPV6 = new Set<number>([IP_PROTOCOLS.icmp, IP_PROTOCOLS['ipv6-icmp']]);

/** Neutron trusts the ports of its own services (is_port_trusted): no port security, no groups. */
export const isTrusted = ({ device_owner }: Pick<DeclaredPort, 'device_owner'>): boolean =>
  device_owner.startsWith('network:');

/** Key of a group by the name that something of a project calls it by. */
function groupKey(name: string, project: string | undefined): string {
  return name === DEFAULT_GROUP && project !== undefined ? `${project}/${DEFAULT_GROUP}` : name;
}

export function protocolNumber(protocol: DeclaredRule['protocol']): number | undefined {
  if (protocol === null) return undefined;
  return typeof protocol === 'number' ? protocol : IP_PROTOCOLS[protocol];
}

function protocolName(protocol: DeclaredRule['protocol'], ethertype: Rule['ethertype']): string | null {
  const number = protocolNumber(protocol);
  if (number === undefined) return null;
  if (ethertype === 'IPv6' && ICMP_OF_IPV6.has(number)) return 'ipv6-icmp';
  return NAMES.get(number) ?? String(number);
}

/** A rule in the one form that equal rules have in common. */
export function canonicalRule(rule: DeclaredRule, project: string | undefined): Rule {
  const { direction, ethertype, port_range_min, port_range_max, remote_ip_prefix, remote_group } = rule;
  return {
    direction,
    ethertype,
    protocol: protocolName(rule.protocol, ethertype),
    port_range_min,
    port_range_max,
    remote_ip_prefix: remote_ip_prefix === null ? null : canonicalNetwork(remote_ip_prefix),
    remote_group: remote_group === null ? null : groupKey(remote_group, project),
  };
}

export const ruleText = (rule: Rule): string => Object.values(rule).map(String).join(' ');

const any = {
  protocol: null,
  port_range_min: null,
  port_range_max: null,
  remote_ip_prefix: null,
  remote_group: null,
} as const;

const allEgress: readonly Rule[] = [
  { direction: 'egress', ethertype: 'IPv4', ...any },
  { direction: 'egress', ethertype: 'IPv6', ...any },
];

/** The default groups first, that of things without a project before those of projects. */
export function resolveSecurityGroups(document: CloudDocument, idOf: IdOf): Record<string, SecurityGroup> {
  const rulesOf = (group: string, rules: readonly (Rule & { description?: string | undefined })[]) =>
    rules.map(({ description, ...rule }): SecurityGroupRule => {
      const id = idOf('security_group_rule', `${group}/${ruleText(rule)}`);
      return { id, ...optional('description', description), ...rule };
    });
  const defaults = [undefined, ...Object.keys(document.projects)].map((project): [string, SecurityGroup] => {
    const name = groupKey(DEFAULT_GROUP, project);
    const own: readonly Rule[] = [
      { direction: 'ingress', ethertype: 'IPv4', ...any, remote_group: name },
      { direction: 'ingress', ethertype: 'IPv6', ...any, remote_group: name },
    ];
    return [
      name,
      {
        id: idOf('security_group', name),
        name,
        ...optional('project', project),
        stateful: true,
        is_default: true,
        security_group_rules: rulesOf(name, [...allEgress, ...own]),
      },
    ];
  });
  const declared = mapRecord(
    document.security_groups,
    (name, { id, project, stateful, security_group_rules }): SecurityGroup => {
      const rules = security_group_rules.map((rule) => ({
        ...canonicalRule(rule, project),
        description: rule.description,
      }));
      const egress = rules.some(({ direction }) => direction === 'egress') ? [] : allEgress;
      return {
        id: idOf('security_group', name, id),
        name,
        ...optional('project', project),
        stateful,
        is_default: false,
        security_group_rules: rulesOf(name, [...egress, ...rules]),
      };
    },
  );
  return { ...Object.fromEntries(defaults), ...declared };
}

/** Whether what a port sends and gets is checked at all. */
export function portSecurity(port: DeclaredPort, document: CloudDocument): boolean {
  if (isTrusted(port)) return false;
  return port.port_security_enabled ?? named(document.networks, port.network)?.port_security_enabled ?? true;
}

/** Keys of the groups of a port, as Neutron's port-security extension has it. */
export function groupsOf(port: DeclaredPort, hasAddress: boolean, document: CloudDocument): string[] {
  if (!portSecurity(port, document) || !hasAddress) return [];
  const policy = policyGroupsOf(document, port.name);
  // Where a policy says what passes the default group would say more.
  const declared = port.security_groups ?? (policy.length > 0 ? [] : [DEFAULT_GROUP]);
  return [...new Set([...declared.map((name) => groupKey(name, port.project)), ...policy])];
}

export function resolveAddressPairs(port: DeclaredPort, mac: string): AllowedAddressPair[] {
  return port.allowed_address_pairs.map(({ ip_address, mac_address }) => ({
    ip_address: ip_address.includes('/') ? canonicalNetwork(ip_address) : canonicalAddress(ip_address),
    mac_address: mac_address ?? mac,
  }));
}
