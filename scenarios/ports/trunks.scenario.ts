/** Trunks: several networks by one NIC, told apart by the tags that the server itself puts on. */
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import { EVERYONE, guest, localVlan, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'classic-ports', capability: 'ports' });

/** Without a tag and outside of any tunnel. */
const bare = { vlan: null, tunnel: null } as const;
const tagged = (vlan: number) => ({ vlan, tunnel: null }) as const;
/** On the wires. */
const green = { vlan: null, tunnel: { type: 'vxlan', id: 7002 } } as const;

const macOf = (cloud: Cloud, port: string): string => cloud.topology.ports[port]?.mac_address ?? '';

/** What a server sends as one of its subports. */
const as = (cloud: Cloud, port: string, tag: number) => ({ src_mac: macOf(cloud, port), tag });

scenario(
  'untagged frames are those of the parent’s network',
  { needs: ['trunks', 'vlan'] },
  async ({ ping }) => {
    const { outcome, request, reply } = await ping('vnf1', 'amber2');
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
    expect(request).toTravel(
      guest('vnf1', bare),
      tap('compute1', bare),
      wire('compute1', 'tor1', tagged(101)),
      wire('tor1', 'compute2', tagged(101)),
      tap('compute2', bare),
      guest('amber2', bare),
    );
    expect(reply).toArriveAt('vnf1');
  },
);

scenario(
  'the tag of a subport leads into the subport’s network, over VXLAN and over VLAN, and is taken off',
  { needs: ['trunks', 'vxlan', 'vlan'] },
  async ({ cloud, frame }) => {
    const byVxlan = await frame('vnf1', 'green2', as(cloud, 'vnf1-green', 100));
    expect(byVxlan.packet).toTravel(
      guest('vnf1', tagged(100)),
      tap('compute1', tagged(100)),
      wire('compute1', 'tor1', green),
      wire('tor1', 'compute2', green),
      tap('compute2', bare),
      guest('green2', bare),
    );
    const onHost = await frame('vnf1', 'green1', as(cloud, 'vnf1-green', 100));
    expect(onHost.packet).toTravel(
      guest('vnf1', tagged(100)),
      tap('compute1', tagged(100)),
      tap('compute1', bare),
      guest('green1', bare),
    );
    const byVlan = await frame('vnf1', 'purple2', as(cloud, 'vnf1-purple', 30));
    expect(byVlan.packet).toTravel(
      guest('vnf1', tagged(30)),
      tap('compute1', tagged(30)),
      wire('compute1', 'tor1', tagged(102)),
      wire('tor1', 'compute2', tagged(102)),
      tap('compute2', bare),
      guest('purple2', bare),
    );
  },
);

scenario(
  'what is for a subport arrives at the parent’s NIC with the subport’s tag',
  { needs: ['trunks', 'vxlan', 'vlan'] },
  async ({ cloud, frame, udp }) => {
    const toGreen = await frame('green2', macOf(cloud, 'vnf1-green'));
    expect(toGreen.packet).toTravel(
      guest('green2', bare),
      tap('compute2', bare),
      wire('compute2', 'tor1', green),
      wire('tor1', 'compute1', green),
      tap('compute1', tagged(100)),
      guest('vnf1', tagged(100)),
    );
    const toPurple = await frame('purple2', macOf(cloud, 'vnf1-purple'));
    expect(toPurple.packet).toTravel(
      guest('purple2', bare),
      tap('compute2', bare),
      wire('compute2', 'tor1', tagged(102)),
      wire('tor1', 'compute1', tagged(102)),
      tap('compute1', tagged(30)),
      guest('vnf1', tagged(30)),
    );
    // The cloud answers for the subport's address; the datagram comes to whoever listens behind the tag.
    const { request } = await udp('green2', '10.0.2.21', 5000, { timeout: 0.2 });
    expect(request).toTravel(
      guest('green2', bare),
      tap('compute2'),
      wire('compute2', 'tor1', green),
      wire('tor1', 'compute1', green),
      tap('compute1', { ...tagged(100), dst_port: 5000 }),
      guest('vnf1', { ...tagged(100), dst_port: 5000 }),
    );
  },
);

scenario(
  'two trunks meet in a network, each by a tag of its own',
  { needs: ['trunks', 'vxlan'] },
  async ({ cloud, frame, tagsOnWires }) => {
    const { packet } = await frame('vnf1', macOf(cloud, 'vnf2-green'), as(cloud, 'vnf1-green', 100));
    expect(packet).toTravel(
      guest('vnf1', tagged(100)),
      tap('compute1', tagged(100)),
      wire('compute1', 'tor1', green),
      wire('tor1', 'compute2', green),
      tap('compute2', tagged(200)),
      guest('vnf2', tagged(200)),
    );
    expect(tagsOnWires()).toEqual([]);
  },
);

scenario(
  'a broadcast reaches its own network alone and never comes back on the NIC that sent it',
  { needs: ['trunks', 'vxlan', 'vlan'] },
  async ({ cloud, frame }) => {
    const byGreen = await frame('vnf1', EVERYONE, as(cloud, 'vnf1-green', 100));
    expect(byGreen.packet).toArriveAt('green1', 'green2', 'vnf2');
    const byParent = await frame('vnf1', EVERYONE);
    expect(byParent.packet).toArriveAt('amber2');
    const byNeighbour = await frame('green1', EVERYONE);
    expect(byNeighbour.packet).toArriveAt('green2', 'vnf1', 'vnf2');
    const byPurple = await frame('purple2', EVERYONE);
    expect(byPurple.packet).toArriveAt('vnf1');
  },
);

scenario(
  'a tag of no subport leads nowhere',
  { needs: ['trunks'] },
  async ({ cloud, frame, tagsOnWires }) => {
    const tags = {
      'a tag of nobody': 31,
      'the tag of another trunk': 200,
      'the tag of the subport’s network on the wire': 102,
      'the tag of the parent’s network on the wire': 101,
      'what the host calls the subport’s network': localVlan(cloud, 'compute1', 'green'),
      'what the host calls the parent’s network': localVlan(cloud, 'compute1', 'amber'),
      'the dead VLAN': 4095,
    };
    for (const [meaning, tag] of Object.entries(tags)) {
      for (const to of [EVERYONE, 'green2', 'amber2']) {
        const { packet } = await frame('vnf1', to, { tag });
        expect(packet, meaning).toTravel(guest('vnf1', tagged(tag)), tap('compute1', tagged(tag)));
      }
    }
    expect(tagsOnWires()).toEqual([]);
  },
);

scenario(
  'a subport sends from its own address, not from its parent’s',
  { needs: ['trunks', 'port_security_spoofing'] },
  async ({ cloud, frame }) => {
    const { packet } = await frame('vnf1', 'green2', { tag: 100 });
    expect(packet).toTravel(guest('vnf1', tagged(100)), tap('compute1', tagged(100)));
    const parent = await frame('vnf1', 'amber2', { src_mac: macOf(cloud, 'vnf1-green') });
    expect(parent.packet).toTravel(guest('vnf1', bare), tap('compute1', bare));
  },
);

scenario(
  'subports come, go and change their tag while the trunk carries on',
  { needs: ['trunks'] },
  async ({ cloud, edit, frame, ping }) => {
    await edit(({ trunks }) => {
      trunks['vnf1']?.sub_ports.splice(0, 1);
    });
    const gone = await frame('vnf1', EVERYONE, as(cloud, 'vnf1-green', 100));
    expect(gone.packet).toArriveAt();
    expect((await frame('vnf1', 'purple2', as(cloud, 'vnf1-purple', 30))).packet).toArriveAt('purple2');
    await edit(({ trunks }) => {
      trunks['vnf1']?.sub_ports.push({
        port: 'vnf1-green',
        segmentation_type: 'vlan',
        segmentation_id: 101,
      });
    });
    expect((await frame('vnf1', 'green2', as(cloud, 'vnf1-green', 101))).packet).toArriveAt('green2');
    expect((await frame('vnf1', 'green2', as(cloud, 'vnf1-green', 100))).packet).toArriveAt();
    expect((await ping('vnf1', 'amber2')).outcome.outcome).toBe('reply');
  },
);

scenario(
  'a trunk moves with its server: parent and subports are on the other host',
  { needs: ['trunks', 'vxlan', 'vlan'] },
  async ({ api, cloud, frame, ping }) => {
    await api.servers.migrate('vnf1', { host: 'compute2' });
    expect((await ping('vnf1', 'amber2')).request).not.toTouch('compute1');
    const { packet } = await frame('vnf1', 'green1', as(cloud, 'vnf1-green', 100));
    expect(packet).toTravel(
      guest('vnf1', tagged(100)),
      tap('compute2', tagged(100)),
      wire('compute2', 'tor1', green),
      wire('tor1', 'compute1', green),
      tap('compute1', bare),
      guest('green1', bare),
    );
    expect((await frame('green1', macOf(cloud, 'vnf1-green'))).packet).toArriveAt('vnf1');
  },
);

scenario(
  'a parent that is down takes no subport with it',
  { needs: ['trunks', 'dead_vlan'] },
  async ({ api, cloud, frame }) => {
    await api.ports.update('vnf1-amber', { admin_state_up: false });
    expect((await frame('vnf1', 'amber2')).packet).toArriveAt();
    expect((await frame('vnf1', 'green2', as(cloud, 'vnf1-green', 100))).packet).toArriveAt('green2');
  },
);
