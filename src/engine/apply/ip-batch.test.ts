import { describe, expect, test } from 'vitest';
import {
  type Change,
  diff,
  emptyNamespace,
  emptyNode,
  GUESTS,
  type NamespaceState,
  type WireState,
} from '../../state/index.ts';
import { addWire, type Devices, namespaceBatch } from './ip-batch.ts';

const namespace: NamespaceState = {
  ...emptyNamespace('web1'),
  links: {
    lo: { device: 'lo', up: true },
    eth0: { device: 'eth0', mac_address: 'fa:16:3e:00:00:01', mtu: 1450, up: true, offloads: 'off' },
  },
  addresses: {
    'eth0 10.0.1.11/24': { device: 'eth0', cidr: '10.0.1.11/24' },
    'eth0 2001:db8::11/64': { device: 'eth0', cidr: '2001:db8::11/64' },
  },
  routes: {
    default: { destination: 'default', via: '10.0.1.1', device: 'eth0' },
    policy: { destination: '10.9.0.0/16', via: '10.0.1.2', device: 'eth0', table: 7 },
  },
  neighbours: { n: { device: 'eth0', ip_address: '10.0.1.1', mac_address: 'fa:16:3e:00:00:fe' } },
  sysctls: { 'net/ipv4/ip_forward': '1' },
};

const none: Devices = { isGone: () => false, isFresh: () => false };

/** All that a namespace holds as changes of one kind. */
function changesOf(action: 'add' | 'remove'): Change[] {
  return (['sysctls', 'links', 'addresses', 'routes', 'neighbours'] as const).flatMap((part) =>
    Object.entries<unknown>(namespace[part]).map(
      ([key, piece]) =>
        ({
          part,
          node: GUESTS,
          namespace: 'web1',
          key,
          action,
          [action === 'add' ? 'after' : 'before']: piece,
        }) as unknown as Change,
    ),
  );
}

const IP = `\
link set dev lo up
link set dev eth0 address fa:16:3e:00:00:01 mtu 1450 up
addr replace 10.0.1.11/24 dev eth0
addr replace 2001:db8::11/64 dev eth0 nodad
route replace default via 10.0.1.1 dev eth0
route replace 10.9.0.0/16 via 10.0.1.2 dev eth0 table 7
neigh replace 10.0.1.1 lladdr fa:16:3e:00:00:fe dev eth0 nud permanent
`;

describe('one namespace', () => {
  test('that comes: links, addresses, routes, neighbours, in the order in which the kernel takes them', () => {
    expect(namespaceBatch(namespace, changesOf('add'), none)).toEqual({
      namespace: 'web1',
      bridges: [],
      sysctls: [['net/ipv4/ip_forward', '1']],
      offloads: ['eth0'],
      slaves: [],
      removals: '',
      ip: IP,
      inet6: { removals: '', ip: '' },
    });
  });

  test('that is emptied: routes and neighbours before the addresses that carry them', () => {
    const batch = namespaceBatch(emptyNamespace('web1'), changesOf('remove'), none);
    expect(batch?.ip).toBe('');
    expect(batch?.removals).toBe(`\
route del 10.9.0.0/16 via 10.0.1.2 dev eth0 table 7
route del default via 10.0.1.1 dev eth0
neigh del 10.0.1.1 dev eth0
addr del 10.0.1.11/24 dev eth0
addr del 2001:db8::11/64 dev eth0
`);
  });

  test('whose device is gone: nothing of it needs to be taken away', () => {
    const gone: Devices = { ...none, isGone: (device) => device === 'eth0' };
    expect(namespaceBatch(emptyNamespace('web1'), changesOf('remove'), gone)).toBeUndefined();
  });

  test('whose device is made anew: bears all that it bore before, though nothing of it has changed', () => {
    const fresh: Devices = { ...none, isFresh: (device) => device === 'eth0' };
    const batch = namespaceBatch(namespace, [], fresh);
    expect(batch?.offloads).toEqual(['eth0']);
    expect(batch?.ip).toBe(IP.replace('link set dev lo up\n', ''));
  });

  test('whose address is another: routes, addresses and neighbours that go with the old one are there again', () => {
    const second = namespace.addresses['eth0 2001:db8::11/64'];
    const addresses = {
      ...(second && { 'eth0 2001:db8::11/64': second }),
      'eth0 10.0.1.12/24': { device: 'eth0', cidr: '10.0.1.12/24' },
    };
    const node = (held: NamespaceState) => ({
      nodes: { [GUESTS]: { ...emptyNode(), namespaces: { web1: held } } },
      wires: {},
    });
    const after = { ...namespace, addresses };
    const batch = namespaceBatch(after, diff(node(namespace), node(after)), none);
    expect(batch?.removals).toBe('addr del 10.0.1.11/24 dev eth0\n');
    expect(batch?.ip).toBe(`\
addr replace 10.0.1.12/24 dev eth0
addr replace 2001:db8::11/64 dev eth0 nodad
route replace default via 10.0.1.1 dev eth0
route replace 10.9.0.0/16 via 10.0.1.2 dev eth0 table 7
neigh replace 10.0.1.1 lladdr fa:16:3e:00:00:fe dev eth0 nud permanent
`);
  });

  test('of which nothing has changed: nothing', () => {
    expect(namespaceBatch(namespace, [], none)).toBeUndefined();
  });
});

describe('Linux bridges, policy routing and what is replaced', () => {
  const links: NamespaceState['links'] = {
    qbr: { device: 'qbr', type: 'bridge', up: true },
    qvb: { device: 'qvb', master: 'qbr', up: true },
    tap: { device: 'tap', master: 'qbr', up: true },
  };
  const base: NamespaceState = {
    ...emptyNamespace(''),
    links,
    routes: {
      'via only': { destination: '10.8.0.0/16', via: '10.0.0.1' },
      moves: { destination: '10.9.0.0/16', via: '10.0.0.1', device: 'tap', table: 16 },
    },
    rules: {
      '100 from 10.9.0.0/16': { priority: 100, from: '10.9.0.0/16', table: 16 },
      '100 to 2001:db8::/32': { priority: 100, to: '2001:db8::/32', table: 16 },
      '200 iif tap': { priority: 200, iif: 'tap', table: 16 },
    },
  };
  const batch = (before: NamespaceState, after: NamespaceState, devices = none) => {
    const state = (own: NamespaceState) => ({
      nodes: { net1: { ...emptyNode(), namespaces: { '': own } } },
      wires: {},
    });
    return namespaceBatch(after, diff(state(before), state(after)), devices);
  };

  test('that come', () => {
    expect(batch(emptyNamespace(''), base)).toEqual({
      namespace: '',
      bridges: ['qbr'],
      sysctls: [],
      offloads: [],
      slaves: ['qvb', 'tap'],
      removals: '',
      ip: `\
link set dev qbr up
link set dev qvb master qbr up
link set dev tap master qbr up
route replace 10.8.0.0/16 via 10.0.0.1
route replace 10.9.0.0/16 via 10.0.0.1 dev tap table 16
rule add priority 100 from 10.9.0.0/16 table 16
rule add priority 200 iif tap table 16
`,
      inet6: { removals: '', ip: 'rule add priority 100 to 2001:db8::/32 table 16\n' },
    });
  });

  test('that go: a route that names no device may have gone with one', () => {
    expect(batch(base, emptyNamespace(''))).toMatchObject({
      removals: `\
rule del priority 100 from 10.9.0.0/16 table 16
rule del priority 200 iif tap table 16
route del 10.9.0.0/16 via 10.0.0.1 dev tap table 16
route flush exact 10.8.0.0/16 via 10.0.0.1
link del dev qbr
link set dev qvb nomaster
link set dev tap nomaster
`,
      ip: '',
      inet6: { removals: 'rule del priority 100 to 2001:db8::/32 table 16\n', ip: '' },
    });
  });

  test('that change: what cannot be replaced in place is taken away before', () => {
    const { qbr, qvb } = links;
    const after: NamespaceState = {
      ...base,
      links: { ...(qbr && { qbr }), ...(qvb && { qvb }), tap: { device: 'tap', up: true } },
      routes: {
        'via only': { destination: '10.8.0.0/16', via: '10.0.0.2' },
        moves: { destination: '10.9.0.0/16', via: '10.0.0.1', device: 'tap', table: 17 },
      },
      rules: { ...base.rules, '200 iif tap': { priority: 200, iif: 'tap', table: 17 } },
    };
    expect(batch(base, after)).toMatchObject({
      bridges: [],
      slaves: [],
      removals: `\
rule del priority 200 iif tap table 16
route del 10.9.0.0/16 via 10.0.0.1 dev tap table 16
`,
      ip: `\
link set dev tap nomaster up
route replace 10.8.0.0/16 via 10.0.0.2
route replace 10.9.0.0/16 via 10.0.0.1 dev tap table 17
rule add priority 200 iif tap table 17
`,
    });
  });

  test('a bridge that is made anew gets its ports back', () => {
    const { qbr, ...others } = links;
    expect(qbr).toBeDefined();
    expect(batch({ ...base, links: others }, base)).toMatchObject({
      bridges: ['qbr'],
      slaves: ['qvb', 'tap'],
      ip: 'link set dev qbr up\nlink set dev qvb master qbr up\nlink set dev tap master qbr up\n',
    });
  });
});

test('a cable is made where its ends belong, whatever its devices are called', () => {
  const wire: WireState = {
    key: 'web1:eth0',
    kind: 'guest',
    mtu: 1450,
    owner: { kind: 'server', name: 'web1', purpose: 'NIC' },
    ends: [
      { node: GUESTS, namespace: 'web1', device: 'netns', mac_address: 'fa:16:3e:00:00:01' },
      { node: 'compute1', namespace: '', device: 'tap1', bridge: 'br-int' },
    ],
  };
  expect(addWire(wire, (end) => end.namespace || '4711')).toBe(
    'link add name netns index 11891245 address fa:16:3e:00:00:01 mtu 1450 netns web1 type veth peer name tap1 mtu 1450 netns 4711',
  );
});
