import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeContainer } from '../../../engine/nodes/container.ts';
import { needsEngine, startNode } from '../../../engine/testing/lab.fixture.ts';
import type { LoadBalancer } from '../../../topology/topology.ts';
import { haproxyConfig } from './haproxy.ts';

const lab = await needsEngine();
let node: NodeContainer;

beforeAll(async () => {
  node = await startNode(lab, 'haproxy');
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

/** What haproxy says of a configuration. */
const complaints = async (text: string): Promise<string> => {
  const path = '/run/check.conf';
  await node.agent.request('write', { path, text });
  const { code, stdout, stderr } = await node.agent.run(['haproxy', '-c', '-f', path], { check: false });
  return code === 0 ? stderr : `exit code ${code}\n${stdout}${stderr}`;
};

const golden = new URL('golden/', import.meta.url);

test.for(readdirSync(golden))('haproxy understands %s without a word of warning', async (name) => {
  expect(await complaints(readFileSync(new URL(name, golden), 'utf8'))).toBe('');
});

test.for(['JSESSIONID', "it's", '$HOME', '#a`b|c~d', "'", '%[src]', '!&*+^'])(
  'and the cookie name %s',
  async (cookie_name) => {
    const balancer: LoadBalancer = {
      id: 'lb',
      name: 'shop',
      admin_state_up: true,
      vip_subnet: 'web-subnet',
      vip_address: '10.0.1.100',
      vip_port: 'shop-vip',
      host: 'network1',
      listeners: {
        http: {
          id: 'listener',
          name: 'http',
          admin_state_up: true,
          protocol: 'HTTP',
          protocol_port: 80,
          default_pool: 'web',
          connection_limit: -1,
          insert_headers: {},
        },
      },
      pools: {
        web: {
          id: 'pool',
          name: 'web',
          admin_state_up: true,
          protocol: 'HTTP',
          lb_algorithm: 'ROUND_ROBIN',
          session_persistence: { type: 'APP_COOKIE', cookie_name },
          members: [],
          healthmonitor: null,
        },
      },
    };
    expect(await complaints(haproxyConfig(balancer).text)).toBe('');
  },
);
