/**
 * When everybody in a cloud was last heard. Switches forget addresses that are silent for five minutes, and then
 * flood; a probe that is compared with a prediction wants switches that know everyone.
 */
import { announce, announcements } from '../../cloud/announce.ts';
import type { Cloud } from '../../cloud/cloud.ts';
import { isNetdojoError } from '../../errors/index.ts';

const FILE = '/run/netdojo/heard';
/** Open vSwitch forgets after 300 s; a probe takes less than the rest. */
const FRESH_MS = 200_000;

/** To be called when the servers have just announced themselves. */
export async function rememberHeard(cloud: Cloud): Promise<void> {
  const guests = await cloud.guests();
  await guests.request('write', { path: FILE, text: String(Date.now()) });
}

/** Lets everybody announce itself, unless that was done lately: whoever watches a capture is not to be disturbed. */
export async function beHeard(cloud: Cloud): Promise<void> {
  if (Date.now() - (await lastHeard(cloud)) < FRESH_MS) return;
  await announce(cloud.cluster, announcements(cloud.cluster.state, cloud.topology));
  await rememberHeard(cloud);
}

async function lastHeard(cloud: Cloud): Promise<number> {
  const guests = await cloud.guests();
  try {
    return Number(await guests.request<string>('read', { path: FILE }));
  } catch (error) {
    if (isNetdojoError(error) && error.code === 'ND_NODE_COMMAND') return 0; // never yet
    throw error;
  }
}
