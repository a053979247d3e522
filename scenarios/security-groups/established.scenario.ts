/** What becomes of connections that stand when groups change. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import type { Stage } from '../../src/scenario/index.ts';
import { withEachDriver } from './drivers.ts';

const HTTP = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 } as const;

/** A connection from one server to another that has carried something; all of it judged. */
async function connected(stage: Stage, from: string, to: string, port: number) {
  const server = await serve(await stage.cloud.guests(), to, 'tcp', port, { abrupt: true });
  const { say, reset } = await talking(stage, from, to, port);
  return {
    say,
    async [Symbol.asyncDispose]() {
      await reset();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The same with a server that is there already. */
async function talking({ cloud, watch }: Stage, from: string, to: string, port: number) {
  const guests = await cloud.guests();
  const { value: talk } = await watch(`${from} connects to ${to}`, () =>
    openTcp(guests, from, cloud.address(to), port, { timeout: 1 }),
  );
  if (talk.outcome !== 'open') throw new Error(`${from} does not reach ${to}: ${talk.outcome}`);
  const say = async (title: string, timeout = 1) =>
    (await watch(title, () => talk.send({ timeout }))).value.outcome;
  expect(await say('and says something')).toBe('echoed');
  const reset = () => talk.reset();
  return { say, reset, [Symbol.asyncDispose]: reset };
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
      const began = performance.now();
      // The openvswitch driver marks the connection with the first packet that it drops.
      expect(await talk.say('the rule is gone', 0.4)).toBe('no-answer');
      await stage.api.securityGroups.rules.create('web', HTTP);
      // What was dropped is sent again after twice the time at each try (RFC 6298, 5.5): after as long as it is due now.
      const silent = (performance.now() - began) / 1000;
      expect(await talk.say('the rule is back', silent + 1)).toBe('echoed');
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

  scenario(
    'members that leave a remote group together are cut off, and who stays in it is not',
    { needs },
    async (stage) => {
      await using _server = await serve(await stage.cloud.guests(), 'db1', 'tcp', 5432, { abrupt: true });
      await using web1 = await talking(stage, 'web1', 'db1', 5432);
      await using web2 = await talking(stage, 'web2', 'db1', 5432);
      await using pair1 = await talking(stage, 'pair1', 'db1', 5432);
      await stage.edit(({ servers }) => {
        for (const name of ['web1', 'web2'])
          Object.assign(servers[name] ?? {}, { security_groups: ['default'] });
      });
      expect(await web1.say('web1 has left the group', 0.4)).toBe('no-answer');
      expect(await web2.say('web2 has left the group', 0.4)).toBe('no-answer');
      expect(await pair1.say('pair1 is still in the group')).toBe('echoed');
    },
  );
});
