/** The exact text of what can be wrong with IPv6 in clouds and underlays. */
import { expect, test } from 'vitest';
import { cloudError, cloudWith, underlayError } from '../testing/errors.ts';

const subnet = (attributes: string, cidr = '2001:db8:a000:1::/64', ports = '') =>
  cloudWith({
    networks: 'networks:\n  red: {}',
    subnets: `subnets:\n  red: { network: red, cidr: "${cidr}", ${attributes} }`,
    servers: ports,
  });

test('modes that go together', async () => {
  for (const mode of ['slaac', 'dhcpv6-stateless', 'dhcpv6-stateful'])
    expect(
      await cloudError(subnet(`enable_dhcp: true, ipv6_ra_mode: ${mode}, ipv6_address_mode: ${mode}`)),
    ).toBe('');
});

test('a mode of an IPv4 subnet', async () => {
  expect(
    await cloudError(subnet('enable_dhcp: true, ipv6_ra_mode: slaac', '10.0.1.0/24')),
  ).toMatchInlineSnapshot(`
    "ND_IPV6_MODE: subnet "red" (10.0.1.0/24) is IPv4 and has ipv6_ra_mode
      at cloud.yaml:6:64
      expected: ipv6_ra_mode only on IPv6 subnets"
  `);
});

test('a mode without DHCP', async () => {
  expect(
    await cloudError(subnet('enable_dhcp: false, ipv6_address_mode: dhcpv6-stateful')),
  ).toMatchInlineSnapshot(`
    "ND_IPV6_MODE: subnet "red" has ipv6_address_mode, and enable_dhcp is false
      at cloud.yaml:6:74
      expected: enable_dhcp: true"
  `);
});

test('two modes at odds', async () => {
  const modes = 'ipv6_ra_mode: slaac, ipv6_address_mode: dhcpv6-stateful';
  expect(await cloudError(subnet(`enable_dhcp: true, ${modes}`))).toMatchInlineSnapshot(`
    "ND_IPV6_MODE: subnet "red" has ipv6_ra_mode slaac and ipv6_address_mode dhcpv6-stateful
      at cloud.yaml:6:113
      expected: ipv6_address_mode: slaac"
  `);
});

test('addresses made from MAC addresses in a prefix that has no room for them', async () => {
  for (const mode of ['ipv6_ra_mode: slaac', 'ipv6_address_mode: dhcpv6-stateless'])
    expect(await cloudError(subnet(`enable_dhcp: true, ${mode}`, '2001:db8:a000:1::/80'))).toContain(
      'ND_IPV6_MODE',
    );
  expect(
    await cloudError(subnet('enable_dhcp: true, ipv6_ra_mode: slaac', '2001:db8:a000:1::/80')),
  ).toMatchInlineSnapshot(`
    "ND_IPV6_MODE: subnet "red" (2001:db8:a000:1::/80) has ipv6_ra_mode slaac: addresses made from MAC addresses have 64 bits
      at cloud.yaml:6:30
      expected: a prefix length of 64"
  `);
});

test('an address where addresses are made from MAC addresses, whoever says so', async () => {
  const servers =
    'servers:\n  web1: { host: compute1, networks: [{ network: red, fixed_ip: "2001:db8:a000:1::11" }] }';
  for (const mode of ['ipv6_ra_mode', 'ipv6_address_mode'])
    expect(await cloudError(subnet(`enable_dhcp: true, ${mode}: slaac`, undefined, servers))).toContain(
      'ND_ADDRESS_AUTOMATIC',
    );
  expect(
    await cloudError(subnet('enable_dhcp: true, ipv6_address_mode: slaac', undefined, servers)),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_AUTOMATIC: the address 2001:db8:a000:1::11 of server "web1" is in subnet "red", whose addresses are made from MAC addresses
      at cloud.yaml:8:64
      expected: no address, and a mac_address where it matters"
  `);
});

test('a router on a subnet that hears another', async () => {
  const router = 'routers:\n  r1: { interfaces: [red] }';
  expect(
    await cloudError(subnet('enable_dhcp: true, ipv6_address_mode: slaac', undefined, router)),
  ).toMatchInlineSnapshot(`
    "ND_IPV6_MODE: subnet "red" of router "r1" leaves advertisements to a router outside: it has an ipv6_address_mode and no ipv6_ra_mode
      at cloud.yaml:8:22
      expected: a subnet with ipv6_ra_mode: slaac"
  `);
});

const underlay = (networks: string, hosts = ' {}') =>
  `underlay: test\nnetworks:\n${networks}\nhosts:${hosts}\n`;

test('an ipv6_cidr that is IPv4', async () => {
  expect(
    await underlayError(underlay('  out: { type: internet, ipv6_cidr: 198.51.100.0/24 }')),
  ).toMatchInlineSnapshot(`
    "ND_UNDERLAY_IPV6: ipv6_cidr of network "out" is 198.51.100.0/24, which is IPv4
      at underlay.yaml:3:37
      expected: an IPv6 network, such as 2001:db8:1::/64"
  `);
});

test('a gateway for IPv6 outside its network', async () => {
  expect(
    await underlayError(
      underlay('  out: { type: internet, ipv6_cidr: "2001:db8:fe::/64", ipv6_gateway_ip: "2001:db8:fd::1" }'),
    ),
  ).toMatchInlineSnapshot(`
    "ND_GATEWAY_OUTSIDE: the gateway 2001:db8:fd::1 of network "out" is outside 2001:db8:fe::/64
      at underlay.yaml:3:74
      expected: an address in 2001:db8:fe::/64"
  `);
});

test('routes of a host that is no router', async () => {
  const host =
    '\n  c1: { role: compute, routes: [{ destination: "2001:db8:a000::/36", nexthop: "2001:db8:ff::50" }] }';
  expect(await underlayError(underlay('  mgmt: { type: management }', host))).toMatchInlineSnapshot(`
    "ND_UNDERLAY_ROUTES: host "c1" has the role compute and routes
      at underlay.yaml:5:24
      expected: routes only on hosts of role router"
  `);
});
