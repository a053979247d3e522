/** Without L2 population a host asks everybody, and remembers from which tunnel each address spoke last. */
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import { EVERYONE, guest, scenarios, tap, type Way, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'l2-learned', capability: 'l2' });

const LOCAL_IP = {
  compute1: '172.31.1.11',
  compute2: '172.31.1.12',
  compute3: '172.31.1.13',
  network1: '172.31.1.21',
  network2: '172.31.1.22',
} as const;
type Host = keyof typeof LOCAL_IP;

const tunnel = (from: Host, to: Host, id = 9001): Way => {
  const outer = { type: 'vxlan', id, src_ip: LOCAL_IP[from], dst_ip: LOCAL_IP[to] } as const;
  return [wire(from, 'tor1', { tunnel: outer }), wire('tor1', to, { tunnel: outer })];
};

/** What a host has learned about an address from its tunnels: flows of br-tun's table 20. */
const learned = async (cloud: Cloud, host: Host, mac: string): Promise<string[]> => {
  const agent = await cloud.cluster.agent(host);
  const { stdout } = await agent.run(['ovs-ofctl', 'dump-flows', 'br-tun', `table=20,dl_dst=${mac}`]);
  return stdout.split('\n').filter((line) => line.includes('priority=1'));
};

scenario(
  'a broadcast goes once to every tunnel endpoint, even where the network is not',
  { needs: ['vxlan'] },
  async ({ frame }) => {
    const red = await frame('red1', EVERYONE);
    expect(red.packet).toTravel(
      guest('red1'),
      tap('compute1'),
      [tap('compute1'), guest('red4')],
      [...tunnel('compute1', 'compute2'), [tap('compute2'), guest('red2')], [tap('compute2'), guest('red5')]],
      [...tunnel('compute1', 'compute3'), tap('compute3'), guest('red3')],
      [...tunnel('compute1', 'network1')],
      [...tunnel('compute1', 'network2')],
    );
    const green = await frame('green1', EVERYONE);
    expect(green.packet).toTravel(
      guest('green1'),
      tap('compute1'),
      [...tunnel('compute1', 'compute2', 9002), tap('compute2'), guest('green2')],
      [...tunnel('compute1', 'compute3', 9002)],
      [...tunnel('compute1', 'network1', 9002)],
      [...tunnel('compute1', 'network2', 9002)],
    );
  },
);

scenario(
  'a frame for an unknown address goes everywhere, and after one answer nowhere but to its owner',
  { needs: ['vxlan'] },
  async ({ cloud, frame }) => {
    await cloud.forget();
    const { mac_address } = cloud.port('red3');
    expect(await learned(cloud, 'compute1', mac_address)).toEqual([]);

    const question = await frame('red1', 'red3', { known: new Set() });
    expect(question.packet).toArriveAt('red2', 'red3', 'red4', 'red5');
    for (const host of ['compute2', 'compute3', 'network1', 'network2'])
      expect(question.packet).toTouch(host);

    const answer = await frame('red3', 'red1');
    expect(answer.packet).toTravel(
      guest('red3'),
      tap('compute3'),
      ...tunnel('compute3', 'compute1'),
      tap('compute1'),
      guest('red1'),
    );
    const next = await frame('red1', 'red3');
    expect(next.packet).toTravel(
      guest('red1'),
      tap('compute1'),
      ...tunnel('compute1', 'compute3'),
      tap('compute3'),
      guest('red3'),
    );
    expect(await learned(cloud, 'compute1', mac_address)).toHaveLength(1);
  },
);

scenario(
  'who talks with two partners on two hosts sends each packet to its own host',
  { needs: ['vxlan'] },
  async ({ frame, ping }) => {
    for (const partner of ['red2', 'red3', 'red2', 'red3'] as const) {
      const host = partner === 'red2' ? 'compute2' : 'compute3';
      const { request, reply } = await ping('red1', partner);
      expect(request).toTravel(
        guest('red1'),
        tap('compute1'),
        ...tunnel('compute1', host),
        tap(host),
        guest(partner),
      );
      expect(reply).toTravel(
        guest(partner),
        tap(host),
        ...tunnel(host, 'compute1'),
        tap('compute1'),
        guest('red1'),
      );
    }
    // The last to speak was red3.
    expect((await frame('red1', 'red2')).packet).toArriveAt('red2');
    expect((await frame('red1', 'red5')).packet).toArriveAt('red5');
    expect((await frame('red1', 'red3')).packet).toArriveAt('red3');
  },
);

scenario(
  'the question who has an address goes to every tunnel endpoint, and its owner answers once',
  { needs: ['vxlan'] },
  async ({ cloud, whoHas }) => {
    const { request, replies } = await whoHas('red1', cloud.address('red3'));
    expect(request).toArriveAt('red2', 'red3', 'red4', 'red5');
    expect(request).toTouch('network1');
    expect(replies).toHaveLength(1);
    expect(replies[0]).toTravel(
      guest('red3'),
      tap('compute3'),
      ...tunnel('compute3', 'compute1'),
      tap('compute1'),
      guest('red1'),
    );
  },
);

scenario(
  'an address that moves to another host takes its traffic along with its first announcement',
  { needs: ['vxlan', 'port_security_spoofing'] },
  async ({ announce, cloud, frame }) => {
    const shared = { mac_address: '00:00:5e:00:01:07', ip_address: '10.0.4.100' };
    const moves = [
      ['free2', 'compute2'],
      ['free3', 'compute3'],
      ['free2', 'compute2'],
    ] as const;
    for (const [owner, host] of moves) {
      await announce(owner, shared);
      const claimed = { [shared.mac_address]: cloud.port(owner).name };
      const { packet } = await frame('free1', shared.mac_address, { claimed });
      expect(packet).toTravel(
        guest('free1', { dst_mac: shared.mac_address }),
        tap('compute1'),
        ...tunnel('compute1', host, 9003),
        tap(host),
        guest(owner),
      );
      const answer = await frame(owner, 'free1', { src_mac: shared.mac_address, claimed });
      expect(answer.packet).toTravel(
        guest(owner, { src_mac: shared.mac_address }),
        tap(host),
        ...tunnel(host, 'compute1', 9003),
        tap('compute1'),
        guest('free1'),
      );
      expect(await learned(cloud, 'compute1', shared.mac_address)).toHaveLength(1);
    }
  },
);

scenario(
  'an address that another server took comes back with its owner’s first word',
  { needs: ['vxlan', 'port_security_spoofing'] },
  async ({ announce, cloud, frame }) => {
    const { mac_address } = cloud.port('free2');
    await announce('free3', { mac_address, ip_address: cloud.address('free2') });
    const away = await frame('free1', mac_address, { claimed: { [mac_address]: 'free3-eth0' } });
    expect(away.packet).toArriveAt('free3');
    await announce('free2', { mac_address, ip_address: cloud.address('free2') });
    const back = await frame('free1', mac_address);
    expect(back.packet).toArriveAt('free2');
  },
);
