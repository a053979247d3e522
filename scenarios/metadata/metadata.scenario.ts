/** 169.254.169.254: who answers there, and what is said of the server that asks. */
import { expect } from 'vitest';
import { http } from '../../src/probe/index.ts';
import { scenarios, type Stage } from '../../src/scenario/index.ts';

const METADATA = '169.254.169.254';
const needs = ['metadata', 'routers', 'dhcp'];
const scenario = scenarios({ cloud: 'classic-dhcp', capability: 'metadata', pattern: 'l3-vxlan' });

/** What the metadata service was told of a server that asks it, in the service's own words. */
async function told({ cloud, watch }: Stage, server: string, headers: Readonly<Record<string, string>> = {}) {
  const guests = await cloud.guests();
  const { value, journeys } = await watch(`${server} asks for its metadata`, () =>
    http(guests, server, METADATA, { headers }),
  );
  const asker = { 'x-forwarded-for': cloud.address(server) };
  expect(value, `what ${server} hears from ${METADATA}`).toMatchObject({ outcome: 'response', status: 200 });
  const service: unknown = value.outcome === 'response' ? JSON.parse(value.body) : undefined;
  expect(service, `who asks, as the proxy of ${server} tells the metadata service`).toMatchObject(asker);
  return { service, journeys };
}

scenario(
  'a server’s router answers for the metadata, says whose they are, and lets nothing of it out',
  { needs },
  async (stage) => {
    const { service, journeys } = await told(stage, 'red1');
    expect(service).toMatchObject({
      'x-neutron-router-id': stage.cloud.topology.routers['r1']?.id,
      'x-neutron-network-id': '',
    });
    for (const journey of journeys) expect(journey).not.toTouch('upstream1');
    expect(journeys.some(({ headers }) => headers.dst_ip === METADATA)).toBe(true);
  },
);

scenario('on a network without a router its DHCP answers for the metadata', { needs }, async (stage) => {
  const { service } = await told(stage, 'lonely2');
  expect(service).toMatchObject({
    'x-neutron-router-id': '',
    'x-neutron-network-id': stage.cloud.topology.networks['lonely']?.id,
  });
});

scenario('a server cannot say itself whose it is', { needs }, async (stage) => {
  const { service } = await told(stage, 'red1', {
    'X-Neutron-Network-ID': 'stolen',
    'X-Neutron-Router-ID': 'stolen',
  });
  expect(service).toMatchObject({
    'x-neutron-router-id': stage.cloud.topology.routers['r1']?.id,
    'x-neutron-network-id': '',
  });
});
