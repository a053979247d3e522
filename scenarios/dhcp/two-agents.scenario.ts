/** Two DHCP agents for one network: a server is served while one of them is left. */
import { expect } from 'vitest';
import { dhcp, renewDhcp } from '../../src/probe/index.ts';
import type { Cloud } from '../../src/cloud/index.ts';
import { cloudDocument, cutOff, scenarios } from '../../src/scenario/index.ts';

const document = await cloudDocument('classic-dhcp');
const scenario = scenarios({
  cloud: {
    ...document,
    underlay: 'neutron-reference',
    options: { ...document.options, dhcp_agents_per_network: 2 },
  },
  capability: 'dhcp',
  pattern: 'l3-vxlan',
});
const needs = ['dhcp', 'vxlan'];
const AGENTS = ['network1', 'network2'];

/** Process ids of the DHCP servers of a network. */
const serversOf = (cloud: Cloud, network: string): Promise<string[]> =>
  Promise.all(
    AGENTS.map(async (host) => {
      const agent = await cloud.cluster.agent(host);
      const daemons = await agent.request<{ name: string; pid: number; running: boolean }[]>('processes');
      const name = `dnsmasq-${cloud.topology.networks[network]?.id}`;
      const running = daemons.filter((daemon) => daemon.name === name && daemon.running);
      expect(running, `DHCP servers of ${network} on ${host}`).toHaveLength(1);
      return `${host} ${running[0]?.pid}`;
    }),
  );

scenario('both answer, and the server has one address', { needs }, async ({ cloud, watch }) => {
  const guests = await cloud.guests();
  const { value, journeys } = await watch('red1 asks by DHCP', () => dhcp(guests, 'red1'));
  expect(value).toMatchObject({ outcome: 'bound', lease: { address: '10.0.1.11' } });
  const offers = journeys.filter(({ headers }) => headers.dst_port === 68);
  for (const agent of AGENTS) {
    const own = offers.filter(({ observed }) => observed.roots[0]?.node === agent);
    expect(own, `answers of the DHCP agent on ${agent} to red1`).not.toEqual([]);
  }
});

scenario('with one of them lost the other serves', { needs }, async ({ cloud, watch }) => {
  const guests = await cloud.guests();
  for (const lost of AGENTS) {
    await using _ = await cutOff(cloud, lost);
    const { value } = await watch(`red1 asks by DHCP without ${lost}`, () => dhcp(guests, 'red1'), {
      oracle: 'off',
    });
    expect(value, `what red1 is told without ${lost}`).toMatchObject({
      outcome: 'bound',
      lease: { address: '10.0.1.11' },
    });
  }
});

scenario(
  'leases outlive a restart of both: who has one renews it, and nobody else gets its address',
  { needs },
  async ({ api, cloud, ping, watch }) => {
    const guests = await cloud.guests();
    const { value } = await watch('red1 asks by DHCP', () => dhcp(guests, 'red1'));
    expect(value).toMatchObject({ outcome: 'bound', lease: { address: '10.0.1.11' } });

    // Another range is another command line: the agents end dnsmasq and start it anew.
    const before = await serversOf(cloud, 'red');
    await api.edit(({ subnets }) => {
      Object.assign(subnets, { 'red-more': { network: 'red', cidr: '10.0.9.0/24', enable_dhcp: true } });
    });
    const after = await serversOf(cloud, 'red');
    expect(
      after.filter((one) => before.includes(one)),
      'servers that were not restarted',
    ).toEqual([]);

    const renewed = await watch('red1 asks for more time', () => renewDhcp(guests, 'red1'));
    expect(renewed.value, 'what red1 is told after the restart').toMatchObject({
      outcome: 'renewed',
      lease: { address: '10.0.1.11' },
    });
    const wanted = await watch('red2 asks for the address of red1', () =>
      dhcp(guests, 'red2', { request: '10.0.1.11' }),
    );
    expect(wanted.value, 'what red2 is told').toMatchObject({
      outcome: 'bound',
      lease: { address: '10.0.1.12' },
    });
    expect((await ping('red2', 'red1')).request).toArriveAt('red1');
  },
);
