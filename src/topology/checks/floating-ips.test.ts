/** The exact text of what can be wrong with the floating IPs of a cloud document. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

test('a floating IP on a network that does not exist', async () => {
  expect(await routedError({ floatingips: '  f1: { floating_network: publik }' })).toMatchInlineSnapshot(`
    "ND_NETWORK_UNKNOWN: floating IP "f1" refers to network "publik", which does not exist
      at cloud.yaml:17:27
      expected: one of public, red, blue
      try: public"
  `);
});

test('a floating IP on a network that is not external', async () => {
  expect(await routedError({ floatingips: '  f1: { floating_network: red }' })).toMatchInlineSnapshot(`
    "ND_NETWORK_NOT_EXTERNAL: floating IP "f1" is on network "red", which is not external
      at cloud.yaml:17:27
      expected: public"
  `);
});

test('a floating IP on a network without an IPv4 subnet', async () => {
  expect(
    await routedError({
      subnets:
        '  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.2.0/24 }',
      routers: '  r1: {}',
      floatingips: '  f1: { floating_network: public }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_SUBNET: floating IP "f1" is on network "public", which has no IPv4 subnet
      at cloud.yaml:16:27
      expected: an external network with an IPv4 subnet"
  `);
});

test('a floating IP outside its network', async () => {
  expect(
    await routedError({
      floatingips: '  f1: { floating_network: public, floating_ip_address: 203.0.114.5 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 203.0.114.5 of floating IP "f1" is outside subnet "public-v4" (203.0.113.0/24)
      at cloud.yaml:17:56
      expected: an address in 203.0.113.0/24"
  `);
});

test('a floating IP that is the gateway of its network', async () => {
  expect(
    await routedError({
      floatingips: '  f1: { floating_network: public, floating_ip_address: 203.0.113.1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the address 203.0.113.1 of floating IP "f1" is the gateway of subnet "public-v4"
      at cloud.yaml:17:56
      expected: another address in 203.0.113.0/24
      try: another address, or gateway_ip: null on the subnet"
  `);
});

test('a floating IP of IPv6', async () => {
  expect(
    await routedError({
      subnets:
        '  public-v4: { network: public, cidr: 203.0.113.0/24 }\n  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.2.0/24 }\n  public-v6: { network: public, cidr: fd00::/64 }',
      floatingips: '  f1: { floating_network: public, floating_ip_address: fd00::5 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_ADDRESS: floating IP "f1" is fd00::5, which is no IPv4 address
      at cloud.yaml:18:56
      expected: an IPv4 address: IPv6 needs no floating IPs"
  `);
});

test('two floating IPs with one address', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1: { floating_network: public, floating_ip_address: 203.0.113.9 }\n  f2: { floating_network: public, floating_ip_address: 203.0.113.9 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 203.0.113.9 of floating IP "f2" is already that of floating IP "f1" on network "public"
      at cloud.yaml:18:56
      expected: each address once on a network"
  `);
});

test('a floating IP for a port and a server that do not exist', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1: { floating_network: public, port: wbe1-eth0 }\n  f2: { floating_network: public, server: web11 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_PORT_UNKNOWN: floating IP "f1" refers to port "wbe1-eth0", which does not exist
        at cloud.yaml:17:41
        expected: one of web1-eth0, db1-eth0
        try: web1-eth0
      ND_SERVER_UNKNOWN: floating IP "f2" refers to server "web11", which does not exist
        at cloud.yaml:18:43
        expected: one of web1, db1
        try: web1"
  `);
});

test('a floating IP for the port of a router', async () => {
  expect(
    await routedError({ floatingips: '  f1: { floating_network: public, port: r1-red-v4 }' }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_TARGET: floating IP "f1" leads to port "r1-red-v4", which is that of router "r1"
      at cloud.yaml:17:41
      expected: one of web1-eth0, db1-eth0"
  `);
});

test('a floating IP for both a port and a server', async () => {
  expect(
    await routedError({ floatingips: '  f1: { floating_network: public, port: web1-eth0, server: web1 }' }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_TARGET: floating IP "f1" has both port and server
      at cloud.yaml:17:52
      expected: one of them, or neither"
  `);
});

test('a fixed address of nobody', async () => {
  expect(
    await routedError({ floatingips: '  f1: { floating_network: public, fixed_ip_address: 10.0.1.11 }' }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_TARGET: floating IP "f1" has a fixed_ip_address and neither port nor server
      at cloud.yaml:17:35
      expected: a port or server with that address"
  `);
});

test('a fixed address of somebody else', async () => {
  expect(
    await routedError({
      floatingips: '  f1: { floating_network: public, server: web1, fixed_ip_address: 10.0.1.12 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_ADDRESS: floating IP "f1" leads to 10.0.1.12, which is no address of server "web1"
      at cloud.yaml:17:67
      expected: 10.0.1.11"
  `);
});

test('a floating IP for a port without address', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red, fixed_ips: [] }',
      floatingips: '  f1: { floating_network: public, port: p1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_ADDRESS: floating IP "f1" leads to port "p1", which has no IPv4 address
      at cloud.yaml:19:41
      expected: a port with an IPv4 address"
  `);
});

test('a floating IP for a port with two addresses', async () => {
  expect(
    await routedError({
      ports: '  p1: { network: red, fixed_ips: [{ ip_address: 10.0.1.21 }, { ip_address: 10.0.1.22 }] }',
      floatingips: '  f1: { floating_network: public, port: p1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_ADDRESS: floating IP "f1" leads to port "p1", which has 2 IPv4 addresses
      at cloud.yaml:19:41
      expected: fixed_ip_address: one of 10.0.1.21, 10.0.1.22"
  `);
});

test('a floating IP for a server behind no router', async () => {
  expect(
    await routedError({
      routers: '  r1: { external_gateway_info: { network: public }, interfaces: [red-v4] }',
      floatingips: '  f1: { floating_network: public, server: db1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_UNREACHABLE: floating IP "f1" on network "public" leads to server "db1", and no router joins subnet "blue-v4" to that network
      at cloud.yaml:17:43
      expected: a router with an interface on the subnet and external_gateway_info.network: public"
  `);
});

test('a floating IP for a server behind a router without gateway', async () => {
  expect(
    await routedError({
      routers: '  r1: { interfaces: [red-v4] }',
      floatingips: '  f1: { floating_network: public, port: web1-eth0 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_UNREACHABLE: floating IP "f1" on network "public" leads to port "web1-eth0", and no router joins subnet "red-v4" to that network
      at cloud.yaml:17:41
      expected: a router with an interface on the subnet and external_gateway_info.network: public"
  `);
});

test('a floating IP for a port of another project', async () => {
  expect(
    await routedError({
      projects: '  shop: {}\n  bank: {}',
      servers: '  web1: { project: shop, host: compute1, networks: [red] }',
      floatingips: '  f1: { project: bank, floating_network: public, server: web1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_PROJECT: floating IP "f1" is of project "bank", and port "web1-eth0" of project "shop"
      at cloud.yaml:19:58
      expected: a port of project "bank""
  `);
});

test('two floating IPs for one fixed IP', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1: { floating_network: public, server: web1 }\n  f2: { floating_network: public, port: web1-eth0 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_TWICE: floating IP "f2" leads to 10.0.1.11 of port "web1-eth0", as floating IP "f1" of network "public" does
      at cloud.yaml:18:3
      expected: one floating IP of a network for each fixed IP"
  `);
});

test('port forwardings beside a port', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1:\n    floating_network: public\n    server: web1\n    port_forwardings: [{ protocol: tcp, external_port: 80, internal_port: 80, server: web1 }]',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_TARGET: floating IP "f1" stands for a server and has port_forwardings
      at cloud.yaml:20:5
      expected: port_forwardings only without port and server"
  `);
});

test('a port forwarding to nobody, and to two', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1:\n    floating_network: public\n    port_forwardings:\n      - { protocol: tcp, external_port: 80, internal_port: 80 }\n      - { protocol: tcp, external_port: 81, internal_port: 80, server: web1, internal_port_name: web1-eth0 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_FLOATING_IP_TARGET: a port forwarding of floating IP "f1" has neither internal_port_name nor server
        at cloud.yaml:20:9
        expected: one of them
      ND_FLOATING_IP_TARGET: a port forwarding of floating IP "f1" has both internal_port_name and server
        at cloud.yaml:21:9
        expected: one of them"
  `);
});

test('a port that is forwarded twice outside', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1:\n    floating_network: public\n    port_forwardings:\n      - { protocol: tcp, external_port: 80, internal_port: 80, server: web1 }\n      - { protocol: tcp, external_port: 80, internal_port: 81, server: web1 }\n      - { protocol: udp, external_port: 80, internal_port: 81, server: web1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_FORWARDING_TWICE: a port forwarding of floating IP "f1" is of tcp port 80, as another one is
      at cloud.yaml:21:41
      expected: each external port once"
  `);
});

test('a port that is forwarded to twice', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1:\n    floating_network: public\n    port_forwardings:\n      - { protocol: tcp, external_port: 80, internal_port: 80, server: web1 }\n      - { protocol: tcp, external_port: 81, internal_port: 80, internal_port_name: web1-eth0 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_FORWARDING_TWICE: a port forwarding of floating IP "f1" leads to tcp port 80 of 10.0.1.11, as another one does
      at cloud.yaml:21:60
      expected: each internal port once"
  `);
});

test('a port forwarding to a port with a floating IP', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1: { floating_network: public, server: web1 }\n  f2:\n    floating_network: public\n    port_forwardings: [{ protocol: tcp, external_port: 80, internal_port: 80, server: web1 }]',
    }),
  ).toMatchInlineSnapshot(`
    "ND_FLOATING_IP_TWICE: a port forwarding of floating IP "f2" leads to port "web1-eth0", which has floating IP "f1" for itself
      at cloud.yaml:20:24
      expected: port forwardings to ports without a floating IP"
  `);
});

test('port forwardings by two routers', async () => {
  expect(
    await routedError({
      routers:
        '  r1: { external_gateway_info: { network: public }, interfaces: [red-v4] }\n  r2: { external_gateway_info: { network: public }, interfaces: [blue-v4] }',
      floatingips:
        '  f1:\n    floating_network: public\n    port_forwardings:\n      - { protocol: tcp, external_port: 80, internal_port: 80, server: web1 }\n      - { protocol: tcp, external_port: 81, internal_port: 80, server: db1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_PORT_FORWARDING_ROUTER: a port forwarding of floating IP "f1" leads by router "r2", and the one before it by router "r1"
      at cloud.yaml:22:9
      expected: ports behind one router"
  `);
});

test('a port forwarding of ICMP from port 0', async () => {
  expect(
    await routedError({
      floatingips:
        '  f1:\n    floating_network: public\n    port_forwardings: [{ protocol: icmp, external_port: 0, internal_port: 80, server: web1 }]',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SCHEMA_VALUE: floating IP "f1": port_forwardings[0].protocol is "icmp"
        at cloud.yaml:19:36
        expected: one of tcp, udp
      ND_SCHEMA_VALUE: floating IP "f1": port_forwardings[0].external_port is 0
        at cloud.yaml:19:57
        expected: at least 1"
  `);
});

test('no address left for a floating IP', async () => {
  expect(
    await routedError({
      subnets:
        '  public-v4: { network: public, cidr: 203.0.113.0/24, allocation_pools: [{ start: 203.0.113.9, end: 203.0.113.9 }] }\n  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.2.0/24 }',
      floatingips: '  f1: { floating_network: public }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_EXHAUSTED: no address is left for port "f1-floating" in subnet "public-v4"
      at cloud.yaml:17:3
      expected: allocation pools with an address for every port
      try: widen the allocation pools or the cidr, or add a subnet"
  `);
});
