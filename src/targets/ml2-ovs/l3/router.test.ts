import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeChanges } from '../../../state/describe.ts';
import { diff } from '../../../state/diff.ts';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { ipv6Topology } from '../ipv6.fixture.ts';
import { type Changes, compiled, FORWARDINGS, routedCloud, saved, spaceOf } from './routed.fixture.ts';

const router = (changes: Changes = {}) => spaceOf(changes, 'qrouter-');
const rulesOf = (changes: Changes, chain: string): string[] =>
  router(changes)?.netfilter[`ipv4 ${chain}`]?.rules.map(({ text }) => text) ?? [];

/** Device names without the ports' ids. */
const plain = (text: string): string => text.replaceAll(/\b(q[rg])-[-0-9a-f]{11}/gu, '$1');

describe('the chains of a router are those of a real one:', () => {
  test.for<[string, Changes]>([
    ['with a floating IP and port forwardings', {}],
    ['without a way out', { router: { external_gateway_info: null }, floatingips: {} }],
    [
      'with enable_snat false and without metadata',
      {
        router: { external_gateway_info: { network: 'public', enable_snat: false } },
        floatingips: {},
        options: { metadata: false },
      },
    ],
  ])('%s', async ([name, changes]) => {
    const space = router(changes);
    expect(space).toBeDefined();
    await expect(space && saved(space)).toMatchFileSnapshot(`golden/${name.replaceAll(' ', '-')}.iptables`);
  });
});

test('the router of classic-demo translates for a server and for a load balancer', () => {
  const demo = parse(readFileSync('fixtures/clouds/classic-demo.yaml', 'utf8')) as CloudDocumentInput;
  const { state } = compile(topologyOf(demo));
  const space = Object.values(state.nodes['gateway1']?.namespaces ?? {}).find(({ name }) =>
    name.startsWith('qrouter-'),
  );
  const nat = Object.entries(space?.netfilter ?? {}).flatMap(([key, { rules }]) =>
    key.startsWith('ipv4 nat neutron-l3-agent-')
      ? rules.map(({ text, owner }) => `${key.slice(26)}: ${plain(text)}  (${owner.kind} ${owner.name})`)
      : [],
  );
  expect(nat.filter((line) => line.includes('(floatingip '))).toMatchInlineSnapshot(`
    [
      "PREROUTING: -d 203.0.113.110/32 -j DNAT --to-destination 10.0.1.11  (floatingip web1)",
      "PREROUTING: -d 203.0.113.120/32 -j DNAT --to-destination 10.0.1.100  (floatingip shop)",
      "OUTPUT: -d 203.0.113.110/32 -j DNAT --to-destination 10.0.1.11  (floatingip web1)",
      "OUTPUT: -d 203.0.113.120/32 -j DNAT --to-destination 10.0.1.100  (floatingip shop)",
      "float-snat: -s 10.0.1.11/32 -j SNAT --to-source 203.0.113.110 --random-fully  (floatingip web1)",
      "float-snat: -s 10.0.1.100/32 -j SNAT --to-source 203.0.113.120 --random-fully  (floatingip shop)",
    ]
  `);
});

test('a router holds its addresses and the floating IPs, and knows the ways', () => {
  const space = router({
    subnets: { 'public-more': { network: 'public', cidr: '198.18.7.0/24' } },
    router: { routes: [{ destination: '192.0.2.0/24', nexthop: '10.0.2.77' }] },
  });
  expect(Object.keys(space?.addresses ?? {}).map(plain)).toEqual([
    'qr 10.0.1.1/24',
    'qr 10.0.2.1/24',
    'qg 203.0.113.119/24',
    'qg 203.0.113.150/32',
    'qg 203.0.113.151/32',
  ]);
  const ways = Object.values(space?.routes ?? {}).map(
    ({ destination, via, device = '' }) => `${destination} ${via} ${plain(device)}`,
  );
  expect(ways).toEqual([
    '192.0.2.0/24 10.0.2.77 qr',
    '0.0.0.0/0 203.0.113.1 qg',
    // It is on the same wire, whether or not the router has an address there.
    '198.18.7.0/24 undefined qg',
  ]);
  expect(space?.sysctls).toMatchObject({
    'net/ipv4/ip_forward': '1',
    'net/ipv4/conf/all/arp_ignore': '1',
    'net/ipv4/conf/all/arp_announce': '2',
  });
});

test('a subnet for IPv6 outside is beside a router that has no address there, if it speaks IPv6 at all', () => {
  const external_gateway_info = {
    network: 'public',
    external_fixed_ips: [{ ip_address: '203.0.113.50' }],
  };
  const beside = (interfaces: string[]): string[] => {
    const made = { hosts: ['network1'], external_gateway_info, interfaces };
    const spaces = compile(ipv6Topology(made)).state.nodes['network1']?.namespaces ?? {};
    const space = Object.values(spaces).find(({ name }) => name.startsWith('qrouter-'));
    return Object.values(space?.routes ?? {}).map(({ destination }) => destination);
  };
  expect(beside(['auto-v6'])).toEqual(['0.0.0.0/0', '2001:db8:ff::/64']);
  expect(beside(['both-v4'])).toEqual(['0.0.0.0/0']);
});

test('an extra route to everywhere takes the place of the gateway', () => {
  const { routes } =
    router({ router: { routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.1.9' }] } }) ?? {};
  expect(Object.values(routes ?? {})).toMatchObject([{ destination: '0.0.0.0/0', via: '10.0.1.9' }]);
});

test('a router that is down is nowhere, nor are its devices', () => {
  const node = compiled({ router: { admin_state_up: false } }).nodes['gateway1'];
  expect(Object.keys(node?.namespaces ?? {}).filter((name) => name.startsWith('qrouter-'))).toEqual([]);
  expect(Object.keys(node?.ports ?? {}).filter((name) => /^q[rg]-/u.test(name))).toEqual([]);
  expect(Object.keys(node?.processes ?? {}).filter((name) => name.startsWith('metadata-'))).toEqual([]);
});

test('an interface that is down has no address and is in no chain', () => {
  const document = routedCloud({ router: { interfaces: ['red-subnet', { port: 'door' }] } });
  const { state } = compile(
    topologyOf({
      ...document,
      ports: {
        ...document.ports,
        door: { network: 'blue', admin_state_up: false, fixed_ips: [{ ip_address: '10.0.2.254' }] },
      },
      floatingips: {},
    }),
  );
  const space = Object.values(state.nodes['gateway1']?.namespaces ?? {}).find(({ name }) =>
    name.startsWith('qrouter-'),
  );
  expect(Object.keys(space?.addresses ?? {}).map(plain)).toEqual(['qr 10.0.1.1/24', 'qg 203.0.113.119/24']);
  expect(space?.netfilter['ipv4 filter neutron-l3-agent-scope']?.rules).toHaveLength(1);
});

test('a floating IP that stands for nothing is in no router', () => {
  const nothing = { spare: { floating_network: 'public', floating_ip_address: '203.0.113.150' } };
  expect(Object.keys(router({ floatingips: nothing })?.addresses ?? {}).join()).not.toContain(
    '203.0.113.150',
  );
  expect(rulesOf({ floatingips: nothing }, 'nat neutron-l3-agent-float-snat')).toEqual([]);
});

test('to add a floating IP changes its own chains and its address, and nothing else', () => {
  const before = topologyOf(routedCloud({ floatingips: {} }));
  const first = compile(before);
  const one = { web: { floating_network: 'public', floating_ip_address: '203.0.113.150', server: 'vm1' } };
  const second = compile(
    topologyOf(routedCloud({ floatingips: one }), before.allocations),
    first.allocations,
  );
  const lines = describeChanges(diff(first.state, second.state)).map((line) =>
    plain(line).replaceAll(/qrouter-[-0-9a-f]+/gu, 'qrouter'),
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "gateway1
      + qrouter: address qg 203.0.113.150/32
      ~ qrouter: chain ipv4 nat neutron-l3-agent-PREROUTING rules: 1 more
          + -d 203.0.113.150/32 -j DNAT --to-destination 10.0.1.11  (floating IP 203.0.113.150: to 10.0.1.11)
      ~ qrouter: chain ipv4 nat neutron-l3-agent-OUTPUT rules: 1 more
          + -d 203.0.113.150/32 -j DNAT --to-destination 10.0.1.11  (floating IP 203.0.113.150: to 10.0.1.11)
      ~ qrouter: chain ipv4 nat neutron-l3-agent-float-snat rules: 1 more
          + -s 10.0.1.11/32 -j SNAT --to-source 203.0.113.150 --random-fully  (floating IP 203.0.113.150: from 10.0.1.11)
    1 to add, 3 to change, 0 to remove."
  `);
});

test('whatever a router does, each rule says which part of the API has asked for it', () => {
  const server = fc.constantFrom('vm1', 'vm2', 'vm3');
  const cloud = fc.record({
    enable_snat: fc.boolean(),
    metadata: fc.boolean(),
    enable_isolated_metadata: fc.boolean(),
    whole: fc.uniqueArray(server, { maxLength: 2 }),
    forwarded: fc.uniqueArray(fc.constantFrom(...FORWARDINGS)),
  });
  fc.assert(
    fc.property(cloud, ({ enable_snat, metadata, enable_isolated_metadata, whole, forwarded }) => {
      const state = compiled({
        options: { metadata, enable_isolated_metadata },
        router: { external_gateway_info: { network: 'public', enable_snat } },
        floatingips: {
          ...Object.fromEntries(
            whole.map((name) => [`of-${name}`, { floating_network: 'public', server: name }]),
          ),
          shared: {
            floating_network: 'public',
            port_forwardings: forwarded.filter((one) => !whole.some((name) => name === one.server)),
          },
        },
      });
      for (const { namespaces, files, processes } of Object.values(state.nodes)) {
        const rules = Object.values(namespaces).flatMap(({ netfilter }) =>
          Object.values(netfilter).flatMap((chain) => chain.rules),
        );
        for (const { owner } of [...rules, ...Object.values(files), ...Object.values(processes)]) {
          expect(['router', 'floatingip', 'network', 'host']).toContain(owner.kind);
          expect(owner.name).not.toBe('');
          expect(owner.purpose).not.toBe('');
        }
        // A jump leads to a chain that is there.
        for (const { netfilter } of Object.values(namespaces)) {
          const chains = new Set(Object.values(netfilter).map(({ table, chain }) => `${table} ${chain}`));
          for (const { table, rules: list } of Object.values(netfilter)) {
            const jumps = list.flatMap(({ text }) => /-j (neutron-\S+)/u.exec(text)?.[1] ?? []);
            for (const chain of jumps) expect(chains).toContain(`${table} ${chain}`);
          }
        }
      }
    }),
    { numRuns: 25 },
  );
});
