import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadCloud } from '../documents/load.ts';
import type { Topology } from '../topology.ts';

const cloud = (change: (text: string) => string = (text) => text): Promise<Topology> =>
  loadCloud({ text: change(readFileSync('fixtures/clouds/group-policy.yaml', 'utf8')), file: 'cloud.yaml' });

const rules = ({ security_groups }: Topology, name: string): string[] =>
  (security_groups[name]?.security_group_rules ?? []).map(
    ({ direction, protocol, port_range_min: min, port_range_max: max, remote_ip_prefix, description }) =>
      `${direction} ${protocol ?? 'any'} ${min === null ? '' : `${min}-${max} `}${remote_ip_prefix ?? 'anywhere'}  (${description})`,
  );

test('a contract becomes two security groups, whose rules name the others by their subnets', async () => {
  const topology = await cloud();
  expect(rules(topology, 'provided_browsing')).toMatchInlineSnapshot(`
    [
      "ingress tcp 80-80 10.0.3.0/24  (rule http of contract browsing, provided)",
      "egress tcp 9000-9000 10.0.3.0/24  (rule call-back of contract browsing, provided)",
      "ingress icmp 10.0.3.0/24  (rule echo of contract browsing, provided)",
      "egress icmp 10.0.3.0/24  (rule echo of contract browsing, provided)",
    ]
  `);
  expect(rules(topology, 'consumed_browsing')).toMatchInlineSnapshot(`
    [
      "egress tcp 80-80 10.0.1.0/24  (rule http of contract browsing, consumed)",
      "ingress tcp 9000-9000 10.0.1.0/24  (rule call-back of contract browsing, consumed)",
      "ingress icmp 10.0.1.0/24  (rule echo of contract browsing, consumed)",
      "egress icmp 10.0.1.0/24  (rule echo of contract browsing, consumed)",
    ]
  `);
});

test('a group becomes a security group for its own, link-local and names', async () => {
  expect(rules(await cloud(), 'gbp_web')).toMatchInlineSnapshot(`
    [
      "ingress any 10.0.1.0/24  (policy target group web: its own)",
      "egress any 10.0.1.0/24  (policy target group web: its own)",
      "egress any 169.254.0.0/16  (policy target group web: link-local)",
      "egress tcp 53-53 anywhere  (policy target group web: names)",
      "egress udp 53-53 anywhere  (policy target group web: names)",
      "egress tcp 53-53 anywhere  (policy target group web: names)",
      "egress udp 53-53 anywhere  (policy target group web: names)",
    ]
  `);
});

test('ports of policy targets are in the groups of their policy, and in no default group', async () => {
  const { ports } = await cloud();
  expect(ports['web1-eth0']?.security_groups).toEqual(['gbp_web', 'provided_browsing', 'consumed_storage']);
  expect(ports['client2-eth0']?.security_groups).toEqual(['gbp_clients', 'consumed_browsing']);
  expect(ports['stranger1-eth0']?.security_groups).toEqual(['any']);
});

test('a rule that is not enabled, and a contract that nobody consumes, allow nothing', async () => {
  const asleep = await cloud((text) =>
    text.replace('http: { policy_classifier: http,', 'http: { policy_classifier: http, enabled: false,'),
  );
  expect(rules(asleep, 'provided_browsing').some((text) => text.includes('tcp 80'))).toBe(false);
  const alone = await cloud((text) => text.replace('    consumed_policy_rule_sets: [storage]\n', ''));
  expect(rules(alone, 'provided_storage')).toEqual([]);
});
