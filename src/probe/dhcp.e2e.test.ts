import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../engine/find/wait.ts';
import type { NodeContainer } from '../engine/nodes/container.ts';
import { needsEngine, startNode } from '../engine/testing/lab.fixture.ts';
import { dhcp, endDhcp, releaseDhcp, renewDhcp } from './dhcp.ts';

const lab = await needsEngine();
let node: NodeContainer;
let server: number | undefined;

/** Two guests and a server on one bridge. */
beforeAll(async () => {
  node = await startNode(lab, 'dhcp');
  const { agent } = node;
  const names = ['web1', 'web2', 'server'];
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
  await Promise.all(
    names.map((namespace) =>
      agent.request('namespace', {
        namespace,
        sysctls: [['net/ipv6/conf/all/disable_ipv6', '1']],
        offloads: ['eth0'],
        ip: `link set dev lo up\nlink set dev eth0 up\n${namespace === 'server' ? 'addr add 10.0.1.2/24 dev eth0\n' : ''}`,
      }),
    ),
  );
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const guest of ['web1', 'web2']) await endDhcp(node.agent, guest);
  await stopServer();
});

const stopServer = async (): Promise<void> => {
  if (server !== undefined) await node.agent.request('kill', { pid: server, signal_number: 9 });
  server = undefined;
};

const startServer = async (...options: string[]): Promise<void> => {
  server = await node.agent.request('start', {
    namespace: 'server',
    argv: [
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--port=0',
      '--bind-interfaces',
      '--interface=eth0',
      '--dhcp-authoritative',
      '--dhcp-range=10.0.1.0,static,86400s',
      '--no-ping',
      '--leasefile-ro',
      '--user=root',
      ...options,
    ],
  });
  await waitFor(
    async () => {
      const { stdout } = await node.agent.run(['ss', '-Hlun', 'sport = 67'], { namespace: 'server' });
      return stdout === '' ? undefined : true;
    },
    { what: 'dnsmasq to listen', deadlineMs: 5000 },
  );
};

const hostOf = async (guest: string, address: string): Promise<string> =>
  `--dhcp-host=${await addressOfLink(guest)},${address}`;
const addressOfLink = async (guest: string): Promise<string> => {
  const { stdout } = await node.agent.run(['ip', '-j', '-n', guest, 'link', 'show', 'dev', 'eth0']);
  return (JSON.parse(stdout) as { address: string }[])[0]?.address ?? '';
};
const settingsOf = async (guest: string) => {
  const ip = async (...words: string[]): Promise<string> =>
    (await node.agent.run(['ip', '-4', '-o', '-n', guest, ...words])).stdout.trim();
  const link = await ip('link', 'show', 'dev', 'eth0');
  return {
    address: /inet (\S+)/u.exec(await ip('addr', 'show', 'dev', 'eth0'))?.[1],
    mtu: /mtu (\d+)/u.exec(link)?.[1],
    routes: (await ip('route', 'show', 'proto', '16')).split('\n').map((line) => line.trim()),
  };
};

test('a client gets an address, routes and the MTU, and gives the lease back', async () => {
  const resolvers = await node.agent.run(['cat', '/etc/resolv.conf']);
  await startServer(
    await hostOf('web1', '10.0.1.11'),
    '--dhcp-option=option:router,10.0.1.1',
    '--dhcp-option=option:mtu,1450',
    '--dhcp-option=option:dns-server,198.51.100.10,198.51.100.11',
    '--domain=shop.example',
  );
  const outcome = await dhcp(node.agent, 'web1');
  expect(outcome).toMatchObject({
    outcome: 'bound',
    lease: {
      address: '10.0.1.11',
      prefix: 24,
      seconds: 86_400,
      server: '10.0.1.2',
      mtu: 1450,
      routers: ['10.0.1.1'],
      classless_routes: [],
      dns: ['198.51.100.10', '198.51.100.11'],
      domain: 'shop.example',
      options: { interface: 'eth0', opt53: '05', broadcast: '10.0.1.255' },
    },
  });
  expect(await settingsOf('web1')).toEqual({
    address: '10.0.1.11/24',
    mtu: '1450',
    routes: ['default via 10.0.1.1 dev eth0'],
  });
  expect(await node.agent.run(['cat', '/etc/resolv.conf'])).toEqual(resolvers);
  await releaseDhcp(node.agent, 'web1');
  expect(await settingsOf('web1')).toMatchObject({ address: undefined, routes: [''] });
  await expect(releaseDhcp(node.agent, 'web1')).rejects.toThrow('no DHCP client runs on web1:eth0');
});

test('classless routes take the place of the router, and a renewal brings what has changed', async () => {
  const host = await hostOf('web1', '10.0.1.11');
  const router = '--dhcp-option=option:router,10.0.1.1';
  const routes = (...all: string[]) => `--dhcp-option=option:classless-static-route,${all.join(',')}`;
  await startServer(host, router, routes('169.254.169.254/32,10.0.1.2', '0.0.0.0/0,10.0.1.254'));
  expect(await dhcp(node.agent, 'web1')).toMatchObject({
    lease: {
      routers: ['10.0.1.1'],
      classless_routes: [
        { destination: '169.254.169.254/32', via: '10.0.1.2' },
        { destination: '0.0.0.0/0', via: '10.0.1.254' },
      ],
    },
  });
  const before = await settingsOf('web1');
  expect(before.routes).toEqual(['default via 10.0.1.254 dev eth0', '169.254.169.254 via 10.0.1.2 dev eth0']);
  await stopServer();
  await startServer(host, router, routes('10.9.0.0/16,10.0.1.9'));
  expect(await renewDhcp(node.agent, 'web1')).toMatchObject({
    outcome: 'renewed',
    lease: { address: '10.0.1.11' },
  });
  expect(await settingsOf('web1')).toMatchObject({
    address: '10.0.1.11/24',
    routes: ['10.9.0.0/16 via 10.0.1.9 dev eth0'],
  });
});

test('a server that is gone, one that comes back, and one that has changed its mind', async () => {
  await startServer(await hostOf('web1', '10.0.1.11'));
  await dhcp(node.agent, 'web1');
  await stopServer();
  expect(await renewDhcp(node.agent, 'web1', { timeout: 0.2 })).toEqual({ outcome: 'no-answer' });
  expect(await settingsOf('web1')).toMatchObject({ address: '10.0.1.11/24' });
  await startServer(await hostOf('web1', '10.0.1.11'));
  // Bound anew, or renewed after all where the client itself had just asked once more.
  expect(await renewDhcp(node.agent, 'web1')).toMatchObject({ lease: { address: '10.0.1.11' } });
  await stopServer();
  await startServer(await hostOf('web1', '10.0.1.12'));
  expect(await renewDhcp(node.agent, 'web1')).toEqual({ outcome: 'refused' });
});

test('clients do not get in each other’s way; one that nobody knows gets nothing', async () => {
  await startServer(await hostOf('web1', '10.0.1.11'));
  const [known, unknown] = await Promise.all([
    dhcp(node.agent, 'web1'),
    dhcp(node.agent, 'web2', { tries: 1, pause: 1 }),
  ]);
  expect(known).toMatchObject({ outcome: 'bound', lease: { address: '10.0.1.11' } });
  expect(unknown).toMatchObject({ outcome: 'no-answer', log: expect.stringContaining('no lease') });
  expect(await endDhcp(node.agent, 'web2')).toBe(false);
  expect(await endDhcp(node.agent, 'web1')).toBe(true);
});
