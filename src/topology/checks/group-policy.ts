/** Group-based policy of a cloud document: names, and what security groups cannot be made to say. */

import type { DeclaredPort } from '../declared/ports.ts';
import type { Path, Report } from '../problems.ts';
import { mappedGroups, targetPort } from '../resolve/group-policy.ts';
import { isTrusted, portSecurity } from '../resolve/security-groups.ts';
import type { CloudDocument } from '../schema/index.ts';
import { named, resolveName } from '../names.ts';

export function checkGroupPolicy(
  document: CloudDocument,
  ports: readonly DeclaredPort[],
  report: Report,
): void {
  checkClassifiers(document, report);
  checkRules(document, report);
  checkGroups(document, report);
  checkTargets(document, ports, report);
  for (const name of mappedGroups(document)) {
    if (named(document.security_groups, name) === undefined) continue;
    report(['security_groups', name], 'key', {
      code: 'ND_POLICY_NAME_CLASH',
      message: `security group "${name}" has the name of one that a policy is mapped to`,
      expected: 'another name',
    });
  }
}

function checkClassifiers({ policy_classifiers }: CloudDocument, report: Report): void {
  for (const [name, { protocol, port_range }] of Object.entries(policy_classifiers)) {
    if (port_range === null) continue;
    const path = ['policy_classifiers', name, 'port_range'];
    if (protocol !== 'tcp' && protocol !== 'udp') {
      report(path, 'key', {
        code: 'ND_POLICY_CLASSIFIER',
        message: `policy classifier "${name}" has a port_range and ${protocol === null ? 'no protocol' : `protocol ${protocol}`}`,
        expected: 'protocol: tcp or udp',
      });
    }
    const [first = 0, last = first] = String(port_range).split(':').map(Number);
    if (first >= 1 && first <= last && last <= 65_535) continue;
    report(path, 'value', {
      code: 'ND_POLICY_CLASSIFIER',
      message: `policy classifier "${name}" has the port_range ${port_range}`,
      expected: 'ports from 1 to 65535, the first not above the last',
    });
  }
}

function checkRules(document: CloudDocument, report: Report): void {
  for (const [name, { policy_classifier, policy_actions }] of Object.entries(document.policy_rules)) {
    const subject = `policy rule "${name}"`;
    const path = ['policy_rules', name];
    const at = [...path, 'policy_classifier'];
    resolveName(document.policy_classifiers, policy_classifier, 'policy classifier', at, subject, report);
    for (const [index, action] of policy_actions.entries()) {
      const where = [...path, 'policy_actions', index];
      const found = resolveName(document.policy_actions, action, 'policy action', where, subject, report);
      if (found?.action_type !== 'redirect') continue;
      report(where, 'value', {
        code: 'ND_POLICY_ACTION',
        message: `${subject} redirects ("${action}"), and policies are mapped to security groups, which only let pass`,
        expected: 'policy actions with action_type: allow',
        hint: 'a router or a load balancer between the groups, and a contract with it',
      });
    }
  }
  for (const [name, { policy_rules }] of Object.entries(document.policy_rule_sets)) {
    for (const [index, each] of policy_rules.entries()) {
      const at = ['policy_rule_sets', name, 'policy_rules', index];
      resolveName(document.policy_rules, each, 'policy rule', at, `policy rule set "${name}"`, report);
    }
  }
}

function checkGroups(document: CloudDocument, report: Report): void {
  const owners = new Map<string, string>();
  for (const [name, group] of Object.entries(document.policy_target_groups)) {
    const subject = `policy target group "${name}"`;
    for (const key of ['provided_policy_rule_sets', 'consumed_policy_rule_sets'] as const) {
      for (const [index, contract] of group[key].entries()) {
        const at = ['policy_target_groups', name, key, index];
        resolveName(document.policy_rule_sets, contract, 'policy rule set', at, subject, report);
      }
    }
    for (const [index, subnet] of group.subnets.entries()) {
      const path: Path = ['policy_target_groups', name, 'subnets', index];
      if (resolveName(document.subnets, subnet, 'subnet', path, subject, report) === undefined) continue;
      const first = owners.get(subnet);
      owners.set(subnet, first ?? name);
      if (first === undefined) continue;
      report(path, 'value', {
        code: 'ND_POLICY_SUBNET',
        message: `subnet "${subnet}" of ${subject} is ${first === name ? 'there twice' : `one of group "${first}" as well`}`,
        expected: 'a subnet of its own for each group: rules tell groups from each other by their addresses',
      });
    }
  }
}

function checkTargets(document: CloudDocument, ports: readonly DeclaredPort[], report: Report): void {
  const byName = Object.fromEntries(ports.map((port) => [port.name, port]));
  const taken = new Map<string, string>();
  for (const [name, target] of Object.entries(document.policy_targets)) {
    const subject = `policy target "${name}"`;
    const path = ['policy_targets', name];
    const at = [...path, 'policy_target_group'];
    const groups = document.policy_target_groups;
    const group = resolveName(groups, target.policy_target_group, 'policy target group', at, subject, report);
    if ((target.port === undefined) === (target.server === undefined)) {
      report(path, 'key', {
        code: 'ND_POLICY_TARGET',
        message: `${subject} has ${target.port === undefined ? 'neither port nor server' : 'both port and server'}`,
        expected: 'one of them',
      });
      continue;
    }
    if (target.port !== undefined) {
      const where = [...path, 'port'];
      if (resolveName(byName, target.port, 'port', where, subject, report) === undefined) continue;
    } else if (target.server !== undefined) {
      const where = [...path, 'server'];
      if (resolveName(document.servers, target.server, 'server', where, subject, report) === undefined)
        continue;
    }
    const key = target.port === undefined ? 'server' : 'port';
    const port = named(byName, targetPort(document, target));
    const networks = group?.subnets.map((subnet) => named(document.subnets, subnet)?.network) ?? [];
    if (group !== undefined && (port === undefined || !networks.includes(port.network))) {
      report([...path, key], 'value', {
        code: 'ND_POLICY_TARGET',
        message: `${subject} has no port on a subnet of group "${target.policy_target_group}"`,
        expected: `a port on network ${[...new Set(networks)].join(' or ')}`,
      });
    }
    if (port === undefined) continue;
    const first = taken.get(port.name);
    taken.set(port.name, first ?? name);
    if (first !== undefined) {
      report([...path, key], 'value', {
        code: 'ND_PORT_IN_USE',
        message: `port "${port.name}" of ${subject} is already that of policy target "${first}"`,
        expected: 'one policy target for each port',
      });
    } else if (isTrusted(port) || !portSecurity(port, document)) {
      report([...path, key], 'value', {
        code: 'ND_PORT_SECURITY_OFF',
        message: `${subject} is ${port.subject}, which has no port security: nothing enforces a policy there`,
        expected: 'a port with port security',
      });
    }
  }
}
