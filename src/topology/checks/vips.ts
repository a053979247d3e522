/**
 * Load balancing in the form of LBaaS v1, as loadbalancer_db.py checked it. What a VIP and a load balancer have in
 * common is checked in check-loadbalancers.ts, once the one is the other (vips.ts).
 */

import type { Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import { checkMember } from './loadbalancers.ts';
import { named, resolveName } from '../names.ts';

export function checkVips(document: CloudDocument, report: Report): void {
  const users = new Map<string, string>();
  for (const [name, vip] of Object.entries(document.vips)) {
    const path = ['vips', name];
    const subject = `VIP "${name}"`;
    if (named(document.loadbalancers, name) !== undefined) {
      report(path, 'key', {
        code: 'ND_VIP_NAME',
        message: `${subject} has the name of a load balancer`,
        expected: 'another name',
      });
    }
    const pool = resolveName(document.pools, vip.pool, 'pool', [...path, 'pool'], subject, report);
    const first = users.get(vip.pool);
    users.set(vip.pool, first ?? name);
    if (first !== undefined) {
      report([...path, 'pool'], 'value', {
        code: 'ND_VIP_POOL',
        message: `${subject} has the pool "${vip.pool}", which VIP "${first}" has already`,
        expected: 'a pool of its own for each VIP',
      });
    }
    if (pool !== undefined && pool.protocol !== vip.protocol) {
      report([...path, 'protocol'], 'value', {
        code: 'ND_VIP_PROTOCOL',
        message: `${subject} has the protocol ${vip.protocol}, and its pool "${vip.pool}" the protocol ${pool.protocol}`,
        expected: pool.protocol,
      });
    }
  }
  for (const [name, pool] of Object.entries(document.pools)) {
    const path = ['pools', name];
    const subject = `pool "${name}"`;
    for (const [index, monitor] of pool.health_monitors.entries()) {
      const at = [...path, 'health_monitors', index];
      resolveName(document.health_monitors, monitor, 'health monitor', at, subject, report);
    }
    resolveName(document.subnets, pool.subnet, 'subnet', [...path, 'subnet'], subject, report);
    // Nothing comes of a pool without a VIP, but its members are looked at all the same.
    if (users.has(name)) continue;
    for (const [index, member] of pool.members.entries()) {
      const at = { subject: `a member of ${subject}`, path: [...path, 'members', index] };
      checkMember(member, document, at, report);
    }
  }
}
