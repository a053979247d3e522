/** A server with two NICs on one network: to the network two ports, each with its own addresses. */
import { expect } from 'vitest';
import { EVERYONE, guest, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'classic-ports', capability: 'ports' });

const over = { vlan: null, tunnel: { type: 'vxlan', id: 7001 } } as const;

scenario(
  'each address is reached by the NIC that has it, and by no other',
  { needs: ['vxlan'] },
  async ({ cloud, ping }) => {
    for (const device of ['eth0', 'eth1']) {
      const port = cloud.port('twin', device);
      const { request } = await ping('red2', cloud.address('twin', device), { timeout: 0.3 });
      const there = { dst_mac: port.mac_address, dst_ip: cloud.address('twin', device) };
      expect(request).toTravel(
        guest('red2', there),
        tap('compute2', there),
        wire('compute2', 'tor1', { ...there, ...over }),
        wire('tor1', 'compute1', { ...there, ...over }),
        { ...tap('compute1', there), device: `tap${port.id}`.slice(0, 14) },
        { ...guest('twin', there), device },
      );
    }
  },
);

scenario(
  'a broadcast reaches both NICs, once each, and one that a NIC sends reaches the other',
  { needs: ['vxlan'] },
  async ({ frame }) => {
    const { packet } = await frame('red2', EVERYONE);
    expect(packet).toArriveAt('red1', 'twin', 'twin', 'marked', 'slow', 'vnf2');
    const own = await frame('twin', EVERYONE);
    expect(own.packet).toArriveAt('red1', 'red2', 'twin', 'marked', 'slow', 'vnf2');
  },
);

scenario(
  'a NIC does not speak with the address of the other, although one server has both',
  { needs: ['port_security_spoofing'] },
  async ({ cloud, announce, frame }) => {
    const [first, second] = [cloud.port('twin', 'eth0'), cloud.port('twin', 'eth1')];
    const { packet } = await frame('twin', 'red2', { src_mac: second.mac_address });
    expect(packet).toTravel(guest('twin'), tap('compute1'));
    // A kernel answers ARP for all its addresses on every NIC; the network does not let that out.
    const { journeys } = await announce('twin', {
      mac_address: first.mac_address,
      ip_address: cloud.address('twin', 'eth1'),
    });
    expect(journeys.map(({ observed }) => observed.verdict)).toEqual(['denied-egress']);
    const own = await announce('twin', {
      mac_address: first.mac_address,
      ip_address: cloud.address('twin', 'eth0'),
    });
    expect(own.packet).toArriveAt('red1', 'red2', 'twin', 'marked', 'slow', 'vnf2');
  },
);

scenario(
  'a NIC that is unplugged from the network leaves the other to it',
  { needs: ['dead_vlan'] },
  async ({ cloud, edit, frame, ping }) => {
    const address = cloud.address('twin', 'eth0');
    await edit(({ servers }) => {
      servers['twin']?.networks.splice(1, 1);
    });
    expect((await ping('red2', address)).outcome).toMatchObject({ outcome: 'reply' });
    expect((await frame('red2', EVERYONE)).packet).toArriveAt('red1', 'twin', 'marked', 'slow', 'vnf2');
  },
);
