/** What routers with ha get without being told: a network for each project, ports, numbers, hosts. */
import { expect, test } from 'vitest';
import { loadCloud } from '../documents/load.ts';
import { cloudError } from '../testing/errors.ts';

const document = (routers: string, more = ''): string => `cloud: test
underlay: neutron-distributed
${more}
projects: { a: {}, b: {} }
networks:
  red: { provider:network_type: gre }
  blue: { provider:network_type: vlan, provider:physical_network: physnet1 }
  green: {}
subnets:
  red-v4: { network: red, cidr: 10.0.1.0/24 }
  blue-v4: { network: blue, cidr: 10.0.2.0/24 }
  green-v4: { network: green, cidr: 10.0.3.0/24 }
routers:
${routers}
`;
const load = (routers: string, more?: string, previous = {}) =>
  loadCloud({ text: document(routers, more), file: 'cloud.yaml' }, { previous });

test('each project has one network for its routers, of the type that they route between', async () => {
  const { networks, subnets } = await load(`
  r1: { project: a, ha: true, interfaces: [red-v4] }
  r2: { project: a, ha: true, interfaces: [green-v4] }
  r3: { project: b, ha: true, interfaces: [blue-v4] }
  r4: { ha: true }
  r5: { project: b }`);
  const told = ['ha-a', 'ha-b', 'ha'].map((name) => {
    const { 'provider:network_type': type, 'provider:physical_network': physical } = networks[name] ?? {};
    const { cidr, gateway_ip } = subnets[`${name}-subnet`] ?? {};
    return [name, type, physical ?? '-', cidr, gateway_ip].join(' ');
  });
  expect(told).toEqual([
    'ha-a gre - 169.254.192.0/18 ',
    'ha-b vlan physnet1 169.254.192.0/18 ',
    'ha vxlan - 169.254.192.0/18 ',
  ]);
  expect(Object.keys(networks)).toHaveLength(6);
});

test('a router has a port there on each of its hosts, and its other ports on the first', async () => {
  const { routers, ports } = await load('  r1: { project: a, ha: true, interfaces: [red-v4] }');
  expect(routers['r1']).toMatchObject({
    hosts: ['network1', 'network2'],
    vrrp: {
      ha_vr_id: 1,
      network: 'ha-a',
      ports: [
        { host: 'network1', port: 'r1-ha-network1' },
        { host: 'network2', port: 'r1-ha-network2' },
      ],
    },
  });
  expect(
    Object.values(ports).map((port) => [port.name, port.device_owner, port['binding:host_id']].join(' ')),
  ).toEqual([
    'r1-red-v4 network:ha_router_replicated_interface network1',
    'r1-ha-network1 network:router_ha_interface network1',
    'r1-ha-network2 network:router_ha_interface network2',
  ]);
});

test('no more hosts than max_l3_agents_per_router says, and those that are named', async () => {
  const { routers } = await load(
    `
  r1: { ha: true, interfaces: [red-v4] }
  r2: { ha: true, hosts: [network2, network1] }`,
    'options: { max_l3_agents_per_router: 1 }',
  );
  expect(Object.values(routers).map(({ hosts }) => hosts)).toEqual([['network1'], ['network2', 'network1']]);
});

test.for<[string, string[]]>([
  ['options: {}', ['network1', 'network2', 'network3']],
  ['options: { max_l3_agents_per_router: 2 }', ['network1', 'network2']],
])('of three network nodes: %s', async ([options, hosts]) => {
  const text = document('  r1: { ha: true, interfaces: [red-v4] }', options);
  const { routers, ports } = await loadCloud({
    text: text.replace('neutron-distributed', 'neutron-redundant'),
    file: 'cloud.yaml',
  });
  expect(routers['r1']?.hosts).toEqual(hosts);
  const owner = 'network:router_ha_interface';
  const held = Object.values(ports).filter(({ device_owner }) => device_owner === owner);
  expect(held.map((port) => port['binding:host_id'])).toEqual(hosts);
});

test('numbers are each project’s own, and stay when a router goes and another comes', async () => {
  const numbers = async (text: string, previous = {}) => {
    const { routers, allocations } = await load(text, '', previous);
    const ids = Object.values(routers).map(({ name, vrrp }) => `${name} ${vrrp?.ha_vr_id}`);
    return { ids, allocations };
  };
  const line = (name: string, project: string): string => `  ${name}: { project: ${project}, ha: true }\n`;
  const first = await numbers(line('r1', 'a') + line('r2', 'a') + line('r3', 'b'));
  expect(first.ids).toEqual(['r1 1', 'r2 2', 'r3 1']);
  const second = await numbers(line('r0', 'a') + line('r2', 'a') + line('r3', 'b'), first.allocations);
  expect(second.ids).toEqual(['r0 1', 'r2 2', 'r3 1']);
});

test('a network with the name of one that is made', async () => {
  expect(
    await cloudError(document('  r1: { ha: true }').replace('  green: {}', '  green: {}\n  ha: {}')),
  ).toMatchInlineSnapshot(`
      "ND_HA_NETWORK: "ha" is the name of what router "r1" gets for its ha
        at cloud.yaml:9:3
        expected: another name"
    `);
});

test('conntrackd at Juno', async () => {
  const options = 'options: { release: juno, ha_conntrackd_enabled: true }';
  expect(await cloudError(document('  r1: { ha: true }', options))).toMatchInlineSnapshot(`
    "ND_RELEASE: release juno has no conntrackd for routers with ha
      at cloud.yaml:3:50
      expected: ha_conntrackd_enabled: false, or a later release"
  `);
});
