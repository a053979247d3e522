/** Hierarchical port binding: VLAN from the host to the switch of its rack, VXLAN from switch to switch. */
import { expect } from 'vitest';
import { EVERYONE, guest, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'two-racks', capability: 'hierarchical-binding' });
const needs = ['hierarchical port binding'];

/** As the document has it: the first VLAN that is free in each rack's own range, in the order of the networks. */
const VLANS = { red: { rack1: 100, rack2: 200 }, blue: { rack1: 101, rack2: 201 } } as const;
const between = (id: number, from: string, to: string) =>
  ({ vlan: null, tunnel: { type: 'vxlan', id, src_ip: from, dst_ip: to, dst_port: 4789 } }) as const;
const [RACK1, RACK2] = ['172.31.9.1', '172.31.9.2'] as const;

scenario(
  'one network is another VLAN in each rack, and its VNI on the wire between them',
  { needs },
  async ({ cloud, frame, ping, tagsOnWires, tcp }) => {
    const segments = cloud.topology.networks['red']?.dynamic_segments;
    expect(segments).toEqual(VLANS.red);
    const { outcome, request, reply } = await ping('red1', 'red3');
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
    expect(request).toTravel(
      guest('red1', { ttl: 64 }),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: VLANS.red.rack1, tunnel: null }),
      wire('tor1', 'spine1', between(7001, RACK1, RACK2)),
      wire('spine1', 'tor2', between(7001, RACK1, RACK2)),
      wire('tor2', 'compute3', { vlan: VLANS.red.rack2, tunnel: null }),
      tap('compute3'),
      guest('red3', { ttl: 64 }),
    );
    expect(reply).toTravel(
      guest('red3'),
      tap('compute3'),
      wire('compute3', 'tor2', { vlan: VLANS.red.rack2, tunnel: null }),
      wire('tor2', 'spine1', between(7001, RACK2, RACK1)),
      wire('spine1', 'tor1', between(7001, RACK2, RACK1)),
      wire('tor1', 'compute1', { vlan: VLANS.red.rack1, tunnel: null }),
      tap('compute1'),
      guest('red1'),
    );
    expect((await tcp('red1', 'red3', { size: 20_000 })).value.outcome).toBe('exchanged');
    await frame('blue2', 'blue4');
    // No host's own number for a network is ever on a wire.
    expect(tagsOnWires()).toEqual([100, 101, 200, 201]);
  },
);

scenario(
  'within a rack a frame stays a VLAN, and no switch puts it into a tunnel',
  { needs },
  async ({ frame }) => {
    const { packet } = await frame('red1', 'red2');
    expect(packet).toTravel(
      guest('red1'),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: VLANS.red.rack1, tunnel: null }),
      wire('tor1', 'compute2', { vlan: VLANS.red.rack1, tunnel: null }),
      tap('compute2'),
      guest('red2'),
    );
  },
);

scenario(
  'a broadcast crosses to the other rack once, and goes to each host of a rack in that rack’s VLAN',
  { needs },
  async ({ frame }) => {
    const { packet } = await frame('red1', EVERYONE);
    expect(packet).toArriveAt('red2', 'red3');
    expect(packet).toTravel(
      guest('red1'),
      tap('compute1'),
      wire('compute1', 'tor1', { vlan: VLANS.red.rack1 }),
      [wire('tor1', 'compute2', { vlan: VLANS.red.rack1 }), tap('compute2'), guest('red2')],
      [
        wire('tor1', 'spine1', between(7001, RACK1, RACK2)),
        wire('spine1', 'tor2', between(7001, RACK1, RACK2)),
        [wire('tor2', 'compute3', { vlan: VLANS.red.rack2 }), tap('compute3'), guest('red3')],
        // A switch floods a VLAN to every port that carries it; the host has nobody on it.
        [wire('tor2', 'compute4', { vlan: VLANS.red.rack2 })],
      ],
    );
  },
);

scenario(
  'networks with the same addresses do not meet, in the racks or between them',
  { needs },
  async ({ ping, frame }) => {
    const { outcome, request } = await ping('blue2', '10.0.1.13');
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request).toArriveAt('blue3');
    const { packet } = await frame('blue2', EVERYONE);
    expect(packet).toArriveAt('blue3', 'blue4');
    for (const stranger of ['red1', 'red2', 'red3']) expect(packet).not.toTouch(stranger);
  },
);

scenario('a network of one rack never leaves it', { needs }, async ({ frame, cloud }) => {
  expect(cloud.topology.networks['local1']?.dynamic_segments).toEqual({ rack1: 102 });
  const { packet } = await frame('local1', EVERYONE);
  expect(packet).not.toTouch('spine1');
});

scenario(
  'a network is a VLAN of a rack when its first server comes there, and what was chosen before stays',
  { needs },
  async ({ api, cloud, ping }) => {
    await api.servers.create('local4', {
      host: 'compute4',
      networks: [{ network: 'local1', fixed_ip: '10.0.3.14' }],
    });
    expect(cloud.topology.networks['local1']?.dynamic_segments).toEqual({ rack1: 102, rack2: 202 });
    expect(cloud.topology.networks['red']?.dynamic_segments).toEqual(VLANS.red);
    const { outcome, request } = await ping('local1', 'local4');
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request).toTouch('spine1');
    await api.servers.migrate('local4', { host: 'compute2' });
    const moved = await ping('local1', 'local4');
    expect(moved.outcome).toMatchObject({ outcome: 'reply' });
    expect(moved.request).not.toTouch('spine1');
  },
);
