/** Two DHCP agents for one network: a server is served while one of them is left. */
import { expect } from 'vitest';
import { dhcp } from '../../src/probe/index.ts';
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

scenario('both answer, and the server has one address', { needs }, async ({ cloud, watch }) => {
  const guests = await cloud.guests();
  const { value, journeys } = await watch('red1 asks by DHCP', () => dhcp(guests, 'red1'));
  expect(value).toMatchObject({ outcome: 'bound', lease: { address: '10.0.1.11' } });
  const offers = journeys.filter(({ headers }) => headers.dst_port === 68);
  for (const agent of ['network1', 'network2']) {
    const own = offers.filter(({ observed }) => observed.roots[0]?.node === agent);
    expect(own, `answers of the DHCP agent on ${agent} to red1`).not.toEqual([]);
  }
});

scenario('with one of them lost the other serves', { needs }, async ({ cloud, watch }) => {
  const guests = await cloud.guests();
  for (const lost of ['network1', 'network2']) {
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
