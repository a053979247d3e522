/** What becomes of connections that stand when a firewall changes. */
import { expect } from 'vitest';
import { cloudDocument, scenarios } from '../../src/scenario/index.ts';
import { connected } from './held.ts';

const document = await cloudDocument('classic-firewall');
const needs = ['routers', 'firewalls', 'vxlan'];
const INTERNET = '198.51.100.10';
const POLICY = 'house-rules';
const ordered = document.firewall_policies?.[POLICY]?.firewall_rules ?? [];

for (const release of ['now', 'juno'] as const) {
  const { firewall_rules: rules = {} } = document;
  const scenario = scenarios({
    cloud: {
      ...document,
      options: { ...document.options, release },
      // Juno has no reject.
      firewall_rules: {
        ...rules,
        names: { ...rules['names'], action: 'deny' },
        out: { protocol: 'tcp', source_ip_address: '10.0.1.0/24', destination_port: 443, action: 'allow' },
      },
      firewall_policies: { [POLICY]: { firewall_rules: ['out', ...ordered] } },
    },
    capability: 'fwaas',
    pattern: release,
  });

  scenario(
    'a change of rules that are about something else leaves a connection alone',
    { needs },
    async (stage) => {
      const { policies, rules: api } = stage.api.firewalls;
      // Hidden behind the router's address: what is cut comes from another port, and is reset.
      await using talk = await connected(stage, 'red2', 'internet1', 443, INTERNET);
      expect(await talk.say('it is allowed')).toBe('echoed');
      await api.update('names', { destination_port: 5353 });
      expect(await talk.say('a rule about another protocol has changed')).toBe('echoed');
      await api.update('web', { destination_port: 8080 });
      expect(await talk.say('a rule about another port has changed')).toBe('echoed');
      await api.create('late', { protocol: 'tcp', destination_port: 25, action: 'allow' });
      await policies.insertRule(POLICY, 'late');
      expect(await talk.say('a rule has come, behind all others')).toBe('echoed');
      await policies.removeRule(POLICY, 'late');
      expect(await talk.say('and has gone')).toBe('echoed');
    },
  );

  const outlives = release === 'juno';
  const after = outlives ? 'echoed' : 'no-answer';
  const silence = outlives ? undefined : 0.4;
  scenario(
    outlives
      ? 'at Juno a connection outlives the rule that has let it in, and new ones are refused'
      : 'a rule that goes cuts the connection that stood by it, and no reset is made up',
    { needs },
    async (stage) => {
      await using talk = await connected(stage, 'red1', 'blue2', 22);
      expect(await talk.say('it is allowed')).toBe('echoed');
      await stage.api.firewalls.policies.removeRule(POLICY, 'red-to-blue');
      const again = await stage.tcp('red2', 'blue2', { port: 25, timeout: 0.3 });
      expect(again.value.outcome).toBe('no-connection');
      expect(await talk.say('the rule has gone', silence)).toBe(after);
      await stage.api.firewalls.policies.insertRule(POLICY, 'red-to-blue', { insert_after: 'no-telnet' });
      expect(await talk.say('the rule is back')).toBe('echoed');
    },
  );

  scenario(
    outlives
      ? 'at Juno a connection outlives it that its rule gets another place'
      : 'a rule that gets another place ends what it is about, though it goes on allowing it',
    { needs },
    async (stage) => {
      await using talk = await connected(stage, 'red2', 'internet1', 443, INTERNET);
      expect(await talk.say('it is allowed')).toBe('echoed');
      await stage.edit((edited) => {
        const list = edited.firewall_policies[POLICY]?.firewall_rules ?? [];
        list.splice(0, 2, 'no-telnet', 'out');
      });
      // Taken up again by another port of the router, which the far end knows nothing of.
      expect(await talk.say('its rule is the second now')).toBe(outlives ? 'echoed' : 'reset');
    },
  );

  scenario(
    outlives
      ? 'at Juno a rule that denies what is going on stops what is new alone'
      : 'a rule that denies what is going on by a floating IP ends it',
    { needs },
    async (stage) => {
      const floating = '203.0.113.110';
      await using talk = await connected(stage, 'green1', 'red1', 80, floating);
      expect(await talk.say('it is allowed')).toBe('echoed');
      const denial = { protocol: 'tcp', destination_port: 80, action: 'deny' } as const;
      await stage.edit((edited) => {
        Object.assign(edited.firewall_rules, { 'no-web': denial });
        edited.firewall_policies[POLICY]?.firewall_rules.unshift('no-web');
      });
      const another = { at: 'red1', port: 81, through: 80, timeout: 0.3 };
      expect((await stage.tcp('internet1', floating, another)).value.outcome).toBe('no-connection');
      expect(await talk.say('it is denied', silence)).toBe(after);
    },
  );

  scenario(
    'a firewall that is down stops everything, and what it stopped goes on when it is up',
    { needs },
    async (stage) => {
      await using talk = await connected(stage, 'red1', 'blue2', 22);
      expect(await talk.say('it is allowed')).toBe('echoed');
      await stage.api.firewalls.update('house', { admin_state_up: false });
      expect((await stage.ping('red1', 'blue1', { timeout: 0.3 })).verdict).toBe('denied-firewall');
      expect(await talk.say('the firewall is down', 0.4)).toBe('no-answer');
      await stage.api.firewalls.update('house', { admin_state_up: true });
      expect(await talk.say('the firewall is up')).toBe('echoed');
    },
  );

  scenario(
    'a rule that goes while the firewall is down ends nothing, and nothing new begins by it',
    { needs },
    async (stage) => {
      await using talk = await connected(stage, 'red1', 'blue2', 22);
      const { firewalls } = stage.api;
      await firewalls.update('house', { admin_state_up: false });
      await firewalls.policies.removeRule(POLICY, 'red-to-blue');
      await firewalls.update('house', { admin_state_up: true });
      expect(await talk.say('its rule has gone meanwhile')).toBe('echoed');
      const another = await stage.tcp('red2', 'blue2', { port: 25, timeout: 0.3 });
      expect(another.value.outcome).toBe('no-connection');
    },
  );

  scenario(
    outlives
      ? 'at Juno a firewall that comes up for the first time lets go on what it would not let begin'
      : 'a firewall that comes up for the first time cuts what it does not allow',
    { needs },
    async (stage) => {
      const { firewalls } = stage.api;
      await firewalls.delete('house');
      await using talk = await connected(stage, 'blue1', 'red2', 22);
      await firewalls.create('house', { firewall_policy: POLICY, routers: ['r1'], admin_state_up: false });
      expect(await talk.say('it is down', 0.4)).toBe('no-answer');
      await firewalls.update('house', { admin_state_up: true });
      expect(await talk.say('it is up', outlives ? undefined : 0.4)).toBe(outlives ? 'echoed' : 'no-answer');
    },
  );

  scenario(
    outlives
      ? 'at Juno a firewall that comes lets go on what it would not let begin'
      : 'a firewall that comes cuts what it does not allow',
    { needs },
    async (stage) => {
      await stage.api.firewalls.delete('house');
      await using talk = await connected(stage, 'blue1', 'red2', 22);
      expect(await talk.say('nothing stands between')).toBe('echoed');
      await stage.api.firewalls.create('house', { firewall_policy: POLICY, routers: ['r1'] });
      expect(await talk.say('a firewall has come', silence)).toBe(after);
    },
  );
}
