/** What distributed routers get without being told: hosts, central ports, and ports of the floating IP agents. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { dvrHostMac, isCentralFloatingIp } from '../distributed.ts';
import { loadCloud } from '../documents/load.ts';
import type { CloudDocumentInput } from '../schema/index.ts';
import type { Topology } from '../topology.ts';

const shipped = await readFile('fixtures/clouds/juno-distributed.yaml', 'utf8');
const { networks } = parse(shipped) as CloudDocumentInput;

/** The shipped cloud, with options and with one text in another's place. */
const load = (options = '', from = '', to = '', previous = {}): Promise<Topology> =>
  loadCloud(
    {
      text: shipped.replace('underlay: ', `options: { ${options} }\nunderlay: `).replace(from, to),
      file: 'juno-distributed.yaml',
    },
    { previous },
  );

const ports = ({ ports: all }: Topology): string[] =>
  Object.values(all).flatMap(({ name, device_owner, fixed_ips, 'binding:host_id': host }) =>
    device_owner.startsWith('network:')
      ? [[name, device_owner.slice(8), fixed_ips.map((ip) => ip.ip_address).join(), host ?? '-'].join(' ')]
      : [],
  );

test('a router is on hosts with something to serve, and where its centre is', async () => {
  const { routers } = await load();
  expect(routers['r1']).toMatchObject({
    hosts: ['network1'],
    distributed_hosts: ['network1', 'compute1', 'compute2', 'compute3'],
  });
  const without = await load('', '  db3: ', '#  db3: ');
  expect(without.routers['r1']?.distributed_hosts).toEqual(['network1', 'compute1', 'compute2']);
});

test('its ports: interfaces on no host in particular, the centre on one, an agent on each that leads out', async () => {
  expect(ports(await load())).toMatchInlineSnapshot(`
    [
      "fip-public-network1 floatingip_agent_gateway 203.0.113.51 network1",
      "fip-public-compute1 floatingip_agent_gateway 203.0.113.52 compute1",
      "fip-public-compute2 floatingip_agent_gateway 203.0.113.53 compute2",
      "fip-public-compute3 floatingip_agent_gateway 203.0.113.54 compute3",
      "r1-web-v4 router_interface_distributed 10.0.1.1 -",
      "r1-db-v4 router_interface_distributed 10.0.2.1 -",
      "r1-gateway router_gateway 203.0.113.50 network1",
      "r1-web-v4-snat router_centralized_snat 10.0.1.2 network1",
      "r1-db-v4-snat router_centralized_snat 10.0.2.2 network1",
      "web1-public-floating floatingip 203.0.113.60 -",
      "db2-public-floating floatingip 203.0.113.61 -",
    ]
  `);
  const modes = 'l3_agent_modes: { compute1: dvr_no_external, network1: dvr_snat }';
  expect(ports(await load(modes)).filter((line) => line.startsWith('fip-'))).toMatchInlineSnapshot(`
    [
      "fip-public-network1 floatingip_agent_gateway 203.0.113.51 network1",
      "fip-public-compute2 floatingip_agent_gateway 203.0.113.52 compute2",
      "fip-public-compute3 floatingip_agent_gateway 203.0.113.53 compute3",
    ]
  `);
});

test('at Juno a host has an agent outside only with a floating IP', async () => {
  expect(ports(await load('release: juno')).filter((line) => line.startsWith('fip-'))).toMatchInlineSnapshot(`
    [
      "fip-public-compute1 floatingip_agent_gateway 203.0.113.51 compute1",
      "fip-public-compute2 floatingip_agent_gateway 203.0.113.52 compute2",
    ]
  `);
});

test('at Juno a floating IP of a load balancer, or of a trunk, needs an agent on its host as well', async () => {
  const agents = async (changes: Partial<CloudDocumentInput>): Promise<string[]> => {
    const cloud = parse(shipped) as CloudDocumentInput;
    const topology = await loadCloud({ ...cloud, options: { release: 'juno' }, ...changes });
    for (const floatingIp of Object.values(topology.floatingips))
      expect(isCentralFloatingIp(topology, floatingIp)).toBe(false);
    return Object.values(topology.ports).flatMap(({ name, device_owner }) =>
      device_owner === 'network:floatingip_agent_gateway' ? [name] : [],
    );
  };
  const fip = (port: string) => ({ fip: { project: 'tenant', floating_network: 'public', port } });
  expect(
    await agents({
      loadbalancers: { shop: { project: 'tenant', vip_subnet: 'web-v4' } },
      floatingips: fip('shop-vip'),
    }),
  ).toEqual(['fip-public-network1']);
  expect(
    await agents({
      networks: { ...networks, plain: { project: 'tenant' } },
      ports: { up: { project: 'tenant', network: 'plain' }, tagged: { project: 'tenant', network: 'web' } },
      servers: { bus: { project: 'tenant', host: 'compute3', networks: [{ port: 'up' }] } },
      trunks: { bus: { project: 'tenant', port: 'up', sub_ports: [{ port: 'tagged', segmentation_id: 7 }] } },
      floatingips: fip('tagged'),
    }),
  ).toEqual(['fip-public-compute3']);
});

test('addresses stay while the cloud changes', async () => {
  const first = await load();
  const elsewhere = 'web1: { project: tenant, host: compute2';
  const moved = await load('', 'web1: { project: tenant, host: compute1', elsewhere, first.allocations);
  expect(ports(moved)).toEqual(ports(first));
  // The host before this one leads out no more: the others' addresses stay.
  const modes = 'l3_agent_modes: { compute1: dvr_no_external }';
  const fewer = await load(modes, '', '', first.allocations);
  const gone = ports(first).find((line) => line.startsWith('fip-public-compute1'));
  expect(ports(fewer)).toEqual(ports(first).filter((line) => line !== gone));
});

test('a floating IP is central where its server has no way out of its own', async () => {
  const told = (topology: Topology): Record<string, boolean> =>
    Object.fromEntries(
      Object.values(topology.floatingips).map((one) => [one.name, isCentralFloatingIp(topology, one)]),
    );
  expect(told(await load())).toEqual({ 'web1-public': false, 'db2-public': false });
  expect(told(await load('l3_agent_modes: { compute1: dvr_no_external }'))).toEqual({
    'web1-public': true,
    'db2-public': false,
  });
});

test('each host has an address of its own for what its routers send', () => {
  const macs = ['network1', 'network2', 'compute1', 'compute2', 'compute3'].map(dvrHostMac);
  expect(new Set(macs).size).toBe(macs.length);
  for (const mac of macs) expect(mac).toMatch(/^fa:16:3f(?::[0-9a-f]{2}){3}$/u);
  expect(dvrHostMac('compute1')).toBe(macs[2]);
});

test('each router has a pair of addresses of its own on a host, and keeps it when another goes', async () => {
  const [r1 = ''] = /\n  r1:\n(?: {4}.*\n)+/u.exec(shipped) ?? [];
  const r2 = r1.replace('r1:', 'r2:').replace('.50 }', '.70 }').replace('[web-v4, db-v4]', '[db-v4]');
  const alone = r1.replace('[web-v4, db-v4]', '[web-v4]');
  const pairs = ({ routers }: Topology) =>
    Object.values(routers).map(({ name, link_local_pairs }) => ({ name, ...link_local_pairs }));
  const [bare = ''] = shipped.split('\nfloatingips:');
  const routedBy = (routers: string, previous = {}): Promise<Topology> =>
    loadCloud({ text: bare.replace(r1, routers), file: 'juno-distributed.yaml' }, { previous });
  const both = await routedBy(`${alone}${r2}`);
  expect(pairs(both)).toMatchInlineSnapshot(`
    [
      {
        "compute1": "169.254.64.0/31",
        "compute2": "169.254.64.0/31",
        "name": "r1",
        "network1": "169.254.64.0/31",
      },
      {
        "compute1": "169.254.64.2/31",
        "compute2": "169.254.64.2/31",
        "compute3": "169.254.64.0/31",
        "name": "r2",
        "network1": "169.254.64.2/31",
      },
    ]
  `);
  expect(pairs(await routedBy(r2, both.allocations))).toEqual(pairs(both).slice(1));
});
