import { expect, test } from 'vitest';
import { defineCloud } from '../documents/define-cloud.ts';
import { loadCloud } from '../documents/load.ts';
import type { CloudDocumentInput } from '../schema/index.ts';

const base: CloudDocumentInput = {
  cloud: 'paper',
  underlay: 'demo-cluster',
  networks: { red: {} },
  subnets: { 'red-v4': { network: 'red', cidr: '10.0.1.0/24' } },
  servers: { web1: { host: 'compute1', networks: ['red'] } },
};
const monitor = { type: 'TCP', delay: 1, timeout: 1, max_retries: 2 } as const;
const v1: CloudDocumentInput = {
  ...base,
  vips: {
    web: {
      protocol: 'HTTP',
      protocol_port: 80,
      subnet: 'red-v4',
      address: '10.0.1.100',
      pool: 'servers',
      session_persistence: { type: 'HTTP_COOKIE' },
      connection_limit: 7,
    },
  },
  pools: {
    servers: {
      protocol: 'HTTP',
      lb_method: 'ROUND_ROBIN',
      subnet: 'red-v4',
      members: [{ server: 'web1', protocol_port: 8080, weight: 3 }],
      health_monitors: ['off', 'alive'],
    },
  },
  health_monitors: { off: { ...monitor, delay: 9, admin_state_up: false }, alive: monitor },
};

test('a VIP and its pool are a load balancer that has the id of the pool', async () => {
  const cloud = await loadCloud(v1);
  const { web } = cloud.loadbalancers;
  const pool = web?.pools['servers'];
  expect(web).toMatchObject({
    id: pool?.id,
    vip_address: '10.0.1.100',
    vip_port: 'web-vip',
    host: 'gateway1',
  });
  expect(cloud.ports['web-vip']).toMatchObject({ device_owner: 'neutron:LOADBALANCER' });
  expect(web?.listeners['web']).toMatchObject({
    protocol_port: 80,
    connection_limit: 7,
    default_pool: 'servers',
  });
  expect(pool).toMatchObject({ session_persistence: { type: 'HTTP_COOKIE' }, healthmonitor: monitor });
  expect(pool?.members).toMatchObject([{ port: 'web1-eth0', protocol_port: 8080, weight: 3 }]);
});

test('but for its ids it is what v2 would have said', async () => {
  const v2: CloudDocumentInput = {
    ...base,
    loadbalancers: {
      web: {
        vip_subnet: 'red-v4',
        vip_address: '10.0.1.100',
        listeners: {
          web: { protocol: 'HTTP', protocol_port: 80, default_pool: 'servers', connection_limit: 7 },
        },
        pools: {
          servers: {
            protocol: 'HTTP',
            lb_algorithm: 'ROUND_ROBIN',
            session_persistence: { type: 'HTTP_COOKIE' },
            members: [{ server: 'web1', protocol_port: 8080, weight: 3 }],
            healthmonitor: monitor,
          },
        },
      },
    },
  };
  const withoutIds = (value: unknown) =>
    JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'id' ? undefined : one))) as unknown;
  const [one, other] = await Promise.all([loadCloud(v1), loadCloud(v2)]);
  expect(withoutIds(one.loadbalancers)).toEqual(withoutIds(other.loadbalancers));
});

test('a VIP that is down, or whose pool is, is a load balancer that is down', async () => {
  for (const collection of ['vips', 'pools'] as const) {
    const document = defineCloud(v1);
    for (const one of Object.values(document[collection])) one.admin_state_up = false;
    expect((await loadCloud(document)).loadbalancers['web']?.admin_state_up).toBe(false);
  }
});
