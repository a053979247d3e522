/** What a document calls by name. */
import { nearest, oneOf } from './nearest.ts';
import type { Path, Report } from './problems.ts';

/** The thing of that name; what a document calls "constructor" is not what every object has. */
export function named<T>(record: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

const UNKNOWN = {
  network: 'ND_NETWORK_UNKNOWN',
  subnet: 'ND_SUBNET_UNKNOWN',
  port: 'ND_PORT_UNKNOWN',
  project: 'ND_PROJECT_UNKNOWN',
  host: 'ND_HOST_UNKNOWN',
  server: 'ND_SERVER_UNKNOWN',
  pool: 'ND_LB_POOL_UNKNOWN',
  'health monitor': 'ND_MONITOR_UNKNOWN',
  'security group': 'ND_SECURITY_GROUP_UNKNOWN',
  'QoS policy': 'ND_QOS_POLICY_UNKNOWN',
  router: 'ND_ROUTER_UNKNOWN',
  'firewall policy': 'ND_FIREWALL_POLICY_UNKNOWN',
  'firewall rule': 'ND_FIREWALL_RULE_UNKNOWN',
  'policy target group': 'ND_POLICY_UNKNOWN',
  'policy rule set': 'ND_POLICY_UNKNOWN',
  'policy rule': 'ND_POLICY_UNKNOWN',
  'policy classifier': 'ND_POLICY_UNKNOWN',
  'policy action': 'ND_POLICY_UNKNOWN',
} as const;

/** The thing of that name, or a problem at `path` that offers the nearest one. */
export function resolveName<T>(
  record: Readonly<Record<string, T>>,
  name: string,
  kind: keyof typeof UNKNOWN,
  path: Path,
  subject: string,
  report: Report,
): T | undefined {
  const found = named(record, name);
  if (found !== undefined) return found;
  const names = Object.keys(record);
  report(path, 'value', {
    code: UNKNOWN[kind],
    message: `${subject} refers to ${kind} "${name}", which does not exist`,
    expected: names.length === 0 ? `a ${kind}, and there is none` : oneOf(names),
    hint: nearest(name, names)[0],
  });
  return undefined;
}
