/** 169.254.169.254: who answers there, and what is said of the server that asks. */
import { expect } from 'vitest';
import { http } from '../../src/probe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';

const METADATA = '169.254.169.254';
const needs = ['metadata', 'routers', 'dhcp'];
const scenario = scenarios({ cloud: 'classic-dhcp', capability: 'metadata', pattern: 'l3-vxlan' });

scenario(
  'a server’s router answers for the metadata, says whose they are, and lets nothing of it out',
  { needs },
  async ({ cloud, watch }) => {
    const guests = await cloud.guests();
    const { value, journeys } = await watch('red1 asks for its metadata', () =>
      http(guests, 'red1', METADATA),
    );
    if (value.outcome !== 'response') throw new Error(value.outcome);
    expect(JSON.parse(value.body)).toMatchObject({
      'x-forwarded-for': '10.0.1.11',
      'x-neutron-router-id': cloud.topology.routers['r1']?.id,
      'x-neutron-network-id': '',
    });
    for (const journey of journeys) expect(journey).not.toTouch('upstream1');
    expect(journeys.some(({ headers }) => headers.dst_ip === METADATA)).toBe(true);
  },
);

scenario(
  'on a network without a router its DHCP answers for the metadata',
  { needs },
  async ({ cloud, watch }) => {
    const guests = await cloud.guests();
    const { value } = await watch('lonely2 asks for its metadata', () => http(guests, 'lonely2', METADATA));
    if (value.outcome !== 'response') throw new Error(value.outcome);
    expect(JSON.parse(value.body)).toMatchObject({
      'x-forwarded-for': '10.0.3.12',
      'x-neutron-router-id': '',
      'x-neutron-network-id': cloud.topology.networks['lonely']?.id,
    });
  },
);

scenario('a server cannot say itself whose it is', { needs }, async ({ cloud, watch }) => {
  const guests = await cloud.guests();
  const headers = { 'X-Neutron-Network-ID': 'stolen', 'X-Neutron-Router-ID': 'stolen' };
  const { value } = await watch('red1 lies about its network', () =>
    http(guests, 'red1', METADATA, { headers }),
  );
  if (value.outcome !== 'response') throw new Error(value.outcome);
  expect(JSON.parse(value.body)).toMatchObject({
    'x-neutron-router-id': cloud.topology.routers['r1']?.id,
    'x-neutron-network-id': '',
  });
});
