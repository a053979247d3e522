/** Routers that do not translate, that know more routes, that are down, or come and go. */
import { expect } from 'vitest';
import { scenarios } from '../../src/scenario/index.ts';

const needs = ['routers', 'floatingips', 'vxlan'];
const scenario = scenarios({ cloud: 'classic-routed', capability: 'routing', pattern: 'l3-vxlan' });

scenario(
  'without SNAT a packet leaves with the address that it has, and nothing outside knows the way back',
  { needs },
  async ({ api, ping }) => {
    await api.routers.update('r1', { external_gateway_info: { network: 'public', enable_snat: false } });
    const { outcome, request } = await ping('red2', '198.51.100.10', { timeout: 0.3 });
    expect(outcome.outcome).not.toBe('reply');
    expect(request).toTouch('upstream1');
    expect(request?.observed.verdict).toBe('delivered');
    // A floating IP is translated all the same.
    expect((await ping('red1', '198.51.100.10')).outcome).toMatchObject({ outcome: 'reply' });
  },
);

scenario('an extra route leads to where it says', { needs }, async ({ api, ping }) => {
  const away = '172.20.0.9';
  expect((await ping('red1', away, { timeout: 0.3 })).request).toTouch('upstream1');
  await api.routers.update('r1', { routes: [{ destination: '172.20.0.0/16', nexthop: '10.0.2.12' }] });
  const { request } = await ping('red1', away, { timeout: 0.3 });
  expect(request).not.toTouch('upstream1');
  expect(request).toTouch('compute2');
});

scenario(
  'a router that is down routes nothing, and works again when it is up',
  { needs },
  async ({ api, ping }) => {
    await api.routers.update('r1', { admin_state_up: false });
    const down = await ping('red1', '10.0.2.11', { timeout: 0.3 });
    expect(down.outcome.outcome).not.toBe('reply');
    await api.routers.update('r1', { admin_state_up: true });
    expect((await ping('red1', '10.0.2.11')).outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
  },
);

scenario('a network that is taken from its router is on its own', { needs }, async ({ api, ping }) => {
  expect((await ping('red2', '10.0.2.12')).outcome).toMatchObject({ outcome: 'reply' });
  await api.routers.removeInterface('r1', 'blue-subnet');
  expect((await ping('red2', '10.0.2.12', { timeout: 0.3 })).outcome.outcome).not.toBe('reply');
  expect((await ping('blue1', 'blue2')).outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
  await api.routers.addInterface('r1', 'blue-subnet');
  expect((await ping('red2', '10.0.2.12')).outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
});

scenario(
  'a router with interfaces is not deleted, and nothing of it is touched',
  { needs },
  async ({ api, ping }) => {
    await expect(api.routers.delete('r1')).rejects.toMatchObject({ code: 'ND_IN_USE' });
    expect((await ping('red1', '10.0.2.11')).outcome).toMatchObject({ outcome: 'reply' });
  },
);
