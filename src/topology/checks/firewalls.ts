/** Firewalls of a cloud document: what the API of Firewall as a Service, v1 or v2, would refuse. */
import { parseNetwork } from '../addresses.ts';
import type { DeclaredPort } from '../declared/ports.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import { named, resolveName } from '../names.ts';
import { checkNetworkAddress } from './network-address.ts';

type Rule = CloudDocument['firewall_rules'][string];

export function checkFirewalls(
  document: CloudDocument,
  ports: readonly DeclaredPort[],
  report: Report,
): void {
  for (const [name, rule] of Object.entries(document.firewall_rules)) checkRule(name, rule, document, report);
  checkPolicies(document, report);
  checkRouters(document, report);
  checkGroups(document, ports, report);
  const [group] = Object.keys(document.firewall_groups);
  if (Object.keys(document.firewalls).length === 0 || group === undefined) return;
  report(['firewall_groups'], 'key', {
    code: 'ND_FIREWALL_VERSIONS',
    message: 'there are firewalls (Firewall as a Service v1) and firewall_groups (v2)',
    expected: 'one of them: Neutron loads one of the two plugins',
  });
}

/** Rules of FirewallPluginBase's create_firewall_rule. */
function checkRule(name: string, rule: Rule, { options }: CloudDocument, report: Report): void {
  const subject = `firewall rule "${name}"`;
  const path = ['firewall_rules', name];
  if (rule.action === 'reject' && options.release === 'juno') {
    report([...path, 'action'], 'value', {
      code: 'ND_FIREWALL_RULE',
      message: `${subject} rejects, which Juno has not`,
      expected: 'allow or deny, or another release',
    });
  }
  for (const key of ['source_port', 'destination_port'] as const) {
    const range = rule[key];
    if (range === null) continue;
    if (rule.protocol !== 'tcp' && rule.protocol !== 'udp') {
      report([...path, key], 'key', {
        code: 'ND_FIREWALL_RULE',
        message: `${subject} has a ${key} and ${rule.protocol === null ? 'no protocol' : `protocol ${rule.protocol}`}`,
        expected: 'protocol: tcp or udp',
      });
    }
    const [first = 0, last = first] = String(range).split(':').map(Number);
    if (first >= 1 && first <= last && last <= 65_535) continue;
    report([...path, key], 'value', {
      code: 'ND_FIREWALL_RULE',
      message: `${subject} has the ${key} ${range}`,
      expected: 'ports from 1 to 65535, the first not above the last',
    });
  }
  for (const key of ['source_ip_address', 'destination_ip_address'] as const) {
    const address = rule[key];
    if (address === null) continue;
    if (address.includes('/')) checkNetworkAddress(address, [...path, key], subject, report);
    if ((parseNetwork(address)?.version ?? (address.includes(':') ? 6 : 4)) === rule.ip_version) continue;
    report([...path, key], 'value', {
      code: 'ND_FIREWALL_RULE',
      message: `${subject} is about IPv${rule.ip_version}, and ${address} is of the other version`,
      expected: `an address of IPv${rule.ip_version}, or ip_version: ${rule.ip_version === 4 ? 6 : 4}`,
    });
  }
}

function checkPolicies(document: CloudDocument, report: Report): void {
  const { firewall_policies, firewall_rules, firewall_groups } = document;
  // A rule of v1 has its place in one policy (FirewallRuleConflict and FirewallRuleInUse); those of v2 may be in many.
  const v1 = Object.keys(firewall_groups).length === 0;
  const places = new Map<string, string>();
  for (const [name, policy] of Object.entries(firewall_policies)) {
    const subject = `firewall policy "${name}"`;
    const own = new Set<string>();
    for (const [index, ruleName] of policy.firewall_rules.entries()) {
      const path = ['firewall_policies', name, 'firewall_rules', index];
      const rule = resolveName(firewall_rules, ruleName, 'firewall rule', path, subject, report);
      if (rule === undefined) continue;
      const elsewhere = v1 ? places.get(ruleName) : undefined;
      if (own.has(ruleName) || elsewhere !== undefined) {
        report(path, 'value', {
          code: 'ND_FIREWALL_RULE_TWICE',
          message: `firewall rule "${ruleName}" of ${subject} is already one of ${
            own.has(ruleName) ? 'it' : `policy "${elsewhere}"`
          }`,
          expected: own.has(ruleName) ? 'each rule once' : 'a rule of its own for each policy',
        });
      }
      own.add(ruleName);
      places.set(ruleName, name);
      checkMayUse(policy, rule, `${subject} and rule "${ruleName}"`, path, report);
    }
  }
}

interface Shareable {
  readonly project?: string | undefined;
  readonly shared: boolean;
}

/** FirewallRuleConflict and FirewallPolicyConflict: what another project has must be shared. */
function checkMayUse(user: Shareable, used: Shareable, subject: string, path: Path, report: Report): void {
  if (used.shared || (user.project === used.project && !user.shared)) return;
  report(path, 'value', {
    code: 'ND_FIREWALL_SHARED',
    message: user.shared
      ? `of ${subject} the first is shared, and the second is not`
      : `${subject} are of two projects`,
    expected: 'the same project, or shared: true of what is used',
  });
}

function checkRouters(document: CloudDocument, report: Report): void {
  const holders = new Map<string, string>();
  for (const [name, firewall] of Object.entries(document.firewalls)) {
    const subject = `firewall "${name}"`;
    checkPolicyOf(document, firewall, firewall.firewall_policy, subject, 'firewall_policy', name, report);
    const routers = firewall.routers ?? routersOf(document, firewall.project);
    for (const [index, router] of routers.entries()) {
      const path =
        firewall.routers === undefined ? ['firewalls', name] : ['firewalls', name, 'routers', index];
      if (resolveName(document.routers, router, 'router', path, subject, report) === undefined) continue;
      const first = holders.get(router);
      holders.set(router, first ?? name);
      if (first === undefined) continue;
      // FirewallRouterInUse of the plugin.
      report(path, 'value', {
        code: 'ND_FIREWALL_IN_USE',
        message: `router "${router}" of ${subject} already has firewall "${first}"`,
        expected: 'one firewall for each router',
      });
    }
  }
}

/** As the API takes it that says nothing of routers: all of the project. */
export const routersOf = ({ routers }: CloudDocument, project: string | undefined): string[] =>
  Object.entries(routers).flatMap(([name, router]) => (router.project === project ? [name] : []));

function checkPolicyOf(
  document: CloudDocument,
  user: Shareable,
  policyName: string,
  subject: string,
  key: string,
  name: string,
  report: Report,
): void {
  const path = [subject.startsWith('firewall group') ? 'firewall_groups' : 'firewalls', name, key];
  const { firewall_policies } = document;
  const policy = resolveName(firewall_policies, policyName, 'firewall policy', path, subject, report);
  if (policy !== undefined) checkMayUse(user, policy, `${subject} and policy "${policyName}"`, path, report);
}

const INSIDE: ReadonlySet<string> = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
]);

function checkGroups(document: CloudDocument, ports: readonly DeclaredPort[], report: Report): void {
  const byName = Object.fromEntries(ports.map((port) => [port.name, port]));
  const inside = ports.flatMap(({ name, device_owner }) => (INSIDE.has(device_owner) ? [name] : []));
  const holders = new Map<string, string>();
  for (const [name, group] of Object.entries(document.firewall_groups)) {
    const subject = `firewall group "${name}"`;
    for (const key of ['ingress_firewall_policy', 'egress_firewall_policy'] as const) {
      const policy = group[key];
      if (policy !== null) checkPolicyOf(document, group, policy, subject, key, name, report);
    }
    for (const [index, portName] of group.ports.entries()) {
      const path = ['firewall_groups', name, 'ports', index];
      if (resolveName(byName, portName, 'port', path, subject, report) === undefined) continue;
      const first = holders.get(portName);
      holders.set(portName, first ?? name);
      if (first !== undefined) {
        // FirewallGroupPortInUse of the plugin.
        report(path, 'value', {
          code: 'ND_FIREWALL_IN_USE',
          message: `port "${portName}" of ${subject} is already in group "${first}"`,
          expected: 'one firewall group for each port',
        });
      } else if (!INSIDE.has(named(byName, portName)?.device_owner ?? '')) {
        // FirewallGroupPortInvalid; groups on ports of servers are of the L2 driver, which is not here.
        report(path, 'value', {
          code: 'ND_FIREWALL_GROUP_PORT',
          message: `port "${portName}" of ${subject} is no port of a router inside`,
          expected: inside.length === 0 ? 'an interface of a router' : oneOf(inside),
        });
      }
    }
  }
}
