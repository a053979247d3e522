/** The exact text of what can be wrong with the trunks and QoS policies of a cloud document. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

test('a trunk without mistakes', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }\n  p2: { network: blue }',
      servers:
        '  web1: { host: compute1, networks: [{ port: p1 }] }\n  web2: { host: compute1, networks: [red] }',
      trunks:
        '  t1: { port: p1, sub_ports: [{ port: p2, segmentation_id: 100 }] }\n  t2: { port: web2-eth0 }',
    }),
  ).toMatchInlineSnapshot(`""`);
});

test('a trunk with ports that do not exist', async () => {
  expect(
    await routedError({
      ports: '  port1: { network: red }',
      trunks: '  t1: { port: prot1, sub_ports: [{ port: port2, segmentation_id: 100 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_PORT_UNKNOWN: trunk "t1" refers to port "prot1", which does not exist
        at cloud.yaml:19:15
        expected: one of web1-eth0, db1-eth0, port1
        try: port1
      ND_PORT_UNKNOWN: trunk "t1" refers to port "port2", which does not exist
        at cloud.yaml:19:42
        expected: port1
        try: port1"
  `);
});

test('a parent of two trunks', async () => {
  expect(
    await routedError({ ports: '  p1: { network: red }', trunks: '  t1: { port: p1 }\n  t2: { port: p1 }' }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_IN_USE: port "p1", the parent of trunk "t2", is already the parent of trunk "t1"
      at cloud.yaml:20:15
      expected: a port for each trunk, of a server or of nobody"
  `);
});

test('a subport of two trunks, and twice of one', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }\n  p2: { network: red }\n  p3: { network: blue }',
      trunks:
        '  t1: { port: p1, sub_ports: [{ port: p3, segmentation_id: 100 }] }\n  t2: { port: p2, sub_ports: [{ port: p3, segmentation_id: 100 }, { port: p3, segmentation_id: 101 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_PORT_IN_USE: port "p3" of trunk "t2" is already that of trunk "t1"
        at cloud.yaml:22:39
        expected: a port for each subport
      ND_PORT_IN_USE: port "p3" of trunk "t2" is already that of trunk "t1"
        at cloud.yaml:22:75
        expected: a port for each subport"
  `);
});

test('a subport that is a NIC', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }\n  p2: { network: red }',
      servers: '  web1: { host: compute1, networks: [{ port: p2 }] }',
      trunks: '  t1: { port: p1, sub_ports: [{ port: p2, segmentation_id: 100 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_IN_USE: port "p2" of trunk "t1" is already that of server "web1"
      at cloud.yaml:19:39
      expected: a port for each subport"
  `);
});

test('a subport that is the parent', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }',
      trunks: '  t1: { port: p1, sub_ports: [{ port: p1, segmentation_id: 100 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_IN_USE: port "p1", the parent of trunk "t1", is already that of trunk "t1"
      at cloud.yaml:19:15
      expected: a port for each trunk, of a server or of nobody"
  `);
});

test('a VLAN id of two subports', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }\n  p2: { network: red }\n  p3: { network: blue }',
      trunks:
        '  t1: { port: p1, sub_ports: [{ port: p2, segmentation_id: 100 }, { port: p3, segmentation_id: 100 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SEGMENTATION_TWICE: VLAN id 100 of subport "p3" of trunk "t1" is already that of subport "p2"
      at cloud.yaml:21:96
      expected: a VLAN id of its own for each subport"
  `);
});

test('a VLAN id of a subport out of range', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }\n  p2: { network: red }',
      trunks: '  t1: { port: p1, sub_ports: [{ port: p2, segmentation_id: 4095 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: trunk "t1": sub_ports[0].segmentation_id is 4095
      at cloud.yaml:20:60
      expected: at most 4094"
  `);
});

test('a subport with a larger MTU than the parent', async () => {
  expect(
    await routedError({
      networks:
        '  public: { provider:network_type: flat, provider:physical_network: external, router:external: true }\n  red: { mtu: 1400 }\n  blue: {}',
      ports: '  p1: { network: red }\n  p2: { network: blue }',
      trunks: '  t1: { port: p1, sub_ports: [{ port: p2, segmentation_id: 100 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MTU_TOO_LARGE: the MTU 1450 of subport "p2" is more than that of the parent of trunk "t1"
      at cloud.yaml:20:39
      expected: at most 1400, the MTU of port "p1""
  `);
});

test('a QoS policy that does not exist', async () => {
  expect(
    await routedError({
      qos_policies: '  gold: {}',
      networks:
        '  public: { provider:network_type: flat, provider:physical_network: external, router:external: true }\n  red: { qos_policy: glod }\n  blue: {}',
      ports: '  p1: { network: red, qos_policy: silver }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_QOS_POLICY_UNKNOWN: network "red" refers to QoS policy "glod", which does not exist
        at cloud.yaml:5:22
        expected: gold
        try: gold
      ND_QOS_POLICY_UNKNOWN: port "p1" refers to QoS policy "silver", which does not exist
        at cloud.yaml:19:35
        expected: gold"
  `);
});

test('a DSCP mark that does not exist', async () => {
  expect(
    await routedError({ qos_policies: '  gold: { rules: [{ type: dscp_marking, dscp_mark: 7 }] }' }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: QoS policy "gold": rules[0].dscp_mark is 7
      at cloud.yaml:17:52
      expected: one of 0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, … (21 in all)"
  `);
});

test('a bandwidth of nothing', async () => {
  expect(
    await routedError({ qos_policies: '  gold: { rules: [{ type: bandwidth_limit, max_kbps: 0 }] }' }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: QoS policy "gold": rules[0].max_kbps is 0
      at cloud.yaml:17:54
      expected: at least 1"
  `);
});

test('a QoS rule of no type', async () => {
  expect(
    await routedError({ qos_policies: '  gold: { rules: [{ type: minimum_bandwidth, max_kbps: 100 }] }' }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: QoS policy "gold": rules[0].type is "minimum_bandwidth"
      at cloud.yaml:17:27
      expected: one of dscp_marking, bandwidth_limit"
  `);
});

test('two QoS rules of a kind', async () => {
  expect(
    await routedError({
      qos_policies:
        '  gold:\n    rules:\n      - { type: bandwidth_limit, max_kbps: 1000 }\n      - { type: bandwidth_limit, max_kbps: 1000, direction: ingress }\n      - { type: bandwidth_limit, max_kbps: 2000 }\n      - { type: dscp_marking, dscp_mark: 10 }\n      - { type: dscp_marking, dscp_mark: 26 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_QOS_RULE_TWICE: QoS policy "gold" has a second bandwidth_limit rule for egress
        at cloud.yaml:21:9
        expected: one rule of each type (and direction)
      ND_QOS_RULE_TWICE: QoS policy "gold" has a second dscp_marking rule
        at cloud.yaml:23:9
        expected: one rule of each type (and direction)"
  `);
});
