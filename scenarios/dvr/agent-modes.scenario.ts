/** What the mode of an L3 agent changes: where floating IPs are translated, and which routers it holds at all. */
import { expect } from 'vitest';
import { inPattern, routedPatterns, scenarios } from '../../src/scenario/index.ts';
import { arrivalAt, document } from './places.ts';

const WEB1 = '203.0.113.60';
const DB2 = '203.0.113.61';
const INTERNET = '198.51.100.10';

/** compute1 has no way out of its own; network2 holds a router as they were before. */
const modes = {
  ...document,
  options: {
    ...document.options,
    l3_agent_modes: { compute1: 'dvr_no_external' as const, network2: 'legacy' as const },
  },
  networks: { ...document.networks, old: { project: 'tenant' }, older: { project: 'tenant' } },
  subnets: {
    ...document.subnets,
    'old-v4': { network: 'old', cidr: '10.0.8.0/24' },
    'older-v4': { network: 'older', cidr: '10.0.9.0/24' },
  },
  routers: {
    ...document.routers,
    r2: {
      project: 'tenant',
      hosts: ['network2'],
      external_gateway_info: {
        network: 'public',
        external_fixed_ips: [{ ip_address: '203.0.113.51' }],
      },
      interfaces: ['old-v4', 'older-v4'],
    },
  },
  servers: {
    ...document.servers,
    old1: { project: 'tenant', host: 'compute1', networks: [{ network: 'old', fixed_ip: '10.0.8.11' }] },
    older1: { project: 'tenant', host: 'compute1', networks: [{ network: 'older', fixed_ip: '10.0.9.11' }] },
  },
};

for (const pattern of routedPatterns) {
  const scenario = scenarios({ cloud: inPattern(modes, pattern), capability: 'dvr', pattern: pattern.name });
  const needs = ['distributed routers', 'floatingips', pattern.encapsulation];

  scenario(
    'the floating IP of a server on a host without a way out is the network node’s, and others’ stay with their hosts',
    { needs },
    async ({ ping, tcp }) => {
      const central = await ping('internet1', WEB1);
      // One router in, and two out.
      expect(central.outcome).toMatchObject({ outcome: 'reply', from: WEB1, ttl: 61 });
      expect(central.request).toTouch('network1');
      expect(arrivalAt(central.request, 'web1')).toMatchObject({ dst_ip: '10.0.1.11', ttl: 62 });
      const out = await ping('web1', INTERNET);
      expect(out.outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
      expect(out.request).toTouch('network1');
      expect((await tcp('internet1', WEB1, { at: 'web1' })).value).toMatchObject({ outcome: 'exchanged' });

      const own = await ping('internet1', DB2);
      expect(own.outcome).toMatchObject({ outcome: 'reply', from: DB2, ttl: 61 });
      expect(own.request).not.toTouch('network1');
      expect(arrivalAt(own.request, 'db2')).toMatchObject({ ttl: 61 });
    },
  );

  scenario(
    'between its networks a host without a way out routes like any other',
    { needs },
    async ({ ping }) => {
      const { outcome, request } = await ping('web1', 'db1');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      expect(request).not.toTouch('tor1');
    },
  );

  scenario(
    'from a server with a central floating IP to one with its host’s own, each sees the other’s floating IP',
    { needs },
    async ({ ping }) => {
      const there = await ping('web1', DB2);
      expect(there.outcome).toMatchObject({ outcome: 'reply', from: DB2 });
      expect(arrivalAt(there.request, 'db2')).toMatchObject({ src_ip: WEB1, ttl: 60 });
      expect(there.request).toTouch('network1');
      const back = await ping('db2', WEB1);
      expect(back.outcome).toMatchObject({ outcome: 'reply', from: WEB1 });
      expect(arrivalAt(back.request, 'web1')).toMatchObject({ src_ip: DB2, ttl: 61 });
    },
  );

  scenario(
    'a router that is not distributed, on an agent in mode legacy, sends its own servers by way of its node as ever',
    { needs },
    async ({ ping }) => {
      const { outcome, request, reply } = await ping('old1', 'older1');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      for (const journey of [request, reply]) {
        expect(journey).toTouch('network2');
        expect(journey).not.toTouch('network1');
      }
      expect((await ping('old1', INTERNET)).request).toTouch('network2');
      // Between the two routers there is the way outside only.
      const across = await ping('old1', WEB1);
      expect(across.outcome).toMatchObject({ outcome: 'reply', from: WEB1 });
      expect(arrivalAt(across.request, 'web1')).toMatchObject({ src_ip: '203.0.113.51' });
    },
  );
}
