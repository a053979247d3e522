/** QoS policies of a cloud document: one rule of each kind, and names that exist. */

import type { Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import { resolveName } from '../names.ts';

export function checkQos(document: CloudDocument, report: Report): void {
  for (const [kind, thing] of [
    ['networks', 'network'],
    ['ports', 'port'],
  ] as const) {
    for (const [name, { qos_policy }] of Object.entries(document[kind])) {
      if (qos_policy === undefined) continue;
      const path = [kind, name, 'qos_policy'];
      resolveName(document.qos_policies, qos_policy, 'QoS policy', path, `${thing} "${name}"`, report);
    }
  }
  for (const [name, { rules }] of Object.entries(document.qos_policies)) {
    const seen = new Set<string>();
    for (const [index, rule] of rules.entries()) {
      const kind =
        rule.type === 'bandwidth_limit' ? `${rule.type} rule for ${rule.direction}` : `${rule.type} rule`;
      if (seen.has(kind)) {
        report(['qos_policies', name, 'rules', index], 'key', {
          code: 'ND_QOS_RULE_TWICE',
          message: `QoS policy "${name}" has a second ${kind}`,
          expected: 'one rule of each type (and direction)',
        });
      }
      seen.add(kind);
    }
  }
}
