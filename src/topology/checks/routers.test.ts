/** The exact text of what can be wrong with the routers of a cloud document, and with DHCP. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

test('a router without mistakes', async () => {
  expect(await routedError({})).toMatchInlineSnapshot(`""`);
});

test('a gateway on a network that does not exist', async () => {
  expect(
    await routedError({ routers: '  r1: { external_gateway_info: { network: publik } }' }),
  ).toMatchInlineSnapshot(`
    "ND_NETWORK_UNKNOWN: the gateway of router "r1" refers to network "publik", which does not exist
      at cloud.yaml:15:43
      expected: one of public, red, blue
      try: public"
  `);
});

test('a gateway on a network that is not external', async () => {
  expect(
    await routedError({ routers: '  r1: { external_gateway_info: { network: red } }' }),
  ).toMatchInlineSnapshot(`
    "ND_NETWORK_NOT_EXTERNAL: the gateway of router "r1" is on network "red", which is not external
      at cloud.yaml:15:43
      expected: public"
  `);
});

test('a gateway without any external network', async () => {
  expect(
    await routedError({
      networks: '  red: {}',
      subnets: '  red-v4: { network: red, cidr: 10.0.1.0/24 }',
      servers: '  web1: { host: compute1, networks: [red] }',
      routers: '  r1: { external_gateway_info: { network: red } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_NETWORK_NOT_EXTERNAL: the gateway of router "r1" is on network "red", which is not external
      at cloud.yaml:10:43
      expected: a network with router:external: true
      try: router:external: true on network "red""
  `);
});

test('a gateway with an address outside its network', async () => {
  expect(
    await routedError({
      routers:
        '  r1: { external_gateway_info: { network: public, external_fixed_ips: [{ ip_address: 203.0.114.5 }] } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 203.0.114.5 of the gateway of router "r1" is outside subnet "public-v4" (203.0.113.0/24)
      at cloud.yaml:15:86
      expected: an address in 203.0.113.0/24"
  `);
});

test('a gateway with the address of the upstream router', async () => {
  expect(
    await routedError({
      routers:
        '  r1: { external_gateway_info: { network: public, external_fixed_ips: [{ ip_address: 203.0.113.1 }] } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the address 203.0.113.1 of the gateway of router "r1" is the gateway of subnet "public-v4"
      at cloud.yaml:15:86
      expected: another address in 203.0.113.0/24
      try: another address, or gateway_ip: null on the subnet"
  `);
});

test('a gateway with an address of the underlay', async () => {
  expect(
    await routedError({
      subnets: '  public-v4: { network: public, cidr: 203.0.113.0/24, gateway_ip: 203.0.113.254 }',
      servers: '  web1: { host: compute1, networks: [red] }',
      routers:
        '  r1: { external_gateway_info: { network: public, external_fixed_ips: [{ subnet: public-v4, ip_address: 203.0.113.1 }] } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 203.0.113.1 of the gateway of router "r1" is already that of interface eth0 of host "upstream1" of the underlay
      at cloud.yaml:12:105
      expected: each address once on a network"
  `);
});

test('a gateway with a subnet of another network', async () => {
  expect(
    await routedError({
      routers:
        '  r1: { external_gateway_info: { network: public, external_fixed_ips: [{ subnet: red-v4 }] } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SUBNET_OTHER_NETWORK: subnet "red-v4" of the gateway of router "r1" is on network "red", and the port on "public"
      at cloud.yaml:15:82
      expected: public-v4"
  `);
});

test('an interface on a subnet that does not exist', async () => {
  expect(
    await routedError({ routers: '  r1: { interfaces: [red-v6, { subnet: blue-v5 }] }' }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SUBNET_UNKNOWN: router "r1" refers to subnet "red-v6", which does not exist
        at cloud.yaml:15:22
        expected: one of public-v4, red-v4, blue-v4
        try: red-v4
      ND_SUBNET_UNKNOWN: router "r1" refers to subnet "blue-v5", which does not exist
        at cloud.yaml:15:40
        expected: one of public-v4, red-v4, blue-v4
        try: blue-v4"
  `);
});

test('an interface with a port that does not exist', async () => {
  expect(await routedError({ routers: '  r1: { interfaces: [{ port: p1 }] }' })).toMatchInlineSnapshot(`
    "ND_PORT_UNKNOWN: router "r1" refers to port "p1", which does not exist
      at cloud.yaml:15:30
      expected: a port, and there is none"
  `);
});

test('an interface that is neither subnet nor port', async () => {
  expect(await routedError({ routers: '  r1: { interfaces: [{ network: red }] }' })).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SCHEMA_MISSING: router "r1": interfaces[0] has no "subnet"
        at cloud.yaml:15:22
        expected: subnet: A subnet; a port with its gateway_ip is made, <router>-<subnet>.
      ND_SCHEMA_KEY: unknown key "network" in router "r1": interfaces[0]
        at cloud.yaml:15:24
        expected: subnet"
  `);
});

test('a subnet twice on a router', async () => {
  expect(await routedError({ routers: '  r1: { interfaces: [red-v4, red-v4] }' })).toMatchInlineSnapshot(`
    "ND_ROUTER_OVERLAP: router "r1" is on subnet "red-v4" already
      at cloud.yaml:15:30
      expected: each subnet once"
  `);
});

test('a subnet twice on a router, once by a port', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }',
      routers: '  r1: { interfaces: [red-v4, { port: p1 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ROUTER_OVERLAP: router "r1" is on subnet "red-v4" (10.0.1.0/24) already
      at cloud.yaml:15:30
      expected: subnets of one router apart from each other"
  `);
});

test('a subnet whose gateway is another router', async () => {
  expect(
    await routedError({ routers: '  r1: { interfaces: [red-v4] }\n  r2: { interfaces: [red-v4] }' }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 10.0.1.1 of router "r2" is already that of router "r1" on network "red"
      at cloud.yaml:16:22
      expected: each address once on a network
      try: a port with another address: { port: … }"
  `);
});

test('a subnet without gateway', async () => {
  expect(
    await routedError({
      subnets: '  red-v4: { network: red, cidr: 10.0.1.0/24, gateway_ip: null }',
      servers: '  web1: { host: compute1, networks: [red] }',
      routers: '  r1: { interfaces: [red-v4] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_GATEWAY_MISSING: subnet "red-v4" of router "r1" has no gateway_ip that the router could have
      at cloud.yaml:12:22
      expected: a subnet with a gateway_ip, or a port: { port: … }"
  `);
});

test('overlapping subnets on a router', async () => {
  expect(
    await routedError({
      subnets:
        '  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.0.0/16 }',
      servers: '  web1: { host: compute1, networks: [red] }',
      routers: '  r1: { interfaces: [red-v4, blue-v4] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ROUTER_OVERLAP: router "r1" joins subnet "red-v4" (10.0.1.0/24) and subnet "blue-v4" (10.0.0.0/16), which overlap
      at cloud.yaml:13:30
      expected: subnets of one router apart from each other"
  `);
});

test('a subnet that overlaps the external network', async () => {
  expect(
    await routedError({
      subnets:
        '  public-v4: { network: public, cidr: 203.0.113.0/24 }\n  red-v4: { network: red, cidr: 203.0.113.128/25 }',
      servers: '  web1: { host: compute1, networks: [red] }',
      routers: '  r1: { external_gateway_info: { network: public }, interfaces: [red-v4] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ROUTER_OVERLAP: router "r1" joins subnet "red-v4" (203.0.113.128/25) and subnet "public-v4" (203.0.113.0/24) of its external network, which overlap
      at cloud.yaml:13:43
      expected: subnets of one router apart from each other"
  `);
});

test('a port of a server as interface of a router', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }',
      servers: '  web1: { host: compute1, networks: [{ port: p1 }] }',
      routers: '  r1: { interfaces: [{ port: p1 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_IN_USE: port "p1" of router "r1" is already that of server "web1"
      at cloud.yaml:14:30
      expected: a port for each interface"
  `);
});

test('a port as interface of two routers, and twice of one', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red }',
      routers: '  r1: { interfaces: [{ port: p1 }] }\n  r2: { interfaces: [{ port: p1 }, { port: p1 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_PORT_IN_USE: port "p1" of router "r2" is already that of router "r1"
        at cloud.yaml:16:30
        expected: a port for each interface
      ND_PORT_IN_USE: port "p1" of router "r2" is already that of router "r1"
        at cloud.yaml:16:44
        expected: a port for each interface"
  `);
});

test('a port without address as interface', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red, fixed_ips: [] }',
      routers: '  r1: { interfaces: [{ port: p1 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ROUTER_PORT_ADDRESSES: port "p1" of router "r1" has no address
      at cloud.yaml:15:22
      expected: a port with one IPv4 address, with IPv6 addresses, or with both"
  `);
});

test('a port with two IPv4 addresses as interface', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red, fixed_ips: [{ subnet: red-v4 }, { subnet: red-v4 }] }',
      routers: '  r1: { interfaces: [{ port: p1 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ROUTER_PORT_ADDRESSES: port "p1" of router "r1" has 2 IPv4 addresses
      at cloud.yaml:15:22
      expected: a port with one IPv4 address, with IPv6 addresses, or with both"
  `);
});

test('a route by way of a subnet that is not connected', async () => {
  expect(
    await routedError({
      routers:
        '  r1: { external_gateway_info: { network: public }, interfaces: [red-v4], routes: [{ destination: 10.9.0.0/16, nexthop: 10.0.2.9 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_NEXTHOP: the next hop 10.0.2.9 of router "r1" is on no subnet that it is connected to
      at cloud.yaml:15:121
      expected: an address in one of 10.0.1.0/24, 203.0.113.0/24"
  `);
});

test('a route on a router without interfaces', async () => {
  expect(
    await routedError({ routers: '  r1: { routes: [{ destination: 10.9.0.0/16, nexthop: 10.0.2.9 }] }' }),
  ).toMatchInlineSnapshot(`
    "ND_NEXTHOP: the next hop 10.0.2.9 of router "r1" is on no subnet that it is connected to
      at cloud.yaml:15:55
      expected: an interface or a gateway on its subnet"
  `);
});

test('a route by way of the router itself', async () => {
  expect(
    await routedError({
      routers: '  r1: { interfaces: [red-v4], routes: [{ destination: 10.9.0.0/16, nexthop: 10.0.1.1 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_NEXTHOP: the next hop 10.0.1.1 of router "r1" is its own address
      at cloud.yaml:15:77
      expected: the address of somebody else"
  `);
});

test('a route to an address, one of two IP versions, and one twice', async () => {
  expect(
    await routedError({
      routers:
        '  r1:\n    interfaces: [red-v4]\n    routes:\n      - { destination: 10.9.0.1/16, nexthop: 10.0.1.9 }\n      - { destination: fd00::/64, nexthop: 10.0.1.9 }\n      - { destination: 10.8.0.0/16, nexthop: 10.0.1.9 }\n      - { destination: 10.8.0.0/16, nexthop: 10.0.1.9 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 3 errors in cloud.yaml
      ND_CIDR_HOST_BITS: 10.9.0.1/16 of a route of router "r1" is an address in a network, not a network
        at cloud.yaml:18:24
        expected: a network, with zeros after the prefix
        try: 10.9.0.0/16
      ND_NEXTHOP: the next hop 10.0.1.9 of router "r1" and its destination fd00::/64 are of two IP versions
        at cloud.yaml:19:44
        expected: an IPv6 address
      ND_ROUTE_TWICE: router "r1" has the route to 10.8.0.0/16 by way of 10.0.1.9 already
        at cloud.yaml:21:9
        expected: each route once"
  `);
});

test('more routes than a router may have', async () => {
  expect(
    await routedError({
      routers: `  r1: { interfaces: [red-v4], routes: [${Array.from({ length: 31 }, (_, i) => `{ destination: 10.8.${i}.0/24, nexthop: 10.0.1.9 }`).join()}] }`,
    }),
  ).toMatchInlineSnapshot(`
    "ND_QUOTA: router "r1" has 31 routes
      at cloud.yaml:15:31
      expected: at most 30"
  `);
});

test('a router on a host that does not exist', async () => {
  expect(await routedError({ routers: '  r1: { hosts: [gateway2] }' })).toMatchInlineSnapshot(`
    "ND_HOST_UNKNOWN: router "r1" refers to host "gateway2", which does not exist
      at cloud.yaml:15:17
      expected: gateway1
      try: gateway1"
  `);
});

test('a router on a compute host', async () => {
  expect(await routedError({ routers: '  r1: { hosts: [compute1] }' })).toMatchInlineSnapshot(`
    "ND_HOST_ROLE: router "r1" is on host "compute1", which has the role compute
      at cloud.yaml:15:17
      expected: gateway1"
  `);
});

test('a router on two hosts without ha, and on one twice', async () => {
  expect(
    await routedError({
      routers: '  r1: { hosts: [gateway1, gateway1] }\n  r2: { ha: true, hosts: [gateway1, gateway1] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_ROUTER_HOSTS: router "r1" is on host "gateway1" twice
        at cloud.yaml:15:27
        expected: each host once
      ND_ROUTER_HOSTS: router "r2" is on host "gateway1" twice
        at cloud.yaml:16:37
        expected: each host once"
  `);
});

test('a port with the name of one that is made for a router', async () => {
  expect(
    await routedError({ ports: '  r1-red-v4: { network: blue }', routers: '  r1: { interfaces: [red-v4] }' }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_NAME_CLASH: the port made for router "r1" would be called "r1-red-v4", as a port of the document is
      at cloud.yaml:15:22
      expected: other names"
  `);
});

test('a router whose port would be called as that of a server', async () => {
  expect(
    await routedError({
      subnets: '  eth0: { network: red, cidr: 10.0.1.0/24 }',
      servers: '  r1: { host: compute1, networks: [red] }',
      routers: '  r1: { interfaces: [eth0] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_NAME_CLASH: the port made for router "r1" would be called "r1-eth0", as that of server "r1" is
      at cloud.yaml:12:22
      expected: other names"
  `);
});

test('more DHCP agents than hosts', async () => {
  expect(
    await routedError({
      options: '  dhcp_agents_per_network: 2',
      subnets: '  red-v4: { network: red, cidr: 10.0.1.0/24, enable_dhcp: true }',
      servers: '  web1: { host: compute1, networks: [red] }',
      routers: '  r1: {}',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DHCP_AGENTS: dhcp_agents_per_network is 2, and underlay "demo-cluster" has 1 host with the role network or gateway
      at cloud.yaml:14:28
      expected: at most 1"
  `);
});

test('more routers than a document may have', async () => {
  expect(
    await routedError({ routers: Array.from({ length: 251 }, (_, i) => `  r${i}: {}`).join('\n') }),
  ).toMatchInlineSnapshot(`
    "ND_QUOTA: the document has 251 routers
      at cloud.yaml:14:1
      expected: at most 250"
  `);
});
