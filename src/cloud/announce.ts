/**
 * Announcements: what every host and server says of itself when its network comes up, and by which switches learn
 * where it is before the first packet that counts.
 */
import type { Cluster } from '../engine/index.ts';
import { announcement } from '../probe/index.ts';
import type { CloudState } from '../state/index.ts';

interface Announcement {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly bytes: Uint8Array;
}

/** One gratuitous ARP for each IPv4 address; pure. */
export function announcements(state: CloudState): Announcement[] {
  const macs = new Map<string, string>();
  for (const wire of Object.values(state.wires)) {
    for (const end of wire.ends)
      if (end.mac_address) macs.set(`${end.node} ${end.namespace} ${end.device}`, end.mac_address);
  }
  const list: Announcement[] = [];
  for (const [node, { namespaces, ports, bridges }] of Object.entries(state.nodes)) {
    for (const [namespace, { addresses, links }] of Object.entries(namespaces)) {
      for (const { device, cidr } of Object.values(addresses)) {
        const mac_address =
          links[device]?.mac_address ??
          ports[device]?.mac_address ??
          macs.get(`${node} ${namespace} ${device}`) ??
          bridges[device]?.other_config['hwaddr'];
        const ip_address = cidr.split('/')[0] as string;
        if (!mac_address || ip_address.includes(':')) continue;
        list.push({ node, namespace, device, bytes: announcement({ mac_address, ip_address }) });
      }
    }
  }
  return list;
}

/** Puts announcements out, all nodes at once. */
export async function announce(cluster: Cluster, list: readonly Announcement[]): Promise<void> {
  const byNode = Map.groupBy(list, (one) => one.node);
  await Promise.all(
    [...byNode].map(async ([node, ones]) => {
      const agent = await cluster.agent(node);
      const frames = ones.map(({ namespace, device, bytes }) => [
        namespace,
        device,
        Buffer.from(bytes).toString('hex'),
      ]);
      await agent.request('inject', { frames });
    }),
  );
}
