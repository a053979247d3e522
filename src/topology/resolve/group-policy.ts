/**
 * Group-based policy in terms of security groups, as the resource mapping driver has it
 * (gbpservice/neutron/services/grouppolicy/drivers/resource_mapping.py): a security group for each group, and two for
 * each contract, which the ports of those who provide and of those who consume are in. Rules name groups by their
 * subnets.
 */
import { canonicalNetwork } from '../addresses.ts';
import { named } from '../names.ts';
import { portNameOf } from '../declared/ports.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { SecurityGroup, SecurityGroupRule } from '../topology.ts';
import { type IdOf, optional } from './resolving.ts';

type Rule = Omit<SecurityGroupRule, 'id'>;
type Classifier = CloudDocument['policy_classifiers'][string];

const ofGroup = (group: string): string => `gbp_${group}`;
const ofProviders = (contract: string): string => `provided_${contract}`;
const ofConsumers = (contract: string): string => `consumed_${contract}`;

/** Names of the security groups that policies are mapped to. */
export const mappedGroups = ({ policy_target_groups, policy_rule_sets }: CloudDocument): string[] => [
  ...Object.keys(policy_target_groups).map(ofGroup),
  ...Object.keys(policy_rule_sets).flatMap((name) => [ofProviders(name), ofConsumers(name)]),
];

/** The port of a policy target, by name; undefined where there is none on the group's networks. */
export function targetPort(
  document: CloudDocument,
  { port, server, policy_target_group }: CloudDocument['policy_targets'][string],
): string | undefined {
  if (port !== undefined || server === undefined) return port;
  const group = named(document.policy_target_groups, policy_target_group);
  const networks = new Set(group?.subnets.map((subnet) => named(document.subnets, subnet)?.network));
  const nics = [...(named(document.servers, server)?.networks.entries() ?? [])];
  const found = nics.find(([, nic]) => {
    if (typeof nic === 'string') return networks.has(nic);
    return networks.has('port' in nic ? named(document.ports, nic.port)?.network : nic.network);
  });
  if (found === undefined) return undefined;
  const [index, nic] = found;
  return typeof nic === 'object' && 'port' in nic ? nic.port : portNameOf(server, index);
}

/** Security groups that a port is in because it is a policy target. */
export function policyGroupsOf(document: CloudDocument, port: string): string[] {
  const targets = Object.values(document.policy_targets);
  const target = targets.find((one) => targetPort(document, one) === port);
  const group = target && named(document.policy_target_groups, target.policy_target_group);
  if (target === undefined || group === undefined) return [];
  return [
    ofGroup(target.policy_target_group),
    ...group.provided_policy_rule_sets.map(ofProviders),
    ...group.consumed_policy_rule_sets.map(ofConsumers),
  ];
}

export function resolveGroupPolicy(document: CloudDocument, idOf: IdOf): Record<string, SecurityGroup> {
  const made = (
    name: string,
    project: string | undefined,
    rules: readonly Rule[],
  ): [string, SecurityGroup] => {
    const text = (rule: Rule): string => Object.values(rule).map(String).join(' ');
    const distinct = [...new Map(rules.map((rule) => [text(rule), rule]))];
    return [
      name,
      {
        id: idOf('security_group', name),
        name,
        ...optional('project', project),
        stateful: true,
        is_default: false,
        security_group_rules: distinct.map(([key, rule]) => ({
          id: idOf('security_group_rule', `${name}/${key}`),
          ...rule,
        })),
      },
    ];
  };
  const groups = Object.entries(document.policy_target_groups).map(([name, group]) =>
    made(ofGroup(name), group.project, ownRules(name, subnetsOf(document, group.subnets))),
  );
  const contracts = Object.entries(document.policy_rule_sets).flatMap(([name, { project }]) => [
    made(ofProviders(name), project, contractRules(document, name, 'provided')),
    made(ofConsumers(name), project, contractRules(document, name, 'consumed')),
  ]);
  return Object.fromEntries([...groups, ...contracts]);
}

const subnetsOf = ({ subnets }: CloudDocument, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const subnet = named(subnets, name);
    return subnet === undefined ? [] : [canonicalNetwork(subnet.cidr)];
  });

const ethertypeOf = (cidr: string): Rule['ethertype'] => (cidr.includes(':') ? 'IPv6' : 'IPv4');

const rule = (
  direction: Rule['direction'],
  cidr: string | null,
  description: string,
  more: Partial<Rule> = {},
): Rule => ({
  description,
  direction,
  ethertype: cidr === null ? 'IPv4' : ethertypeOf(cidr),
  protocol: null,
  port_range_min: null,
  port_range_max: null,
  remote_ip_prefix: cidr,
  remote_group: null,
  ...more,
});

/** _update_default_security_group: the group's own, link-local (metadata) and names. */
function ownRules(group: string, cidrs: readonly string[]): Rule[] {
  const within = `policy target group ${group}: its own`;
  const names = `policy target group ${group}: names`;
  return [
    ...cidrs.flatMap((cidr) => [rule('ingress', cidr, within), rule('egress', cidr, within)]),
    rule('egress', '169.254.0.0/16', `policy target group ${group}: link-local`),
    ...(['IPv4', 'IPv6'] as const).flatMap((ethertype) =>
      (['tcp', 'udp'] as const).map((protocol) =>
        rule('egress', null, names, { ethertype, protocol, port_range_min: 53, port_range_max: 53 }),
      ),
    ),
  ];
}

/** _add_or_remove_policy_rule_set_rule, for the ports of one side. */
function contractRules(document: CloudDocument, contract: string, side: 'provided' | 'consumed'): Rule[] {
  const others = side === 'provided' ? 'consumed_policy_rule_sets' : 'provided_policy_rule_sets';
  const far = Object.values(document.policy_target_groups)
    .filter((group) => group[others].includes(contract))
    .flatMap(({ subnets }) => subnetsOf(document, subnets));
  const [comesIn, goesOut] = side === 'provided' ? ['in', 'out'] : ['out', 'in'];
  return (named(document.policy_rule_sets, contract)?.policy_rules ?? []).flatMap((name) => {
    const declared = named(document.policy_rules, name);
    const classifier = declared && named(document.policy_classifiers, declared.policy_classifier);
    if (!declared?.enabled || classifier === undefined) return [];
    const { direction } = classifier;
    const description = `rule ${name} of contract ${contract}, ${side}`;
    return far.flatMap((cidr) => {
      const about = trafficOf(classifier, cidr);
      return [
        ...(direction === 'bi' || direction === comesIn ? [rule('ingress', cidr, description, about)] : []),
        ...(direction === 'bi' || direction === goesOut ? [rule('egress', cidr, description, about)] : []),
      ];
    });
  });
}

function trafficOf({ protocol, port_range }: Classifier, cidr: string): Partial<Rule> {
  const [first, last = first] = port_range === null ? [] : String(port_range).split(':').map(Number);
  return {
    protocol: protocol === 'icmp' && ethertypeOf(cidr) === 'IPv6' ? 'ipv6-icmp' : protocol,
    port_range_min: first ?? null,
    port_range_max: last ?? null,
  };
}
