import {
  type CloudState,
  emptyNamespace,
  emptyNode,
  type FlowState,
  GUESTS,
  type NodeState,
  type OvsPortState,
  type Owner,
  type WireState,
} from '../../state/index.ts';

const owner: Owner = { kind: 'server', name: 'any', purpose: 'test' };

const port = (name: string, ofport: number, type: OvsPortState['type'] = ''): OvsPortState => ({
  name,
  bridge: 'br-int',
  type,
  ofport,
  options: type === 'patch' ? { peer: 'patch-int' } : {},
  external_ids: {},
  owner,
});

const flow = (ofport: number): FlowState => ({
  bridge: 'br-int',
  table: 0,
  priority: 1,
  match: `in_port=${ofport}`,
  actions: 'NORMAL',
  cookie: '0x1',
  owner,
});

function host(servers: readonly string[]): NodeState {
  const taps = servers.map((server, at) => ({ tap: `tap-${server}`, ofport: 10 + at }));
  return {
    ...emptyNode(),
    bridges: { 'br-int': { name: 'br-int', fail_mode: 'secure', other_config: {}, owner } },
    ports: {
      'patch-tun': port('patch-tun', 1, 'patch'),
      ...Object.fromEntries(taps.map(({ tap, ofport }) => [tap, port(tap, ofport)])),
    },
    flows: Object.fromEntries(taps.map(({ ofport }) => [`br-int in_port=${ofport}`, flow(ofport)])),
    namespaces: {
      '': {
        ...emptyNamespace(''),
        links: Object.fromEntries(taps.map(({ tap }) => [tap, { device: tap, mtu: 1450, up: true }])),
      },
    },
  };
}

const guest = (name: string) => ({
  ...emptyNamespace(name),
  links: { eth0: { device: 'eth0', mtu: 1450, up: true, offloads: 'off' as const } },
  addresses: { a: { device: 'eth0', cidr: `10.0.1.${name.slice(-1)}/24` } },
});

const cable = (server: string, node: string): WireState => ({
  key: `${server}:eth0`,
  kind: 'guest',
  mtu: 1450,
  owner,
  ends: [
    { node: GUESTS, namespace: server, device: 'eth0' },
    { node, namespace: '', device: `tap-${server}`, bridge: 'br-int' },
  ],
});

const trunk: WireState = {
  key: 'compute1-compute2',
  kind: 'underlay',
  mtu: 1600,
  owner,
  ends: [
    { node: 'compute1', namespace: '', device: 'eth0' },
    { node: 'compute2', namespace: '', device: 'eth0' },
  ],
};

/** Two hosts and these servers (each with its host): enough of everything to see an order in it. */
export function smallState(servers: Readonly<Record<string, string>>): CloudState {
  const on = (node: string): string[] => Object.keys(servers).filter((name) => servers[name] === node);
  return {
    nodes: {
      compute1: host(on('compute1')),
      compute2: host(on('compute2')),
      [GUESTS]: {
        ...emptyNode(),
        namespaces: Object.fromEntries(Object.keys(servers).map((name) => [name, guest(name)])),
      },
    },
    wires: {
      ...Object.fromEntries(
        Object.entries(servers).map(([name, node]) => [`${name}:eth0`, cable(name, node)]),
      ),
      'compute1-compute2': trunk,
    },
  };
}
