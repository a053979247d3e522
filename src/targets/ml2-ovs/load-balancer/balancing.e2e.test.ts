import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NodeContainer } from '../../../engine/nodes/container.ts';
import { needsEngine } from '../../../engine/testing/lab.fixture.ts';
import { type HeldConnection, http, type HttpServer, openTcp, serve } from '../../../probe/index.ts';
import { countsOf, turns } from '../../../scenario/distribution.ts';
import type { Pool } from '../../../topology/topology.ts';
import {
  ask,
  askTimes,
  balance,
  balancerOf,
  endBalancer,
  MEMBERS,
  serveMembers,
  startLan,
  VIP,
  weights,
} from './balancing.fixture.ts';

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

const opened = async (): Promise<HeldConnection> => {
  const outcome = await openTcp(node.agent, 'client', VIP, 80);
  if (outcome.outcome !== 'open') throw new Error(outcome.outcome);
  return outcome;
};

test('members take turns, and see the balancer with the client in a header', async () => {
  await balance(node, balancerOf({}));
  expect(countsOf(await askTimes(node, 30))).toEqual(turns(weights, 10));
  const [request] = members['web1']?.requests ?? [];
  expect(request).toMatchObject({
    address: VIP,
    headers: { 'x-forwarded-for': '10.0.1.50', 'x-forwarded-port': '80', 'x-forwarded-proto': 'http' },
  });
});

test('weights are kept to exactly in each cycle, and one of weight 0 gets nothing', async () => {
  const uneven = { web1: 1, web2: 0, web3: 4 };
  await balance(node, balancerOf({}, uneven));
  for (let cycle = 0; cycle < 6; cycle += 1) {
    expect(countsOf(await askTimes(node, 5), MEMBERS)).toEqual(turns(uneven, 1));
  }
});

test('a change counts with the next connection, and ends none', async () => {
  await balance(node, balancerOf({}, weights, 'TCP'));
  await using held = await opened();
  const first = await held.http();
  expect(first).toMatchObject({ outcome: 'response' });
  for (let round = 0; round < 10; round += 1) {
    const only = MEMBERS[round % 3] ?? '';
    await balance(node, balancerOf({}, { [only]: 1 }, 'TCP'));
    expect(await askTimes(node, 3)).toEqual([only, only, only]);
  }
  expect(await held.http()).toEqual(first);
});

test('who has the fewest connections is next', async () => {
  for (const member of Object.values(members)) await member[Symbol.asyncDispose]();
  const echoes = await Promise.all(MEMBERS.map((name) => serve(node.agent, name, 'tcp', 80)));
  await balance(node, balancerOf({ lb_algorithm: 'LEAST_CONNECTIONS' }, weights, 'TCP'));
  const held: HeldConnection[] = [];
  const open = async (): Promise<void> => {
    const one = await opened();
    expect(await one.send()).toEqual({ outcome: 'echoed' });
    held.push(one);
  };
  for (let n = 0; n < 6; n += 1) await open();
  expect(echoes.map(({ clients }) => clients.length)).toEqual([2, 2, 2]);
  // The first and the fourth are those of one member: the next two go to it.
  await held[0]?.close();
  await held[3]?.close();
  await open();
  await open();
  expect(echoes.map(({ clients }) => clients.length).toSorted((a, b) => a - b)).toEqual([2, 2, 4]);
  for (const one of held) await one.close();
  for (const echo of echoes) await echo[Symbol.asyncDispose]();
});

test.for<[string, Partial<Pool>]>([
  ['by its address', { lb_algorithm: 'SOURCE_IP' }],
  ['by its address in a table', { session_persistence: { type: 'SOURCE_IP' } }],
])('a client stays with its member %s', async ([, pool]) => {
  await balance(node, balancerOf(pool));
  expect(new Set(await askTimes(node, 6)).size).toBe(1);
});

test("a client stays with its member by the balancer's cookie", async () => {
  await balance(node, balancerOf({ session_persistence: { type: 'HTTP_COOKIE' } }));
  const first = await http(node.agent, 'client', VIP);
  const cookies = first.outcome === 'response' ? first.cookies : {};
  expect(cookies).toEqual({ SRV: first.outcome === 'response' && first.seen?.server });
  expect(new Set(await askTimes(node, 6, { cookies }))).toEqual(new Set(Object.values(cookies)));
  expect(new Set(await askTimes(node, 6)).size).toBe(3);
  // A member of weight 0 keeps those it has.
  const mine = cookies['SRV'] ?? '';
  await balance(
    node,
    balancerOf({ session_persistence: { type: 'HTTP_COOKIE' } }, { ...weights, [mine]: 0 }),
  );
  expect(await ask(node, { cookies })).toBe(mine);
  expect(await askTimes(node, 6)).not.toContain(mine);
});

test.for(['JSESSIONID', "it's#one"])(
  "a client stays with its member by the application's cookie %s",
  async (cookie_name) => {
    await balance(node, balancerOf({ session_persistence: { type: 'APP_COOKIE', cookie_name } }));
    await members['web2']?.answer({ '/login': { headers: { 'Set-Cookie': `${cookie_name}=abc` } } });
    while ((await ask(node, { path: '/login' })) !== 'web2');
    expect(new Set(await askTimes(node, 6, { cookies: { [cookie_name]: 'abc' } }))).toEqual(
      new Set(['web2']),
    );
    expect(new Set(await askTimes(node, 6, { cookies: { [cookie_name]: 'other' } })).size).toBe(3);
  },
);

test('without members alive the balancer says so itself', async () => {
  await balance(node, balancerOf({}, {}));
  expect(await ask(node)).toBe('503');
  await balance(node, balancerOf({ admin_state_up: false }));
  expect(await ask(node)).toBe('503');
});
