import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeContainer } from '../engine/nodes/container.ts';
import { needsEngine, startNode } from '../engine/testing/lab.fixture.ts';
import { type HeldConnection, http, openTcp, serve, serveHttp, stream, traceroute } from './index.ts';

const lab = await needsEngine();
let node: NodeContainer;

/** client – router – server, a cable each. */
beforeAll(async () => {
  node = await startNode(lab, 'applications');
  const { agent } = node;
  const batch = (...lines: string[]) =>
    agent.run(['ip', '-batch', '-'], { stdin: lines.map((line) => `${line}\n`).join('') });
  await batch(
    'netns add client',
    'netns add router',
    'netns add server',
    'link add name eth0 netns client type veth peer name left netns router',
    'link add name eth0 netns server type veth peer name right netns router',
  );
  const settle = (namespace: string, sysctls: [string, string][], ...ip: string[]) =>
    agent.request('namespace', { namespace, sysctls, ip: ['link set dev lo up', ...ip, ''].join('\n') });
  const guest = (subnet: number, ...more: string[]) => [
    'link set dev eth0 up',
    `addr add 10.0.${subnet}.11/24 dev eth0`,
    `addr add 2001:db8:${subnet}::11/64 dev eth0 nodad`,
    `route add default via 10.0.${subnet}.1`,
    ...more,
  ];
  await settle(
    'router',
    [['net/ipv4/ip_forward', '1']],
    'link set dev left up',
    'link set dev right up',
    'addr add 10.0.1.1/24 dev left',
    'addr add 10.0.2.1/24 dev right',
  );
  await settle('client', [], ...guest(1, 'addr add 10.0.1.12/24 dev eth0'));
  await settle('server', [], ...guest(2));
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

describe('web servers', () => {
  test('answer with their name and with what they were asked', async () => {
    await using server = await serveHttp(node.agent, 'server');
    const outcome = await http(node.agent, 'client', '10.0.2.11', {
      method: 'POST',
      path: '/shop?item=7',
      headers: { 'X-Mark': 'blue' },
      cookies: { SRV: 'one', other: 'two' },
      body: 'grüezi',
      source: '10.0.1.12',
    });
    const seen = {
      server: 'server',
      address: '10.0.1.12',
      port: outcome.outcome === 'response' && outcome.source_port,
      method: 'POST',
      path: '/shop?item=7',
      headers: { host: '10.0.2.11', 'x-mark': 'blue', cookie: 'SRV=one; other=two', 'content-length': '7' },
      body: 'grüezi',
    };
    expect(outcome).toMatchObject({
      outcome: 'response',
      status: 200,
      source: '10.0.1.12',
      cookies: {},
      seen,
    });
    expect(server.requests).toEqual([seen]);
  });

  test('say what they are told to say, path by path, and change their minds', async () => {
    await using server = await serveHttp(node.agent, 'server', {
      port: 8080,
      name: 'shop',
      answers: {
        '/login': { headers: { 'Set-Cookie': 'JSESSIONID=abc; Path=/' } },
        '/dead': { silent: true },
      },
    });
    const get = (path: string, method = 'GET') =>
      http(node.agent, 'client', '10.0.2.11', { port: 8080, path, method, timeout: 0.3 });
    expect(await get('/login')).toMatchObject({
      status: 200,
      cookies: { JSESSIONID: 'abc' },
      seen: { server: 'shop' },
    });
    expect(await get('/dead')).toMatchObject({ outcome: 'no-answer', source: '10.0.1.11' });
    const next = server.next(({ path }) => path === '/healthy');
    await server.answer({ '': { status: 503 } });
    expect(await get('/healthy?really', 'HEAD')).toMatchObject({ status: 503, body: '' });
    await expect(server.next(undefined, 0.05)).rejects.toThrow('waited 0.05 s for a request to shop');
    expect(server.requests).toHaveLength(3);
    await get('/healthy');
    expect(await next).toMatchObject({ path: '/healthy', headers: { host: '10.0.2.11:8080' } });
  });

  test('over IPv6 too', async () => {
    await using _ = await serveHttp(node.agent, 'server', { address: '2001:db8:2::11' });
    const outcome = await http(node.agent, 'server', '2001:db8:2::11');
    expect(outcome).toMatchObject({
      seen: { address: '2001:db8:2::11', headers: { host: '[2001:db8:2::11]' } },
    });
  });

  test('that are not there, or not alone', async () => {
    const { agent } = node;
    expect(await http(agent, 'client', '10.0.2.11')).toEqual({ outcome: 'refused' });
    expect(await http(agent, 'client', '10.0.1.99', { timeout: 0.2 })).toEqual({ outcome: 'no-connection' });
    expect(await http(agent, 'client', '10.0.1.11', { source: '192.0.2.1' })).toEqual({
      outcome: 'error',
      errno: 'EADDRNOTAVAIL',
    });
    await using _ = await serveHttp(agent, 'server');
    await expect(serveHttp(agent, 'server')).rejects.toThrow('tcp port 80: Address already in use');
  });

  test('of other makes: chunks, a body without a length, a connection that ends too early', async () => {
    const answers = {
      chunks: String.raw`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\n`,
      end: String.raw`HTTP/1.0 200 Fine so far\r\n\r\nhello world`,
      early: String.raw`HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello`,
      nothing: '',
    };
    const outcomes: Record<string, unknown> = {};
    for (const [name, answer] of Object.entries(answers)) {
      const program = `
import socket
s = socket.create_server(('', 8081))
print('ready', flush=True)
c, _ = s.accept()
c.recv(65536)
c.sendall('${answer}'.encode())
c.shutdown(socket.SHUT_WR)
c.recv(1)
`;
      const served = node.agent.run(['python3', '-c', program], { namespace: 'server' });
      let outcome = await http(node.agent, 'client', '10.0.2.11', { port: 8081 });
      while (outcome.outcome === 'refused')
        outcome = await http(node.agent, 'client', '10.0.2.11', { port: 8081 });
      await served;
      outcomes[name] = outcome.outcome === 'response' ? outcome.body : outcome.outcome;
    }
    expect(outcomes).toEqual({
      chunks: 'hello world',
      end: 'hello world',
      early: 'closed',
      nothing: 'closed',
    });
  });
});

describe('held connections', () => {
  const opened = async (
    ...[server, destination, port]: [string, string, number]
  ): Promise<HeldConnection> => {
    const outcome = await openTcp(node.agent, server, destination, port);
    if (outcome.outcome !== 'open') throw new Error(outcome.outcome);
    return outcome;
  };

  test('echo, lose a segment and bring it after all, and are reset', async () => {
    const { agent } = node;
    await using server = await serve(agent, 'server', 'tcp');
    await using held = await opened('client', '10.0.2.11', server.port);
    expect(await held.send()).toEqual({ outcome: 'echoed' });
    expect(server.clients).toEqual([{ from: held.source, port: held.source_port }]);
    await agent.run(['ip', '-n', 'router', 'link', 'set', 'left', 'down']);
    expect(await held.send({ timeout: 0.1 })).toEqual({ outcome: 'no-answer', missing: 16 });
    await agent.run(['ip', '-n', 'router', 'link', 'set', 'left', 'up']);
    expect(await held.send({ payload: Buffer.from('later'), timeout: 5 })).toEqual({ outcome: 'echoed' });
    await server[Symbol.asyncDispose]();
    expect((await held.send()).outcome).toMatch(/^(?:closed|reset)$/u);
    await held.reset();
    await expect(held.send()).rejects.toThrow('it was closed');
  });

  test.for([
    [false, /^FIN-WAIT-1 /u],
    [true, /^$/u],
  ] as const)('are left by a server that nobody hears, abrupt: %s', async ([abrupt, left]) => {
    const { agent } = node;
    await using server = await serve(agent, 'server', 'tcp', 0, { abrupt });
    const held = await opened('client', '10.0.2.11', server.port);
    expect(await held.send()).toEqual({ outcome: 'echoed' });
    await agent.run(['ip', '-n', 'router', 'link', 'set', 'left', 'down']);
    await held.reset();
    await server[Symbol.asyncDispose]();
    const { stdout } = await agent.run(['ss', '-Htan', 'sport', '=', `:${server.port}`], {
      namespace: 'server',
    });
    await agent.run(['ip', '-n', 'router', 'link', 'set', 'left', 'up']);
    expect(stdout).toMatch(left);
  });

  test('carry requests one after the other', async () => {
    await using server = await serveHttp(node.agent, 'server');
    await using held = await opened('client', '10.0.2.11', server.port);
    for (const path of ['/one', '/two']) {
      expect(await held.http({ path })).toMatchObject({
        outcome: 'response',
        seen: { path, port: held.source_port },
      });
    }
  });

  test('that do not come about', async () => {
    expect(await openTcp(node.agent, 'client', '10.0.2.11', 9)).toEqual({ outcome: 'refused' });
    expect(await openTcp(node.agent, 'client', '10.0.1.99', 9, { timeout: 0.1 })).toEqual({
      outcome: 'no-connection',
    });
  });
});

describe('traceroute', () => {
  const quoted = { source: '10.0.1.11', destination: '10.0.2.11' };
  test('names the router and the destination, and what they quote', async () => {
    const { agent } = node;
    const [udp, icmp] = await Promise.all([
      traceroute(agent, 'client', '10.0.2.11'),
      traceroute(agent, 'client', '10.0.2.11', { protocol: 'icmp' }),
    ]);
    const us = expect.any(Number);
    const source_port = expect.any(Number);
    expect(udp).toEqual([
      {
        ttl: 1,
        outcome: 'passed',
        from: '10.0.1.1',
        us,
        type: 11,
        code: 0,
        quoted: { ...quoted, source_port, destination_port: 33_434 },
      },
      {
        ttl: 2,
        outcome: 'reached',
        from: '10.0.2.11',
        us,
        type: 3,
        code: 3,
        quoted: { ...quoted, source_port, destination_port: 33_435 },
      },
    ]);
    expect(icmp).toEqual([
      { ttl: 1, outcome: 'passed', from: '10.0.1.1', us, type: 11, code: 0, quoted },
      { ttl: 2, outcome: 'reached', from: '10.0.2.11', us },
    ]);
  });

  test('tells silence, refusal and no way apart', async () => {
    const { agent } = node;
    expect(await traceroute(agent, 'client', '10.0.1.99', { timeout: 0.05, last: 2 })).toEqual([
      { ttl: 1, outcome: 'silent' },
      { ttl: 2, outcome: 'silent' },
    ]);
    // The kernel looks for a way before it looks at the TTL.
    expect(await traceroute(agent, 'client', '192.0.2.1')).toMatchObject([
      { ttl: 1, outcome: 'unreachable', from: '10.0.1.1', type: 3, code: 0 },
    ]);
    expect(await traceroute(agent, 'router', '192.0.2.1')).toEqual([
      { ttl: 1, outcome: 'not-sent', errno: 'ENETUNREACH' },
    ]);
  });
});

// Last: the kernel tells a host only so often that there is no way, and a stream uses that up.
describe('streams', () => {
  test.for(['icmp', 'udp'] as const)('of %s keep their pace, and count what was lost', async (protocol) => {
    const { agent } = node;
    await using echo = await serve(agent, 'server', 'udp');
    await using flow = await stream(agent, 'client', '10.0.2.11', { protocol, port: echo.port });
    await flow.answered(20);
    await agent.run(['ip', '-n', 'router', 'link', 'set', 'right', 'down']);
    await expect(flow.answered(1, 0.2)).rejects.toThrow(
      'waited 0.2 s for 1 answers from 10.0.2.11 to client',
    );
    await agent.run(['ip', '-n', 'router', 'link', 'set', 'right', 'up']);
    await flow.answered(20);
    const result = await flow.stop(0.1);
    const [first = 0, last = 0] = [result.lost[0], result.lost.at(-1)];
    expect(result).toMatchObject({ refused: [], duplicated: [], reordered: [] });
    expect(result.sent - result.lost.length).toBe(flow.arrivals.length);
    expect(last - first + 1).toBe(result.lost.length);
    expect(result.longest_gap_ms).toBeGreaterThan(200);
    expect(await flow.stop()).toBe(result);
  });

  test('without losses have none', async () => {
    await using flow = await stream(node.agent, 'client', '10.0.2.11', { interval: 0.001 });
    await flow.answered(200);
    expect(await flow.stop()).toMatchObject({ lost: [], refused: [] });
  });

  test('that cannot be sent say why', async () => {
    await using flow = await stream(node.agent, 'router', '192.0.2.1');
    await expect(flow.answered(1, 0.05)).rejects.toThrow('waited');
    const { refused, lost, sent } = await flow.stop(0);
    expect(refused[0]).toEqual({ number: 0, errno: 'ENETUNREACH' });
    expect(refused).toHaveLength(sent);
    expect(lost).toEqual([]);
  });
});
