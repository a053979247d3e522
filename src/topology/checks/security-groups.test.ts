/** The exact text of what can be wrong with the security groups of a cloud document, and with address pairs. */
import { expect, test } from 'vitest';
import { loadCloud } from '../documents/load.ts';
import { errorText, routedError } from '../testing/errors.ts';

test('rules without mistakes', async () => {
  expect(
    await routedError({
      security_groups:
        '  web:\n    security_group_rules:\n      - { direction: ingress, protocol: tcp, port_range_min: 80, port_range_max: 80 }\n      - { direction: ingress, protocol: icmp, port_range_min: 8, port_range_max: 0 }\n      - { direction: ingress, protocol: icmp, port_range_min: 3 }\n      - { direction: ingress, ethertype: IPv6, protocol: icmp }\n      - { direction: egress, protocol: 112, remote_ip_prefix: 10.0.0.0/8 }\n      - { direction: ingress, remote_group: default }\n      - { direction: ingress, remote_group: web }',
    }),
  ).toMatchInlineSnapshot(`""`);
});

test('a group that exists anyway', async () => {
  expect(await routedError({ security_groups: '  default: {}' })).toMatchInlineSnapshot(`
    "ND_SECURITY_GROUP_DEFAULT: security group "default" exists in each project already
      at cloud.yaml:17:3
      expected: another name"
  `);
});

test('a direction that does not exist', async () => {
  expect(
    await routedError({ security_groups: '  web: { security_group_rules: [{ direction: in }] }' }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: security group "web": security_group_rules[0].direction is "in"
      at cloud.yaml:17:46
      expected: one of ingress, egress"
  `);
});

test('a protocol that does not exist', async () => {
  expect(
    await routedError({
      security_groups: '  web: { security_group_rules: [{ direction: ingress, protocol: tpc }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: security group "web": security_group_rules[0].protocol is "tpc"
      at cloud.yaml:17:65
      expected: one of tcp, udp, icmp, icmpv6, ah, dccp, egp, esp, gre, igmp, ipip, ipv6-encap, … (23 in all)
      try: tcp"
  `);
});

test('a protocol number that does not exist', async () => {
  expect(
    await routedError({
      security_groups: '  web: { security_group_rules: [{ direction: ingress, protocol: 256 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: security group "web": security_group_rules[0].protocol is 256
      at cloud.yaml:17:65
      expected: at most 255"
  `);
});

test('a port range without protocol', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, port_range_min: 80, port_range_max: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_PROTOCOL_MISSING: rule 1 of security group "web" has a port range and no protocol
      at cloud.yaml:17:33
      expected: a protocol with ports, such as tcp or udp
      try: protocol: tcp"
  `);
});

test('a port range of a protocol without ports', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: gre, port_range_min: 80, port_range_max: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_PORT_RANGE: rule 1 of security group "web" has a port range, and protocol gre has no ports
      at cloud.yaml:17:33
      expected: a port range only for tcp, udp, udplite, sctp and dccp (and for ICMP its type and code)"
  `);
});

test('a port range of a protocol number without ports', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: 47, port_range_min: 80, port_range_max: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_PORT_RANGE: rule 1 of security group "web" has a port range, and protocol 47 has no ports
      at cloud.yaml:17:33
      expected: a port range only for tcp, udp, udplite, sctp and dccp (and for ICMP its type and code)"
  `);
});

test('a port range with one end', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: tcp, port_range_min: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_PORT_RANGE: rule 1 of security group "web" has port_range_min and no port_range_max
      at cloud.yaml:17:33
      expected: both, or neither"
  `);
});

test('a port range that ends before it begins', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: udp, port_range_min: 81, port_range_max: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_PORT_RANGE: rule 1 of security group "web" has port_range_min 81, which is more than port_range_max 80
      at cloud.yaml:17:86
      expected: port_range_min at most port_range_max"
  `);
});

test('a port range from 0', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: tcp, port_range_min: 0, port_range_max: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_PORT_RANGE: rule 1 of security group "web" begins with port 0
      at cloud.yaml:17:86
      expected: ports from 1 to 65535"
  `);
});

test('a port range beyond 65535', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: tcp, port_range_min: 80, port_range_max: 65536 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: security group "web": security_group_rules[0].port_range_max is 65536
      at cloud.yaml:17:106
      expected: at most 65535"
  `);
});

test('an ICMP type and code out of bounds', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: icmp, port_range_min: 256, port_range_max: 300 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_RULE_ICMP: rule 1 of security group "web" has the ICMP type 256 (port_range_min)
        at cloud.yaml:17:87
        expected: an ICMP type from 0 to 255
      ND_RULE_ICMP: rule 1 of security group "web" has the ICMP code 300 (port_range_max)
        at cloud.yaml:17:108
        expected: an ICMP code from 0 to 255"
  `);
});

test('an ICMP code without a type', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, protocol: icmp, port_range_max: 0 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_ICMP: rule 1 of security group "web" has an ICMP code (port_range_max) and no type
      at cloud.yaml:17:71
      expected: port_range_min: the ICMP type"
  `);
});

test('a prefix of the other IP version', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, remote_ip_prefix: fd00::/64 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_ETHERTYPE: rule 1 of security group "web" is for IPv4, and fd00::/64 is an IPv6 network
      at cloud.yaml:17:73
      expected: an IPv4 network, or ethertype: IPv6"
  `);
});

test('an IPv4 prefix for IPv6', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, ethertype: IPv6, remote_ip_prefix: 10.0.0.0/8 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_ETHERTYPE: rule 1 of security group "web" is for IPv6, and 10.0.0.0/8 is an IPv4 network
      at cloud.yaml:17:90
      expected: an IPv6 network, or ethertype: IPv4"
  `);
});

test('ICMPv6 for IPv4', async () => {
  expect(
    await routedError({
      security_groups: '  web: { security_group_rules: [{ direction: ingress, protocol: ipv6-icmp }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_ETHERTYPE: rule 1 of security group "web" is for IPv4, and ipv6-icmp is a protocol of IPv6
      at cloud.yaml:17:65
      expected: ethertype: IPv6"
  `);
});

test('an address where a prefix is meant', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, remote_ip_prefix: 10.0.0.1/8 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_CIDR_HOST_BITS: 10.0.0.1/8 of rule 1 of security group "web" is an address in a network, not a network
      at cloud.yaml:17:73
      expected: a network, with zeros after the prefix
      try: 10.0.0.0/8"
  `);
});

test('a remote prefix and a remote group', async () => {
  expect(
    await routedError({
      security_groups:
        '  web: { security_group_rules: [{ direction: ingress, remote_ip_prefix: 10.0.0.0/8, remote_group: web }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_REMOTE: rule 1 of security group "web" has both remote_ip_prefix and remote_group
      at cloud.yaml:17:33
      expected: one of them, or neither"
  `);
});

test('a remote group that does not exist', async () => {
  expect(
    await routedError({
      security_groups: '  web: { security_group_rules: [{ direction: ingress, remote_group: wbe }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SECURITY_GROUP_UNKNOWN: rule 1 of security group "web" refers to security group "wbe", which does not exist
      at cloud.yaml:17:69
      expected: web
      try: web"
  `);
});

test('a rule twice', async () => {
  expect(
    await routedError({
      security_groups:
        '  web:\n    security_group_rules:\n      - { direction: ingress, protocol: tcp, port_range_min: 80, port_range_max: 80 }\n      - { direction: ingress, protocol: 6, port_range_min: 80, port_range_max: 80, description: again }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_RULE_TWICE: rule 2 of security group "web" is the same as rule 1
      at cloud.yaml:20:9
      expected: each rule once"
  `);
});

test('groups that do not exist', async () => {
  expect(
    await routedError({
      security_groups: '  web: {}',
      ports: '  p1: { network: red, security_groups: [web, wbe] }',
      servers: '  web1: { host: compute1, networks: [red, blue], security_groups: [wbe] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SECURITY_GROUP_UNKNOWN: server "web1" refers to security group "wbe", which does not exist
        at cloud.yaml:12:68
        expected: web
        try: web
      ND_SECURITY_GROUP_UNKNOWN: port "p1" refers to security group "wbe", which does not exist
        at cloud.yaml:18:46
        expected: web
        try: web"
  `);
});

test('a group of another project', async () => {
  expect(
    await routedError({
      projects: '  shop: {}\n  bank: {}',
      security_groups: '  web: { project: bank }',
      servers: '  web1: { project: shop, host: compute1, networks: [red], security_groups: [default, web] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SECURITY_GROUP_PROJECT: server "web1" is of project "shop", and security group "web" of project "bank"
      at cloud.yaml:12:86
      expected: a security group of project "shop""
  `);
});

test('a remote group of another project', async () => {
  expect(
    await routedError({
      projects: '  shop: {}\n  bank: {}',
      security_groups:
        '  web: { project: bank }\n  db: { project: shop, security_group_rules: [{ direction: ingress, remote_group: web }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SECURITY_GROUP_PROJECT: rule 1 of security group "db" is of project "shop", and security group "web" of project "bank"
      at cloud.yaml:21:83
      expected: a security group of project "shop""
  `);
});

test('groups without port security', async () => {
  expect(
    await routedError({
      security_groups: '  web: {}',
      ports: '  p1: { network: red, port_security_enabled: false, security_groups: [web] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_SECURITY_OFF: port "p1" has security groups and no port security on network "red"
      at cloud.yaml:19:53
      expected: port security and an address, or no security groups"
  `);
});

test('groups without address', async () => {
  expect(
    await routedError({
      security_groups: '  web: {}',
      ports: '  p1: { network: red, fixed_ips: [], security_groups: [web] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_SECURITY_OFF: port "p1" has security groups and no address on network "red"
      at cloud.yaml:19:38
      expected: port security and an address, or no security groups"
  `);
});

test('groups of a server on a network without port security', async () => {
  expect(
    await routedError({
      security_groups: '  web: {}',
      networks: '  red: { port_security_enabled: false }',
      subnets: '  red-v4: { network: red, cidr: 10.0.1.0/24 }',
      routers: '  r1: {}',
      servers: '  web1: { host: compute1, networks: [red], security_groups: [web] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_SECURITY_OFF: server "web1" has security groups and no port security on network "red"
      at cloud.yaml:8:44
      expected: port security and an address, or no security groups"
  `);
});

test('address pairs without port security', async () => {
  expect(
    await routedError({
      ports:
        '  p1: { network: red, port_security_enabled: false, allowed_address_pairs: [{ ip_address: 10.0.1.50 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_SECURITY_OFF: port "p1" has allowed address pairs and no port security
      at cloud.yaml:17:53
      expected: port security, or no allowed_address_pairs"
  `);
});

test('address pairs of bad form', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red, allowed_address_pairs: [{ ip_address: 10.0.1.300 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: port "p1": allowed_address_pairs[0].ip_address is "10.0.1.300"
      at cloud.yaml:17:61
      expected: an IP address or a network in CIDR notation, such as 10.0.0.5 or 10.0.0.0/24"
  `);
});

test('an address pair with host bits, and one twice', async () => {
  expect(
    await routedError({
      ports:
        '  p1: { network: red, allowed_address_pairs: [{ ip_address: 10.0.1.5/24 }, { ip_address: 10.0.1.5 }, { ip_address: 10.0.1.5 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_CIDR_HOST_BITS: 10.0.1.5/24 of an allowed address pair of port "p1" is an address in a network, not a network
        at cloud.yaml:17:61
        expected: a network, with zeros after the prefix
        try: 10.0.1.0/24
      ND_ADDRESS_PAIR_TWICE: an allowed address pair of port "p1", 10.0.1.5, is there twice
        at cloud.yaml:17:102
        expected: each pair once"
  `);
});

test('more address pairs than a port may have', async () => {
  expect(
    await routedError({
      ports: `  p1: { network: red, allowed_address_pairs: [${Array.from({ length: 11 }, (_, i) => `{ ip_address: 10.0.1.${i + 20} }`).join()}] }`,
    }),
  ).toMatchInlineSnapshot(`
    "ND_QUOTA: port "p1" has 11 allowed address pairs
      at cloud.yaml:17:23
      expected: at most 10"
  `);
});

test('more rules than a document may have', async () => {
  const security_group_rules = Array.from({ length: 10_001 }, (_, i) => ({
    direction: 'ingress' as const,
    protocol: 'tcp' as const,
    port_range_min: i + 1,
    port_range_max: i + 1,
  }));
  const document = {
    cloud: 'test',
    underlay: 'demo-cluster',
    security_groups: { web: { security_group_rules } },
  };
  expect(await errorText(loadCloud(document))).toMatchInlineSnapshot(`
    "ND_QUOTA: security_groups: the document has 10001 security group rules
      expected: at most 10000"
  `);
});
