/** How much a document may have of what grows without bound. Neutron's own quotas are smaller; benchmarks need more. */
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';

const QUOTAS = {
  routers: 250,
  'routes of a router': 30,
  'floating IPs': 2000,
  'port forwardings': 2000,
  'security groups': 1000,
  'security group rules': 10_000,
  'security groups of a port': 50,
  'allowed address pairs of a port': 10,
  trunks: 1000,
  subports: 4000,
  'QoS policies': 250,
  'load balancers': 250,
  listeners: 1000,
  members: 5000,
  firewalls: 250,
  'firewall rules': 2000,
  'policy rules': 2000,
} as const;

export function checkQuotas(document: CloudDocument, report: Report): void {
  const limit = (what: keyof typeof QUOTAS, count: number, path: Path, whose = 'the document') => {
    if (count <= QUOTAS[what]) return;
    report(path, 'key', {
      code: 'ND_QUOTA',
      message: `${whose} has ${count} ${what.replace(/ of a .*/, '')}`,
      expected: `at most ${QUOTAS[what]}`,
    });
  };
  const { routers, floatingips, security_groups, trunks, qos_policies, loadbalancers } = document;
  const total = <T>(record: Readonly<Record<string, T>>, count: (value: T) => number) =>
    Object.values(record).reduce((sum, value) => sum + count(value), 0);
  limit('routers', Object.keys(routers).length, ['routers']);
  limit('floating IPs', Object.keys(floatingips).length, ['floatingips']);
  limit(
    'port forwardings',
    total(floatingips, (each) => each.port_forwardings.length),
    ['floatingips'],
  );
  limit('security groups', Object.keys(security_groups).length, ['security_groups']);
  limit(
    'security group rules',
    total(security_groups, (each) => each.security_group_rules.length),
    ['security_groups'],
  );
  limit('trunks', Object.keys(trunks).length, ['trunks']);
  limit(
    'subports',
    total(trunks, (each) => each.sub_ports.length),
    ['trunks'],
  );
  limit('QoS policies', Object.keys(qos_policies).length, ['qos_policies']);
  limit('load balancers', Object.keys(loadbalancers).length, ['loadbalancers']);
  limit(
    'listeners',
    total(loadbalancers, (each) => Object.keys(each.listeners).length),
    ['loadbalancers'],
  );
  limit(
    'members',
    total(loadbalancers, ({ pools }) => total(pools, (each) => each.members.length)),
    ['loadbalancers'],
  );
  const { firewalls, firewall_groups, firewall_rules } = document;
  limit('firewalls', Object.keys(firewalls).length, ['firewalls']);
  limit('firewalls', Object.keys(firewall_groups).length, ['firewall_groups']);
  limit('policy rules', Object.keys(document.policy_rules).length, ['policy_rules']);
  limit('firewall rules', Object.keys(firewall_rules).length, ['firewall_rules']);
  for (const [name, { routes }] of Object.entries(routers)) {
    limit('routes of a router', routes.length, ['routers', name, 'routes'], `router "${name}"`);
  }
  for (const [name, { allowed_address_pairs, security_groups: groups = [] }] of Object.entries(
    document.ports,
  )) {
    const path = ['ports', name];
    const whose = `port "${name}"`;
    limit(
      'allowed address pairs of a port',
      allowed_address_pairs.length,
      [...path, 'allowed_address_pairs'],
      whose,
    );
    limit('security groups of a port', groups.length, [...path, 'security_groups'], whose);
  }
}
