/** Connections that a router translates, and what becomes of them when another host takes over. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import { scenarios, type Stage } from '../../src/scenario/index.ts';
import {
  activeHost,
  FAST,
  INTERNET,
  killKeepalived,
  NEEDS,
  otherHost,
  placeOf,
  redundant,
  untilActiveOn,
} from './redundancy.ts';

/** A connection from a server without a floating IP is open while the router goes to the other host. */
async function overFailOver({ cloud }: Stage): Promise<{ before: string; after: string }> {
  const host = await activeHost(cloud);
  const outside = await cloud.cluster.agent('internet1');
  await using server = await serve(outside, '', 'tcp');
  await using talk = await connected(await openTcp(await cloud.guests(), 'blue2', INTERNET, server.port));
  const before = await talk.send();
  await using _killed = await killKeepalived(cloud, placeOf(cloud, host), 'parent');
  await untilActiveOn(cloud, [otherHost(host)]);
  const after = await talk.send({ timeout: 5 });
  return { before: before.outcome, after: after.outcome };
}

type Opened = Awaited<ReturnType<typeof openTcp>>;

function connected(opened: Opened): Extract<Opened, { outcome: 'open' }> {
  if (opened.outcome === 'open') return opened;
  throw new Error(`blue2 has no connection to ${INTERNET}: ${opened.outcome}`);
}

const synchronised = scenarios({
  cloud: redundant({ ...FAST, ha_conntrackd_enabled: true }),
  capability: 'vrrp',
});

synchronised(
  'a connection that the router translates goes on after a fail-over where conntrackd has told the other host of it',
  { needs: NEEDS },
  async (stage) => {
    expect(await overFailOver(stage)).toEqual({ before: 'echoed', after: 'echoed' });
  },
);

synchronised(
  'and back again: the host that was let go of has been told as well',
  { needs: NEEDS },
  async (stage) => {
    expect(await overFailOver(stage)).toEqual({ before: 'echoed', after: 'echoed' });
  },
);

const alone = scenarios({ cloud: redundant(FAST), capability: 'vrrp' });

alone(
  'without conntrackd a connection that the router translates ends with a fail-over: it gets another port',
  { needs: NEEDS },
  async (stage) => {
    expect(await overFailOver(stage)).toEqual({ before: 'echoed', after: 'reset' });
  },
);
