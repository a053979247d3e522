import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { defineCloud } from '../documents/define-cloud.ts';
import { loadCloud, loadUnderlay } from '../documents/load.ts';
import type { CloudDocument, CloudDocumentInput } from '../schema/index.ts';
import { cloudError, cloudWith } from '../testing/errors.ts';
import { nextHostOfRouter, rescheduleFrom, writeHosts } from './rescheduling.ts';

const shipped = parse(readFileSync('fixtures/clouds/agents-routed.yaml', 'utf8')) as CloudDocumentInput;
const underlay = await loadUnderlay('neutron-reference');

const lost = (more: Partial<CloudDocumentInput> = {}, host = 'network1'): CloudDocument => {
  const document = defineCloud({ ...shipped, ...more });
  rescheduleFrom(host, document, underlay);
  return document;
};

test('routers and DHCP go to another host that is alive, and what is elsewhere stays', async () => {
  const document = lost();
  expect(document.routers['r1']?.hosts).toEqual(['network2']);
  expect(document.networks['red']?.dhcp_agents).toEqual(['network2']);
  expect(document.networks['blue']).not.toHaveProperty('dhcp_agents');
  const topology = await loadCloud(document);
  expect(topology.silent_hosts).toEqual(['network1']);
  expect(topology.ports['r1-gateway']?.['binding:host_id']).toBe('network2');
  expect(lost({}, 'network2').routers['r1']?.hosts).toEqual(['network1']);
});

test('routers stay without the option, and where they have ha', () => {
  expect(lost({ options: {} }).routers['r1']?.hosts).toEqual(['network1']);
  const { r1 } = shipped.routers ?? {};
  const ha = lost({ routers: { r1: { ...r1, ha: true, hosts: ['network1', 'network2'] } } });
  expect(ha.routers['r1']?.hosts).toEqual(['network1', 'network2']);
});

test('DHCP stays without its option, and of several agents the others go on alone', () => {
  const options = { allow_automatic_dhcp_failover: false };
  expect(lost({ options }).networks['red']?.dhcp_agents).toEqual(['network1']);
  expect(lost({ options: { dhcp_agents_per_network: 2 } }).networks['red']?.dhcp_agents).toEqual([
    'network2',
  ]);
});

test('of several agents of DHCP that are left there may be fewer than the options say', async () => {
  const document = lost({ options: { dhcp_agents_per_network: 2 } });
  const { ports } = await loadCloud(document);
  expect(ports['dhcp-red-1']?.['binding:host_id']).toBe('network2');
  expect(ports).not.toHaveProperty('dhcp-red-2');
});

/** A cloud in which nothing names its host. */
const anywhere: Partial<CloudDocumentInput> = {
  options: { allow_automatic_dhcp_failover: false },
  routers: { old: { interfaces: ['red-subnet'] }, twin: { ha: true, interfaces: ['blue-subnet'] } },
  loadbalancers: { 'old-lb': { vip_subnet: 'green-subnet' } },
  vips: {
    'old-vip': { protocol: 'TCP', protocol_port: 80, subnet: 'red-subnet', pool: 'v1' },
  },
  pools: { v1: { protocol: 'TCP', lb_method: 'ROUND_ROBIN', subnet: 'red-subnet' } },
  floatingips: {},
};

const placed = async (document: CloudDocument): Promise<Record<string, unknown>> => {
  const { routers, loadbalancers, ports } = await loadCloud(document);
  const hosts = [...Object.values(routers), ...Object.values(loadbalancers)].map((one) => [
    one.name,
    'hosts' in one ? one.hosts.join(' ') : one.host,
  ]);
  return { ...Object.fromEntries(hosts), dhcp: ports['dhcp-red-1']?.['binding:host_id'] };
};

const OLD = { 'old-lb': 'network1', 'old-vip': 'network1', dhcp: 'network1' };

test('what is new goes to hosts that are alive, and nothing else moves, then or when they are back', async () => {
  const document = lost(anywhere);
  expect(await placed(document)).toEqual({ ...OLD, old: 'network1', twin: 'network1 network2' });
  const { routers } = defineCloud({
    ...shipped,
    routers: { young: {}, 'young-twin': { ha: true }, 'young-part': { distributed: true } },
  });
  Object.assign(document.routers, routers);
  const added = { young: 'network2', 'young-twin': 'network2', 'young-part': 'network2' };
  const all = { ...OLD, old: 'network1', twin: 'network1 network2', ...added };
  expect(await placed(document)).toEqual(all);
  writeHosts(document, underlay);
  delete document.agents['network1'];
  expect(await placed(document)).toEqual(all);
});

test('where no other host is alive a router stays where it is', async () => {
  const document = defineCloud({ ...shipped, agents: { network2: { alive: false } } });
  expect(nextHostOfRouter('r1', document, underlay)).toBeUndefined();
  rescheduleFrom('network1', document, underlay);
  expect(document.routers['r1']?.hosts).toEqual(['network1']);
  // One that is new is on a host that is silent: nobody makes it.
  Object.assign(document.routers, defineCloud({ ...shipped, routers: { r3: {} } }).routers);
  expect(await placed(document)).toMatchObject({ r3: 'network1' });
});

test('a router goes only where the mode of the L3 agent holds it, and so does one that names no host', async () => {
  const { r1 } = shipped.routers ?? {};
  // They are not cabled to the external network.
  const inside = { compute1: 'dvr_no_external', compute2: 'dvr_no_external' } as const;
  const moved = async (mode: 'legacy' | 'dvr', router: { distributed?: boolean; ha?: boolean }) => {
    const options = { allow_automatic_l3agent_failover: true, l3_agent_modes: { ...inside, network2: mode } };
    const document = lost({ options, routers: { r1: { ...r1, ...router } }, floatingips: {} });
    return (await loadCloud(document)).routers['r1']?.hosts;
  };
  expect(await moved('legacy', { distributed: true })).toEqual(['network1']);
  expect(await moved('legacy', {})).toEqual(['network2']);
  expect(await moved('dvr', {})).toEqual(['network1']);

  const chosen = async (mode: 'legacy' | 'dvr', router: { distributed?: boolean; ha?: boolean }) => {
    const options = { l3_agent_modes: { ...inside, network1: mode } };
    const { hosts: _, ...unplaced } = r1 ?? {};
    const routers = { r1: { ...unplaced, ...router } };
    return (await loadCloud({ ...shipped, options, routers, floatingips: {} })).routers['r1']?.hosts;
  };
  expect(await chosen('legacy', { distributed: true })).toEqual(['network2']);
  expect(await chosen('legacy', { ha: true })).toEqual(['network1', 'network2']);
  expect(await chosen('dvr', { ha: true })).toEqual(['network2']);
});

test('the least loaded host is chosen', () => {
  const others = { r2: { hosts: ['network2'] }, r3: { hosts: ['network2'] } };
  const routers = { ...shipped.routers, ...others, r4: { hosts: ['network1'] } };
  const document = defineCloud({ ...shipped, routers });
  expect(nextHostOfRouter('r2', document, underlay)).toBe('network1');
  expect(nextHostOfRouter('r9', document, underlay)).toBeUndefined();
});

test('agents of hosts that have none', async () => {
  expect(
    await cloudError(
      cloudWith({
        agents: 'agents: { compute1: { alive: false }, gatewy1: {} }',
        networks: 'networks:\n  red: { dhcp_agents: [compute2, gateway1, gateway1] }\n  blue: {}',
      }),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 4 errors in cloud.yaml
      ND_HOST_ROLE: DHCP of network "red" is on host "compute2", which has the role compute
        at cloud.yaml:4:24
        expected: gateway1
      ND_DHCP_AGENTS: DHCP of network "red" is on host "gateway1" twice
        at cloud.yaml:4:44
        expected: each host once
      ND_HOST_ROLE: agents.compute1 is on host "compute1", which has the role compute
        at cloud.yaml:11:21
        expected: gateway1
      ND_HOST_UNKNOWN: agents.gatewy1 refers to host "gatewy1", which does not exist
        at cloud.yaml:11:48
        expected: gateway1
        try: gateway1"
  `);
});
