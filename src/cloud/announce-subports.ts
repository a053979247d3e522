/** What a server says of itself as the subports of its trunks: the same as any port, with the subport's tag. */
import { announcement } from '../probe/index.ts';
import type { Topology } from '../topology/index.ts';

interface SubportAnnouncement {
  /** The server, and the NIC that is the trunk's parent. */
  readonly namespace: string;
  readonly device: string;
  readonly bytes: Uint8Array;
  /** By which tag it speaks, and whether it is heard. */
  readonly plugged: string;
}

export function subportAnnouncements({ trunks, ports, servers }: Topology): SubportAnnouncement[] {
  return Object.values(trunks).flatMap(({ port: parent, sub_ports }) => {
    const namespace = ports[parent]?.device ?? '';
    const device = servers[namespace]?.nics.find(({ port }) => port === parent)?.device;
    if (device === undefined) return [];
    return sub_ports.flatMap(({ port: name, segmentation_id }) => {
      const port = ports[name];
      if (port === undefined) return [];
      const { mac_address, fixed_ips, admin_state_up } = port;
      const plugged = `${segmentation_id} ${admin_state_up ? 'up' : 'down'}`;
      return fixed_ips.map(({ ip_address }) => {
        const bytes = tagged(announcement({ mac_address, ip_address }), segmentation_id);
        return { namespace, device, bytes, plugged };
      });
    });
  });
}

/** Behind the two addresses comes the tag (IEEE 802.1Q, 9.3). */
function tagged(frame: Uint8Array, vlan: number): Uint8Array {
  const addresses = 12;
  const [high, low] = [Math.floor(vlan / 256), vlan % 256];
  return Uint8Array.from([
    ...frame.subarray(0, addresses),
    0x81,
    0x00,
    high,
    low,
    ...frame.subarray(addresses),
  ]);
}
