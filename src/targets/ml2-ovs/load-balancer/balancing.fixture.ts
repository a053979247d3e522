import type { NodeContainer } from '../../../engine/nodes/container.ts';
import { type Lab, startNode } from '../../../engine/testing/lab.fixture.ts';
import { http, type HttpOptions, type HttpServer, serveHttp } from '../../../probe/index.ts';
import type { LoadBalancer, Pool } from '../../../topology/topology.ts';
import { configPath, haproxyConfig, masterSocket } from './haproxy.ts';

export const VIP = '10.0.1.100';
export const MEMBERS = ['web1', 'web2', 'web3'] as const;

/** A balancer, a client and three members on one bridge. */
export async function startLan(lab: Lab): Promise<NodeContainer> {
  const node = await startNode(lab, 'balancing');
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
  return node;
}

export const weights: Record<string, number> = { web1: 1, web2: 1, web3: 1 };

export const balancerOf = (
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

const NAME = 'haproxy-lb';
const ABOUT = { name: NAME, namespace: 'balancer', ready: ['tcp', 80], reload: true };

/** Starts the balancer, or tells the one that runs what has changed. */
export const balance = async (node: NodeContainer, balancer: LoadBalancer): Promise<void> => {
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

export const endBalancer = (node: NodeContainer): Promise<unknown> =>
  node.agent.request('process-stop', { names: [NAME] });

export const serveMembers = async (node: NodeContainer): Promise<Record<string, HttpServer>> =>
  Object.fromEntries(
    await Promise.all(MEMBERS.map(async (name) => [name, await serveHttp(node.agent, name)] as const)),
  );

/** Who answers a request; or the status, where it is the balancer itself. */
export const ask = async (node: NodeContainer, options: HttpOptions = {}): Promise<string> => {
  const outcome = await http(node.agent, 'client', VIP, options);
  if (outcome.outcome !== 'response') return outcome.outcome;
  return outcome.seen?.server ?? String(outcome.status);
};

export const askTimes = async (
  node: NodeContainer,
  times: number,
  options: HttpOptions = {},
): Promise<string[]> => {
  const names: string[] = [];
  while (names.length < times) names.push(await ask(node, options));
  return names;
};
