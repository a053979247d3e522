/** A server moves from one host to another while others talk to it. */
import { expect } from 'vitest';
import { stream } from '../../src/probe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';
import { expectWithinBudget } from './watching.ts';

const scenario = scenarios({ cloud: 'l2-demo', capability: 'live-migration' });

scenario(
  'a server that moves is missed for a moment by those who talk to it, and nothing comes twice or out of order',
  { needs: ['live_migration'] },
  async ({ api, cloud, ping }) => {
    expect((await ping('web2', 'web1')).request).toArriveAt('web1');
    const guests = await cloud.guests();
    await using talk = await stream(guests, 'web2', cloud.address('web1'));
    await using others = await stream(guests, 'db1', cloud.address('db2'));
    await talk.answered(20);
    await api.servers.migrate('web1', { host: 'compute2' });
    await talk.answered(20);
    expectWithinBudget('web2', await talk.stop(), await others.stop());
    const { outcome, request } = await ping('web2', 'web1');
    expect(outcome).toMatchObject({ outcome: 'reply' });
    // Both are on one host now: nothing of it is on a wire.
    expect(request).not.toTouch('tor1');
  },
);
