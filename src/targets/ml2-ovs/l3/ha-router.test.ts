import { describe, expect, test } from 'vitest';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { findFlows, topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { effects } from '../effects.ts';
import { activeSigns } from './active-signs.ts';

const cloud = (options: CloudDocumentInput['options'] = {}): CloudDocumentInput => ({
  cloud: 'test',
  underlay: 'neutron-distributed',
  options,
  networks: {
    public: {
      'provider:network_type': 'flat',
      'provider:physical_network': 'external',
      'router:external': true,
    },
    red: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 7001 },
  },
  subnets: {
    'public-v4': { network: 'public', cidr: '203.0.113.0/24' },
    'red-v4': { network: 'red', cidr: '10.0.1.0/24' },
  },
  routers: {
    r1: {
      ha: true,
      external_gateway_info: { network: 'public' },
      interfaces: ['red-v4'],
      routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.1.9' }],
    },
  },
  servers: { red1: { host: 'compute1', networks: [{ network: 'red', fixed_ip: '10.0.1.11' }] } },
  floatingips: {
    red1: { floating_network: 'public', floating_ip_address: '203.0.113.110', server: 'red1' },
  },
});

const nodeOf = (node: string, options?: CloudDocumentInput['options']) =>
  compile(topologyOf(cloud(options))).state.nodes[node];
const filesOf = (options?: CloudDocumentInput['options']): Record<string, string> =>
  Object.fromEntries(
    Object.values(nodeOf('network1', options)?.files ?? {})
      .filter(({ path }) => path.includes('/ha_confs/'))
      .map(({ path, text }) => [path.split('/').at(-1) ?? '', plain(text)]),
  );

/** Device names and folders without ids. */
const plain = (text: string): string =>
  text
    .replaceAll(/\b(q[rg]|ha)-[-0-9a-f]{11}/gu, '$1')
    .replaceAll(/ha_confs\/[-0-9a-f]{36}/gu, 'ha_confs/r1');

describe('keepalived.conf is as Neutron writes it:', () => {
  test.for<[string, CloudDocumentInput['options']]>([
    ['now', {}],
    ['at Juno', { release: 'juno' }],
    ['with fractions of a second', { ha_vrrp_advert_int: 0.1 }],
    ['with a health check', { ha_vrrp_health_check_interval: 5 }],
  ])('%s', async ([name, options]) => {
    const files = filesOf(options);
    const text = Object.values(files).join('\n');
    expect(Object.keys(files)).toHaveLength(options?.ha_vrrp_health_check_interval ? 2 : 1);
    await expect(text).toMatchFileSnapshot(`golden/keepalived-${name.replaceAll(' ', '-')}.conf`);
  });
});

test('conntrackd speaks on the HA network, in the group of the router’s number', async () => {
  const files = filesOf({ ha_conntrackd_enabled: true });
  expect(Object.keys(files)).toEqual([
    'keepalived.conf',
    'conntrackd.conf',
    'conntrackd.sh',
    'state-change.sh',
  ]);
  await expect(files['conntrackd.conf']).toMatchFileSnapshot('golden/conntrackd.conf');
});

test('both hosts hold the same devices; addresses are on none but the HA network’s', () => {
  for (const name of ['network1', 'network2']) {
    const node = nodeOf(name);
    const space = Object.values(node?.namespaces ?? {}).find((one) => one.name.startsWith('qrouter-'));
    expect(
      Object.keys(space?.links ?? {})
        .map(plain)
        .toSorted(),
    ).toEqual(['ha', 'lo', 'qg', 'qr']);
    expect(Object.values(space?.addresses ?? {}).map(({ device }) => plain(device))).toEqual(['ha']);
    expect(space?.routes).toEqual({});
    expect(space?.sysctls).toMatchObject({ 'net/ipv4/ip_nonlocal_bind': '1', 'net/ipv4/ip_forward': '1' });
    const process = Object.values(node?.processes ?? {}).find((one) => one.name.startsWith('keepalived-'));
    expect(process).toMatchObject({ namespace: space?.name, reload: 'hup', reload_interval: 3 });
  }
  const macs = ['network1', 'network2'].map(
    (name) =>
      Object.values(nodeOf(name)?.ports ?? {}).find((port) => port.name.startsWith('qr-'))?.mac_address,
  );
  expect(macs[0]).toBe(macs[1]);
});

test('what has no fixed place is flooded to all hosts of the router and announced at none', () => {
  const topology = topologyOf(cloud());
  const { state } = compile(topology);
  const [flood] = findFlows(state, 'compute1', 'br-tun table=22 priority=1 dl_vlan');
  expect(flood?.actions.match(/output:/gu)).toHaveLength(2);
  const mac = topology.ports['r1-red-v4']?.mac_address ?? '';
  const flows = Object.values(state.nodes['compute1']?.flows ?? {});
  expect(flows.filter(({ match }) => match.includes(mac) || match.includes('arp_tpa=10.0.1.1'))).toEqual([]);
  // A port by which the hosts talk to each other stays where it is.
  const ha = topology.ports['r1-ha-network2']?.mac_address ?? '';
  expect(findFlows(state, 'network1', 'br-tun table=20 priority=2').map(({ match }) => match)).toContainEqual(
    expect.stringContaining(ha),
  );
});

test('a floating IP that is let go ends its connections on each host, and nobody but keepalived announces', () => {
  const before = topologyOf(cloud());
  const after = topologyOf({ ...cloud(), floatingips: {} });
  const chosen = { before: {}, after: {} };
  const told = (list: ReturnType<typeof effects>): string[] =>
    list.map((one) => `${one.node} ${one.kind === 'run' ? one.argv.join(' ') : one.kind}`);
  expect(told(effects(before, after, chosen)).toSorted()).toEqual([
    'network1 conntrack -D -d 203.0.113.110',
    'network1 conntrack -D -q 203.0.113.110',
    'network2 conntrack -D -d 203.0.113.110',
    'network2 conntrack -D -q 203.0.113.110',
  ]);
  expect(told(effects(after, before, chosen))).toEqual([]);
});

test('the sign of the active host is the address that VRRP announces', () => {
  expect(
    activeSigns(topologyOf(cloud())).map(({ node, device, ip_address }) => [node, plain(device), ip_address]),
  ).toEqual([
    ['network1', 'ha', '169.254.0.1'],
    ['network2', 'ha', '169.254.0.1'],
  ]);
});
