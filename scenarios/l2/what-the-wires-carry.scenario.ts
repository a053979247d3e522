/** A network of each type: what its frames look like on the way from host to host. */
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import { EVERYONE, guest, localVlan, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'l2-four-types', capability: 'l2' });

/** The frame as its sender made it: no switch on the way may touch any of this. */
const sentBy = (cloud: Cloud, from: string, to: string) => ({
  src_mac: cloud.port(from).mac_address,
  dst_mac: cloud.port(to).mac_address,
  src_ip: cloud.address(from),
  dst_ip: cloud.address(to),
  ttl: 64,
});

/** Without a tag and outside of any tunnel, as every server and every tap must see it. */
const bare = { vlan: null, tunnel: null } as const;

scenario('neighbours on one host talk without a wire', {}, async ({ cloud, ping }) => {
  const { request, reply } = await ping('vxlan1', 'vxlan3');
  const there = { ...sentBy(cloud, 'vxlan1', 'vxlan3'), ...bare };
  const back = { ...sentBy(cloud, 'vxlan3', 'vxlan1'), ...bare };
  expect(request).toTravel(
    guest('vxlan1', there),
    tap('compute1', there),
    tap('compute1', there),
    guest('vxlan3', there),
  );
  expect(reply).toTravel(guest('vxlan3', back), tap('compute1'), tap('compute1'), guest('vxlan1', back));
});

scenario(
  'VXLAN carries the frame untouched behind VNI, tunnel addresses and UDP port 4789',
  { needs: ['vxlan'] },
  async ({ cloud, ping, tagsOnWires }) => {
    const { request, reply, outcome } = await ping('vxlan1', 'vxlan2');
    const there = sentBy(cloud, 'vxlan1', 'vxlan2');
    const back = sentBy(cloud, 'vxlan2', 'vxlan1');
    const outer = { type: 'vxlan', id: 6001, dst_port: 4789, df: true, vlan: null } as const;
    const out = { ...outer, src_ip: '172.31.1.11', dst_ip: '172.31.1.12' };
    const home = { ...outer, src_ip: '172.31.1.12', dst_ip: '172.31.1.11' };
    expect(request).toTravel(
      guest('vxlan1', { ...there, ...bare }),
      tap('compute1', { ...there, ...bare }),
      wire('compute1', 'tor1', { ...there, vlan: null, tunnel: out }),
      wire('tor1', 'compute2', { ...there, vlan: null, tunnel: out }),
      tap('compute2', { ...there, ...bare }),
      guest('vxlan2', { ...there, ...bare }),
    );
    expect(reply).toTravel(
      guest('vxlan2', { ...back, ...bare }),
      tap('compute2', { ...back, ...bare }),
      wire('compute2', 'tor1', { ...back, vlan: null, tunnel: home }),
      wire('tor1', 'compute1', { ...back, vlan: null, tunnel: home }),
      tap('compute1', { ...back, ...bare }),
      guest('vxlan1', { ...back, ...bare }),
    );
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
    expect(tagsOnWires()).toEqual([]);
  },
);

scenario(
  'GRE carries the frame untouched behind key and tunnel addresses, with no port at all',
  { needs: ['gre'] },
  async ({ cloud, ping, tagsOnWires }) => {
    const { request, reply, outcome } = await ping('gre1', 'gre2');
    const there = sentBy(cloud, 'gre1', 'gre2');
    const back = sentBy(cloud, 'gre2', 'gre1');
    const outer = { type: 'gre', id: 6002, dst_port: null, df: true, vlan: null } as const;
    const out = { ...outer, src_ip: '172.31.1.11', dst_ip: '172.31.1.12' };
    const home = { ...outer, src_ip: '172.31.1.12', dst_ip: '172.31.1.11' };
    expect(request).toTravel(
      guest('gre1', { ...there, ...bare }),
      tap('compute1'),
      wire('compute1', 'tor1', { ...there, vlan: null, tunnel: out }),
      wire('tor1', 'compute2', { ...there, vlan: null, tunnel: out }),
      tap('compute2', { ...there, ...bare }),
      guest('gre2', { ...there, ...bare }),
    );
    expect(reply).toTravel(
      guest('gre2', { ...back, ...bare }),
      tap('compute2'),
      wire('compute2', 'tor1', { ...back, vlan: null, tunnel: home }),
      wire('tor1', 'compute1', { ...back, vlan: null, tunnel: home }),
      tap('compute1', { ...back, ...bare }),
      guest('gre1', { ...back, ...bare }),
    );
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
    expect(tagsOnWires()).toEqual([]);
  },
);

scenario(
  'VLAN carries the frame behind the segmentation id as its tag, and takes it off at the far end',
  { needs: ['vlan'] },
  async ({ cloud, ping, tagsOnWires }) => {
    const { request, reply, outcome } = await ping('vlan1', 'vlan2');
    const there = sentBy(cloud, 'vlan1', 'vlan2');
    const back = sentBy(cloud, 'vlan2', 'vlan1');
    const tagged = { vlan: 101, tunnel: null } as const;
    expect(request).toTravel(
      guest('vlan1', { ...there, ...bare }),
      tap('compute1', { ...there, ...bare }),
      wire('compute1', 'tor1', { ...there, ...tagged }),
      wire('tor1', 'compute2', { ...there, ...tagged }),
      tap('compute2', { ...there, ...bare }),
      guest('vlan2', { ...there, ...bare }),
    );
    expect(reply).toTravel(
      guest('vlan2', { ...back, ...bare }),
      tap('compute2', { ...back, ...bare }),
      wire('compute2', 'tor1', { ...back, ...tagged }),
      wire('tor1', 'compute1', { ...back, ...tagged }),
      tap('compute1', { ...back, ...bare }),
      guest('vlan1', { ...back, ...bare }),
    );
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
    expect(tagsOnWires()).toEqual([101]);
  },
);

scenario(
  'a flat network carries the frame as it is',
  { needs: ['flat'] },
  async ({ cloud, ping, tagsOnWires }) => {
    const { request, reply, outcome } = await ping('flat1', 'flat2');
    const there = { ...sentBy(cloud, 'flat1', 'flat2'), ...bare };
    const back = { ...sentBy(cloud, 'flat2', 'flat1'), ...bare };
    expect(request).toTravel(
      guest('flat1', there),
      tap('compute1', there),
      wire('compute1', 'tor1', there),
      wire('tor1', 'compute2', there),
      tap('compute2', there),
      guest('flat2', there),
    );
    expect(reply).toTravel(
      guest('flat2', back),
      tap('compute2', back),
      wire('compute2', 'tor1', back),
      wire('tor1', 'compute1', back),
      tap('compute1', back),
      guest('flat1', back),
    );
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
    expect(tagsOnWires()).toEqual([]);
  },
);

const PAIRS = ['vxlan', 'gre', 'vlan', 'flat'] as const;
const IP_AND_ICMP = 28;

scenario(
  'a packet of the network’s MTU fits through every type, and a byte more does not leave the server',
  { needs: PAIRS },
  async ({ cloud, ping }) => {
    const wires = { vxlan: 1500, gre: 1500, vlan: 1500 + 4, flat: 1500 };
    for (const type of PAIRS) {
      const { mtu } = cloud.topology.networks[`over-${type}`] ?? { mtu: 0 };
      const fits = await ping(`${type}1`, `${type}2`, { size: mtu - IP_AND_ICMP, df: true });
      expect(fits.outcome, `${mtu} bytes by ${type}`).toMatchObject({ outcome: 'reply' });
      expect(fits.request?.headers).toMatchObject({ length: mtu, df: true });
      const largest = Math.max(
        ...fits.observed.frames
          .filter(({ point }) => cloud.points.get(point)?.kind === 'wire')
          .map(({ bytes }) => bytes.length),
      );
      expect(largest, `bytes on the wire by ${type}, with the Ethernet header`).toBe(14 + wires[type]);

      const tooBig = await ping(`${type}1`, `${type}2`, { size: mtu - IP_AND_ICMP + 1, df: true });
      expect(tooBig.outcome, `${mtu + 1} bytes by ${type}`).toMatchObject({
        outcome: 'not-sent',
        errno: 'EMSGSIZE',
      });
      expect(tooBig.journeys).toEqual([]);
    }
  },
);

scenario('TCP carries 200 kB there and back over every type', { needs: PAIRS }, async ({ tcp }) => {
  for (const type of PAIRS) {
    const { value } = await tcp(`${type}1`, `${type}2`, { size: 200_000 });
    expect(value, type).toMatchObject({ outcome: 'exchanged', bytes: 200_000 });
  }
});

scenario(
  'hosts number networks each in its own way, and no wire ever sees such a number',
  { needs: PAIRS },
  async ({ cloud, ping, tagsOnWires }) => {
    for (const type of PAIRS) {
      const network = `over-${type}`;
      expect(localVlan(cloud, 'compute1', network)).not.toBe(localVlan(cloud, 'compute2', network));
      await ping(`${type}1`, `${type}2`);
      await ping(`${type}2`, `${type}1`);
    }
    expect(tagsOnWires()).toEqual([101]);
  },
);

scenario(
  'a tag that a server puts on by itself leads into no network, not even its own',
  { needs: ['vlan', 'vxlan'] },
  async ({ cloud, frame, tagsOnWires }) => {
    const tags = {
      'the tag of a network on the wire': 101,
      'what the host calls its own network': localVlan(cloud, 'compute1', 'over-vxlan'),
      'what the host calls another network': localVlan(cloud, 'compute1', 'over-vlan'),
      'what the other host calls its network': localVlan(cloud, 'compute2', 'over-vxlan'),
      'the dead VLAN': 4095,
    };
    for (const [meaning, tag] of Object.entries(tags)) {
      for (const to of [EVERYONE, 'vxlan2']) {
        const { packet } = await frame('vxlan1', to, { tag });
        expect(packet, meaning).toTravel(guest('vxlan1', { vlan: tag }), tap('compute1', { vlan: tag }));
      }
    }
    expect(tagsOnWires()).toEqual([]);

    // Tag 0 says a priority and no VLAN: such a frame belongs to the port's own network.
    const { packet } = await frame('vlan1', 'vlan2', { tag: 0, priority: 5 });
    expect(packet).toTravel(
      guest('vlan1', { vlan: 0 }),
      tap('compute1', { vlan: 0 }),
      wire('compute1', 'tor1', { vlan: 101 }),
      wire('tor1', 'compute2', { vlan: 101 }),
      tap('compute2', { vlan: null }),
      guest('vlan2', { vlan: null }),
    );
  },
);

scenario(
  'from the trunk a host takes the VLANs of its networks and no other',
  { needs: ['vlan', 'flat'] },
  async ({ cloud, fromSwitch }) => {
    const strangers = {
      'a VLAN of no network': 150,
      'what the host calls its VXLAN network': localVlan(cloud, 'compute1', 'over-vxlan'),
      'what the host calls its VLAN network': localVlan(cloud, 'compute1', 'over-vlan'),
    };
    for (const [meaning, tag] of Object.entries(strangers)) {
      const { packet } = await fromSwitch('compute1', 'physnet1', EVERYONE, { tag });
      expect(packet, meaning).toTravel(wire('tor1', 'compute1', { vlan: tag }));
    }

    const tagged = await fromSwitch('compute1', 'physnet1', EVERYONE, { tag: 101 });
    expect(tagged.packet).toTravel(
      wire('tor1', 'compute1', { vlan: 101 }),
      tap('compute1', bare),
      guest('vlan1', bare),
    );
    const untagged = await fromSwitch('compute1', 'physnet1', EVERYONE);
    expect(untagged.packet).toArriveAt('flat1');
  },
);
