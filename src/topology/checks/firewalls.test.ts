/** The exact text of what can be wrong with the firewalls of a cloud document. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

const error = (parts: Parameters<typeof routedError>[0]) =>
  routedError({ firewall_rules: '  web: { protocol: tcp, destination_port: 80, action: allow }', ...parts });

test('firewalls without mistakes, of either version', async () => {
  const policies = '  p1: { firewall_rules: [web] }\n  p2: {}';
  expect(
    await error({ firewall_policies: policies, firewalls: '  fw: { firewall_policy: p1 }' }),
  ).toMatchInlineSnapshot(`""`);
  expect(
    await error({
      firewall_policies: '  p1: { firewall_rules: [web] }\n  p2: { firewall_rules: [web] }',
      firewall_groups:
        '  g1: { ingress_firewall_policy: p1, ports: [r1-red-v4] }\n  g2: { egress_firewall_policy: p2, ports: [r1-blue-v4] }',
    }),
  ).toMatchInlineSnapshot(`""`);
});

test('rules with ports that they cannot have, and of two IP versions', async () => {
  expect(
    await error({
      firewall_rules:
        '  a: { destination_port: 80 }\n  b: { protocol: icmp, source_port: 80 }\n  c: { protocol: tcp, destination_port: "90:80" }\n  d: { source_ip_address: "fd00::/64" }\n  e: { ip_version: 6, destination_ip_address: 10.0.1.5 }\n  f: { source_ip_address: 10.0.1.5/24 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 6 errors in cloud.yaml
      ND_FIREWALL_RULE: firewall rule "a" has a destination_port and no protocol
        at cloud.yaml:17:8
        expected: protocol: tcp or udp
      ND_FIREWALL_RULE: firewall rule "b" has a source_port and protocol icmp
        at cloud.yaml:18:24
        expected: protocol: tcp or udp
      ND_FIREWALL_RULE: firewall rule "c" has the destination_port 90:80
        at cloud.yaml:19:41
        expected: ports from 1 to 65535, the first not above the last
      ND_FIREWALL_RULE: firewall rule "d" is about IPv4, and fd00::/64 is of the other version
        at cloud.yaml:20:27
        expected: an address of IPv4, or ip_version: 6
      ND_FIREWALL_RULE: firewall rule "e" is about IPv6, and 10.0.1.5 is of the other version
        at cloud.yaml:21:47
        expected: an address of IPv6, or ip_version: 4
      ND_CIDR_HOST_BITS: 10.0.1.5/24 of firewall rule "f" is an address in a network, not a network
        at cloud.yaml:22:27
        expected: a network, with zeros after the prefix
        try: 10.0.1.0/24"
  `);
});

test('a port that is none, and an action that is none', async () => {
  expect(
    await error({
      firewall_rules: '  a: { protocol: tcp, destination_port: "http" }\n  b: { action: drop }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SCHEMA_VALUE: firewall rule "a": destination_port is "http"
        at cloud.yaml:17:41
        expected: a port or a range "first:last", such as "80" or "5000:5009"
      ND_SCHEMA_VALUE: firewall rule "b": action is "drop"
        at cloud.yaml:18:16
        expected: one of allow, deny, reject"
  `);
});

test('reject at Juno', async () => {
  expect(
    await error({ firewall_rules: '  a: { action: reject }', options: '  release: juno' }),
  ).toMatchInlineSnapshot(`
    "ND_FIREWALL_RULE: firewall rule "a" rejects, which Juno has not
      at cloud.yaml:17:16
      expected: allow or deny, or another release"
  `);
});

test('names that do not exist', async () => {
  expect(
    await error({
      firewall_policies: '  p1: { firewall_rules: [wbe] }',
      firewalls: '  fw: { firewall_policy: p2, routers: [r2] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 3 errors in cloud.yaml
      ND_FIREWALL_RULE_UNKNOWN: firewall policy "p1" refers to firewall rule "wbe", which does not exist
        at cloud.yaml:19:26
        expected: web
        try: web
      ND_FIREWALL_POLICY_UNKNOWN: firewall "fw" refers to firewall policy "p2", which does not exist
        at cloud.yaml:21:26
        expected: p1
        try: p1
      ND_ROUTER_UNKNOWN: firewall "fw" refers to router "r2", which does not exist
        at cloud.yaml:21:40
        expected: r1
        try: r1"
  `);
});

test('a rule twice in a policy, and in two policies of v1', async () => {
  expect(
    await error({
      firewall_policies: '  p1: { firewall_rules: [web, web] }\n  p2: { firewall_rules: [web] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_FIREWALL_RULE_TWICE: firewall rule "web" of firewall policy "p1" is already one of it
        at cloud.yaml:19:31
        expected: each rule once
      ND_FIREWALL_RULE_TWICE: firewall rule "web" of firewall policy "p2" is already one of policy "p1"
        at cloud.yaml:20:26
        expected: a rule of its own for each policy"
  `);
});

test('what another project has and does not share', async () => {
  expect(
    await error({
      projects: '  acme: {}',
      firewall_policies:
        '  p1: { project: acme, firewall_rules: [web] }\n  p2: { shared: true, firewall_rules: [] }',
      firewalls: '  fw: { firewall_policy: p1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_FIREWALL_SHARED: firewall policy "p1" and rule "web" are of two projects
        at cloud.yaml:21:41
        expected: the same project, or shared: true of what is used
      ND_FIREWALL_SHARED: firewall "fw" and policy "p1" are of two projects
        at cloud.yaml:24:26
        expected: the same project, or shared: true of what is used"
  `);
});

test('a router with two firewalls', async () => {
  expect(
    await error({
      firewall_policies: '  p1: { firewall_rules: [web] }',
      firewalls: '  one: { firewall_policy: p1 }\n  two: { firewall_policy: p1, routers: [r1] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FIREWALL_IN_USE: router "r1" of firewall "two" already has firewall "one"
      at cloud.yaml:22:41
      expected: one firewall for each router"
  `);
});

test('ports that a firewall group cannot have', async () => {
  expect(
    await error({
      firewall_groups:
        '  g1: { ports: [r1-red-v4, web1-eth0, r1-gateway] }\n  g2: { ports: [r1-red-v4, r1-green] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 4 errors in cloud.yaml
      ND_FIREWALL_GROUP_PORT: port "web1-eth0" of firewall group "g1" is no port of a router inside
        at cloud.yaml:19:28
        expected: one of r1-red-v4, r1-blue-v4
      ND_FIREWALL_GROUP_PORT: port "r1-gateway" of firewall group "g1" is no port of a router inside
        at cloud.yaml:19:39
        expected: one of r1-red-v4, r1-blue-v4
      ND_FIREWALL_IN_USE: port "r1-red-v4" of firewall group "g2" is already in group "g1"
        at cloud.yaml:20:17
        expected: one firewall group for each port
      ND_PORT_UNKNOWN: firewall group "g2" refers to port "r1-green", which does not exist
        at cloud.yaml:20:28
        expected: one of web1-eth0, db1-eth0, r1-red-v4, r1-blue-v4, r1-gateway"
  `);
});

test('firewalls of both versions', async () => {
  expect(
    await error({
      firewall_policies: '  p1: {}',
      firewalls: '  fw: { firewall_policy: p1 }',
      firewall_groups: '  g1: {}',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FIREWALL_VERSIONS: there are firewalls (Firewall as a Service v1) and firewall_groups (v2)
      at cloud.yaml:22:1
      expected: one of them: Neutron loads one of the two plugins"
  `);
});
