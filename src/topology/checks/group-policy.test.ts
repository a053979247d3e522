/** The exact text of what can be wrong with the group-based policy of a cloud document. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

const error = (parts: Parameters<typeof routedError>[0]) =>
  routedError({
    policy_classifiers: '  http: { protocol: tcp, port_range: 80, direction: in }',
    policy_rules: '  http: { policy_classifier: http }',
    policy_rule_sets: '  browsing: { policy_rules: [http] }',
    ...parts,
  });

test('policies without mistakes', async () => {
  expect(
    await error({
      policy_target_groups:
        '  a: { subnets: [red-v4], provided_policy_rule_sets: [browsing] }\n  b: { subnets: [blue-v4], consumed_policy_rule_sets: [browsing] }',
      policy_targets:
        '  web1: { policy_target_group: a, server: web1 }\n  db1: { policy_target_group: b, port: db1-eth0 }',
    }),
  ).toMatchInlineSnapshot(`""`);
});

test('a rule that redirects cannot be mapped', async () => {
  expect(
    await error({
      policy_actions: '  through: { action_type: redirect }',
      policy_rules: '  http: { policy_classifier: http, policy_actions: [through] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_POLICY_ACTION: policy rule "http" redirects ("through"), and policies are mapped to security groups, which only let pass
      at cloud.yaml:19:53
      expected: policy actions with action_type: allow
      try: a router or a load balancer between the groups, and a contract with it"
  `);
});

test('two groups on one subnet cannot be told from each other', async () => {
  expect(
    await error({ policy_target_groups: '  a: { subnets: [red-v4] }\n  b: { subnets: [blue-v4, red-v4] }' }),
  ).toMatchInlineSnapshot(`
    "ND_POLICY_SUBNET: subnet "red-v4" of policy target group "b" is one of group "a" as well
      at cloud.yaml:24:27
      expected: a subnet of its own for each group: rules tell groups from each other by their addresses"
  `);
});

test('classifiers with ports that they cannot have, or without a direction', async () => {
  expect(
    await error({
      policy_classifiers:
        '  http: { protocol: icmp, port_range: 80, direction: in }\n  b: { protocol: tcp, port_range: "90:80", direction: bi }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_POLICY_CLASSIFIER: policy classifier "http" has a port_range and protocol icmp
        at cloud.yaml:17:27
        expected: protocol: tcp or udp
      ND_POLICY_CLASSIFIER: policy classifier "b" has the port_range 90:80
        at cloud.yaml:18:35
        expected: ports from 1 to 65535, the first not above the last"
  `);
  expect(await error({ policy_classifiers: '  http: { protocol: tcp }' })).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: policy classifier "http": direction is empty
      at cloud.yaml:17:3
      expected: one of in, out, bi"
  `);
});

test('names that do not exist', async () => {
  expect(
    await error({
      policy_rules: '  http: { policy_classifier: htpp, policy_actions: [allow] }',
      policy_rule_sets: '  browsing: { policy_rules: [htp] }',
      policy_target_groups: '  a: { subnets: [red-v5], provided_policy_rule_sets: [browsin] }',
      policy_targets: '  web1: { policy_target_group: c, server: web1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 6 errors in cloud.yaml
      ND_POLICY_UNKNOWN: policy rule "http" refers to policy classifier "htpp", which does not exist
        at cloud.yaml:19:30
        expected: http
        try: http
      ND_POLICY_UNKNOWN: policy rule "http" refers to policy action "allow", which does not exist
        at cloud.yaml:19:53
        expected: a policy action, and there is none
      ND_POLICY_UNKNOWN: policy rule set "browsing" refers to policy rule "htp", which does not exist
        at cloud.yaml:21:30
        expected: http
        try: http
      ND_SUBNET_UNKNOWN: policy target group "a" refers to subnet "red-v5", which does not exist
        at cloud.yaml:23:18
        expected: one of public-v4, red-v4, blue-v4
        try: red-v4
      ND_POLICY_UNKNOWN: policy target group "a" refers to policy rule set "browsin", which does not exist
        at cloud.yaml:23:55
        expected: browsing
        try: browsing
      ND_POLICY_UNKNOWN: policy target "web1" refers to policy target group "c", which does not exist
        at cloud.yaml:25:32
        expected: a
        try: a"
  `);
});

test('policy targets that are none', async () => {
  expect(
    await error({
      ports: '  free: { network: red, port_security_enabled: false }',
      policy_target_groups: '  a: { subnets: [red-v4] }',
      policy_targets:
        '  none: { policy_target_group: a }\n  both: { policy_target_group: a, server: web1, port: web1-eth0 }\n  db1: { policy_target_group: a, server: db1 }\n  web1: { policy_target_group: a, server: web1 }\n  again: { policy_target_group: a, port: web1-eth0 }\n  open: { policy_target_group: a, port: free }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 5 errors in cloud.yaml
      ND_POLICY_TARGET: policy target "none" has neither port nor server
        at cloud.yaml:27:3
        expected: one of them
      ND_POLICY_TARGET: policy target "both" has both port and server
        at cloud.yaml:28:3
        expected: one of them
      ND_POLICY_TARGET: policy target "db1" has no port on a subnet of group "a"
        at cloud.yaml:29:42
        expected: a port on network red
      ND_PORT_IN_USE: port "web1-eth0" of policy target "again" is already that of policy target "web1"
        at cloud.yaml:31:42
        expected: one policy target for each port
      ND_PORT_SECURITY_OFF: policy target "open" is port "free", which has no port security: nothing enforces a policy there
        at cloud.yaml:32:41
        expected: a port with port security"
  `);
});

test('a security group with the name of one that a policy is mapped to', async () => {
  expect(
    await error({ policy_target_groups: '  a: { subnets: [red-v4] }', security_groups: '  gbp_a: {}' }),
  ).toMatchInlineSnapshot(`
    "ND_POLICY_NAME_CLASH: security group "gbp_a" has the name of one that a policy is mapped to
      at cloud.yaml:25:3
      expected: another name"
  `);
});
