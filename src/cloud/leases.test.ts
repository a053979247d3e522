import { expect, test } from 'vitest';
import type { Agent, Cluster } from '../engine/index.ts';
import { formatError } from '../errors/index.ts';
import { type CloudDocumentInput, loadCloud, type Topology } from '../topology/index.ts';
import { newlyAsking } from './asking.ts';
import { lease } from './leases.ts';

type Input<K extends 'routers' | 'ports'> = NonNullable<CloudDocumentInput[K]>[string];

const subnet = (cidr: string, mode?: 'slaac' | 'dhcpv6-stateful') => ({
  network: 'red',
  cidr,
  enable_dhcp: true,
  ...(mode === undefined ? {} : { ipv6_ra_mode: mode, ipv6_address_mode: mode }),
});

/** A server with an address of a kind each, behind a router; what differs of the router, and of its port inside. */
const cloud = (router: Partial<Input<'routers'>> = {}, inside: Partial<Input<'ports'>> = {}) =>
  loadCloud({
    cloud: 'leases',
    underlay: 'neutron-reference',
    networks: { red: {} },
    subnets: {
      made: subnet('2001:db8:1::/64', 'slaac'),
      leased: subnet('2001:db8:2::/64', 'dhcpv6-stateful'),
    },
    ports: {
      inside: { network: 'red', fixed_ips: [{ subnet: 'made', ip_address: '2001:db8:1::1' }], ...inside },
    },
    routers: { r1: { interfaces: [{ port: 'inside' }], ...router } },
    servers: { web1: { host: 'compute1', networks: ['red'] } },
  });

const up = await cloud();
const own = (name: string): string =>
  up.ports['web1-eth0']?.fixed_ips.find((one) => one.subnet === name)?.ip_address ?? '';
const [MADE, LEASED] = [own('made'), own('leased')];

const asked = (before: Topology | undefined, after: Topology) =>
  newlyAsking(before, after).map(({ how, addresses }) => ({ how, addresses }));

test('addresses are made of what routers advertise, or leased', () => {
  expect(asked(undefined, up)).toEqual([
    { how: { routers: true, advertised: [MADE], server: 'address' }, addresses: [LEASED] },
  ]);
});

test.for<[string, Topology]>([
  ['that is down', await cloud({ admin_state_up: false })],
  ['whose port is down', await cloud({}, { admin_state_up: false })],
])('a router %s is not waited for until it comes up, and takes nothing away when it goes', ([, silent]) => {
  expect(asked(undefined, silent)).toEqual([
    { how: { routers: false, advertised: [], server: 'address' }, addresses: [LEASED] },
  ]);
  expect(asked(silent, up)).toMatchObject([{ how: { routers: true } }]);
  expect(asked(up, silent)).toEqual([]);
});

test('where the network is down nobody asks', () => {
  const { red } = up.networks;
  const down = { ...up, networks: { red: { ...red, admin_state_up: false } } } as Topology;
  expect(asked(undefined, down)).toEqual([]);
  expect(asked(down, up)).toHaveLength(1);
});

/** What becomes of the server where the kernel has made some addresses, and the DHCPv6 server gives one. */
async function leasing(made: readonly string[], leased: string): Promise<string> {
  const answers: Readonly<Record<string, unknown>> = {
    autoconfigure: {
      addresses: made.map((local) => ({ local, prefixlen: 64, scope: 'global', valid_life_time: 1 })),
      routers: ['fe80::1'],
    },
    dhcp6: { event: 'BOUND6', new_ip6_address: leased },
  };
  const agent = { request: async (name: string) => answers[name] } as unknown as Agent;
  try {
    await lease({ agent: async () => agent } as unknown as Cluster, undefined, up);
    return 'up';
  } catch (error) {
    return formatError(error);
  }
}

test('a server has all the addresses that it makes, and one that it is given', async () => {
  expect(await leasing([MADE], LEASED)).toBe('up');
  expect(await leasing([], LEASED)).toMatchInlineSnapshot(`
    "ND_NO_LEASE: server web1 has 2001:db8:2::2 on eth0
      expected: 2001:db8:1:0:f816:3eff:fef6:545a and 2001:db8:2::2
      try: netdojo exec web1 -- ip -6 addr; what does the router advertise?"
  `);
  expect(await leasing([MADE], '2001:db8:2::bad')).toMatchInlineSnapshot(`
    "ND_NO_LEASE: server web1 has 2001:db8:1:0:f816:3eff:fef6:545a and 2001:db8:2::bad on eth0
      expected: 2001:db8:1:0:f816:3eff:fef6:545a and 2001:db8:2::2
      try: netdojo exec web1 -- ip -6 addr; what does the router advertise?"
  `);
});
