/** What is said for a server that runs on another host now, until nobody can have missed it. */
import type { Cluster } from '../engine/index.ts';
import { reverseArp } from '../probe/index.ts';
import { GUESTS } from '../state/index.ts';
import type { Topology } from '../topology/index.ts';
import { announce, type Announcement } from './announce.ts';

/** Seconds from one round to the next: five rounds in 0.8 s (QEMU, migration/options.c: 50 ms, and 100 more each time). */
const PAUSES = [0.05, 0.15, 0.25, 0.35];

/**
 * Five rounds, each a RARP for every NIC by the hypervisor (net/announce.c) and then what the server says itself, since
 * virtio lets it announce too (VIRTIO_NET_F_GUEST_ANNOUNCE): once is not enough, for a packet that was sent before the
 * move, and comes after the announcement, takes the addresses back to where the server was.
 *
 * Resolves when the first round is out, with a promise of the last.
 */
export async function announceMoved(
  cluster: Cluster,
  topology: Topology,
  moved: readonly Announcement[],
): Promise<{ readonly last: Promise<void> }> {
  const all = [...reverseArps(topology, moved), ...moved];
  await announce(cluster, all);
  const last = all.length === 0 ? Promise.resolve() : announceAgain(cluster, all);
  // Whoever waits for it hears of it; a cloud that is taken down meanwhile needs no more announcements.
  last.catch(() => undefined);
  return { last };
}

/** One for each NIC: it bears no IP address. */
function reverseArps({ servers, ports }: Topology, moved: readonly Announcement[]): Announcement[] {
  return Object.values(servers).flatMap(({ name, nics }) =>
    nics.flatMap((nic) => {
      const one = moved.find(({ namespace, device }) => namespace === name && device === nic.device);
      const mac_address = ports[nic.port]?.mac_address;
      return one && mac_address !== undefined ? [{ ...one, bytes: reverseArp(mac_address) }] : [];
    }),
  );
}

async function announceAgain(cluster: Cluster, all: readonly Announcement[]): Promise<void> {
  const agent = await cluster.agent(GUESTS);
  const frames = all.map(({ namespace, device, bytes }) => [
    namespace,
    device,
    Buffer.from(bytes).toString('hex'),
  ]);
  await agent.request('inject-again', { frames, pauses: PAUSES });
}
