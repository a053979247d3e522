/** Each port of a trunk has security groups of its own. */
import { expect } from 'vitest';
import { frame } from '../../src/probe/index.ts';
import { cloudDocument, EVERYONE, guest, scenarios, tap } from '../../src/scenario/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';

const { security_groups = {}, ports = {}, ...document } = await cloudDocument('classic-ports');

/** The parent lets in one port, the subport another. */
const only = (port: number): NonNullable<CloudDocumentInput['security_groups']>[string] => ({
  security_group_rules: [
    { direction: 'ingress', protocol: 'udp', port_range_min: port, port_range_max: port },
    { direction: 'egress' },
  ],
});

const scenario = scenarios({
  cloud: {
    ...document,
    options: { firewall_driver: 'openvswitch' },
    security_groups: { ...security_groups, parent: only(5000), subport: only(6000) },
    ports: {
      ...ports,
      'vnf2-red': { ...ports['vnf2-red'], network: 'red', security_groups: ['parent'] },
      'vnf2-green': { ...ports['vnf2-green'], network: 'green', security_groups: ['subport'] },
    },
  },
  capability: 'ports',
});

/** A gratuitous ARP by which a server with a trunk says what its subport has. */
const announcement = (mac: string, ip: string, vlanId: number): Uint8Array =>
  frame(
    [
      { protocol: 'ethernet', source: mac, destination: EVERYONE },
      { protocol: 'vlan', vlanId, etherType: 0x08_06 },
      {
        protocol: 'arp',
        operation: 1,
        senderMac: mac,
        senderIp: ip,
        targetMac: '00:00:00:00:00:00',
        targetIp: ip,
      },
    ],
    new Uint8Array(),
  );

const NEEDS = ['trunks', 'security_groups', 'firewall_driver openvswitch', 'vxlan'];
const quick = { timeout: 0.2, reply: true };

scenario(
  'the rules of a subport hold for what comes with its tag, those of the parent for what comes without',
  { needs: NEEDS },
  async ({ udp }) => {
    const subport = await udp('green1', '10.0.2.22', 6000, quick);
    expect(subport.request).toArriveAt('vnf2');
    expect(subport.request?.headers.dst_port).toBe(6000);
    const refused = await udp('green1', '10.0.2.22', 5000, quick);
    expect(refused.request?.observed.verdict).toBe('denied-ingress');
    expect(refused.request).toArriveAt();

    const parent = await udp('red1', '10.0.1.22', 5000, quick);
    expect(parent.request).toArriveAt('vnf2');
    const closed = await udp('red1', '10.0.1.22', 6000, quick);
    expect(closed.request?.observed.verdict).toBe('denied-ingress');
    expect(closed.request).toArriveAt();
  },
);

scenario(
  'a subport announces its own address and not that of its parent',
  { needs: NEEDS },
  async ({ cloud, inject }) => {
    const announce = async (port: string, ip: string, tag: number) => {
      const mac = cloud.topology.ports[port]?.mac_address ?? '';
      return (await inject('vnf2', [announcement(mac, ip, tag)])).packet;
    };
    expect(await announce('vnf2-green', '10.0.2.22', 200)).toArriveAt('green1', 'green2', 'vnf1');
    expect(await announce('vnf2-green', '10.0.1.22', 200)).toTravel(
      guest('vnf2', { vlan: 200 }),
      tap('compute2', { vlan: 200 }),
    );
    expect(await announce('vnf2-red', '10.0.1.22', 200)).toArriveAt();
    expect(await announce('vnf2-green', '10.0.2.22', 201)).toArriveAt();
  },
);
