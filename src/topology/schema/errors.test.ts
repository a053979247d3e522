/** The exact text of what can be wrong with the shape of a document. */
import { expect, test } from 'vitest';
import { cloudError, cloudWith } from '../testing/errors.ts';

const networks = (lines: string) => cloudWith({ networks: `networks:\n${lines}`, subnets: '', servers: '' });
const subnets = (lines: string) => cloudWith({ subnets: `subnets:\n${lines}`, servers: '' });
const servers = (lines: string) => cloudWith({ servers: `servers:\n${lines}` });

test('an unknown key', async () => {
  expect(
    await cloudError(servers('  web1: { hots: compute1, host: compute1, networks: [red] }')),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "hots" in server "web1"
      at cloud.yaml:10:11
      expected: one of id, project, host, networks, security_groups, address
      try: host"
  `);
});

test('an unknown key with nothing near', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [red], flavor: m1 }')),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "flavor" in server "web1"
      at cloud.yaml:10:44
      expected: one of id, project, host, networks, security_groups, address"
  `);
});

test('an unknown key of the document', async () => {
  expect(await cloudError(`${cloudWith({})}routres: {}\n`)).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "routres"
      at cloud.yaml:11:1
      expected: one of cloud, description, underlay, options, projects, networks, subnets, ports, servers, routers, floatingips, security_groups, … (29 in all)
      try: routers"
  `);
});

test('an unknown key in a NIC', async () => {
  expect(
    await cloudError(
      servers('  web1:\n    host: compute1\n    networks:\n      - network: red\n        fixed_pi: 10.0.1.5'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "fixed_pi" in server "web1": networks[0]
      at cloud.yaml:14:9
      expected: one of network, fixed_ip, mac_address
      try: fixed_ip"
  `);
});

test('a NIC with a port and an address', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [{ port: p1, fixed_ip: 10.0.1.5 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "fixed_ip" in server "web1": networks[0]
      at cloud.yaml:10:50
      expected: port"
  `);
});

test('a NIC with nothing', async () => {
  expect(await cloudError(servers('  web1: { host: compute1, networks: [{}] }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_MISSING: server "web1": networks[0] has no "network"
      at cloud.yaml:10:38
      expected: network: A network; a port on it is made, <server>-eth<n>."
  `);
});

test('a NIC that is a number', async () => {
  expect(await cloudError(servers('  web1: { host: compute1, networks: [5] }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: server "web1": networks[0] is 5
      at cloud.yaml:10:38
      expected: a network; or a network, with an address on it; or a port"
  `);
});

test('a NIC with a wrong address', async () => {
  expect(
    await cloudError(
      servers('  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.256 }] }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: server "web1": networks[0].fixed_ip is "10.0.1.256"
      at cloud.yaml:10:64
      expected: an IPv4 or IPv6 address, such as 10.0.0.5"
  `);
});

test('a server without NICs', async () => {
  expect(await cloudError(servers('  web1: { host: compute1, networks: [] }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: server "web1": networks is an empty list
      at cloud.yaml:10:37
      expected: at least 1 entry"
  `);
});

test('a missing key', async () => {
  expect(await cloudError(servers('  web1:\n    networks: [red]'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_MISSING: server "web1" has no "host"
      at cloud.yaml:10:3
      expected: host: The compute host it runs on."
  `);
});

test('a missing key of the document', async () => {
  expect(await cloudError('underlay: demo-cluster\n')).toMatchInlineSnapshot(`
    "ND_SCHEMA_MISSING: the document has no "cloud"
      at cloud.yaml:1:1
      expected: cloud: Name of the cloud."
  `);
});

test('a name that is none', async () => {
  expect(await cloudError(networks('  9red: {}'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_NAME: "9red" is not allowed as a name
      at cloud.yaml:4:3
      expected: a name: a letter, then letters, digits, "-", "_" or ".", at most 63 characters"
  `);
});

test('a host name that is none', async () => {
  expect(await cloudError(servers('  Web_1: { host: compute1, networks: [red] }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_NAME: "Web_1" is not allowed as a name
      at cloud.yaml:10:3
      expected: a host name: a lower-case letter, then lower-case letters, digits or "-", at most 31 characters"
  `);
});

test('a wrong enumeration value', async () => {
  expect(await cloudError(networks('  red: { provider:network_type: vxlna }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: network "red": provider:network_type is "vxlna"
      at cloud.yaml:4:33
      expected: one of flat, vlan, vxlan, gre, local
      try: vxlan"
  `);
});

test('a text for a number', async () => {
  expect(await cloudError(networks('  red: { mtu: "1400" }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: network "red": mtu is "1400"
      at cloud.yaml:4:15
      expected: a number
      try: 1400"
  `);
});

test('a number for a text', async () => {
  expect(await cloudError(subnets('  red-v4: { network: 5, cidr: 10.0.1.0/24 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: subnet "red-v4": network is 5
      at cloud.yaml:7:22
      expected: a text
      try: "5""
  `);
});

test('words of YAML 1.1', async () => {
  expect(await cloudError(networks('  red: { shared: yes }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: network "red": shared is "yes"
      at cloud.yaml:4:18
      expected: true or false
      try: true"
  `);
});

test('a fraction', async () => {
  expect(await cloudError(networks('  red: { mtu: 1400.5 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: network "red": mtu is 1400.5
      at cloud.yaml:4:15
      expected: a whole number"
  `);
});

test('an MTU too small', async () => {
  expect(await cloudError(networks('  red: { mtu: 68 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: network "red": mtu is 68
      at cloud.yaml:4:15
      expected: at least 576"
  `);
});

test('an MTU too large', async () => {
  expect(await cloudError(networks('  red: { mtu: 9217 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: network "red": mtu is 9217
      at cloud.yaml:4:15
      expected: at most 9216"
  `);
});

test('a segmentation id of 0', async () => {
  expect(await cloudError(networks('  red: { provider:segmentation_id: 0 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: network "red": provider:segmentation_id is 0
      at cloud.yaml:4:36
      expected: at least 1"
  `);
});

test('a network without anything', async () => {
  expect(await cloudError(networks('  red:'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: network "red" is empty
      at cloud.yaml:4:7
      expected: a mapping
      try: {}"
  `);
});

test('a list for a mapping', async () => {
  expect(await cloudError(`${cloudWith({ servers: '' })}servers: []\n`)).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: servers is an empty list
      at cloud.yaml:10:10
      expected: a mapping"
  `);
});

test('a mapping for a list', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: { network: red } }')),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: server "web1": networks is a mapping
      at cloud.yaml:10:37
      expected: a list"
  `);
});

test('a text for a document', async () => {
  expect(await cloudError('just a text')).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: the document is "just a text"
      at cloud.yaml:1:1
      expected: a mapping"
  `);
});

test('a list for a document', async () => {
  expect(await cloudError('- a\n- b')).toMatchInlineSnapshot(`
    "ND_SCHEMA_TYPE: the document is a list
      at cloud.yaml:1:1
      expected: a mapping"
  `);
});

test('no address', async () => {
  expect(
    await cloudError(subnets('  red-v4: { network: red, cidr: 10.0.1.0/24, gateway_ip: first }')),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: subnet "red-v4": gateway_ip is "first"
      at cloud.yaml:7:58
      expected: an IPv4 or IPv6 address, such as 10.0.0.5"
  `);
});

test('no network address', async () => {
  expect(await cloudError(subnets('  red-v4: { network: red, cidr: 10.0.1.0/33 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: subnet "red-v4": cidr is "10.0.1.0/33"
      at cloud.yaml:7:33
      expected: a network in CIDR notation, such as 10.0.0.0/24"
  `);
});

test('a MAC address of a group', async () => {
  expect(
    await cloudError(
      servers('  web1: { host: compute1, networks: [{ network: red, mac_address: "01:00:5e:00:00:01" }] }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: server "web1": networks[0].mac_address is "01:00:5e:00:00:01"
      at cloud.yaml:10:67
      expected: a unicast MAC address in lower case, such as fa:16:3e:00:00:01 (its first octet is even)"
  `);
});

test('an id that is none', async () => {
  expect(await cloudError(networks('  red: { id: red }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: network "red": id is "red"
      at cloud.yaml:4:14
      expected: a UUID"
  `);
});

test('a key that is special in JavaScript', async () => {
  expect(await cloudError(networks('  __proto__: { mtu: 5 }'))).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "__proto__"
      at cloud.yaml:4:3"
  `);
});

test('a name that every object has', async () => {
  expect(
    await cloudError(servers('  web1: { host: constructor, networks: [toString] }')),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_HOST_UNKNOWN: server "web1" refers to host "constructor", which does not exist
        at cloud.yaml:10:17
        expected: one of compute1, compute2
      ND_NETWORK_UNKNOWN: server "web1" refers to network "toString", which does not exist
        at cloud.yaml:10:41
        expected: one of red, blue"
  `);
});
