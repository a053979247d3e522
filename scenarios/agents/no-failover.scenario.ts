/** Agents that fall silent, and nobody schedules anything anew. */
import { expect } from 'vitest';
import { cloudDocument, cutOff, scenarios } from '../../src/scenario/index.ts';

const document = await cloudDocument('agents-routed');
const needs = ['routers', 'vxlan'];

const { allow_automatic_l3agent_failover: _, ...options } = document.options ?? {};
const scenario = scenarios({ cloud: { ...document, options }, capability: 'agents' });

scenario(
  'without allow_automatic_l3agent_failover a router stays where it is lost, until somebody moves it',
  { needs },
  async (stage) => {
    const { api, cloud, ping } = stage;
    await using _dead = await cutOff(cloud, 'network1');
    await api.agents.lost('network1');
    expect((await ping('red2', '10.0.2.11', { oracle: 'off', timeout: 0.3 })).outcome.outcome).not.toBe(
      'reply',
    );
    await api.routers.reschedule('r1');
    const { outcome, request } = await ping('red2', 'blue1');
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
    expect(request).toTouch('network2');
  },
);
