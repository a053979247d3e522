/** The exact text of what can be wrong with the servers and ports of a cloud document. */
import { expect, test } from 'vitest';
import { cloudError, cloudWith } from '../testing/errors.ts';

const servers = (lines: string) => cloudWith({ servers: `servers:\n${lines}` });
const ports = (lines: string) => cloudWith({ ports: `ports:\n${lines}`, servers: '' });

test('a server on a host that does not exist', async () => {
  expect(await cloudError(servers('  web1: { host: compute11, networks: [red] }'))).toMatchInlineSnapshot(`
    "ND_HOST_UNKNOWN: server "web1" refers to host "compute11", which does not exist
      at cloud.yaml:10:17
      expected: one of compute1, compute2
      try: compute1"
  `);
});

test('a server on a host that is not a compute', async () => {
  expect(await cloudError(servers('  web1: { host: gateway1, networks: [red] }'))).toMatchInlineSnapshot(`
    "ND_HOST_ROLE: server "web1" is on host "gateway1", which has the role gateway
      at cloud.yaml:10:17
      expected: one of compute1, compute2"
  `);
});

test('a server on a network that does not exist', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [red, { network: bleu }] }')),
  ).toMatchInlineSnapshot(`
    "ND_NETWORK_UNKNOWN: server "web1" refers to network "bleu", which does not exist
      at cloud.yaml:10:54
      expected: one of red, blue
      try: blue"
  `);
});

test('a server with a port that does not exist', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [{ port: p1 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_PORT_UNKNOWN: server "web1" refers to port "p1", which does not exist
      at cloud.yaml:10:46
      expected: a port, and there is none"
  `);
});

test('a server with the name of a host', async () => {
  expect(await cloudError(servers('  compute2: { host: compute1, networks: [red] }'))).toMatchInlineSnapshot(`
    "ND_HOST_NAME_CLASH: server "compute2" has the name of a host of the underlay
      at cloud.yaml:10:3
      expected: another name"
  `);
});

test('a server on a network that its host is not cabled to', async () => {
  expect(
    await cloudError(
      cloudWith({
        networks:
          'networks:\n  red: { provider:network_type: flat, provider:physical_network: external }\n  blue: {}',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_HOST_NO_PHYSICAL_NETWORK: server "web1" on network "red" (flat) is on host "compute1", which has no interface on physical network "external"
      at cloud.yaml:10:38
      expected: a host with an interface on underlay network "external""
  `);
});

test('an address outside the subnet', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.2.5 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 10.0.2.5 of server "web1" is outside subnet "red-v4" (10.0.1.0/24)
      at cloud.yaml:10:64
      expected: an address in 10.0.1.0/24"
  `);
});

test('an address where the network has no subnet', async () => {
  expect(
    await cloudError(
      cloudWith({
        subnets: '',
        servers: 'servers:\n  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.2.5 }] }',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 10.0.2.5 of server "web1" is outside every subnet of network "red"
      at cloud.yaml:8:64
      expected: a subnet of network "red""
  `);
});

test('the network address', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.0 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the address 10.0.1.0 of server "web1" is the network address of subnet "red-v4"
      at cloud.yaml:10:64
      expected: another address in 10.0.1.0/24"
  `);
});

test('the broadcast address', async () => {
  expect(
    await cloudError(
      servers('  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.255 }] }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the address 10.0.1.255 of server "web1" is the broadcast address of subnet "red-v4"
      at cloud.yaml:10:64
      expected: another address in 10.0.1.0/24"
  `);
});

test('the address of the gateway', async () => {
  expect(
    await cloudError(servers('  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.1 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the address 10.0.1.1 of server "web1" is the gateway of subnet "red-v4"
      at cloud.yaml:10:64
      expected: another address in 10.0.1.0/24
      try: another address, or gateway_ip: null on the subnet"
  `);
});

test('an address twice on a network', async () => {
  expect(
    await cloudError(
      servers(
        '  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.5 }] }\n  web2: { host: compute2, networks: [{ network: red, fixed_ip: 10.0.1.5 }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 10.0.1.5 of server "web2" is already that of server "web1" on network "red"
      at cloud.yaml:11:64
      expected: each address once on a network"
  `);
});

test('a MAC address twice on a network', async () => {
  expect(
    await cloudError(
      servers(
        '  web1: { host: compute1, networks: [{ network: red, mac_address: "fa:16:3e:00:00:01" }] }\n  web2: { host: compute2, networks: [{ network: red, mac_address: "fa:16:3e:00:00:01" }] }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_MAC_TWICE: the MAC address fa:16:3e:00:00:01 of server "web2" is already that of server "web1" on network "red"
      at cloud.yaml:11:67
      expected: each MAC address once on a network"
  `);
});

test('a port of two servers', async () => {
  expect(
    await cloudError(
      cloudWith({
        ports: 'ports:\n  p1: { network: red }',
        servers:
          'servers:\n  web1: { host: compute1, networks: [{ port: p1 }] }\n  web2: { host: compute2, networks: [{ port: p1 }] }',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_PORT_IN_USE: port "p1" of server "web2" is already that of server "web1"
      at cloud.yaml:11:46
      expected: a port for each NIC"
  `);
});

test('a port twice in a server', async () => {
  expect(
    await cloudError(
      cloudWith({
        ports: 'ports:\n  p1: { network: red }',
        servers: 'servers:\n  web1: { host: compute1, networks: [{ port: p1 }, { port: p1 }] }',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_PORT_IN_USE: port "p1" of server "web1" is already one of its NICs
      at cloud.yaml:10:60
      expected: a port for each NIC"
  `);
});

test('a port with the name of one that is made', async () => {
  expect(
    await cloudError(cloudWith({ ports: 'ports:\n  web1-eth0: { network: red }' })),
  ).toMatchInlineSnapshot(`
    "ND_PORT_NAME_CLASH: the port made for server "web1" would be called "web1-eth0", as a port of the document is
      at cloud.yaml:10:38
      expected: another name for that port
      try: - { port: web1-eth0 }"
  `);
});

test('a port on a network that does not exist', async () => {
  expect(await cloudError(ports('  p1: { network: green }'))).toMatchInlineSnapshot(`
    "ND_NETWORK_UNKNOWN: port "p1" refers to network "green", which does not exist
      at cloud.yaml:11:18
      expected: one of red, blue"
  `);
});

test('a port on a subnet that does not exist', async () => {
  expect(
    await cloudError(ports('  p1: { network: red, fixed_ips: [{ subnet: red-v6 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_SUBNET_UNKNOWN: port "p1" refers to subnet "red-v6", which does not exist
      at cloud.yaml:11:45
      expected: red-v4
      try: red-v4"
  `);
});

test("a port on another network's subnet", async () => {
  expect(
    await cloudError(ports('  p1: { network: red, fixed_ips: [{ subnet: blue-v4 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_SUBNET_OTHER_NETWORK: subnet "blue-v4" of port "p1" is on network "blue", and the port on "red"
      at cloud.yaml:11:45
      expected: red-v4"
  `);
});

test('a fixed IP that says nothing', async () => {
  expect(await cloudError(ports('  p1: { network: red, fixed_ips: [{}] }'))).toMatchInlineSnapshot(`
    "ND_FIXED_IP_EMPTY: an entry in fixed_ips of port "p1" has neither subnet nor ip_address
      at cloud.yaml:11:35
      expected: a subnet, an address, or both"
  `);
});

test('an address outside the subnet that is named', async () => {
  expect(
    await cloudError(ports('  p1: { network: red, fixed_ips: [{ subnet: red-v4, ip_address: 10.0.2.9 }] }')),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 10.0.2.9 of port "p1" is outside subnet "red-v4" (10.0.1.0/24)
      at cloud.yaml:11:65
      expected: an address in 10.0.1.0/24"
  `);
});

test('an address twice in a port', async () => {
  expect(
    await cloudError(
      ports('  p1: { network: red, fixed_ips: [{ ip_address: 10.0.1.9 }, { ip_address: 10.0.1.9 }] }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 10.0.1.9 of port "p1" is already that of port "p1" on network "red"
      at cloud.yaml:11:75
      expected: each address once on a network"
  `);
});

test('an exhausted allocation pool', async () => {
  expect(
    await cloudError(
      cloudWith({
        subnets:
          'subnets:\n  red-v4: { network: red, cidr: 10.0.1.0/24, allocation_pools: [{ start: 10.0.1.8, end: 10.0.1.8 }] }',
        servers:
          'servers:\n  web1: { host: compute1, networks: [red] }\n  web2: { host: compute1, networks: [red] }',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_EXHAUSTED: no address is left for port "web2-eth0" in subnet "red-v4"
      at cloud.yaml:10:38
      expected: allocation pools with an address for every port
      try: widen the allocation pools or the cidr, or add a subnet"
  `);
});
