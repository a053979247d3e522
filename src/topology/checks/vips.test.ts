/** The exact text of what can be wrong with load balancing in the form of LBaaS v1. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

const vips = '  web: { protocol: HTTP, protocol_port: 80, subnet: red-v4, pool: web }';
const pools =
  '  web: { protocol: HTTP, lb_method: ROUND_ROBIN, subnet: red-v4, members: [{ server: web1, protocol_port: 80 }] }';

test('VIPs without mistakes', async () => {
  expect(
    await routedError({
      vips: '  web:\n    protocol: HTTP\n    protocol_port: 80\n    subnet: red-v4\n    address: 10.0.1.100\n    pool: web\n    session_persistence: { type: APP_COOKIE, cookie_name: SID }\n    connection_limit: 100',
      pools:
        '  web: { protocol: HTTP, lb_method: LEAST_CONNECTIONS, subnet: blue-v4, members: [{ server: db1, protocol_port: 80 }, { address: 10.0.2.12, protocol_port: 80, weight: 5 }], health_monitors: [alive] }',
      health_monitors: '  alive: { type: HTTP, delay: 2, timeout: 2, max_retries: 3 }',
    }),
  ).toBe('');
});

test('what does not exist', async () => {
  expect(
    await routedError({
      vips: '  web: { protocol: HTTP, protocol_port: 80, subnet: rde-v4, pool: wbe }\n  other: { protocol: HTTP, protocol_port: 80, subnet: rde-v4, pool: web }',
      pools:
        '  web: { protocol: HTTP, lb_method: ROUND_ROBIN, subnet: red, members: [{ server: web2, protocol_port: 80 }], health_monitors: [alvie] }',
      health_monitors: '  alive: { type: TCP, delay: 2, timeout: 2, max_retries: 3 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 5 errors in cloud.yaml
      ND_LB_POOL_UNKNOWN: VIP "web" refers to pool "wbe", which does not exist
        at cloud.yaml:17:67
        expected: web
        try: web
      ND_SUBNET_UNKNOWN: load balancer "other" refers to subnet "rde-v4", which does not exist
        at cloud.yaml:18:55
        expected: one of public-v4, red-v4, blue-v4
        try: red-v4
      ND_SUBNET_UNKNOWN: pool "web" refers to subnet "red", which does not exist
        at cloud.yaml:20:58
        expected: one of public-v4, red-v4, blue-v4
      ND_SERVER_UNKNOWN: a member of pool "web" of load balancer "other" refers to server "web2", which does not exist
        at cloud.yaml:20:83
        expected: one of web1, db1
        try: web1
      ND_MONITOR_UNKNOWN: pool "web" refers to health monitor "alvie", which does not exist
        at cloud.yaml:20:129
        expected: alive
        try: alive"
  `);
});

test('a pool that another VIP has, and another protocol than its own', async () => {
  expect(
    await routedError({
      vips: `${vips}\n  more: { protocol: TCP, protocol_port: 81, subnet: red-v4, pool: web }`,
      pools,
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_VIP_PROTOCOL: VIP "more" has the protocol TCP, and its pool "web" the protocol HTTP
        at cloud.yaml:18:21
        expected: HTTP
      ND_VIP_POOL: VIP "more" has the pool "web", which VIP "web" has already
        at cloud.yaml:18:67
        expected: a pool of its own for each VIP"
  `);
});

test('the name of a load balancer', async () => {
  expect(
    await routedError({ vips, pools, loadbalancers: '  web: { vip_subnet: red-v4 }' }),
  ).toMatchInlineSnapshot(`
    "ND_VIP_NAME: VIP "web" has the name of a load balancer
      at cloud.yaml:17:3
      expected: another name"
  `);
});

test('an address outside its subnet, a cookie in a TCP pool and a monitor that waits too long, where v1 says them', async () => {
  expect(
    await routedError({
      vips: '  web: { protocol: TCP, protocol_port: 80, subnet: red-v4, address: 10.0.1.100, pool: web, session_persistence: { type: HTTP_COOKIE } }',
      pools: '  web: { protocol: TCP, lb_method: ROUND_ROBIN, subnet: red-v4, health_monitors: [off, slow] }',
      health_monitors:
        '  off: { type: TCP, delay: 1, timeout: 2, max_retries: 3, admin_state_up: false }\n  slow: { type: TCP, delay: 2, timeout: 3, max_retries: 3 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_COOKIE_PROTOCOL: the session persistence HTTP_COOKIE of pool "web" of load balancer "web" needs cookies, and its protocol is TCP
        at cloud.yaml:17:121
        expected: SOURCE_IP, or protocol: HTTP
      ND_MONITOR_TIMEOUT: the health monitor of pool "web" of load balancer "web" has the timeout 3, which is more than its delay 2
        at cloud.yaml:22:41
        expected: at most 2"
  `);
  expect(
    await routedError({
      vips: '  web: { protocol: HTTP, protocol_port: 80, subnet: red-v4, address: 10.0.2.100, pool: web }',
      pools,
    }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 10.0.2.100 of load balancer "web" is outside subnet "red-v4" (10.0.1.0/24)
      at cloud.yaml:17:70
      expected: an address in 10.0.1.0/24"
  `);
});

test('a pool on a compute host', async () => {
  expect(
    await routedError({
      vips,
      pools: '  web: { protocol: HTTP, lb_method: ROUND_ROBIN, subnet: red-v4, host: compute1 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_HOST_ROLE: load balancer "web" is on host "compute1", which has the role compute
      at cloud.yaml:19:72
      expected: gateway1"
  `);
});

test('members outside any subnet that the VIP reaches, and outside that of their pool', async () => {
  const routers = '  r1: { interfaces: [red-v4] }';
  expect(
    await routedError({
      vips,
      pools:
        '  web: { protocol: HTTP, lb_method: ROUND_ROBIN, subnet: blue-v4, members: [{ server: db1, protocol_port: 80 }] }',
      routers,
    }),
  ).toMatchInlineSnapshot(`
    "ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "web" is in subnet "blue-v4", which no router joins to the subnet of the VIP
      at cloud.yaml:19:58
      expected: red-v4"
  `);
  expect(
    await routedError({
      vips,
      pools:
        '  web: { protocol: HTTP, lb_method: ROUND_ROBIN, subnet: red-v4, members: [{ server: db1, protocol_port: 80 }, { address: 10.0.3.11, protocol_port: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "web" is server "db1", which has only 10.0.2.11
        at cloud.yaml:19:86
        expected: an address in one of 10.0.1.0/24 (red-v4), 10.0.2.0/24 (blue-v4), which the VIP 10.0.1.2 reaches
      ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "web" is 10.0.3.11, which is not in subnet "red-v4"
        at cloud.yaml:19:123
        expected: an address in 10.0.1.0/24"
  `);
});

test('a member of a pool without a VIP', async () => {
  expect(
    await routedError({
      pools:
        '  web: { protocol: HTTP, lb_method: ROUND_ROBIN, subnet: red-v4, members: [{ protocol_port: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MEMBER_ADDRESS: a member of pool "web" has neither server nor address
      at cloud.yaml:17:76
      expected: one of them"
  `);
});

test('words of v2', async () => {
  expect(
    await routedError({
      vips,
      pools: '  web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, subnet: red-v4 }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SCHEMA_VALUE: pool "web": lb_method is empty
        at cloud.yaml:19:3
        expected: one of ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_IP
      ND_SCHEMA_KEY: unknown key "lb_algorithm" in pool "web"
        at cloud.yaml:19:26
        expected: one of id, project, description, admin_state_up, protocol, lb_method, subnet, members, health_monitors, host"
  `);
});
