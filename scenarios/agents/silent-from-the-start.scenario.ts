/** A host whose agents do not report when the cloud begins. */
import { expect } from 'vitest';
import { cloudDocument, scenarios } from '../../src/scenario/index.ts';

const document = await cloudDocument('agents-routed');
const { hosts: _, ...anywhere } = document.routers?.['r1'] ?? {};
const scenario = scenarios({
  cloud: {
    ...document,
    routers: { ...document.routers, r1: anywhere },
    agents: { network1: { alive: false } },
  },
  capability: 'agents',
});

scenario(
  'a host that is silent from the start holds nothing, and what it is given once it reports',
  { needs: ['routers', 'floatingips', 'vxlan'] },
  async ({ api, cloud, ping }) => {
    const { namespaces } = cloud.cluster.state.nodes['network1'] ?? {};
    expect(Object.keys(namespaces ?? {}), 'namespaces of network1').toEqual(['']);
    const ways = [
      ['internet1', '203.0.113.110'],
      ['red2', 'blue1'],
    ] as const;
    for (const [from, to] of ways) {
      const { outcome, request } = await ping(from, to);
      expect(outcome, `${from} to ${to}`).toMatchObject({ outcome: 'reply' });
      expect(request).toTouch('network2');
    }
    await api.agents.back('network1');
    expect(cloud.topology.routers['r1']?.hosts).toEqual(['network2']);
    await api.routers.reschedule('r1');
    for (const [from, to] of ways) {
      const { outcome, request } = await ping(from, to);
      expect(outcome, `${from} to ${to}`).toMatchObject({ outcome: 'reply' });
      expect(request).toTouch('network1');
      expect(request).not.toTouch('network2');
    }
  },
);
