/** What becomes of connections that stand when groups change. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import type { Stage } from '../../src/scenario/index.ts';
import { withEachDriver } from './drivers.ts';

const HTTP = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 } as const;

/** A connection from one server to another that has carried something; all of it judged. */
async function connected({ cloud, watch }: Stage, from: string, to: string, port: number) {
  const guests = await cloud.guests();
  const server = await serve(guests, to, 'tcp', port);
  const { value: talk } = await watch(`${from} connects to ${to}`, () =>
    openTcp(guests, from, cloud.address(to), port, { timeout: 1 }),
  );
  if (talk.outcome !== 'open') throw new Error(`${from} does not reach ${to}: ${talk.outcome}`);
  const say = async (title: string, timeout = 1) =>
    (await watch(title, () => talk.send({ timeout }))).value.outcome;
  expect(await say('and says something')).toBe('echoed');
  return {
    say,
    async [Symbol.asyncDispose]() {
      await talk.reset();
      await server[Symbol.asyncDispose]();
    },
  };
}

await withEachDriver('classic-groups', (scenario, needs) => {
  for (const to of ['web1', 'web2']) {
    const where = to === 'web1' ? 'on one host' : 'across hosts';
    scenario(
      `a rule that goes cuts the connection that stood by it, ${where}, and no reset is made up`,
      { needs },
      async (stage) => {
        await using talk = await connected(stage, 'client1', to, 80);
        await stage.api.securityGroups.rules.delete('web', HTTP);
        expect(await talk.say('the rule is gone', 0.4)).toBe('no-answer');
      },
    );
  }

  scenario(
    'with a rule that comes back a connection goes on, and new ones are let in',
    { needs },
    async (stage) => {
      await using talk = await connected(stage, 'client1', 'web2', 80);
      await stage.api.securityGroups.rules.delete('web', HTTP);
      // The openvswitch driver marks the connection with the first packet that it drops.
      expect(await talk.say('the rule is gone', 0.4)).toBe('no-answer');
      await stage.api.securityGroups.rules.create('web', HTTP);
      expect(await talk.say('the rule is back')).toBe('echoed');
      await using another = await connected(stage, 'client2', 'web1', 80);
      expect(await another.say('and again')).toBe('echoed');
    },
  );

  scenario('a change elsewhere in the group leaves a connection alone', { needs }, async (stage) => {
    await using talk = await connected(stage, 'client1', 'web2', 80);
    await stage.api.securityGroups.rules.create('web', {
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: 443,
      port_range_max: 443,
    });
    expect(await talk.say('another port was opened')).toBe('echoed');
    await stage.edit(({ servers }) => {
      Object.assign(servers['db2'] ?? {}, { security_groups: ['db', 'web'] });
    });
    expect(await talk.say('another server has joined')).toBe('echoed');
  });

  scenario('a member that leaves a remote group is cut off', { needs }, async (stage) => {
    await using talk = await connected(stage, 'web2', 'db1', 5432);
    await stage.edit(({ servers }) => {
      Object.assign(servers['web2'] ?? {}, { security_groups: ['default'] });
    });
    expect(await talk.say('web2 has left the group', 0.4)).toBe('no-answer');
  });
});
