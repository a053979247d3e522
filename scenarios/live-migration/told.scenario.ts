/** How the others come to know that a server has moved. */
import type { Layer } from 'tcpdump-parser';
import { expect } from 'vitest';
import { cloudDocument, guest, scenarios, tap, wire } from '../../src/scenario/index.ts';
import { announcedBy, framesDuring, layersAt } from './watching.ts';

const VTEP = { compute2: '172.31.1.12', compute3: '172.31.1.13' } as const;

for (const { cloud: name, vni, how } of [
  { cloud: 'l2-announced', vni: 8001, how: 'told by L2 population' },
  { cloud: 'l2-learned', vni: 9001, how: 'learned by listening' },
] as const) {
  const scenario = scenarios({
    cloud: await cloudDocument(name),
    capability: 'live-migration',
    pattern: how,
  });

  scenario(
    'a server that has moved says so from its new host, and the next packet goes there straight',
    { needs: ['live_migration', 'vxlan'] },
    async ({ api, cloud, ping }) => {
      expect((await ping('red3', 'red1')).request).toTouch('compute1');
      const { mac_address } = cloud.port('red1');
      const frames = await framesDuring(cloud, () => api.servers.migrate('red1', { host: 'compute2' }));
      // Five times: a RARP, as QEMU sends it for the NIC, and a gratuitous ARP of the server's own (QEMU, net/announce.c).
      const rounds = Array.from({ length: 5 }, () => ['rarp', 'arp']).flat();
      const toCompute3 = (layers: readonly Layer[]): boolean =>
        layers.some((layer) => layer.protocol === 'ipv4' && layer.destination === VTEP.compute3);
      const onWire = layersAt(frames, 'compute2:eth1', 'out').filter(toCompute3);
      expect(announcedBy(onWire, mac_address), 'on the wire of compute2').toEqual(rounds);
      for (const server of ['red2', 'red3', 'red4'])
        expect(announcedBy(layersAt(frames, `${server}:eth0`, 'in'), mac_address), `at ${server}`).toEqual(
          rounds,
        );
      const old = announcedBy(layersAt(frames, 'compute1:eth1', 'out'), mac_address);
      expect(old, 'announcements on the wire of compute1').toEqual([]);

      const { outcome, request, reply } = await ping('red3', 'red1');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
      const tunnel = { type: 'vxlan', id: vni, src_ip: VTEP.compute3, dst_ip: VTEP.compute2 } as const;
      expect(request).toTravel(
        guest('red3'),
        tap('compute3'),
        wire('compute3', 'tor1', { tunnel }),
        wire('tor1', 'compute2', { tunnel }),
        tap('compute2'),
        guest('red1'),
      );
      expect(reply).not.toTouch('compute1');
      // Who was its neighbour is one across hosts now, and who was across hosts is its neighbour.
      expect((await ping('red4', 'red1')).request).toTouch('compute2');
      expect((await ping('red2', 'red1')).request).not.toTouch('tor1');
    },
  );
}
