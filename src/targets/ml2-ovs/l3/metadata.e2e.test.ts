import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeContainer } from '../../../engine/nodes/container.ts';
import { needsEngine, startNode } from '../../../engine/testing/lab.fixture.ts';
import { compile } from '../compile.ts';
import { routedTopology } from './routed.fixture.ts';

const lab = await needsEngine();
const topology = routedTopology();
const { files = {}, processes = {} } = compile(topology).state.nodes['gateway1'] ?? {};
const router = topology.routers['r1']?.id ?? '';
let node: NodeContainer;

/** The stand-in for the metadata agent, and the router's proxy in the node's own namespace. */
beforeAll(async () => {
  node = await startNode(lab, 'metadata');
  // Whoever asks from the node itself is taken for a server of the router.
  const here = `${router}/127.0.0.1 here|here\n`;
  for (const { path, text } of Object.values(files))
    await node.agent.request('write', { path, text: path.endsWith('.map') ? text + here : text });
  for (const { name, argv, ready } of Object.values(processes)) {
    if (!name.startsWith('metadata-')) continue;
    await node.agent.request('process-start', {
      name,
      argv,
      namespace: '',
      ...(ready && { ready: [ready.protocol, ready.port] }),
    });
  }
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const curl = async (words: readonly string[], headers: readonly string[]): Promise<string> => {
  const argv = ['curl', '-s', ...headers.flatMap((header) => ['-H', header]), ...words];
  return (await node.agent.run(argv)).stdout;
};

/** What the agent says to the proxy. */
const asked = async (...headers: string[]): Promise<{ status: string; body: string }> => {
  const answer = ['--unix-socket', '/var/lib/neutron/metadata_proxy', '-w', String.raw`\n%{http_code}`];
  const stdout = await curl([...answer, 'http://169.254.169.254/latest/meta-data/'], headers);
  const at = stdout.lastIndexOf('\n');
  return { status: stdout.slice(at + 1), body: stdout.slice(0, at) };
};

test('haproxy understands both configurations without a word of warning', async () => {
  for (const { path } of Object.values(files).filter(({ path: name }) => name.endsWith('.conf'))) {
    const { code, stderr } = await node.agent.run(['haproxy', '-c', '-f', path], { check: false });
    expect({ path, code, stderr }).toEqual({ path, code: 0, stderr: '' });
  }
});

test('the agent knows a server by its router and its address', async () => {
  const { status, body } = await asked(`X-Neutron-Router-ID: ${router}`, 'X-Forwarded-For: 10.0.2.12');
  expect(status).toBe('200');
  expect(JSON.parse(body)).toMatchObject({
    'instance-id': topology.servers['vm2']?.id,
    name: 'vm2',
    path: '/latest/meta-data/',
    'x-forwarded-for': '10.0.2.12',
    'x-neutron-router-id': router,
    'x-neutron-network-id': '',
    headers: expect.stringContaining('x-forwarded-for: 10.0.2.12\r\n'),
  });
});

test('and nobody else, nor anyone who says himself who he is', async () => {
  const stranger = await asked(`X-Neutron-Router-ID: ${router}`, 'X-Forwarded-For: 10.0.2.99');
  expect(stranger.status).toBe('404');
  const forged = await asked(
    `X-Neutron-Router-ID: ${router}`,
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-For: 10.0.2.12',
  );
  expect(forged.status).toBe('500');
});

test('the proxy says for whom it asks, whatever the asker says', async () => {
  const forged = ['X-Neutron-Router-ID: other', 'X-Neutron-Network-ID: other'];
  expect(JSON.parse(await curl(['http://127.0.0.1:9697/'], forged))).toMatchObject({
    name: 'here',
    'x-forwarded-for': '127.0.0.1',
    'x-neutron-router-id': router,
    'x-neutron-network-id': '',
  });
});
