import type { UnderlayInterface } from '../../topology/topology.ts';
import { act, infrastructure } from './flow-set.ts';
import type { HostCabling, Nic } from './cabling.ts';
import { markerEcho } from './marker.ts';
import { bridgeMac, vlanDevice } from './names.ts';
import { LOCAL_OFPORT, type NodeBuilder } from './node.ts';

/**
 * NICs by which a physical router is in several VLANs. What Linux would do by VLAN devices is done by a bridge with one
 * internal port for each VLAN, which works on kernels without 802.1Q too. As on any router, all of a NIC's VLANs have
 * its MAC address.
 */
export const vlanInterfaces = (node: NodeBuilder, { host, nics }: HostCabling): void => {
  for (const nic of nics) {
    const { bridge, device } = nic;
    const { vlans = [], mac_address } = nic.interface;
    if (bridge === undefined || vlans.length === 0) continue;
    node.bridge(
      bridge,
      'standalone',
      { kind: 'host', name: host.name, purpose: `tells the VLANs of ${device} apart` },
      { hwaddr: mac_address },
    );
    node.flows.add(bridge, 0, 0, {}, act.normal, infrastructure(bridge, 'to the VLAN of the frame'));
    markerEcho(node.flows, bridge);
    uplink(node, bridge, nic);
    // The NIC itself has no address; with this it does not answer for those of the bridge either.
    node.root.sysctls({ 'net/ipv4/conf/all/arp_ignore': '1' });
    const asked = { kind: 'host', name: host.name } as const;
    if (nic.interface.address !== undefined) {
      const purpose = `what comes untagged by ${device}`;
      node.port({
        name: bridge,
        bridge,
        type: 'internal',
        ofport: LOCAL_OFPORT,
        // Without one it would take every VLAN.
        tag: 0,
        owner: { ...asked, purpose },
      });
      node.root.link({ device: bridge, mtu: nic.link.mtu, up: true });
    }
    for (const [index, { vlan, address }] of vlans.entries()) {
      const name = vlanDevice(device, vlan);
      const purpose = `VLAN ${vlan} of ${device}`;
      node.port({
        name,
        bridge,
        type: 'internal',
        ofport: UPLINK + 1 + index,
        tag: vlan,
        mac_address,
        mtu: nic.link.mtu,
        owner: { ...asked, purpose },
      });
      node.root.link({ device: name, mtu: nic.link.mtu, mac_address, up: true });
      node.root.address(name, address);
    }
  }
};

/**
 * A router's address is on its bridge: by a NIC that has the same one the kernel would route a second time what comes
 * untagged.
 */
export const nicMac = ({ host, device, vlans, mac_address }: UnderlayInterface): string =>
  vlans === undefined ? mac_address : bridgeMac(device, host);

const UPLINK = 1;

const uplink = (node: NodeBuilder, bridge: string, { device, link, peer }: Nic): void =>
  node.port({
    name: device,
    bridge,
    type: '',
    ofport: UPLINK,
    owner: { kind: 'link', name: link.key, purpose: `cable to ${peer.host} ${peer.device}` },
  });
