/** A server moves from one host to another while others talk to it. */
import { expect } from 'vitest';
import { stream } from '../../src/probe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';

/** What a move may cost, in milliseconds, seen by whoever talks to the server. */
const BUDGET = 500;

const scenario = scenarios({ cloud: 'l2-demo', capability: 'live-migration' });

scenario(
  'a server that moves is missed for a moment by those who talk to it, and nothing comes twice or out of order',
  {},
  async ({ api, cloud, ping }) => {
    expect((await ping('web2', 'web1')).request).toArriveAt('web1');
    const guests = await cloud.guests();
    await using talk = await stream(guests, 'web2', cloud.address('web1'));
    await talk.answered(20);
    await api.servers.migrate('web1', { host: 'compute2' });
    await talk.answered(20);
    const result = await talk.stop();
    expect(result.duplicated).toEqual([]);
    expect(result.reordered).toEqual([]);
    expect(result.longest_gap_ms).toBeLessThan(BUDGET);
    const { outcome, request } = await ping('web2', 'web1');
    expect(outcome).toMatchObject({ outcome: 'reply' });
    // Both are on one host now: nothing of it is on a wire.
    expect(request).not.toTouch('tor1');
  },
);
