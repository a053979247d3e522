/** Group-based policy: who reaches whom follows from contracts that groups provide and consume. */
import { expect } from 'vitest';
import { cloudDocument, scenarios, type Stage } from '../../src/scenario/index.ts';
import { connected } from '../fwaas/held.ts';

const document = await cloudDocument('group-policy');

/** What the contracts say: who opens a TCP connection to which port of whom. */
const OPENS: readonly (readonly [from: string, to: string, port: number])[] = [
  ['client1', 'web1', 80],
  ['client2', 'web1', 80],
  ['client1', 'web2', 80],
  ['web1', 'client2', 9000],
  ['web2', 'db1', 5432],
  ['web1', 'db1', 5433],
];
const SHUT: typeof OPENS = [
  ['client1', 'web1', 9000],
  ['web1', 'client1', 80],
  ['client1', 'db1', 5432],
  ['db1', 'web1', 5432],
  ['web1', 'db1', 5434],
  ['db1', 'client1', 9000],
];

/** Who is refused is given up soon; who is not has all the time that it needs. */
const opens = async ({ tcp }: Stage, from: string, to: string, port: number, refused = false) =>
  (await tcp(from, to, { port, ...(refused && { timeout: 0.3 }) })).value.outcome;

const [OPEN, NOT] = ['exchanged', 'no-connection'] as const;

for (const firewall_driver of ['openvswitch', 'iptables_hybrid'] as const) {
  const scenario = scenarios({
    cloud: { ...document, options: { ...document.options, firewall_driver } },
    capability: 'group-policy',
    pattern: firewall_driver,
  });
  const needs = ['security_groups', 'routers', `firewall_driver ${firewall_driver}`];

  scenario(
    'who consumes a contract reaches those who provide it as its rules say, and in no other way',
    { needs },
    async (stage) => {
      for (const [from, to, port] of OPENS)
        expect(await opens(stage, from, to, port), `${from} opens ${to}:${port}`).toBe(OPEN);
      for (const [from, to, port] of SHUT)
        expect(await opens(stage, from, to, port, true), `${from} opens ${to}:${port}`).toBe(NOT);
    },
  );

  scenario(
    'a classifier of both directions lets both sides begin, and who has no contract is not even asked',
    { needs },
    async ({ ping }) => {
      expect((await ping('client1', 'web2')).outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      expect((await ping('web2', 'client1')).outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      const { verdict, request } = await ping('client1', 'db1', { timeout: 0.3 });
      // What no contract names does not even leave.
      expect(verdict).toBe('denied-egress');
      expect(request).not.toTouch('tor1');
    },
  );

  scenario('within a group everything passes, in any protocol', { needs }, async (stage) => {
    expect(await opens(stage, 'web1', 'web2', 4444)).toBe(OPEN);
    expect((await stage.udp('client2', 'client1', 4444)).verdict).toBe('delivered');
  });

  scenario(
    'of the world outside a group reaches names alone, and nobody outside reaches it',
    { needs },
    async ({ ping, udp }) => {
      expect((await udp('client1', '198.51.100.10', 53)).verdict).toBe('delivered');
      expect((await udp('client1', '198.51.100.10', 54)).verdict).toBe('denied-egress');
      expect((await ping('web1', '198.51.100.10', { timeout: 0.3 })).verdict).toBe('denied-egress');
    },
  );

  scenario(
    'a server on a group’s subnet that is in no group is taken for one of it by others',
    { needs },
    async (stage) => {
      // The mapping names groups by their subnets; that is a limit of it, and of Neutron's.
      expect(await opens(stage, 'stranger1', 'web1', 80)).toBe(OPEN);
      expect(await opens(stage, 'stranger1', 'web1', 81, true)).toBe(NOT);
    },
  );

  scenario(
    'a group that gives a contract up is cut off, what it had open as well',
    { needs },
    async (stage) => {
      await using talk = await connected(stage, 'web1', 'db1', 5432);
      expect(await talk.say('and says something')).toBe('echoed');
      await stage.api.policyTargetGroups.update('web', { consumed_policy_rule_sets: [] });
      expect(await opens(stage, 'web2', 'db1', 5433, true)).toBe(NOT);
      expect(await talk.say('the contract is gone', 0.4)).toBe('no-answer');
    },
  );

  scenario(
    'a server is let in when it becomes a policy target, and no longer when it is none',
    { needs },
    async (stage) => {
      const { api } = stage;
      await api.servers.create('web3', {
        host: 'compute1',
        networks: [{ network: 'web', fixed_ip: '10.0.1.13' }],
      });
      expect(await opens(stage, 'client1', 'web3', 80, true)).toBe(NOT);
      await api.policyTargets.create('web3', { policy_target_group: 'web', server: 'web3' });
      expect(await opens(stage, 'client1', 'web3', 80)).toBe(OPEN);
      await api.policyTargets.delete('web3');
      expect(await opens(stage, 'client1', 'web3', 80, true)).toBe(NOT);
    },
  );
}
