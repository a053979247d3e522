import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { balancerEffects } from './effects.ts';

type Balancer = NonNullable<CloudDocumentInput['loadbalancers']>[string];
type Pool = NonNullable<Balancer['pools']>[string];

const members = [
  { server: 'web1', protocol_port: 80 },
  { server: 'web2', protocol_port: 8080, weight: 3 },
];

const pool: Pool = { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members };

const cloud = (
  balancer: Partial<Balancer>,
  subnet: Partial<NonNullable<CloudDocumentInput['subnets']>[string]> = {},
): CloudDocumentInput => ({
  cloud: 'balanced',
  underlay: 'demo-cluster',
  networks: { web: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 7001 } },
  subnets: { 'web-subnet': { network: 'web', cidr: '10.0.1.0/24', ...subnet } },
  ports: {
    vip: { network: 'web' },
    'web1-eth0': { network: 'web', mac_address: 'fa:16:3e:00:00:01' },
    'web2-eth0': { network: 'web', mac_address: 'fa:16:3e:00:00:02' },
  },
  servers: {
    web1: { host: 'compute1', networks: [{ port: 'web1-eth0' }] },
    web2: { host: 'compute2', networks: [{ port: 'web2-eth0' }] },
  },
  loadbalancers: {
    shop: {
      vip_subnet: 'web-subnet',
      listeners: { http: { protocol: 'HTTP', protocol_port: 80, default_pool: 'web' } },
      pools: { web: pool },
      ...balancer,
    },
  },
});

const holderOf = (document: CloudDocumentInput) => {
  const topology = topologyOf(document);
  const { state } = compile(topology);
  const balancer = topology.loadbalancers['shop'];
  const node = state.nodes[balancer?.host ?? ''];
  const namespace = node?.namespaces[`qlbaas-${balancer?.id}`];
  return { topology, balancer, node, namespace };
};

const configOf = (document: CloudDocumentInput): string =>
  Object.values(holderOf(document).node?.files ?? {}).find(({ path }) => path.endsWith('haproxy.conf'))
    ?.text ?? '';

const withPool = (changes: Partial<Pool>): CloudDocumentInput =>
  cloud({ pools: { web: { ...pool, ...changes } } });

describe('the configuration of', () => {
  const demo = parse(readFileSync('fixtures/clouds/classic-demo.yaml', 'utf8')) as CloudDocumentInput;
  const monitor = { delay: 5, timeout: 3, max_retries: 2 };
  const tcp = { http: { protocol: 'TCP' as const, protocol_port: 80, default_pool: 'web' } };
  test.for<[string, CloudDocumentInput]>([
    ['classic-demo', demo],
    [
      'tcp',
      cloud({
        listeners: tcp,
        pools: {
          web: {
            ...pool,
            protocol: 'TCP',
            lb_algorithm: 'LEAST_CONNECTIONS',
            healthmonitor: { type: 'TCP', ...monitor },
          },
        },
      }),
    ],
    [
      'source-address',
      withPool({
        lb_algorithm: 'SOURCE_IP',
        session_persistence: { type: 'SOURCE_IP' },
        healthmonitor: { type: 'PING', ...monitor },
      }),
    ],
    ['http-cookie', withPool({ session_persistence: { type: 'HTTP_COOKIE' } })],
    [
      'app-cookie',
      withPool({
        session_persistence: { type: 'APP_COOKIE', cookie_name: 'JSESSIONID' },
        healthmonitor: {
          type: 'HTTP',
          ...monitor,
          http_method: 'HEAD',
          url_path: "/it's#alive?\\",
          expected_codes: '200-204',
        },
      }),
    ],
    [
      'headers-and-limits',
      cloud({
        listeners: {
          http: {
            protocol: 'HTTP',
            protocol_port: 80,
            default_pool: 'web',
            connection_limit: 7,
            insert_headers: { 'X-Forwarded-For': false, 'X-Forwarded-Port': true, 'X-Forwarded-Proto': true },
          },
          other: { protocol: 'HTTP', protocol_port: 8080, default_pool: 'web' },
          none: { protocol: 'TCP', protocol_port: 81 },
        },
      }),
    ],
    [
      'what-is-down',
      cloud({
        listeners: {
          http: { protocol: 'HTTP', protocol_port: 80, default_pool: 'web' },
          down: { protocol: 'HTTP', protocol_port: 81, default_pool: 'web', admin_state_up: false },
          dead: { protocol: 'HTTP', protocol_port: 82, default_pool: 'down' },
        },
        pools: {
          web: {
            ...pool,
            healthmonitor: { type: 'TCP', ...monitor, admin_state_up: false },
            members: [
              { server: 'web1', protocol_port: 80, admin_state_up: false },
              { server: 'web2', protocol_port: 80, weight: 0 },
            ],
          },
          down: { ...pool, admin_state_up: false },
        },
      }),
    ],
    [
      'ipv6',
      cloud(
        { pools: { web: { ...pool, session_persistence: { type: 'SOURCE_IP' } } } },
        { cidr: '2001:db8:1::/64' },
      ),
    ],
  ])('%s', async ([name, document]) => {
    await expect(configOf(document)).toMatchFileSnapshot(`golden/${name}.haproxy.conf`);
  });
});

test('a balancer is a namespace with the VIP, its routes, and a process', () => {
  const { balancer, node, namespace } = holderOf(
    cloud({}, { host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.1.9' }] }),
  );
  const device = Object.keys(namespace?.links ?? {}).find((name) => name.startsWith('tap')) ?? '';
  expect(namespace?.addresses).toEqual({
    [`${device} ${balancer?.vip_address}/24`]: { device, cidr: `${balancer?.vip_address}/24` },
  });
  expect(namespace?.routes).toEqual({
    '0.0.0.0/0': { destination: '0.0.0.0/0', via: '10.0.1.1', device },
    '10.9.0.0/16': { destination: '10.9.0.0/16', via: '10.0.1.9', device },
  });
  expect(namespace?.sysctls).toMatchObject({ 'net/ipv4/ip_forward': '0' });
  const path = `/var/lib/neutron/lbaas/v2/${balancer?.id}/haproxy.conf`;
  expect(node?.processes).toEqual({
    [`haproxy-${balancer?.id}`]: {
      name: `haproxy-${balancer?.id}`,
      namespace: `qlbaas-${balancer?.id}`,
      argv: ['haproxy', '-W', '-db', '-S', path.replace('.conf', '_master.sock'), '-f', path],
      files: [path],
      reload: 'hup',
      ready: { protocol: 'tcp', port: 80 },
      settled: {
        socket: `/var/lib/neutron/lbaas/v2/${balancer?.id}/haproxy_master.sock`,
        question: '@1 show info\n',
        words: expect.stringMatching(/^description: [0-9a-f]{12}$/u),
      },
      owner: { kind: 'loadbalancer', name: 'shop', purpose: 'haproxy of load balancer shop' },
    },
  });
  expect(node?.files[path]?.owner.purpose).toBe(
    "haproxy's configuration of load balancer shop: listener http, pool web with web1-eth0 and web2-eth0",
  );
});

test('without a gateway the default route is that of the host routes', () => {
  const { namespace } = holderOf(
    cloud({}, { gateway_ip: null, host_routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.1.9' }] }),
  );
  expect(Object.values(namespace?.routes ?? {})).toMatchObject([{ via: '10.0.1.9' }]);
});

test.for<[string, Partial<Balancer>]>([
  ['is down', { admin_state_up: false }],
  ['has no listener', { listeners: {} }],
  [
    'has only listeners that are down',
    { listeners: { http: { protocol: 'HTTP', protocol_port: 80, admin_state_up: false } } },
  ],
])('a balancer that %s has neither address nor process', ([, changes]) => {
  const { node, namespace } = holderOf(cloud(changes));
  expect(namespace?.addresses).toEqual({});
  expect(node?.processes).toEqual({});
  expect(node?.files).toEqual({});
});

describe('the VIP is announced', () => {
  const before = topologyOf(cloud({}));
  const empty = topologyOf({ ...cloud({}), loadbalancers: {} });
  const announced = (earlier: typeof before, later: CloudDocumentInput) =>
    balancerEffects(earlier, topologyOf(later)).map(({ because }) => because);

  test('when it is new, when it moves, and when its balancer comes up', () => {
    const here = ['the VIP of load balancer shop is on host gateway1'];
    expect(announced(empty, cloud({}))).toEqual(here);
    expect(announced(before, cloud({ vip_address: '10.0.1.200' }))).toEqual(here);
    expect(announced(topologyOf(cloud({ admin_state_up: false })), cloud({}))).toEqual(here);
    expect(balancerEffects(empty, before)).toMatchObject([
      {
        kind: 'announce',
        node: 'gateway1',
        namespace: `qlbaas-${before.loadbalancers['shop']?.id}`,
        device: expect.stringMatching(/^tap[-0-9a-f]{11}$/u),
        ip_address: before.loadbalancers['shop']?.vip_address,
        mac_address: before.ports['shop-vip']?.mac_address,
      },
    ]);
  });

  test('and not when it stays, goes, is of IPv6 or has no router to tell', () => {
    expect(
      announced(before, cloud({ pools: {}, listeners: { a: { protocol: 'TCP', protocol_port: 1 } } })),
    ).toEqual([]);
    expect(announced(before, cloud({ admin_state_up: false }))).toEqual([]);
    expect(announced(empty, cloud({}, { cidr: '2001:db8:1::/64' }))).toEqual([]);
    expect(announced(empty, cloud({}, { gateway_ip: null }))).toEqual([]);
  });
});
