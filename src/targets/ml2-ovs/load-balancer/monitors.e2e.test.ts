import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../../engine/find/wait.ts';
import type { NodeContainer } from '../../../engine/nodes/container.ts';
import { needsEngine } from '../../../engine/testing/lab.fixture.ts';
import type { HttpServer } from '../../../probe/index.ts';
import { countsOf } from '../../../scenario/distribution.ts';
import type { HealthMonitor, Pool } from '../../../topology/topology.ts';
import { askTimes, balance, balancerOf, endBalancer, serveMembers, startLan } from './balancing.fixture.ts';
import { memberStates, untilMember } from './members.ts';

const lab = await needsEngine();
let node: NodeContainer;
let members: Record<string, HttpServer>;

beforeAll(async () => {
  node = await startLan(lab);
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});
beforeEach(async () => {
  members = await serveMembers(node);
});
afterEach(async () => {
  await endBalancer(node);
  for (const member of Object.values(members)) await member[Symbol.asyncDispose]();
});

const checked = (monitor: Partial<HealthMonitor>): Partial<Pool> => ({
  healthmonitor: {
    id: 'monitor',
    type: 'TCP',
    delay: 1,
    timeout: 1,
    max_retries: 2,
    admin_state_up: true,
    ...monitor,
  },
});

test('a member that fails its checks gets nothing more, until it passes them again', async () => {
  const balancer = balancerOf(
    checked({ type: 'HTTP', http_method: 'GET', url_path: '/healthy', expected_codes: '200-204' }),
  );
  await balance(node, balancer);
  const web2 = members['web2'];
  const check = () => web2?.next(({ path }) => path === '/healthy');
  await check();
  await web2?.answer({ '/healthy': { status: 503 } });
  await check();
  // One failure is not enough.
  expect(new Set(await askTimes(node, 6)).size).toBe(3);
  await check();
  await untilMember(node.agent, balancer, 'web2-eth0', 'OFFLINE', 0.5);
  const before = web2?.requests.length;
  expect(countsOf(await askTimes(node, 10))).toEqual({ web1: 5, web3: 5 });
  expect(web2?.requests.slice(before).filter(({ path }) => path === '/')).toEqual([]);
  expect(await memberStates(node.agent, balancer)).toMatchObject([
    { pool: 'web', member: 'web1-eth0', operating_status: 'ONLINE', check: 'L7OK' },
    { pool: 'web', member: 'web2-eth0', operating_status: 'OFFLINE', check: 'L7STS' },
    { pool: 'web', member: 'web3-eth0', operating_status: 'ONLINE', check: 'L7OK' },
  ]);
  await web2?.answer({});
  await check();
  await check();
  await untilMember(node.agent, balancer, 'web2-eth0', 'ONLINE', 0.5);
  expect(await askTimes(node, 3)).toContain('web2');
});

test('a member that is dead goes within delay × max_retries + timeout; PING is tried as TCP', async () => {
  const balancer = balancerOf(checked({ type: 'PING' }));
  await balance(node, balancer);
  await waitFor(
    async () =>
      (await memberStates(node.agent, balancer)).every(({ check }) => check === 'L4OK') || undefined,
    { what: 'all to be checked', deadlineMs: 3000 },
  );
  await members['web2']?.[Symbol.asyncDispose]();
  await untilMember(node.agent, balancer, 'web2-eth0', 'OFFLINE', 1 * 2 + 1);
  expect(countsOf(await askTimes(node, 10))).toEqual({ web1: 5, web3: 5 });
  const expected = `waited 0.1 s for member web2-eth0 of load balancer shop to be ONLINE
web web1-eth0: ONLINE L4OK
web web2-eth0: OFFLINE L4CON
web web3-eth0: ONLINE L4OK`;
  await expect(untilMember(node.agent, balancer, 'web2-eth0', 'ONLINE', 0.1)).rejects.toThrow(expected);
});
