/**
 * Firewalls where both IP versions go through one router: each rule is about one version, and what none is about is
 * dropped. IPv6 is not translated, so that a firewall sees the servers' own addresses on the way in as well.
 */
import { expect } from 'vitest';
import { cloudDocument, scenarios } from '../../src/scenario/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';

const { public: outside } = (await cloudDocument('juno-ipv6')).networks ?? {};
const RED = '2001:db8:a000:1::/64';
const BLUE = '2001:db8:a000:2::/64';
const INTERNET = { 4: '198.51.100.10', 6: '2001:db8:fe::10' } as const;
const needs = ['routers', 'firewalls', 'vxlan'];

const vxlan = (id: number) =>
  ({ project: 'tenant', 'provider:network_type': 'vxlan', 'provider:segmentation_id': id }) as const;
const AT = {
  red1: { 4: '10.0.1.11', 6: '2001:db8:a000:1::11' },
  blue1: { 4: '10.0.2.11', 6: '2001:db8:a000:2::11' },
  blue2: { 4: '10.0.2.12', 6: '2001:db8:a000:2::12' },
} as const;
type Server = keyof typeof AT;

const portOn = (network: string, ...addresses: string[]) => ({
  project: 'tenant',
  network,
  fixed_ips: addresses.map((ip_address) => ({ ip_address })),
});
const serverOn = (host: string, port: string) => ({ project: 'tenant', host, networks: [{ port }] });

const document = {
  cloud: 'both-versions',
  underlay: 'neutron-distributed',
  projects: { tenant: {} },
  networks: { public: outside ?? {}, red: vxlan(7001), blue: vxlan(7002) },
  subnets: {
    'public-v4': {
      network: 'public',
      cidr: '203.0.113.0/24',
      gateway_ip: '203.0.113.1',
      allocation_pools: [{ start: '203.0.113.50', end: '203.0.113.99' }],
    },
    'public-v6': { network: 'public', cidr: '2001:db8:ff::/64', gateway_ip: '2001:db8:ff::1' },
    'red-v4': { network: 'red', cidr: '10.0.1.0/24' },
    'red-v6': { network: 'red', cidr: RED },
    'blue-v4': { network: 'blue', cidr: '10.0.2.0/24' },
    'blue-v6': { network: 'blue', cidr: BLUE },
  },
  routers: {
    r1: {
      project: 'tenant',
      hosts: ['network1'],
      external_gateway_info: {
        network: 'public',
        external_fixed_ips: [{ ip_address: '203.0.113.50' }, { ip_address: '2001:db8:ff::50' }],
      },
      interfaces: [{ port: 'r1-red' }, { port: 'r1-blue' }],
    },
  },
  ports: {
    'r1-red': portOn('red', '10.0.1.1', '2001:db8:a000:1::1'),
    'r1-blue': portOn('blue', '10.0.2.1', '2001:db8:a000:2::1'),
    'red1-eth0': portOn('red', ...Object.values(AT.red1)),
    'blue1-eth0': portOn('blue', ...Object.values(AT.blue1)),
    'blue2-eth0': portOn('blue', ...Object.values(AT.blue2)),
  },
  servers: {
    red1: serverOn('compute1', 'red1-eth0'),
    blue1: serverOn('compute1', 'blue1-eth0'),
    blue2: serverOn('compute2', 'blue2-eth0'),
  },
  firewall_rules: {
    echo6: { project: 'tenant', ip_version: 6, protocol: 'icmp', source_ip_address: RED, action: 'allow' },
    ssh6: {
      project: 'tenant',
      ip_version: 6,
      protocol: 'tcp',
      destination_ip_address: BLUE,
      destination_port: 22,
      action: 'allow',
    },
    names6: { project: 'tenant', ip_version: 6, protocol: 'udp', destination_port: 53, action: 'reject' },
    web4: { project: 'tenant', protocol: 'tcp', destination_port: 80, action: 'allow' },
  },
  firewall_policies: {
    house: { project: 'tenant', firewall_rules: ['echo6', 'ssh6', 'names6', 'web4'] },
  },
  firewalls: { fw: { project: 'tenant', firewall_policy: 'house' } },
} satisfies CloudDocumentInput;

const scenario = scenarios({ cloud: document, capability: 'fwaas', pattern: 'IPv4 and IPv6' });

const OTHER = { 4: 6, 6: 4 } as const;

scenario(
  'a rule about one version lets its packets and their answers through, there and back, and none of the other',
  { needs },
  async ({ tcp }) => {
    const outcome = async (from: Server, to: Server, version: 4 | 6, port: number, timeout?: number) =>
      (await tcp(from, to, { destination: AT[to][version], port, ...(timeout && { timeout }) })).value
        .outcome;
    // Port 80 is open by IPv4, both ways; port 22 by IPv6, into blue.
    for (const [from, to, version, port] of [
      ['red1', 'blue2', 4, 80],
      ['blue2', 'red1', 4, 80],
      ['red1', 'blue2', 6, 22],
      ['red1', 'blue1', 6, 22],
    ] as const) {
      expect(await outcome(from, to, version, port), `${from} to ${to} by IPv${version}`).toBe('exchanged');
      expect(await outcome(from, to, OTHER[version], port, 0.3), `by IPv${OTHER[version]}`).toBe(
        'no-connection',
      );
    }
    expect(await outcome('blue2', 'red1', 6, 22, 0.3), 'the other way').toBe('no-connection');
  },
);

scenario(
  'a rule about ICMP with IPv6 is about ICMPv6: echoes from one network alone are answered',
  { needs },
  async ({ ping }) => {
    const { outcome, reply } = await ping('red1', AT.blue2[6]);
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
    expect(reply).toArriveAt('red1');
    for (const [from, to, version] of [
      ['blue2', 'red1', 6],
      ['red1', 'blue2', 4],
      ['blue2', 'red1', 4],
    ] as const) {
      const shut = await ping(from, AT[to][version], { timeout: 0.3 });
      expect(shut.verdict, `${from} asks ${to} by IPv${version}`).toBe('denied-firewall');
      expect(shut.request).toTouch('network1');
      expect(shut.request).not.toTouch(to);
    }
  },
);

scenario(
  'out of the cloud and in, each version by its own rules: IPv6 with the servers’ own addresses',
  { needs },
  async ({ ping, tcp }) => {
    const blue = AT.blue1[6];
    expect((await ping('red1', INTERNET[6])).outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
    expect((await ping('red1', INTERNET[4], { timeout: 0.3 })).verdict).toBe('denied-firewall');
    const inward = await ping('internet1', AT.red1[6], { timeout: 0.3 });
    expect(inward.verdict).toBe('denied-firewall');
    expect(inward.request).toTouch('network1');
    expect(inward.request).not.toTouch('compute1');
    const open = { at: 'blue1', destination: blue };
    expect((await tcp('internet1', blue, { ...open, port: 22 })).value.outcome).toBe('exchanged');
    expect((await tcp('internet1', blue, { ...open, port: 80, timeout: 0.3 })).value.outcome).toBe(
      'no-connection',
    );
    for (const version of [4, 6] as const) {
      const outcome = version === 4 ? 'exchanged' : 'no-connection';
      const web = { at: 'internet1', destination: INTERNET[version], port: 80 };
      const { value } = await tcp('red1', INTERNET[version], version === 4 ? web : { ...web, timeout: 0.3 });
      expect(value.outcome, `port 80 outside by IPv${version}`).toBe(outcome);
    }
  },
);

scenario('who is rejected by IPv6 is told by an ICMPv6 error of the router', { needs }, async ({ udp }) => {
  const { verdict, journeys } = await udp('red1', AT.blue2[6], 53);
  expect(verdict).toBe('denied-firewall');
  const error = journeys.find(({ headers }) => headers.icmp?.type === 1);
  expect(error?.headers).toMatchObject({
    src_ip: '2001:db8:a000:1::1',
    dst_ip: '2001:db8:a000:1::11',
    icmp: { type: 1, code: 4 },
  });
  expect(error).toArriveAt('red1');
});

scenario(
  'firewall groups: the policies of a port are about one version each, and about no other',
  { needs },
  async ({ edit, ping, tcp }) => {
    await edit((edited) => {
      edited.firewalls = {};
      Object.assign(edited.firewall_policies, {
        six: { project: 'tenant', firewall_rules: ['echo6'] },
        four: { project: 'tenant', firewall_rules: ['web4'] },
      });
      Object.assign(edited.firewall_groups, {
        blue: {
          project: 'tenant',
          ingress_firewall_policy: 'six',
          egress_firewall_policy: 'four',
          ports: ['r1-blue'],
        },
      });
    });
    expect((await ping('red1', AT.blue2[6])).outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
    expect((await ping('red1', AT.blue2[4], { timeout: 0.3 })).verdict).toBe('denied-firewall');
    expect((await ping('blue2', AT.red1[6], { timeout: 0.3 })).verdict).toBe('denied-firewall');
    const web = async (version: 4 | 6, timeout?: number) =>
      (await tcp('blue2', 'red1', { destination: AT.red1[version], port: 80, ...(timeout && { timeout }) }))
        .value.outcome;
    expect(await web(4)).toBe('exchanged');
    expect(await web(6, 0.3)).toBe('no-connection');
  },
);
