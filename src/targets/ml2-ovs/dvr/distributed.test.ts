import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeChanges } from '../../../state/describe.ts';
import { diff } from '../../../state/diff.ts';
import type { NamespaceState } from '../../../state/types.ts';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { flowsOf, readableFlows, topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { saved } from '../l3/routed.fixture.ts';
import { type Changes, distributedCloud, distributedState, plain, spaceOn } from './dvr.fixture.ts';

test.for<[string, Changes]>([
  ['vxlan', {}],
  ['gre', { type: 'gre' }],
  ['vlan', { type: 'vlan' }],
  ['juno', { options: { release: 'juno' } }],
])('the flows of compute1 with networks of type %s', async ([name, changes]) => {
  const state = distributedState(changes);
  await expect(readableFlows(state, 'compute1')).toMatchFileSnapshot(`golden/${name}.flows`);
});

/** Addresses, routes, rules, neighbours and settings of a namespace, for people to read. */
const laidOut = (space: NamespaceState | undefined): string => {
  if (space === undefined) return 'not there\n';
  const { addresses, routes, rules, neighbours, sysctls } = space;
  const lines = [
    ...Object.values(addresses).map(({ device, cidr }) => `address ${device} ${cidr}`),
    ...Object.values(routes).map(({ destination, via, device, table }) =>
      [`route ${destination}`, via && `via ${via}`, device, table && `table ${table}`]
        .filter(Boolean)
        .join(' '),
    ),
    ...Object.values(rules).map(({ priority, from, iif, table }) =>
      [`rule ${priority}:`, from && `from ${from}`, iif && `iif ${iif}`, `lookup ${table}`]
        .filter(Boolean)
        .join(' '),
    ),
    ...Object.values(neighbours).map(
      ({ device, ip_address, mac_address }) => `neighbour ${ip_address} ${mac_address} ${device}`,
    ),
    ...Object.entries(sysctls).map(([key, value]) => `sysctl ${key} = ${value}`),
  ];
  return plain(`${lines.join('\n')}\n\n${saved(space)}`);
};

test.for<[string, Changes]>([
  ['now', {}],
  ['juno', { options: { release: 'juno' } }],
  ['no-external', { options: { l3_agent_modes: { compute1: 'dvr_no_external' } } }],
])('the namespaces of hosts, %s', async ([name, changes]) => {
  for (const [node, prefix] of [
    ['compute1', 'qrouter-'],
    ['compute1', 'fip-'],
    ['network1', 'snat-'],
  ] as const)
    await expect(laidOut(spaceOn(changes, node, prefix))).toMatchFileSnapshot(
      `golden/${name}-${node}-${prefix}.namespace`,
    );
});

describe('wherever a router is', () => {
  test('it has the same addresses, IP and MAC', () => {
    const inside = ['network1', 'compute1', 'compute2', 'compute3'].map((node) => {
      const space = spaceOn({}, node, 'qrouter-');
      const own = Object.values(space?.addresses ?? {}).filter(({ device }) => device.startsWith('qr-'));
      return own.map(({ device, cidr }) => `${device} ${cidr} ${space?.links[device]?.mac_address}`);
    });
    expect(inside[0]).toHaveLength(2);
    for (const each of inside) expect(each).toEqual(inside[0]);
    expect(spaceOn({}, 'network2', 'qrouter-')).toBeUndefined();
  });

  test('and down, it is nowhere', () => {
    const { nodes } = distributedState({ router: { admin_state_up: false }, floatingips: {} });
    const spaces = Object.values(nodes).flatMap(({ namespaces }) => Object.keys(namespaces));
    expect(spaces.filter((name) => /^(?:qrouter|snat)-/u.test(name))).toEqual([]);
  });
});

/** What changes on which node, without the ids. */
const changed = (before: Changes, after: Changes): string => {
  const from = topologyOf(distributedCloud(before));
  const first = compile(from);
  const second = compile(topologyOf(distributedCloud(after), from.allocations), first.allocations);
  return plain(describeChanges(diff(first.state, second.state)).join('\n')).replaceAll(
    /\b(qrouter|fip|snat)-[-0-9a-f]{36}/gu,
    '$1',
  );
};

test('a floating IP that comes changes the host of its server, and no other', () => {
  const web1 = {
    'web1-public': { floating_network: 'public', floating_ip_address: '203.0.113.60', server: 'web1' },
  };
  expect(changed({ floatingips: {} }, { floatingips: web1 })).toMatchInlineSnapshot(`
    "compute1
      + fip: route 203.0.113.60/32 via 169.254.64.0 dev fpr
      + qrouter: routing rule 32768 from 10.0.1.11, table 16
      ~ qrouter: chain ipv4 nat neutron-l3-agent-PREROUTING rules: 1 more
          + -d 203.0.113.60/32 -i rfp -j DNAT --to-destination 10.0.1.11  (floating IP 203.0.113.60: to 10.0.1.11)
      ~ qrouter: chain ipv4 nat neutron-l3-agent-POSTROUTING rules: 1 more
          + ! -o rfp -m conntrack ! --ctstate DNAT -j ACCEPT  (router r1: between its own networks nothing is translated)
      ~ qrouter: chain ipv4 nat neutron-l3-agent-float-snat rules: 1 more
          + -s 10.0.1.11/32 -j SNAT --to-source 203.0.113.60 --random-fully  (floating IP 203.0.113.60: from 10.0.1.11)
      ~ qrouter: chain ipv4 nat neutron-l3-agent-snat rules: 1 more
          + -j neutron-l3-agent-float-snat  (router r1 on compute1)
    2 to add, 4 to change, 0 to remove."
  `);
});

test('a server takes its floating IP to another host', () => {
  const lines = changed({}, { hosts: { web1: 'compute3' } }).split('\n');
  const about = lines.filter((line) => line.includes('203.0.113.60') || /^\S/u.test(line));
  expect(about.join('\n')).toMatchInlineSnapshot(`
    "network1
    compute1
      - fip: route 203.0.113.60/32 via 169.254.64.0 dev fpr
          - -d 203.0.113.60/32 -i rfp -j DNAT --to-destination 10.0.1.11  (floating IP 203.0.113.60: to 10.0.1.11)
          - -s 10.0.1.11/32 -j SNAT --to-source 203.0.113.60 --random-fully  (floating IP 203.0.113.60: from 10.0.1.11)
    compute2
    compute3
      + fip: route 203.0.113.60/32 via 169.254.64.0 dev fpr
          + -d 203.0.113.60/32 -i rfp -j DNAT --to-destination 10.0.1.11  (floating IP 203.0.113.60: to 10.0.1.11)
          + -s 10.0.1.11/32 -j SNAT --to-source 203.0.113.60 --random-fully  (floating IP 203.0.113.60: from 10.0.1.11)
    cables
    14 to add, 11 to change, 14 to remove."
  `);
});

test('the last server that goes takes the router along', () => {
  const before = spaceOn({ floatingips: {} }, 'compute3', 'qrouter-');
  const after = spaceOn({ floatingips: {}, hosts: { db3: 'compute1' } }, 'compute3', 'qrouter-');
  expect(before).toBeDefined();
  expect(after).toBeUndefined();
});

test('without enable_snat nothing is translated but floating IPs', () => {
  const external_fixed_ips = [{ ip_address: '203.0.113.50' }];
  const router = { external_gateway_info: { network: 'public', external_fixed_ips, enable_snat: false } };
  const space = spaceOn({ router }, 'network1', 'snat-');
  const rules = Object.values(space?.netfilter ?? {}).flatMap((chain) => chain.rules);
  expect(rules.map(({ text }) => plain(text)).filter((text) => text.includes('--to-source'))).toEqual([
    // For what comes from inside to a central floating IP.
    '-m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 203.0.113.50 --random-fully',
  ]);
});

/** Rules of a chain of a host's part of the router. */
const rulesOf = (changes: Changes, node: string, chain: string): string[] =>
  (spaceOn(changes, node, 'qrouter-')?.netfilter[chain]?.rules ?? []).map(({ text }) => plain(text));

describe('a host’s part of the router', () => {
  const snat = 'ipv4 nat neutron-l3-agent-snat';
  const toFloating = ['-j neutron-l3-agent-float-snat'];

  test('translates nothing without floating IPs', () => {
    expect(rulesOf({}, 'compute1', snat)).toEqual(toFloating);
    expect(rulesOf({}, 'compute3', snat)).toEqual([]);
    expect(rulesOf({}, 'network1', snat)).toEqual([]);
    expect(rulesOf({ options: { release: 'juno' } }, 'compute3', snat)).toEqual(toFloating);
  });

  test('looks for something to translate where a floating IP is central', () => {
    const changes = { options: { l3_agent_modes: { compute1: 'dvr_no_external' } } } as const;
    expect(rulesOf(changes, 'network1', snat)).toEqual(toFloating);
    expect(rulesOf(changes, 'network1', 'ipv4 nat neutron-l3-agent-POSTROUTING')).toEqual([
      '! -o rfp -m conntrack ! --ctstate DNAT -j ACCEPT',
    ]);
    expect(rulesOf(changes, 'compute1', snat)).toEqual([]);
  });
});

test.each([
  ['now', ['198.18.0.0/15 via 203.0.113.9 fg', '0.0.0.0/0 via 203.0.113.1 fg']],
  ['juno', []],
] as const)('a route of the router to the outside holds for floating IPs (%s)', (release, expected) => {
  const routes = [
    { destination: '198.18.0.0/15', nexthop: '203.0.113.9' },
    { destination: '192.0.2.0/24', nexthop: '10.0.1.77' },
  ];
  const space = spaceOn({ options: { release }, router: { routes } }, 'compute1', 'fip-');
  const own = Object.values(space?.routes ?? {}).filter(({ table }) => table !== undefined);
  expect(
    own.map(({ destination, via, device = '' }) => `${destination} via ${via} ${plain(device)}`),
  ).toEqual(expected);
});

test('what is routed to an address that a port is allowed beside its own comes as if from the gateway', () => {
  const document = distributedCloud();
  const web1: NonNullable<typeof document.ports>[string] = {
    network: 'web',
    fixed_ips: [{ ip_address: '10.0.1.11' }],
    allowed_address_pairs: [
      { ip_address: '10.0.1.201', mac_address: 'fa:16:3e:aa:bb:01' },
      { ip_address: '10.0.1.202/32', mac_address: 'fa:16:3e:aa:bb:04' },
      // Nothing is routed to these.
      { ip_address: '10.0.9.201', mac_address: 'fa:16:3e:aa:bb:02' },
      { ip_address: '10.0.1.128/25', mac_address: 'fa:16:3e:aa:bb:03' },
    ],
  };
  const servers = { ...document.servers, web1: { host: 'compute1', networks: [{ port: 'web1' }] } };
  const { state } = compile(topologyOf({ ...document, ports: { web1 }, servers, floatingips: {} }));
  const allowed = flowsOf(state, 'compute1', 'br-int').flatMap(({ table, match }) =>
    match.includes('dl_dst=fa:16:3e:aa:bb') ? [`${table} ${match.split('=').at(-1)}`] : [],
  );
  expect(allowed.toSorted()).toEqual([
    '1 fa:16:3e:aa:bb:01',
    '1 fa:16:3e:aa:bb:04',
    '60 fa:16:3e:aa:bb:01',
    '60 fa:16:3e:aa:bb:04',
  ]);
  const spaces = Object.values(state.nodes['compute2']?.namespaces ?? {});
  const known = spaces.flatMap(({ neighbours }) => Object.values(neighbours));
  const beside = known.filter(({ mac_address }) => mac_address.startsWith('fa:16:3e:aa:bb'));
  expect(beside.map(({ ip_address }) => ip_address)).toEqual(['10.0.1.201', '10.0.1.202', '10.0.9.201']);
});

const placement = fc.record({
  hosts: fc.record({
    web1: fc.constantFrom('compute1', 'compute2', 'compute3'),
    db2: fc.constantFrom('compute1', 'compute2', 'compute3'),
    db3: fc.constantFrom('compute1', 'compute2', 'compute3'),
  }),
  type: fc.constantFrom('vxlan', 'gre', 'vlan'),
  options: fc.record({
    l3_agent_modes: fc.record({ compute1: fc.constantFrom('dvr', 'dvr_no_external', 'dvr_snat') }),
    firewall_driver: fc.constantFrom('noop', 'iptables_hybrid', 'openvswitch'),
  }),
});

test('a port is served on its own host alone, and a floating IP translated in one place', () => {
  fc.assert(
    fc.property(placement, (changes) => {
      const topology = topologyOf(distributedCloud(changes));
      const { state } = compile(topology);
      for (const server of Object.values(topology.servers)) {
        const [nic] = server.nics;
        const mac = topology.ports[nic?.port ?? '']?.mac_address;
        for (const node of Object.keys(state.nodes)) {
          const served = flowsOf(state, node, 'br-int').filter(
            ({ table, match }) => (table === 1 || table === 2) && match.includes(`dl_dst=${mac}`),
          );
          expect(served).toHaveLength(node === server.host ? 1 : 0);
        }
      }
      // Each floating IP is translated in one place.
      for (const { floating_ip_address } of Object.values(topology.floatingips)) {
        const places = Object.values(state.nodes).flatMap(({ namespaces }) =>
          Object.values(namespaces).filter(({ netfilter }) =>
            netfilter['ipv4 nat neutron-l3-agent-PREROUTING']?.rules.some(({ text }) =>
              text.includes(`-d ${floating_ip_address}/32`),
            ),
          ),
        );
        expect(places).toHaveLength(1);
      }
    }),
    { numRuns: 25 },
  );
});

/** A load balancer of v2 and one of v1, both inside of the router. */
const balanced: CloudDocumentInput = {
  ...distributedCloud(),
  loadbalancers: { now: { project: 'tenant', vip_subnet: 'web-v4' } },
  vips: {
    before: { project: 'tenant', protocol: 'TCP', protocol_port: 80, subnet: 'web-v4', pool: 'servers' },
  },
  pools: {
    servers: { project: 'tenant', protocol: 'TCP', lb_method: 'ROUND_ROBIN', subnet: 'web-v4' },
  },
};

test('the address of a load balancer is served on its host, of LBaaS v1 as of v2', () => {
  for (const release of ['now', 'juno'] as const) {
    const topology = topologyOf({ ...balanced, options: { release } });
    const { state } = compile(topology);
    for (const name of ['now-vip', 'before-vip']) {
      const { mac_address, 'binding:host_id': host } = topology.ports[name] ?? {};
      const served = Object.keys(state.nodes).filter((node) =>
        flowsOf(state, node, 'br-int').some(
          ({ table, match }) => table === 1 && match.includes(`dl_dst=${mac_address}`),
        ),
      );
      expect(served, `${name} at release ${release}`).toEqual([host]);
    }
  }
});
