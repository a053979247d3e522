import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../engine/find/wait.ts';
import type { NodeContainer } from '../engine/nodes/container.ts';
import { needsEngine, startNode } from '../engine/testing/lab.fixture.ts';
import { announcement, frame, inject, ping, serve, tcp, udp } from './probes.ts';

const lab = await needsEngine();
let node: NodeContainer;

const ip = (...lines: string[]) =>
  node.agent.run(['ip', '-batch', '-'], { stdin: lines.map((line) => `${line}\n`).join('') });

/** Two guests and a cable between them. */
beforeAll(async () => {
  node = await startNode(lab, 'probe');
  await ip(
    'netns add web1',
    'netns add web2',
    'link add name eth0 netns web1 type veth peer name eth0 netns web2',
  );
  for (const [namespace, address] of [
    ['web1', '10.0.1.11'],
    ['web2', '10.0.1.12'],
  ] as const)
    await node.agent.request('namespace', {
      namespace,
      offloads: ['eth0'],
      ip: `link set dev lo up\nlink set dev eth0 up\naddr add ${address}/24 dev eth0\n`,
    });
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

describe('ping', () => {
  test('tells a reply, silence, and a packet that never left apart', async () => {
    const { agent } = node;
    const [reply, silence, nowhere] = await Promise.all([
      ping(agent, 'web1', '10.0.1.12'),
      ping(agent, 'web1', '10.0.1.99', { timeout: 0.2 }),
      ping(agent, 'web1', '192.0.2.1'),
    ]);
    expect(reply).toMatchObject({ outcome: 'reply', from: '10.0.1.12', ttl: 64 });
    expect(silence).toMatchObject({ outcome: 'no-reply' });
    expect(nowhere).toMatchObject({ outcome: 'not-sent', errno: 'ENETUNREACH' });
    expect(silence.echo).not.toEqual(reply.echo);
  });

  test('keeps to size, TTL and DF', async () => {
    const big = { size: 1473, df: true };
    expect(await ping(node.agent, 'web1', '10.0.1.12', big)).toMatchObject({
      outcome: 'not-sent',
      errno: 'EMSGSIZE',
    });
    expect(await ping(node.agent, 'web1', '10.0.1.12', { size: 1472, df: true, ttl: 1 })).toMatchObject({
      outcome: 'reply',
    });
  });
});

describe('servers', () => {
  test('answer datagrams and tell who came', async () => {
    await using server = await serve(node.agent, 'web2', 'udp');
    const payload = Buffer.from('hello');
    const outcome = await udp(node.agent, 'web1', '10.0.1.12', server.port, { reply: true, payload });
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.1.12', payload: payload.toString('hex') });
    expect(server.clients).toEqual([
      { from: '10.0.1.11', port: outcome.outcome === 'reply' && outcome.source_port, bytes: 5 },
    ]);
  });

  test('that are not there: the kernel refuses, or nobody answers', async () => {
    const { agent } = node;
    const unheard = await udp(agent, 'web1', '10.0.1.12', 9, { reply: true });
    expect(unheard).toMatchObject({ outcome: 'error', errno: 'ECONNREFUSED' });
    const unanswered = await udp(agent, 'web1', '10.0.1.99', 9, { reply: true, timeout: 0.2 });
    expect(unanswered).toMatchObject({ outcome: 'no-reply' });
    expect(await udp(agent, 'web1', '10.0.1.12', 9)).toMatchObject({ outcome: 'sent' });
    expect(await tcp(agent, 'web1', '10.0.1.12', 9)).toMatchObject({ outcome: 'refused' });
    expect(await tcp(agent, 'web1', '10.0.1.99', 9, { timeout: 0.2 })).toMatchObject({
      outcome: 'no-connection',
    });
  });

  test('give back a megabyte, many times at once', async () => {
    await using server = await serve(node.agent, 'web2', 'tcp');
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        tcp(node.agent, 'web1', '10.0.1.12', server.port, { size: 1_000_000, timeout: 20 }),
      ),
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject({ outcome: 'exchanged', bytes: 1_000_000 });
    expect(server.clients).toHaveLength(8);
  });

  test('survive a client that does not read, one that resets, and their own end', async () => {
    const rude = `
import socket, struct
s = socket.create_connection(('10.0.1.12', PORT))
s.setblocking(False)
sent = 0
try:
    while sent < 50_000_000: sent += s.send(bytes(65536))
except BlockingIOError:
    pass  # the server reads no more than it can give back
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
s.close()
`;
    const server = await serve(node.agent, 'web2', 'tcp');
    await node.agent.run(['python3', '-c', rude.replace('PORT', String(server.port))], { namespace: 'web1' });
    expect(await tcp(node.agent, 'web1', '10.0.1.12', server.port)).toMatchObject({ outcome: 'exchanged' });
    await server[Symbol.asyncDispose]();
    expect(await tcp(node.agent, 'web1', '10.0.1.12', server.port)).toMatchObject({ outcome: 'refused' });
    await using again = await serve(node.agent, 'web2', 'tcp', server.port);
    expect(again.port).toBe(server.port);
    await expect(serve(node.agent, 'web2', 'tcp', server.port)).rejects.toThrow(
      `tcp port ${server.port}: Address already in use`,
    );
  });
});

test('frames are put on the NIC as they are', async () => {
  const made = { mac_address: 'fa:16:3e:00:00:77', ip_address: '10.0.1.12' };
  // An entry is made by an announcement only where there was one before.
  await ping(node.agent, 'web1', '10.0.1.12');
  await inject(node.agent, [{ server: 'web2', bytes: announcement(made) }]);
  await waitFor(
    async () => {
      const { stdout } = await node.agent.run(['ip', '-n', 'web1', 'neigh', 'show', '10.0.1.12']);
      return stdout.includes('fa:16:3e:00:00:77') ? true : undefined;
    },
    { what: 'the guest to believe the announcement', deadlineMs: 3000 },
  );
  expect(Buffer.from(frame([{ protocol: 'ethernet' }])).length).toBeGreaterThanOrEqual(14 + 16);
  await expect(inject(node.agent, [{ server: 'web1', device: 'eth9', bytes: frame([]) }])).rejects.toThrow(
    'web1:eth9: No such device',
  );
});
