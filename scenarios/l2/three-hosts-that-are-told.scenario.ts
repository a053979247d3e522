/** L2 population: every host is told where every address is, so that nobody need ask and little is flooded. */
import { expect } from 'vitest';
import { EVERYONE, guest, scenarios, tap, type Way, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'l2-announced', capability: 'l2' });

const LOCAL_IP = { compute1: '172.31.1.11', compute2: '172.31.1.12', compute3: '172.31.1.13' } as const;

/** From compute1 through a tunnel to another host. */
const tunnelTo = (host: keyof typeof LOCAL_IP, id = 8001): Way => {
  const tunnel = { type: 'vxlan', id, src_ip: LOCAL_IP.compute1, dst_ip: LOCAL_IP[host] } as const;
  return [wire('compute1', 'tor1', { tunnel }), wire('tor1', host, { tunnel })];
};

scenario(
  'a broadcast goes once to each host that has a port of the network, and to no other',
  { needs: ['vxlan', 'l2_population'] },
  async ({ frame }) => {
    const red = await frame('red1', EVERYONE);
    expect(red.packet).toTravel(
      guest('red1'),
      tap('compute1'),
      [tap('compute1'), guest('red4')],
      [...tunnelTo('compute2'), [tap('compute2'), guest('red2')], [tap('compute2'), guest('red5')]],
      [...tunnelTo('compute3'), tap('compute3'), guest('red3')],
    );
    const green = await frame('green1', EVERYONE);
    expect(green.packet).toTravel(
      guest('green1'),
      tap('compute1'),
      ...tunnelTo('compute2', 8002),
      tap('compute2'),
      guest('green2'),
    );
    for (const host of ['network1', 'network2']) {
      expect(red.packet).not.toTouch(host);
      expect(green.packet).not.toTouch(host);
    }
  },
);

scenario(
  'a VLAN broadcast crosses every cable of the trunk, and only the hosts of the network take it in',
  { needs: ['vlan'] },
  async ({ frame, tagsOnWires }) => {
    const { packet } = await frame('amber1', EVERYONE);
    expect(packet).toTravel(
      guest('amber1'),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: 110, tunnel: null }),
      [wire('tor1', 'compute2', { vlan: 110 }), tap('compute2', { vlan: null }), guest('amber2')],
      [wire('tor1', 'compute3', { vlan: 110 })],
      [wire('tor1', 'network1', { vlan: 110 })],
      [wire('tor1', 'network2', { vlan: 110 })],
    );
    expect(tagsOnWires()).toEqual([110]);
  },
);

scenario(
  'a frame for an address that no switch has learned still takes one tunnel, because the host was told',
  { needs: ['vxlan', 'l2_population'] },
  async ({ cloud, frame }) => {
    await cloud.forget();
    const { packet } = await frame('red1', 'red3', { known: new Set() });
    expect(packet).toTravel(
      guest('red1'),
      tap('compute1'),
      [tap('compute1'), guest('red4')],
      [...tunnelTo('compute3'), tap('compute3'), guest('red3')],
    );
  },
);

scenario(
  'a frame for an address that nobody has goes where a broadcast would',
  { needs: ['vxlan', 'l2_population'] },
  async ({ frame }) => {
    const { packet } = await frame('red1', 'fa:16:3e:ff:ff:ff');
    expect(packet).toArriveAt('red2', 'red3', 'red4', 'red5');
    expect(packet).not.toTouch('network1');
    const green = await frame('green1', 'fa:16:3e:ff:ff:ff');
    expect(green.packet).toArriveAt('green2');
    expect(green.packet).not.toTouch('compute3');
  },
);

scenario(
  'a frame for one server is seen by no other, not even by its neighbours on either host',
  { needs: ['vxlan'] },
  async ({ cloud, ping }) => {
    const { request, reply } = await ping('red1', 'red2');
    const back = { tunnel: { id: 8001, src_ip: LOCAL_IP.compute2, dst_ip: LOCAL_IP.compute1 } };
    expect(request).toTravel(
      guest('red1'),
      tap('compute1'),
      ...tunnelTo('compute2'),
      tap('compute2'),
      guest('red2', { src_mac: cloud.port('red1').mac_address }),
    );
    expect(reply).toTravel(
      guest('red2'),
      tap('compute2'),
      wire('compute2', 'tor1', back),
      wire('tor1', 'compute1', back),
      tap('compute1'),
      guest('red1', { src_mac: cloud.port('red2').mac_address }),
    );
  },
);

scenario(
  'the host itself answers who has an address elsewhere, once, and no wire sees the question',
  { needs: ['arp_responder'] },
  async ({ cloud, whoHas }) => {
    for (const owner of ['red2', 'red3']) {
      const { mac_address } = cloud.port(owner);
      const asker = cloud.port('red1').mac_address;
      const { request, replies } = await whoHas('red1', cloud.address(owner));
      expect(request).not.toTouch('tor1');
      expect(request).toTravel(guest('red1'), tap('compute1'), tap('compute1'), guest('red4'));
      const arp = {
        operation: 'reply',
        sender_mac: mac_address,
        sender_ip: cloud.address(owner),
        target_mac: asker,
        target_ip: cloud.address('red1'),
      } as const;
      expect(replies).toHaveLength(1);
      expect(replies[0]).toTravel(
        tap('compute1', { src_mac: mac_address, dst_mac: asker, arp }),
        guest('red1', { src_mac: mac_address, dst_mac: asker, arp }),
      );
    }
  },
);

scenario(
  'who has an address on the same host is answered by its owner alone',
  { needs: ['arp_responder'] },
  async ({ cloud, whoHas }) => {
    const { replies } = await whoHas('red1', cloud.address('red4'));
    expect(replies).toHaveLength(1);
    expect(replies[0]).toTravel(guest('red4'), tap('compute1'), tap('compute1'), guest('red1'));
  },
);

scenario(
  'who has an address that nobody has is asked of every host of the network, and nobody answers',
  { needs: ['arp_responder'] },
  async ({ whoHas }) => {
    const { request, replies } = await whoHas('red1', '10.0.1.99');
    expect(request).toTravel(
      guest('red1'),
      tap('compute1'),
      [tap('compute1'), guest('red4')],
      [...tunnelTo('compute2'), [tap('compute2'), guest('red2')], [tap('compute2'), guest('red5')]],
      [...tunnelTo('compute3'), tap('compute3'), guest('red3')],
    );
    expect(replies).toEqual([]);
  },
);

scenario(
  'on a VLAN network nobody answers for another: one question over the trunk, one reply from the owner',
  { needs: ['vlan', 'arp_responder'] },
  async ({ cloud, whoHas }) => {
    const { request, replies } = await whoHas('amber1', cloud.address('amber2'));
    expect(request).toTouch('network1');
    expect(request).toArriveAt('amber2');
    expect(replies).toHaveLength(1);
    expect(replies[0]).toTravel(
      guest('amber2'),
      tap('compute2'),
      wire('compute2', 'tor1', { vlan: 110 }),
      wire('tor1', 'compute1', { vlan: 110 }),
      tap('compute1'),
      guest('amber1'),
    );
  },
);

scenario(
  'without the responder the question crosses the wires and the owner answers',
  { needs: ['l2_population', 'arp_responder'] },
  async ({ cloud, edit, whoHas }) => {
    await edit(({ options }) => {
      options.arp_responder = false;
    });
    const { request, replies } = await whoHas('red1', cloud.address('red3'));
    expect(request).toArriveAt('red2', 'red3', 'red4', 'red5');
    const tunnel = { src_ip: LOCAL_IP.compute3, dst_ip: LOCAL_IP.compute1, id: 8001 };
    expect(replies).toHaveLength(1);
    expect(replies[0]).toTravel(
      guest('red3'),
      tap('compute3'),
      wire('compute3', 'tor1', { tunnel }),
      wire('tor1', 'compute1', { tunnel }),
      tap('compute1'),
      guest('red1'),
    );
  },
);

scenario(
  'tunnels are there only between hosts that share a network',
  { needs: ['vxlan', 'l2_population'] },
  async ({ cloud, edit }) => {
    const tunnelsOf = async (host: string): Promise<string[]> => {
      const agent = await cloud.cluster.agent(host);
      const { stdout } = await agent.run(['ovs-vsctl', 'list-ports', 'br-tun']);
      return stdout.split('\n').filter((port) => port.startsWith('vxlan-'));
    };
    expect(await tunnelsOf('compute3')).toEqual(['vxlan-ac1f010b', 'vxlan-ac1f010c']);
    expect(await tunnelsOf('network1')).toEqual([]);
    await edit(({ servers }) => {
      delete servers['red3'];
    });
    expect(await tunnelsOf('compute3')).toEqual([]);
    expect(await tunnelsOf('compute1')).toEqual(['vxlan-ac1f010c']);
  },
);
