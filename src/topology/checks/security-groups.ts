/** Security groups of a cloud document: rules that Neutron's API would refuse, and groups that ports cannot have. */

import type { DeclaredPort } from '../declared/ports.ts';
import type { Path, Report } from '../problems.ts';
import {
  canonicalRule,
  DEFAULT_GROUP,
  isTrusted,
  portSecurity,
  protocolNumber,
  ruleText,
} from '../resolve/security-groups.ts';
import type { CloudDocument } from '../schema/index.ts';
import { IP_PROTOCOLS } from '../schema/security-groups.ts';
import { named, resolveName } from '../names.ts';
import { checkNetworkAddress } from './network-address.ts';

type Group = CloudDocument['security_groups'][string];
type Rule = Group['security_group_rules'][number];

interface At {
  readonly subject: string;
  readonly path: Path;
}

/** Protocols with ports, and those whose "ports" are a type and a code. */
const WITH_PORTS = new Set<number>(
  (['tcp', 'udp', 'udplite', 'sctp', 'dccp'] as const).map((name) => IP_PROTOCOLS[name]),
);
const WITH_TYPES = new Set<number>([IP_PROTOCOLS.icmp, IP_PROTOCOLS['ipv6-icmp']]);

/** Names that only IPv6 has (_validate_ethertype_and_protocol of Neutron). */
const ONLY_IPV6 = /^(?:ipv6-|icmpv6$)/;

export function checkSecurityGroups(document: CloudDocument, report: Report): void {
  for (const [name, group] of Object.entries(document.security_groups)) {
    if (name === DEFAULT_GROUP) {
      report(['security_groups', name], 'key', {
        code: 'ND_SECURITY_GROUP_DEFAULT',
        message: `security group "${DEFAULT_GROUP}" exists in each project already`,
        expected: 'another name',
      });
    }
    const seen = new Map<string, number>();
    for (const [index, rule] of group.security_group_rules.entries()) {
      const at = {
        subject: `rule ${index + 1} of security group "${name}"`,
        path: ['security_groups', name, 'security_group_rules', index],
      };
      checkRange(rule, at, report);
      checkEthertype(rule, at, report);
      checkRemote(document, group, rule, at, report);
      const text = ruleText(canonicalRule(rule, group.project));
      const first = seen.get(text);
      seen.set(text, first ?? index);
      if (first === undefined) continue;
      report(at.path, 'key', {
        code: 'ND_RULE_TWICE',
        message: `${at.subject} is the same as rule ${first + 1}`,
        expected: 'each rule once',
      });
    }
  }
}

/** Neutron's _validate_port_range. */
function checkRange(rule: Rule, { subject, path }: At, report: Report): void {
  const { protocol, port_range_min: min, port_range_max: max } = rule;
  if (min === null && max === null) return;
  const number = protocolNumber(protocol);
  if (number === undefined) {
    report(path, 'key', {
      code: 'ND_RULE_PROTOCOL_MISSING',
      message: `${subject} has a port range and no protocol`,
      expected: 'a protocol with ports, such as tcp or udp',
      hint: 'protocol: tcp',
    });
  } else if (WITH_TYPES.has(number)) {
    checkTypeAndCode(rule, { subject, path }, report);
  } else if (!WITH_PORTS.has(number)) {
    report(path, 'key', {
      code: 'ND_RULE_PORT_RANGE',
      message: `${subject} has a port range, and protocol ${protocol} has no ports`,
      expected: 'a port range only for tcp, udp, udplite, sctp and dccp (and for ICMP its type and code)',
    });
  } else if (min === null || max === null) {
    report(path, 'key', {
      code: 'ND_RULE_PORT_RANGE',
      message: `${subject} has port_range_${min === null ? 'max' : 'min'} and no port_range_${min === null ? 'min' : 'max'}`,
      expected: 'both, or neither',
    });
  } else if (min === 0) {
    report([...path, 'port_range_min'], 'value', {
      code: 'ND_RULE_PORT_RANGE',
      message: `${subject} begins with port 0`,
      expected: 'ports from 1 to 65535',
    });
  } else if (min > max) {
    report([...path, 'port_range_min'], 'value', {
      code: 'ND_RULE_PORT_RANGE',
      message: `${subject} has port_range_min ${min}, which is more than port_range_max ${max}`,
      expected: 'port_range_min at most port_range_max',
    });
  }
}

function checkTypeAndCode(rule: Rule, { subject, path }: At, report: Report): void {
  for (const [key, called] of [
    ['port_range_min', 'type'],
    ['port_range_max', 'code'],
  ] as const) {
    const value = rule[key];
    if (value === null || value <= 255) continue;
    report([...path, key], 'value', {
      code: 'ND_RULE_ICMP',
      message: `${subject} has the ICMP ${called} ${value} (${key})`,
      expected: `an ICMP ${called} from 0 to 255`,
    });
  }
  if (rule.port_range_min !== null || rule.port_range_max === null) return;
  report([...path, 'port_range_max'], 'key', {
    code: 'ND_RULE_ICMP',
    message: `${subject} has an ICMP code (port_range_max) and no type`,
    expected: 'port_range_min: the ICMP type',
  });
}

function checkEthertype(rule: Rule, { subject, path }: At, report: Report): void {
  const { ethertype, protocol, remote_ip_prefix: prefix } = rule;
  if (ethertype === 'IPv4' && typeof protocol === 'string' && ONLY_IPV6.test(protocol)) {
    report([...path, 'protocol'], 'value', {
      code: 'ND_RULE_ETHERTYPE',
      message: `${subject} is for IPv4, and ${protocol} is a protocol of IPv6`,
      expected: 'ethertype: IPv6',
    });
  }
  if (prefix === null) return;
  checkNetworkAddress(prefix, [...path, 'remote_ip_prefix'], subject, report);
  const version = prefix.includes(':') ? 'IPv6' : 'IPv4';
  if (version === ethertype) return;
  report([...path, 'remote_ip_prefix'], 'value', {
    code: 'ND_RULE_ETHERTYPE',
    message: `${subject} is for ${ethertype}, and ${prefix} is an ${version} network`,
    expected: `an ${ethertype} network, or ethertype: ${version}`,
  });
}

function checkRemote(
  document: CloudDocument,
  { project }: Group,
  { remote_group, remote_ip_prefix }: Rule,
  { subject, path }: At,
  report: Report,
): void {
  if (remote_group === null) return;
  const at = { subject, path: [...path, 'remote_group'] };
  checkGroupName(document, remote_group, project, at, report);
  if (remote_ip_prefix === null) return;
  report(path, 'key', {
    code: 'ND_RULE_REMOTE',
    message: `${subject} has both remote_ip_prefix and remote_group`,
    expected: 'one of them, or neither',
  });
}

function checkGroupName(
  document: CloudDocument,
  name: string,
  project: string | undefined,
  { subject, path }: At,
  report: Report,
): void {
  if (name === DEFAULT_GROUP) return;
  const groups = document.security_groups;
  const group = resolveName(groups, name, 'security group', path, subject, report);
  if (group?.project === undefined || project === undefined || group.project === project) return;
  report(path, 'value', {
    code: 'ND_SECURITY_GROUP_PROJECT',
    message: `${subject} is of project "${project}", and security group "${name}" of project "${group.project}"`,
    expected: `a security group of project "${project}"`,
  });
}

/** Groups that ports ask for, and whether they can have any. */
export function checkPortSecurity(
  document: CloudDocument,
  ports: readonly DeclaredPort[],
  report: Report,
): void {
  const withSubnet = new Set(Object.values(document.subnets).map(({ network }) => network));
  for (const [name, { project, security_groups: groups = [] }] of Object.entries(document.servers)) {
    const path = ['servers', name, 'security_groups'];
    for (const [index, group] of groups.entries()) {
      const at = { subject: `server "${name}"`, path: [...path, index] };
      checkGroupName(document, group, project, at, report);
    }
  }
  for (const port of ports) {
    if (isTrusted(port)) continue;
    checkPairs(port, document, report);
    const { security_groups: groups, subject } = port;
    if (groups === undefined) continue;
    const path = groupsPath(port);
    for (const [index, name] of port.path[0] === 'servers' ? [] : groups.entries()) {
      checkGroupName(document, name, port.project, { subject, path: [...path, index] }, report);
    }
    if (groups.length === 0 || named(document.networks, port.network) === undefined) continue;
    const hasAddress =
      port.fixed_ips === undefined ? withSubnet.has(port.network) : port.fixed_ips.length > 0;
    if (portSecurity(port, document) && hasAddress) continue;
    report(path, 'key', {
      code: 'ND_PORT_SECURITY_OFF',
      message: `${subject} has security groups and ${hasAddress ? 'no port security' : 'no address'} on network "${port.network}"`,
      expected: 'port security and an address, or no security groups',
    });
  }
}

function groupsPath({ path, owner }: DeclaredPort): Path {
  if (owner?.kind === 'loadbalancer') return [...path, 'vip_security_groups'];
  return path[0] === 'servers' ? [...path.slice(0, 2), 'security_groups'] : [...path, 'security_groups'];
}

/** Neutron's allowed-address-pairs extension. */
function checkPairs(port: DeclaredPort, document: CloudDocument, report: Report): void {
  const path = [...port.path, 'allowed_address_pairs'];
  if (port.allowed_address_pairs.length > 0 && !portSecurity(port, document)) {
    report(path, 'key', {
      code: 'ND_PORT_SECURITY_OFF',
      message: `${port.subject} has allowed address pairs and no port security`,
      expected: 'port security, or no allowed_address_pairs',
    });
  }
  const seen = new Set<string>();
  for (const [index, { ip_address, mac_address }] of port.allowed_address_pairs.entries()) {
    const subject = `an allowed address pair of ${port.subject}`;
    checkNetworkAddress(ip_address, [...path, index, 'ip_address'], subject, report);
    const key = `${ip_address} ${mac_address}`;
    if (seen.has(key)) {
      report([...path, index], 'key', {
        code: 'ND_ADDRESS_PAIR_TWICE',
        message: `${subject}, ${ip_address}, is there twice`,
        expected: 'each pair once',
      });
    }
    seen.add(key);
  }
}
