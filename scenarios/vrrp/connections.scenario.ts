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
  await using talk = connected(await openTcp(await cloud.guests(), 'blue2', INTERNET, server.port));
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

for (const { how, options, outcome, title } of [
  {
    how: 'with conntrackd',
    options: { ...FAST, ha_conntrackd_enabled: true },
    outcome: 'echoed',
    title: 'a connection that the router translates survives a fail-over, and one more back again',
  },
  {
    how: 'without conntrackd',
    options: FAST,
    outcome: 'reset',
    title:
      'a connection that the router translates does not survive a fail-over: it leaves by another port then',
  },
] as const) {
  const scenario = scenarios({ cloud: redundant(options), capability: 'vrrp', pattern: how });

  scenario(title, { needs: NEEDS }, async (stage) => {
    expect(await overFailOver(stage)).toEqual({ before: 'echoed', after: outcome });
    expect(await overFailOver(stage)).toEqual({ before: 'echoed', after: outcome });
  });
}
