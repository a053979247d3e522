import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../../engine/find/wait.ts';
import type { NodeContainer } from '../../../engine/nodes/container.ts';
import { needsEngine, startNode } from '../../../engine/testing/lab.fixture.ts';
import {
  type HeldConnection,
  http,
  type HttpOptions,
  type HttpServer,
  openTcp,
  serve,
  serveHttp,
} from '../../../probe/index.ts';
import { countsOf, turns } from '../../../scenario/distribution.ts';
import type { LoadBalancer, Pool } from '../../../topology/topology.ts';
import { configPath, haproxyConfig, masterSocket } from './haproxy.ts';

const lab = await needsEngine();
let node: NodeContainer;
const VIP = '10.0.1.100';
const MEMBERS = ['web1', 'web2', 'web3'] as const;

/** A balancer, a client and three members on one bridge. */
beforeAll(async () => {
  node = await startNode(lab, 'balancing');
  const { agent } = node;
  const addresses = {
    balancer: VIP,
    client: '10.0.1.50',
    web1: '10.0.1.11',
    web2: '10.0.1.12',
    web3: '10.0.1.13',
  };
  const names = Object.keys(addresses);
  const lines = [
    ...names.map((name) => `netns add ${name}`),
    'link add name lan type bridge',
    'link set dev lan up',
    ...names.flatMap((name) => [
      `link add name ${name} type veth peer name eth0 netns ${name}`,
      `link set dev ${name} master lan up`,
    ]),
  ];
  await agent.run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
  for (const [namespace, address] of Object.entries(addresses))
    await agent.request('namespace', {
      namespace,
      ip: `link set dev lo up\nlink set dev eth0 up\naddr add ${address}/24 dev eth0\n`,
    });
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const weights: Record<string, number> = { web1: 1, web2: 1, web3: 1 };

const balancerOf = (
  pool: Partial<Pool>,
  weightOf = weights,
  protocol: 'HTTP' | 'TCP' = 'HTTP',
): LoadBalancer => ({
  id: 'lb',
  name: 'shop',
  admin_state_up: true,
  vip_subnet: 'web-subnet',
  vip_address: VIP,
  vip_port: 'shop-vip',
  host: 'network1',
  listeners: {
    http: {
      id: 'listener',
      name: 'http',
      admin_state_up: true,
      protocol,
      protocol_port: 80,
      default_pool: 'web',
      connection_limit: -1,
      insert_headers: { 'X-Forwarded-Port': true, 'X-Forwarded-Proto': true },
    },
  },
  pools: {
    web: {
      id: 'pool',
      name: 'web',
      admin_state_up: true,
      protocol,
      lb_algorithm: 'ROUND_ROBIN',
      session_persistence: null,
      healthmonitor: null,
      members: MEMBERS.map((name, index) => ({
        id: name,
        address: `10.0.1.1${index + 1}`,
        protocol_port: 80,
        weight: weightOf[name] ?? 0,
        subnet: 'web-subnet',
        admin_state_up: true,
        port: `${name}-eth0`,
      })),
      ...pool,
    },
  },
});

const ABOUT = { name: 'haproxy-lb', namespace: 'balancer', ready: ['tcp', 80], reload: true };

/** Starts the balancer, or tells the one that runs what has changed. */
const balance = async (balancer: LoadBalancer): Promise<void> => {
  const path = configPath(balancer);
  const { text, description } = haproxyConfig(balancer);
  await node.agent.request('write', { path, text });
  const settled = [masterSocket(balancer), '@1 show info\n', `description: ${description}`];
  await node.agent.request('process-start', {
    ...ABOUT,
    settled,
    argv: ['haproxy', '-W', '-db', '-S', masterSocket(balancer), '-f', path],
  });
};

const members: Record<string, HttpServer> = {};
beforeEach(async () => {
  for (const name of MEMBERS) members[name] = await serveHttp(node.agent, name);
});
afterEach(async () => {
  await node.agent.request('process-stop', { names: [ABOUT.name] });
  for (const member of Object.values(members)) await member[Symbol.asyncDispose]();
});

/** Who answers a request; or the status, where it is the balancer itself. */
const ask = async (options: HttpOptions = {}): Promise<string> => {
  const outcome = await http(node.agent, 'client', VIP, options);
  if (outcome.outcome !== 'response') return outcome.outcome;
  return outcome.seen?.server ?? String(outcome.status);
};

const askTimes = async (times: number, options: HttpOptions = {}): Promise<string[]> => {
  const names: string[] = [];
  while (names.length < times) names.push(await ask(options));
  return names;
};

const opened = async (): Promise<HeldConnection> => {
  const outcome = await openTcp(node.agent, 'client', VIP, 80);
  if (outcome.outcome !== 'open') throw new Error(outcome.outcome);
  return outcome;
};

test('members take turns, and see the balancer with the client in a header', async () => {
  await balance(balancerOf({}));
  expect(countsOf(await askTimes(30))).toEqual(turns(weights, 10));
  const [request] = members['web1']?.requests ?? [];
  expect(request).toMatchObject({
    address: VIP,
    headers: { 'x-forwarded-for': '10.0.1.50', 'x-forwarded-port': '80', 'x-forwarded-proto': 'http' },
  });
});

test('weights are kept to exactly in each cycle, and one of weight 0 gets nothing', async () => {
  const uneven = { web1: 1, web2: 0, web3: 4 };
  await balance(balancerOf({}, uneven));
  for (let cycle = 0; cycle < 6; cycle += 1) {
    expect(countsOf(await askTimes(5), MEMBERS)).toEqual(turns(uneven, 1));
  }
});

test('a change counts with the next connection, and ends none', async () => {
  await balance(balancerOf({}, weights, 'TCP'));
  await using held = await opened();
  const first = await held.http();
  expect(first).toMatchObject({ outcome: 'response' });
  for (let round = 0; round < 10; round += 1) {
    const only = MEMBERS[round % 3] ?? '';
    await balance(balancerOf({}, { [only]: 1 }, 'TCP'));
    expect(await askTimes(3)).toEqual([only, only, only]);
  }
  expect(await held.http()).toEqual(first);
});

test('who has the fewest connections is next', async () => {
  for (const member of Object.values(members)) await member[Symbol.asyncDispose]();
  const echoes = await Promise.all(MEMBERS.map((name) => serve(node.agent, name, 'tcp', 80)));
  await balance(balancerOf({ lb_algorithm: 'LEAST_CONNECTIONS' }, weights, 'TCP'));
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
  expect(echoes.map(({ clients }) => clients.length).toSorted()).toEqual([2, 2, 4]);
  for (const one of held) await one.close();
  for (const echo of echoes) await echo[Symbol.asyncDispose]();
});

test.for<[string, Partial<Pool>]>([
  ['by its address', { lb_algorithm: 'SOURCE_IP' }],
  ['by its address in a table', { session_persistence: { type: 'SOURCE_IP' } }],
])('a client stays with its member %s', async ([, pool]) => {
  await balance(balancerOf(pool));
  expect(new Set(await askTimes(6)).size).toBe(1);
});

test("a client stays with its member by the balancer's cookie", async () => {
  await balance(balancerOf({ session_persistence: { type: 'HTTP_COOKIE' } }));
  const first = await http(node.agent, 'client', VIP);
  const cookies = first.outcome === 'response' ? first.cookies : {};
  expect(cookies).toEqual({ SRV: first.outcome === 'response' && first.seen?.server });
  expect(new Set(await askTimes(6, { cookies }))).toEqual(new Set(Object.values(cookies)));
  expect(new Set(await askTimes(6)).size).toBe(3);
  // A member of weight 0 keeps those it has.
  const mine = cookies['SRV'] ?? '';
  await balance(balancerOf({ session_persistence: { type: 'HTTP_COOKIE' } }, { ...weights, [mine]: 0 }));
  expect(await ask({ cookies })).toBe(mine);
  expect(await askTimes(6)).not.toContain(mine);
});

test.for(['JSESSIONID', "it's#one"])(
  "a client stays with its member by the application's cookie %s",
  async (cookie_name) => {
    await balance(balancerOf({ session_persistence: { type: 'APP_COOKIE', cookie_name } }));
    await members['web2']?.answer({ '/login': { headers: { 'Set-Cookie': `${cookie_name}=abc` } } });
    while ((await ask({ path: '/login' })) !== 'web2');
    expect(new Set(await askTimes(6, { cookies: { [cookie_name]: 'abc' } }))).toEqual(new Set(['web2']));
    expect(new Set(await askTimes(6, { cookies: { [cookie_name]: 'other' } })).size).toBe(3);
  },
);

test('a member that fails its checks gets nothing more, until it passes them again', async () => {
  const healthmonitor = {
    id: 'monitor',
    type: 'HTTP',
    delay: 1,
    timeout: 1,
    max_retries: 2,
    admin_state_up: true,
  } as const;
  await balance(
    balancerOf({
      healthmonitor: {
        ...healthmonitor,
        http_method: 'GET',
        url_path: '/healthy',
        expected_codes: '200-204',
      },
    }),
  );
  const web2 = members['web2'];
  const check = () => web2?.next(({ path }) => path === '/healthy');
  await check();
  await web2?.answer({ '/healthy': { status: 503 } });
  await check();
  // One failure is not enough.
  expect(new Set(await askTimes(6)).size).toBe(3);
  await check();
  const before = web2?.requests.length;
  await waitFor(async () => ((await askTimes(3)).includes('web2') ? undefined : true), {
    what: 'it to go',
    deadlineMs: 500,
  });
  expect(countsOf(await askTimes(10))).toEqual({ web1: 5, web3: 5 });
  expect(web2?.requests.slice(before).filter(({ path }) => path === '/')).toEqual([]);
  await web2?.answer({});
  await check();
  await check();
  await waitFor(async () => ((await askTimes(3)).includes('web2') ? true : undefined), {
    what: 'it to be back',
    deadlineMs: 500,
  });
});

test('without members alive the balancer says so itself', async () => {
  await balance(balancerOf({}, {}));
  expect(await ask()).toBe('503');
  await balance(balancerOf({ admin_state_up: false }));
  expect(await ask()).toBe('503');
});
