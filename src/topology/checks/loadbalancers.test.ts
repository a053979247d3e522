/** The exact text of what can be wrong with the load balancers of a cloud document. */
import { expect, test } from 'vitest';
import { routedError } from '../testing/errors.ts';

test('a load balancer without mistakes', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    vip_address: 10.0.1.100\n    listeners:\n      http: { protocol: HTTP, protocol_port: 80, default_pool: web, insert_headers: { X-Forwarded-For: true } }\n      tcp: { protocol: TCP, protocol_port: 81, default_pool: web, connection_limit: 100 }\n    pools:\n      web:\n        protocol: HTTP\n        lb_algorithm: LEAST_CONNECTIONS\n        session_persistence: { type: APP_COOKIE, cookie_name: JSESSIONID }\n        members: [{ server: web1, protocol_port: 80 }, { address: 10.0.2.11, protocol_port: 80, weight: 5 }]\n        healthmonitor: { type: HTTP, delay: 2, timeout: 2, max_retries: 3, expected_codes: 200-204 }',
    }),
  ).toMatchInlineSnapshot(`""`);
});

test('a VIP in a subnet that does not exist', async () => {
  expect(await routedError({ loadbalancers: '  lb1: { vip_subnet: rde-v4 }' })).toMatchInlineSnapshot(`
    "ND_SUBNET_UNKNOWN: load balancer "lb1" refers to subnet "rde-v4", which does not exist
      at cloud.yaml:17:22
      expected: one of public-v4, red-v4, blue-v4
      try: red-v4"
  `);
});

test('a VIP outside its subnet', async () => {
  expect(
    await routedError({ loadbalancers: '  lb1: { vip_subnet: red-v4, vip_address: 10.0.2.100 }' }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 10.0.2.100 of load balancer "lb1" is outside subnet "red-v4" (10.0.1.0/24)
      at cloud.yaml:17:43
      expected: an address in 10.0.1.0/24"
  `);
});

test('a VIP that is the gateway', async () => {
  expect(
    await routedError({ loadbalancers: '  lb1: { vip_subnet: red-v4, vip_address: 10.0.1.1 }' }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_ADDRESS_RESERVED: the address 10.0.1.1 of load balancer "lb1" is the gateway of subnet "red-v4"
        at cloud.yaml:17:43
        expected: another address in 10.0.1.0/24
        try: another address, or gateway_ip: null on the subnet
      ND_ADDRESS_TWICE: the address 10.0.1.1 of load balancer "lb1" is already that of router "r1" on network "red"
        at cloud.yaml:17:43
        expected: each address once on a network"
  `);
});

test('a VIP that a server has', async () => {
  expect(
    await routedError({ loadbalancers: '  lb1: { vip_subnet: red-v4, vip_address: 10.0.1.11 }' }),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 10.0.1.11 of load balancer "lb1" is already that of server "web1" on network "red"
      at cloud.yaml:17:43
      expected: each address once on a network"
  `);
});

test('a load balancer on a compute host', async () => {
  expect(
    await routedError({ loadbalancers: '  lb1: { vip_subnet: red-v4, host: compute1 }' }),
  ).toMatchInlineSnapshot(`
    "ND_HOST_ROLE: load balancer "lb1" is on host "compute1", which has the role compute
      at cloud.yaml:17:36
      expected: gateway1"
  `);
});

test('security groups of a VIP that do not exist', async () => {
  expect(
    await routedError({ loadbalancers: '  lb1: { vip_subnet: red-v4, vip_security_groups: [web] }' }),
  ).toMatchInlineSnapshot(`
    "ND_SECURITY_GROUP_UNKNOWN: load balancer "lb1" refers to security group "web", which does not exist
      at cloud.yaml:17:52
      expected: a security group, and there is none"
  `);
});

test('a pool that does not exist', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    listeners: { http: { protocol: HTTP, protocol_port: 80, default_pool: wbe } }\n    pools: { web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_LB_POOL_UNKNOWN: listener "http" of load balancer "lb1" refers to pool "wbe", which does not exist
      at cloud.yaml:19:75
      expected: web
      try: web"
  `);
});

test('an HTTP listener with a TCP pool', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    listeners: { http: { protocol: HTTP, protocol_port: 80, default_pool: web } }\n    pools: { web: { protocol: TCP, lb_algorithm: ROUND_ROBIN } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_LISTENER_PROTOCOL: listener "http" of load balancer "lb1" has the protocol HTTP, and pool "web" the protocol TCP
      at cloud.yaml:19:75
      expected: a pool with the protocol HTTP"
  `);
});

test('two listeners on one port', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    listeners: { a: { protocol: HTTP, protocol_port: 80 }, b: { protocol: TCP, protocol_port: 80 } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_LISTENER_TWICE: listener "b" of load balancer "lb1" is on port 80, as listener "a" is
      at cloud.yaml:19:95
      expected: a port of its own for each listener"
  `);
});

test('headers in a TCP listener', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    listeners: { a: { protocol: TCP, protocol_port: 80, insert_headers: { X-Forwarded-For: true } } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_LISTENER_PROTOCOL: listener "a" of load balancer "lb1" inserts headers, and its protocol is TCP
      at cloud.yaml:19:57
      expected: protocol: HTTP, or no insert_headers"
  `);
});

test('a header that is not known', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    listeners: { a: { protocol: HTTP, protocol_port: 80, insert_headers: { X-Forwarded-Form: true } } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_KEY: unknown key "X-Forwarded-Form" in load balancer "lb1": listeners.a.insert_headers
      at cloud.yaml:19:76
      expected: one of X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto
      try: X-Forwarded-For"
  `);
});

test('an algorithm that does not exist', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools: { web: { protocol: HTTP, lb_algorithm: ROUND_ROBBIN } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: load balancer "lb1": pools.web.lb_algorithm is "ROUND_ROBBIN"
      at cloud.yaml:19:51
      expected: one of ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_IP
      try: ROUND_ROBIN"
  `);
});

test('APP_COOKIE without cookie_name', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, session_persistence: { type: APP_COOKIE } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_COOKIE_NAME: the session persistence APP_COOKIE of pool "web" of load balancer "lb1" has no cookie_name
      at cloud.yaml:20:57
      expected: a cookie_name with APP_COOKIE, and only there
      try: cookie_name: JSESSIONID"
  `);
});

test('a cookie_name without APP_COOKIE', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, session_persistence: { type: SOURCE_IP, cookie_name: SID } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_COOKIE_NAME: the session persistence SOURCE_IP of pool "web" of load balancer "lb1" has a cookie_name
      at cloud.yaml:20:57
      expected: a cookie_name with APP_COOKIE, and only there"
  `);
});

test('a cookie_name that is none', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, session_persistence: { type: APP_COOKIE, cookie_name: a b } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_SCHEMA_VALUE: load balancer "lb1": pools.web.session_persistence.cookie_name is "a b"
      at cloud.yaml:20:111
      expected: the name of a cookie, such as JSESSIONID"
  `);
});

test('cookies in a TCP pool', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: TCP, lb_algorithm: ROUND_ROBIN, session_persistence: { type: HTTP_COOKIE } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_COOKIE_PROTOCOL: the session persistence HTTP_COOKIE of pool "web" of load balancer "lb1" needs cookies, and its protocol is TCP
      at cloud.yaml:20:85
      expected: SOURCE_IP, or protocol: HTTP"
  `);
});

test('a monitor that waits too long', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, healthmonitor: { type: TCP, delay: 2, timeout: 3, max_retries: 2 } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MONITOR_TIMEOUT: the health monitor of pool "web" of load balancer "lb1" has the timeout 3, which is more than its delay 2
      at cloud.yaml:20:104
      expected: at most 2"
  `);
});

test('a PING monitor with a path', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, healthmonitor: { type: PING, delay: 2, timeout: 1, max_retries: 2, url_path: /x } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MONITOR_TYPE: the health monitor of pool "web" of load balancer "lb1" has the type PING and url_path
      at cloud.yaml:20:124
      expected: url_path only with the type HTTP"
  `);
});

test('a monitor with codes of bad form and too many retries', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, healthmonitor: { type: HTTP, delay: 2, timeout: 1, max_retries: 11, expected_codes: 200- } }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SCHEMA_VALUE: load balancer "lb1": pools.web.healthmonitor.max_retries is 11
        at cloud.yaml:20:121
        expected: at most 10
      ND_SCHEMA_VALUE: load balancer "lb1": pools.web.healthmonitor.expected_codes is "200-"
        at cloud.yaml:20:141
        expected: a status, a list or a range of them: "200", "200,202" or "200-204""
  `);
});

test('a member with neither server nor address, and with both', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ protocol_port: 80 }, { server: web1, address: 10.0.1.11, protocol_port: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_MEMBER_ADDRESS: a member of pool "web" of load balancer "lb1" has neither server nor address
        at cloud.yaml:20:67
        expected: one of them
      ND_MEMBER_ADDRESS: a member of pool "web" of load balancer "lb1" has both server and address
        at cloud.yaml:20:90
        expected: one of them"
  `);
});

test('a member that does not exist, in a subnet that does not', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ server: web2, protocol_port: 80, subnet: red }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SERVER_UNKNOWN: a member of pool "web" of load balancer "lb1" refers to server "web2", which does not exist
        at cloud.yaml:20:77
        expected: one of web1, db1
        try: web1
      ND_SUBNET_UNKNOWN: a member of pool "web" of load balancer "lb1" refers to subnet "red", which does not exist
        at cloud.yaml:20:110
        expected: one of public-v4, red-v4, blue-v4"
  `);
});

test('a member in no subnet that the VIP reaches', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ address: 10.0.3.11, protocol_port: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "lb1" is 10.0.3.11, which is in no subnet that the VIP reaches
      at cloud.yaml:20:78
      expected: an address in one of 10.0.1.0/24 (red-v4), 10.0.2.0/24 (blue-v4), which the VIP 10.0.1.2 reaches"
  `);
});

test('a member outside its subnet', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ address: 10.0.1.11, protocol_port: 80, subnet: blue-v4 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "lb1" is 10.0.1.11, which is not in subnet "blue-v4"
      at cloud.yaml:20:78
      expected: an address in 10.0.2.0/24"
  `);
});

test('members behind no router', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ server: db1, protocol_port: 80 }, { address: 10.0.2.11, protocol_port: 80, subnet: blue-v4 }] }',
      routers: '  r1: { interfaces: [red-v4] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "lb1" is server "db1", which has only 10.0.2.11
        at cloud.yaml:20:77
        expected: an address in 10.0.1.0/24 (red-v4), which the VIP 10.0.1.2 reaches
      ND_MEMBER_UNREACHABLE: a member of pool "web" of load balancer "lb1" is in subnet "blue-v4", which no router joins to the subnet of the VIP
        at cloud.yaml:20:152
        expected: red-v4"
  `);
});

test('a member twice', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ server: web1, protocol_port: 80 }, { address: 10.0.1.11, protocol_port: 80 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_MEMBER_TWICE: a member of pool "web" of load balancer "lb1" is port 80 of 10.0.1.11, as another one is
      at cloud.yaml:20:104
      expected: each address and port once in a pool"
  `);
});

test('a weight and a port out of bounds', async () => {
  expect(
    await routedError({
      loadbalancers:
        '  lb1:\n    vip_subnet: red-v4\n    pools:\n      web: { protocol: HTTP, lb_algorithm: ROUND_ROBIN, members: [{ server: web1, protocol_port: 0, weight: 257 }] }',
    }),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in cloud.yaml
      ND_SCHEMA_VALUE: load balancer "lb1": pools.web.members[0].protocol_port is 0
        at cloud.yaml:20:98
        expected: at least 1
      ND_SCHEMA_VALUE: load balancer "lb1": pools.web.members[0].weight is 257
        at cloud.yaml:20:109
        expected: at most 256"
  `);
});
